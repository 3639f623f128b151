"""The command-line interface, mostly in processes of its own."""

from __future__ import annotations

import re
import signal
import subprocess
import sys
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

import vfx_widgets as vfx
from vfx_widgets.cli import main
from vfx_widgets.errors import NotFound


def command(*arguments: str) -> list[str]:
    return [sys.executable, "-m", "vfx_widgets.cli", *arguments]


@contextmanager
def sandbox_command(*arguments: str) -> Iterator[tuple[subprocess.Popen[str], str]]:
    """Run the sandbox command; yield its process and what it printed up to the first clip."""
    with subprocess.Popen(
        command("sandbox", "--port", "0", *arguments), stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
    ) as process:
        assert process.stdout is not None
        printed = ""
        while "Clips to try:\n    " not in printed:
            line = process.stdout.readline()
            assert line, process.stderr.read() if process.stderr else ""
            printed += line
        yield process, printed
        process.kill()


def first_clip(printed: str) -> str:
    """Return the first media ID that was printed."""
    (media_id,) = re.findall(r"^    (\S{160,})$", printed, re.M)
    return str(media_id)


def upsampler(printed: str, downloads: Path) -> vfx.Upsampler:
    """Return an upsampler for the printed address and token."""
    found = re.search(r'service="(.*?)", token="(.*?)"', printed)
    assert found
    return vfx.Upsampler(found[1], token=found[2], downloads=downloads)


def test_the_sandbox_command_prints_all_that_an_upsampler_needs(tmp_path: Path) -> None:
    with sandbox_command() as (_, printed), upsampler(printed, tmp_path) as up:
        assert up.submit(first_clip(printed)).result(timeout=60).width == 1920


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_the_sandbox_command_exits_without_a_traceback(number: signal.Signals) -> None:
    with sandbox_command() as (process, printed):
        process.send_signal(number)
        _, stderr = process.communicate(timeout=20)
        assert stderr == ""
        assert process.returncode == 0
    address = re.search(r"http://127\.0\.0\.1:\d+", printed)
    assert address
    with pytest.raises(OSError):
        urllib.request.urlopen(address[0])


def test_a_port_in_use_is_reported_in_one_line(capsys: pytest.CaptureFixture[str]) -> None:
    with vfx.Sandbox() as sandbox:
        port = sandbox.base_url.rpartition(":")[2]
        assert main(["sandbox", "--port", port]) == 1
    output = capsys.readouterr().err
    assert output.startswith(f"vfx-widgets: Port {port} cannot be used")
    assert output.count("\n") == 1


def test_a_fault_is_injected(tmp_path: Path) -> None:
    with sandbox_command("--fault", "404 call=submit") as (_, printed), upsampler(printed, tmp_path) as up:
        job = up.submit(first_clip(printed))
        with pytest.raises(NotFound):
            job.result(timeout=60)


def test_an_unknown_fault_is_reported(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["sandbox", "--port", "0", "--fault", "earthquake"]) == 1
    assert "earthquake" in capsys.readouterr().err


def test_a_missing_clip_is_reported(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["sandbox", "--port", "0", "--add", "no-such-clip.mp4"]) == 1
    assert "no-such-clip.mp4" in capsys.readouterr().err


@pytest.mark.parametrize("arguments", [["sandbox", "--port", "70000"], ["sandbox", "--prot", "1"], ["play"], []])
def test_unknown_arguments_are_refused_with_the_usage(arguments: list[str], capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as exited:
        main(arguments)
    assert exited.value.code == 2
    assert "usage: vfx-widgets" in capsys.readouterr().err


def test_the_version_is_that_of_the_package(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as exited:
        main(["--version"])
    assert exited.value.code == 0
    assert capsys.readouterr().out == f"vfx-widgets {vfx.__version__}\n"
