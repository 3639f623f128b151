"""Paths that users pass, and files that only the user may read."""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.support.jobs import fast_service, fast_timing
from tests.support.upsamplers import Gate
from vfx_widgets import Sandbox, Upsampler
from vfx_widgets.errors import InputError
from vfx_widgets.paths import make_private_directory, open_private, open_private_not_link

NOT_PATHS: tuple[Any, ...] = ("~no such user/files", "a\0b", 7, b"files")


@pytest.fixture(params=[0o000, 0o022, 0o377])
def umask(request: pytest.FixtureRequest) -> Iterator[int]:
    before = os.umask(request.param)
    yield request.param
    os.umask(before)


@pytest.mark.parametrize("path", NOT_PATHS)
@pytest.mark.parametrize("parameter", ["downloads", "journal"])
def test_what_is_not_a_path_is_refused_by_the_name_of_its_parameter(parameter: str, path: Any) -> None:
    with pytest.raises(InputError, match=f"{parameter} is .* not a usable path") as caught:
        Upsampler("sandbox", **{parameter: path})
    assert caught.value.hint


def test_a_home_of_a_user_who_does_not_exist_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("VFX_WIDGETS_HOME", "~no such user/files")
    with pytest.raises(InputError, match="VFX_WIDGETS_HOME is"):
        Upsampler("sandbox")


@pytest.mark.skipif(os.name != "posix", reason="other systems have no modes")
def test_new_files_and_directories_are_private_under_any_umask(tmp_path: Path, umask: int) -> None:
    make_private_directory(tmp_path / "a" / "b")
    with open(tmp_path / "a" / "b" / "file", "wb", opener=open_private) as file:
        file.write(b"content")
    modes = {path.name: path.stat().st_mode & 0o777 for path in (tmp_path / "a", *(tmp_path / "a").rglob("*"))}
    assert modes == {"a": 0o700, "b": 0o700, "file": 0o600}


@pytest.mark.skipif(os.name != "posix", reason="other systems have no modes")
def test_the_mode_of_what_exists_is_left_alone(tmp_path: Path) -> None:
    tmp_path.chmod(0o755)
    file = tmp_path / "file"
    file.touch()
    file.chmod(0o644)
    make_private_directory(tmp_path)
    os.close(open_private(file, os.O_RDWR | os.O_CREAT))
    assert (tmp_path.stat().st_mode & 0o777, file.stat().st_mode & 0o777) == (0o755, 0o644)


@pytest.mark.skipif(os.name != "posix", reason="other systems have no modes")
@pytest.mark.parametrize("fault", [None, "raw-bytes"])
def test_journal_leases_and_results_are_private_on_a_shared_machine(
    tmp_path: Path, sandbox: Sandbox, gate: Gate, fault: str | None
) -> None:
    gate.open()
    before = os.umask(0)
    try:
        service = fast_service(sandbox.base_url)
        if fault:
            sandbox.faults.add(fault)
        with fast_timing(), Upsampler(service, sandbox.token, tmp_path / "files", tmp_path / "data" / "jobs.db") as up:
            up.submit(sandbox.media_ids[0]).result(60)
            paths = [path for name in ("files", "data") for path in (tmp_path / name, *(tmp_path / name).rglob("*"))]
            modes = {str(path.relative_to(tmp_path)): path.stat().st_mode & 0o777 for path in paths}
    finally:
        os.umask(before)
    assert {path for path in modes if path.startswith("data/jobs.db")} >= {"data/jobs.db", "data/jobs.db-wal"}
    assert {path: mode for path, mode in modes.items() if mode not in (0o600, 0o700)} == {}


@pytest.mark.skipif(not hasattr(os, "O_NOFOLLOW"), reason="needs O_NOFOLLOW")
@pytest.mark.parametrize("mode", ["wb", "r+b"])
@pytest.mark.parametrize("exists", [True, False])
def test_a_download_is_not_written_through_a_link(tmp_path: Path, mode: str, exists: bool) -> None:
    victim = tmp_path / "victim"
    if exists:
        victim.write_bytes(b"mine")
    (tmp_path / "clip.part").symlink_to(victim)
    with pytest.raises(OSError), open(tmp_path / "clip.part", mode, opener=open_private_not_link):
        pass
    assert victim.exists() == exists
    assert not exists or victim.read_bytes() == b"mine"
