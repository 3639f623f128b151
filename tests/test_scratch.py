"""Temporary directories: deleted by their process or by the next one, and by no other."""

from __future__ import annotations

import errno
import os
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import Any

import pytest

from vfx_widgets.scratch import ScratchDirectory

CREATE = """
import os
from vfx_widgets.scratch import ScratchDirectory
directory = ScratchDirectory("vfx-test-")
(directory.path / "file").write_text("content")
"""


@pytest.fixture(autouse=True)
def root(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The directory for temporary files."""
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path))
    monkeypatch.setenv("TMPDIR", str(tmp_path))
    return tmp_path


def python(code: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run([sys.executable, "-c", CREATE + code], capture_output=True, text=True, timeout=60)


def entries(root: Path) -> list[Path]:
    return list(root.iterdir())


def test_a_directory_is_deleted_when_python_exits(root: Path) -> None:
    done = python("print(len(os.listdir(directory.path.parent)))")
    assert (done.stdout, done.stderr) == ("1\n", "")
    assert entries(root) == []


def test_a_directory_can_be_closed_twice(root: Path) -> None:
    directory = ScratchDirectory("vfx-test-")
    assert entries(root) == [directory.path]
    directory.close()
    directory.close()
    assert entries(root) == []


@pytest.mark.skipif(os.name != "posix", reason="Windows has no such permissions")
def test_a_directory_is_private(root: Path) -> None:
    directory = ScratchDirectory("vfx-test-")
    assert directory.path.stat().st_mode & 0o077 == 0
    directory.close()


@pytest.mark.skipif(os.name != "posix", reason="needs SIGKILL")
def test_what_a_killed_process_left_is_deleted_by_the_next_one(root: Path) -> None:
    assert python("os.kill(os.getpid(), 9)").returncode == -9
    assert len(entries(root)) == 1
    other = ScratchDirectory("vfx-other-")
    assert len(entries(root)) == 2
    directory = ScratchDirectory("vfx-test-")
    assert sorted(entries(root)) == sorted([other.path, directory.path])
    other.close()
    directory.close()


def test_a_directory_in_use_is_left_alone(root: Path) -> None:
    first = ScratchDirectory("vfx-test-")
    assert python("").returncode == 0
    second = ScratchDirectory("vfx-test-")
    assert first.path.exists()
    first.close()
    second.close()


@pytest.mark.skipif(os.name != "posix", reason="needs symbolic links")
def test_only_directories_of_this_package_are_deleted(root: Path) -> None:
    assert python("os.kill(os.getpid(), 9)").returncode == -9
    (abandoned,) = entries(root)
    kept = root / "kept"
    abandoned.rename(kept)
    (root / "vfx-test-link").symlink_to(kept)
    (root / "vfx-test-unlocked").mkdir()
    ScratchDirectory("vfx-test-").close()
    assert len(entries(root)) == 3
    assert (kept / "file").exists()


@pytest.mark.skipif(not hasattr(os, "fork"), reason="needs fork")
def test_a_forked_child_leaves_the_directory_alone(root: Path) -> None:
    done = python("""
import sys
child = os.fork()
if not child:
    directory.close()
    sys.exit()
os.waitpid(child, 0)
print((directory.path / "file").read_text())
ScratchDirectory("vfx-test-")
print((directory.path / "file").read_text())
""")
    assert (done.stdout, done.stderr) == ("content\n" * 2, "")
    assert entries(root) == []


@pytest.mark.skipif(os.name != "posix", reason="other systems have other locks")
@pytest.mark.parametrize("number", [errno.ENOLCK, errno.ENOSYS])
def test_a_file_system_without_locks_can_be_used(root: Path, monkeypatch: pytest.MonkeyPatch, number: int) -> None:
    import fcntl

    def refuse(descriptor: int, operation: int) -> None:
        assert len(entries(root)) < 5, "no directory after the other"
        raise OSError(number, "no locks here")

    monkeypatch.setattr(fcntl, "flock", refuse)
    first, second = ScratchDirectory("vfx-test-"), ScratchDirectory("vfx-test-")
    assert set(entries(root)) == {first.path, second.path}
    first.close()
    second.close()
    assert entries(root) == []


def test_a_directory_without_room_for_its_lock_is_an_error(root: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    real_open = os.open

    def refuse_to_create(path: Any, flags: int, mode: int = 0o777, *, dir_fd: int | None = None) -> int:
        assert len(entries(root)) < 5, "no directory after the other"
        if flags & os.O_CREAT:
            raise OSError(errno.ENOSPC, "No space left on device")
        return real_open(path, flags, mode, dir_fd=dir_fd)

    monkeypatch.setattr(os, "open", refuse_to_create)
    with pytest.raises(OSError, match="No space"):
        ScratchDirectory("vfx-test-")
    monkeypatch.undo()
    assert list(root.iterdir()) == []
