"""The public names: complete, documented, and importable without side effects."""

from __future__ import annotations

import inspect
import json
import subprocess
import sys
from typing import Any

import pytest

import vfx_widgets as vfx

EXPECTED = {
    *("UpsamplePanel", "Upsampler", "Job", "JobState", "Video", "Client", "Sandbox", "Service"),
    *("MediaId", "Token", "VfxError", "allow_nested_loops"),
}


def is_ours(value: Any) -> bool:
    kind = value if inspect.isclass(value) or inspect.isfunction(value) else type(value)
    return kind.__module__.startswith("vfx_widgets")


def test_all_lists_what_is_exported() -> None:
    exported = {name for name in dir(vfx) if not name.startswith("_") and is_ours(getattr(vfx, name))}
    assert set(vfx.__all__) == exported
    assert set(vfx.__all__) >= EXPECTED


def test_a_star_import_imports_all_public_names() -> None:
    namespace: dict[str, Any] = {}
    exec("from vfx_widgets import *", namespace)
    assert set(vfx.__all__) <= set(namespace)


def test_an_unknown_name_is_an_attribute_error() -> None:
    with pytest.raises(AttributeError, match="upsampler"):
        vfx.upsampler  # noqa: B018


@pytest.mark.parametrize("name", vfx.__all__)
def test_every_public_name_has_a_docstring(name: str) -> None:
    value = getattr(vfx, name)
    kind = value if inspect.isclass(value) or inspect.isfunction(value) else type(value)
    assert kind.__doc__
    # The docstring that dataclass() generates is the signature.
    assert not kind.__doc__.startswith(f"{kind.__name__}(")


@pytest.mark.parametrize("name", [name for name in vfx.__all__ if inspect.isclass(getattr(vfx, name))])
def test_every_public_method_has_a_docstring(name: str) -> None:
    members = {
        member: value
        for member, value in vars(getattr(vfx, name)).items()
        if not member.startswith("_") and isinstance(value, property | classmethod | staticmethod | type(is_ours))
    }
    assert [member for member, value in members.items() if not value.__doc__] == []


def test_the_version_is_the_installed_one() -> None:
    assert vfx.__version__[0].isdigit()


OBSERVED_IMPORT = """
import asyncio, atexit, json, signal, sys, threading

def asyncio_contents():
    classes = [value for module in list(sys.modules.values()) if module and module.__name__.startswith("asyncio")
               for value in vars(module).values() if isinstance(value, type)]
    names = {f"{module.__name__}.{name}": id(value) for module in list(sys.modules.values())
             if module and module.__name__.startswith("asyncio") for name, value in vars(module).items()}
    names |= {f"{kind.__module__}.{kind.__qualname__}.{name}": id(value) for kind in classes
              for name, value in vars(kind).items()}
    return names

before = asyncio_contents()
hooks = sys.excepthook, signal.getsignal(signal.SIGINT)
events = []
sys.addaudithook(lambda name, args: events.append(name))
import vfx_widgets
after = asyncio_contents()
print(json.dumps({
    "threads": [thread.name for thread in threading.enumerate()],
    "events": sorted({name for name in events if name.startswith(("socket.", "_thread.", "subprocess.", "sqlite3."))}),
    "patched": [name for name, value in before.items() if after.get(name) != value],
    "hooks": (sys.excepthook, signal.getsignal(signal.SIGINT)) == hooks,
    "modules": sorted(sys.modules),
    "version": vfx_widgets.__version__,
}))
"""


@pytest.fixture(scope="module")
def imported() -> dict[str, Any]:
    """What was observed while a new process imported the package."""
    process = subprocess.run([sys.executable, "-W", "error", "-c", OBSERVED_IMPORT], capture_output=True, text=True)
    assert (process.returncode, process.stderr) == (0, "")
    observations: dict[str, Any] = json.loads(process.stdout)
    return observations


def test_importing_starts_no_thread(imported: dict[str, Any]) -> None:
    assert imported["threads"] == ["MainThread"]


def test_importing_opens_no_sockets_processes_or_databases(imported: dict[str, Any]) -> None:
    assert imported["events"] == []


def test_importing_patches_nothing(imported: dict[str, Any]) -> None:
    assert imported["patched"] == []
    assert imported["hooks"] is True


@pytest.mark.parametrize(
    "module", ["av", "starlette", "uvicorn", "nest_asyncio", "nest_asyncio2", "ipykernel", "vfx_widgets.sandbox"]
)
def test_importing_defers_optional_dependencies(imported: dict[str, Any], module: str) -> None:
    assert "vfx_widgets" in imported["modules"]
    assert module not in imported["modules"]
