"""The download folder: is it usable, and what may a file in it be called."""

from __future__ import annotations

import os
import re
import shutil
import tempfile
from pathlib import Path

from ..errors import DirectoryError
from ..service.storage import directory_error

_ROOM = 64 << 20  # bytes that must be free before a submit; results of up to 20 MB are expected (service-notes, 3)
_UNSAFE = re.compile(r"[^\w.-]+")
_LONGEST_STEM = 100  # characters


class Folder:
    """Where results go.

    Args:
        path: The folder; made at first use, relative to the working folder.
    """

    def __init__(self, path: str | os.PathLike[str]) -> None:
        self.path = Path(path).expanduser()

    def check(self) -> None:
        """Make the folder if need be, and see that a file can be written there.

        Raises:
            DirectoryError: It is read-only, full, or not a folder.
        """
        try:
            self.path.mkdir(parents=True, exist_ok=True)
            with tempfile.TemporaryFile(dir=self.path) as file:
                file.write(b"\0" * 4096)
            free = shutil.disk_usage(self.path).free
        except (FileExistsError, NotADirectoryError):
            raise DirectoryError(
                f"{self.path} is a file, not a folder.", hint="Choose another folder with downloads=."
            ) from None
        except OSError as error:
            raise directory_error(error, self.path) from None
        if free < _ROOM:
            raise DirectoryError(
                f"The disk of the folder {self.path} has only {free / 1e6:.0f} MB left.",
                hint="Make room, or choose another folder with downloads=.",
            )

    def part(self, stem: str, job_id: str) -> Path:
        """Return the path that a download is written to until it is whole."""
        return self.path / f"{_safe(stem)}.{job_id}.part"

    def claim(self, part: Path, stem: str) -> Path:
        """Rename a whole file to its final name, never over another: ``name.mp4``, ``name (2).mp4`` and so on.

        Raises:
            DirectoryError: The file can't be renamed.
        """
        number = 1
        while True:
            target = self.path / (f"{_safe(stem)}.mp4" if number == 1 else f"{_safe(stem)} ({number}).mp4")
            try:
                _rename_to_new(part, target)
            except FileExistsError:
                number += 1
            except OSError as error:
                raise directory_error(error, self.path) from None
            else:
                return target


def _safe(stem: str) -> str:
    """Leave letters, digits, dots, hyphens and underscores, and no leading dot."""
    return _UNSAFE.sub("_", stem).strip("._")[:_LONGEST_STEM] or "video"


def _rename_to_new(part: Path, target: Path) -> None:
    """Rename atomically, and fail where the target exists."""
    try:
        os.link(part, target)
    except FileExistsError:
        raise
    except OSError:  # a file system without hard links: take the name first, then put the file in its place
        target.open("xb").close()
        try:
            part.replace(target)
        except OSError:
            target.unlink()  # no empty file under the name of a result
            raise
    else:
        part.unlink()
