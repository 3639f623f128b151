"""The clients that are compared, and the environment into which they are installed."""

from __future__ import annotations

import os
import statistics
import subprocess
import sys
import tempfile
from dataclasses import dataclass
from pathlib import Path

from .fake_services import CapturedService, FalService, GoogleService, JobService, ReplicateService, RunwayService

ROOT = Path(__file__).resolve().parent.parent.parent
ENVIRONMENT = ROOT / "build" / "peer-clients"
_IMPORT_ROUNDS = 5


@dataclass(frozen=True)
class Peer:
    """A client.

    Args:
        name: The name in the tables, which is also the word that selects it.
        package: The package to install; empty for this one.
        service: The service that it uses.
        module: The module that runs it.
        statement: What a program imports to use it.
        keeps_id: Whether a program that is written as the documentation shows has the ID of the job when a call fails.
        has_history: Whether there are earlier jobs for it to remember.
        is_busy: Whether it makes so many requests that its batches would slow down others.
    """

    name: str
    package: str
    service: type[JobService]
    module: str
    statement: str
    keeps_id: bool = False
    has_history: bool = False
    is_busy: bool = False

    @property
    def python(self) -> str:
        """The interpreter that runs it."""
        if not self.package:
            return sys.executable
        return str(ENVIRONMENT / ("Scripts/python.exe" if os.name == "nt" else "bin/python"))


_OURS = "import vfx_widgets; vfx_widgets.Upsampler"
PEERS = (
    Peer("ours", "", CapturedService, "vfx_widgets_client", _OURS, keeps_id=True),
    Peer("ours, 20 past jobs", "", CapturedService, "vfx_widgets_client", _OURS, keeps_id=True, has_history=True),
    Peer("runwayml", "runwayml", RunwayService, "runwayml_client", "from runwayml import AsyncRunwayML"),
    Peer("replicate", "replicate", ReplicateService, "replicate_client", "import replicate"),
    Peer("fal-client", "fal-client", FalService, "fal_queue_client", "import fal_client", is_busy=True),
    Peer(
        "google-genai",
        "google-genai",
        GoogleService,
        "google_genai_client",
        "from google import genai; from google.genai import types; from google.oauth2 import credentials",
        keeps_id=True,
    ),
)


@dataclass(frozen=True)
class Installed:
    """A client that can be run, or the reason why it can't.

    Args:
        version: The version; empty if it can't be run.
        import_time: Median time to import it, in seconds.
        problem: Why it can't be run.
    """

    version: str = ""
    import_time: float = 0.0
    problem: str = ""


def install(peers: list[Peer]) -> dict[Peer, Installed]:
    """Install clients into an environment of their own, which is kept in ``build/`` for the next run."""
    if any(peer.package for peer in peers) and not (ENVIRONMENT / "pyvenv.cfg").exists():
        print(f"creating {ENVIRONMENT.relative_to(ROOT)}", file=sys.stderr)
        subprocess.run([sys.executable, "-m", "venv", str(ENVIRONMENT)], check=True)
    return {peer: _install(peer) for peer in peers}


def client_environment(home: Path) -> dict[str, str]:
    """Return the environment variables of a client: without proxies, and with a home of its own."""
    kept = {name: value for name, value in os.environ.items() if not name.lower().endswith("_proxy")}
    return kept | {"VFX_WIDGETS_HOME": str(home), "FAL_KEY": "", "PYTHONUNBUFFERED": "1"}


def _install(peer: Peer) -> Installed:
    if peer.package:
        command = [peer.python, "-m", "pip", "install", "--quiet", "--disable-pip-version-check", peer.package]
        done = subprocess.run(command, capture_output=True, text=True)
        if done.returncode:
            return Installed(problem=f"not installed: {_last_line(done.stderr)}")
    try:
        return Installed(_version(peer), _import_time(peer))
    except subprocess.CalledProcessError as error:
        return Installed(problem=f"not importable: {_last_line(error.stderr)}")


def _version(peer: Peer) -> str:
    return _run(peer, f"from importlib.metadata import version; print(version({peer.package or 'vfx-widgets'!r}))")


def _import_time(peer: Peer) -> float:
    code = f"import time; t = time.perf_counter(); {peer.statement}; print(time.perf_counter() - t)"
    _run(peer, code)  # writes the bytecode
    return statistics.median(float(_run(peer, code)) for _ in range(_IMPORT_ROUNDS))


def _run(peer: Peer, code: str) -> str:
    with tempfile.TemporaryDirectory() as home:
        environment = client_environment(Path(home))
        environment.pop("PYTHONDONTWRITEBYTECODE", None)
        done = subprocess.run(
            [peer.python, "-c", code], env=environment, cwd=ROOT, check=True, capture_output=True, text=True
        )
    return done.stdout.strip()


def _last_line(text: str) -> str:
    lines = [line.strip() for line in text.splitlines() if line.strip()]
    return lines[-1] if lines else "no message"
