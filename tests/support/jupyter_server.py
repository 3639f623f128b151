"""A Jupyter server for the tests, with JupyterLab, Notebook 7 and Voila."""

from __future__ import annotations

import json
import os
import re
import secrets
import socket
import subprocess
import sys
import threading
from collections.abc import Mapping
from pathlib import Path
from typing import Self
from urllib.parse import quote

#: Seconds; a cold start on a busy machine takes about five.
START_TIMEOUT = 90
STOP_TIMEOUT = 20

#: The widget state is saved, nothing is saved automatically, and all cells are in the page.
SETTINGS = {
    "@jupyter-widgets/jupyterlab-manager:plugin": {"saveState": True},
    "@jupyterlab/apputils-extension:notification": {"fetchNews": "false", "checkForUpdates": False},
    "@jupyterlab/docmanager-extension:plugin": {"autosave": False},
    "@jupyterlab/notebook-extension:tracker": {"windowingMode": "none"},
}


class JupyterServer:
    """Runs a server with its own directories, port and token.

    Args:
        home: A directory that does not exist or is empty, for all files of Jupyter, IPython and the kernels.
        program: Arguments of Python that run JupyterLab, or a program with the same options.
        settings: Overrides of JupyterLab's default settings.
    """

    #: Finds the port in the log.
    address = re.compile(r"http://127\.0\.0\.1:(\d+)/lab")

    def __init__(
        self,
        home: Path,
        program: tuple[str, ...] = ("-m", "jupyterlab"),
        settings: Mapping[str, object] = SETTINGS,
    ) -> None:
        self.home = home
        self._program = program
        self._settings = settings
        self.root = home / "notebooks"
        self.token = secrets.token_hex(16)
        self.port = 0
        self._process: subprocess.Popen[str] | None = None
        self._reader: threading.Thread | None = None
        self._ready = threading.Event()

    @property
    def log(self) -> Path:
        """File with the output of the server and its kernels."""
        return self.home / "server.log"

    def url(self, path: str) -> str:
        """Return the URL of a page of the server, with the token."""
        separator = "&" if "?" in path else "?"
        return f"http://127.0.0.1:{self.port}/{path}{separator}token={self.token}"

    def lab_url(self, name: str) -> str:
        """Return the URL of a notebook in JupyterLab, without the documents that an earlier page had open."""
        return self.url(f"lab/tree/{quote(name)}?reset")

    def notebook_url(self, name: str) -> str:
        """Return the URL of a notebook in Notebook 7."""
        return self.url(f"notebooks/{quote(name)}")

    def voila_url(self, name: str) -> str:
        """Return the URL of a notebook in Voila."""
        return self.url(f"voila/render/{quote(name)}")

    def start(self) -> Self:
        """Start the server and return when it listens.

        Raises:
            RuntimeError: It ended, or did not listen in time.
        """
        self.root.mkdir(parents=True)
        config = self.home / "config"
        overrides = config / "labconfig" / "default_setting_overrides.json"
        overrides.parent.mkdir(parents=True)
        overrides.write_text(json.dumps(self._settings), encoding="utf-8")
        environment = {name: value for name, value in os.environ.items() if name not in {"VFX_TOKEN"}}
        environment |= {
            "JUPYTER_CONFIG_DIR": str(config),
            "JUPYTER_DATA_DIR": str(self.home / "data"),
            "JUPYTER_RUNTIME_DIR": str(self.home / "runtime"),
            "JUPYTER_PREFER_ENV_PATH": "1",
            "IPYTHONDIR": str(self.home / "ipython"),
            "VFX_WIDGETS_HOME": str(self.home / "vfx"),
        }
        self._process = subprocess.Popen(
            self._command(),
            cwd=self.root,
            env=environment,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
        )
        self._reader = threading.Thread(target=self._read, name="jupyter-server-log", daemon=True)
        self._reader.start()
        if not self._ready.wait(START_TIMEOUT) or self._process.poll() is not None:
            self.stop()
            raise RuntimeError(f"The Jupyter server did not start:\n{self.log.read_text(encoding='utf-8')}")
        return self

    def stop(self) -> None:
        """Stop the server and its kernels, and wait for them."""
        if self._process is None or self._reader is None:
            return
        self._process.terminate()
        try:
            self._process.wait(STOP_TIMEOUT)
        except subprocess.TimeoutExpired:
            self._process.kill()
            self._process.wait()
        self._reader.join(STOP_TIMEOUT)
        self._process = self._reader = None

    def _command(self) -> list[str]:
        return [
            *(sys.executable, *self._program, "--no-browser", "--allow-root"),
            *("--ServerApp.ip=127.0.0.1", f"--ServerApp.port={free_port()}", "--ServerApp.port_retries=20"),
            f"--IdentityProvider.token={self.token}",
            f"--ServerApp.root_dir={self.root}",
            "--LabApp.expose_app_in_browser=True",
            "--JupyterNotebookApp.expose_app_in_browser=True",
        ]

    def _read(self) -> None:
        """Write the log, so that the pipe never fills, and read the port from it."""
        process = self._process
        assert process is not None
        assert process.stdout is not None
        with process.stdout as lines, self.log.open("w", encoding="utf-8") as log:
            for line in lines:
                log.write(line)
                log.flush()
                address = self.address.search(line)
                if address and not self._ready.is_set():
                    self.port = int(address[1])
                    self._ready.set()
        self._ready.set()  # it has ended: `start` must not wait any longer


def free_port() -> int:
    """Return a free port. Should it be taken in the meantime, Jupyter and marimo try the ports after it."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])
