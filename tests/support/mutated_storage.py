"""Replies of storage whose headers and bodies are mutated at random, processed by the real downloads over a socket."""

from __future__ import annotations

import asyncio
import contextlib
import json
import random
import re
import socket
from dataclasses import dataclass
from pathlib import Path

from tests.support.distinct_clips import free_box
from tests.support.mutated_replies import FakeSession, MutationReport, run_jobs, valid_replies
from tests.support.scripted_server import ScriptedServer
from vfx_widgets import JobState
from vfx_widgets.jobs.background import background
from vfx_widgets.jobs.download import DownloadDirectory
from vfx_widgets.service.storage import Storage

ODD_NUMBERS = ("", "-1", "+5", "0", "1e3", "١٢", "99999999999999999999999", "5, 5", "0x10", " 7 ")
ODD_HEADERS = {
    "content-length": ODD_NUMBERS,
    "content-range": ("", "bytes */*", "bytes 0-0/0", "bytes 5-1/9", "items 0-9/10", "bytes ٠-٩/١٠", "bytes 0-9/*"),
    "content-encoding": ("gzip", "br", "identity", "deflate, gzip", "x"),
    "transfer-encoding": ("chunked", "gzip", "identity"),
    "content-type": ("text/html", "", "video/mp4; charset=utf-8"),
    "location": ("https://elsewhere.example/video?Signature=x",),
    "last-modified": ("", "yesterday", "Mon, 01 Sep 99999 10:00:00 GMT"),
    "date": ("", "now"),
    "retry-after": ODD_NUMBERS,
    "x-odd": ("\x00", "a\x80b", "x" * 70_000),
}
STATUSES = (200, 204, 206, 301, 302, 304, 400, 401, 403, 404, 408, 416, 429, 500, 503, 999)
CODES = ("ExpiredToken", "NoSuchKey", "SignatureDoesNotMatch", "", "<Code>", "é")


@dataclass(frozen=True)
class FileVersion:
    """A version of a file: its content, and the headers that identify it."""

    content: bytes
    etag: str
    modified: str


class MutatingStorage(ScriptedServer):
    """Storage that knows range requests, and mutates what it sends. Each change of a content has an ETag of its own.

    Args:
        contents: Content of each file.
        random_: Source of the mutations.

    Attributes:
        versions: The versions of each file, the latest one last.
    """

    def __init__(self, contents: list[bytes], random_: random.Random) -> None:
        super().__init__()
        self._contents, self._random = contents, random_
        self._number = 0
        self.versions: list[list[FileVersion]] = []
        self.reset()

    def reset(self) -> None:
        """Forget all versions but the original ones."""
        self.versions = [[self._version(content)] for content in self._contents]

    def _version(self, content: bytes) -> FileVersion:
        self._number += 1
        minute, hour = self._number % 60, self._number // 60 % 24
        return FileVersion(content, f'"{self._number}"', f"Mon, 01 Sep 2025 {hour:02}:{minute:02}:00 GMT")

    def respond(self, connection: socket.socket) -> None:
        with contextlib.suppress(OSError):  # the client has closed the connection
            connection.sendall(self._reply())
        connection.close()

    def _reply(self) -> bytes:
        request = self.requests[-1]
        versions = self.versions[int(request.target[-1])]
        if self._random.random() < (0.4 if "range" in request.headers else 0.1):
            versions.append(self._version(self._mutated(versions[0].content)))
        version = versions[-1]
        position = re.fullmatch(r"bytes=(\d+)-", request.headers.get("range", ""))
        knows_if_range = self._random.random() < 0.5
        is_current = request.headers.get("if-range") in (version.etag, version.modified)
        headers = {"content-type": "video/mp4", "etag": version.etag, "last-modified": version.modified}
        headers["date"] = "Tue, 02 Sep 2025 10:00:00 GMT"
        status, body = 200, version.content
        if position and (is_current or not knows_if_range) and int(position[1]) < len(body):
            status, start = 206, int(position[1])
            headers["content-range"] = f"bytes {start}-{len(body) - 1}/{len(body)}"
            body = body[start:]
        headers["content-length"] = str(len(body))
        if self._random.random() < 0.1:
            status = self._random.choice(STATUSES)
            body = f"<Error><Code>{self._random.choice(CODES)}</Code></Error>".encode()
            headers["content-length"] = str(len(body))
            del headers["etag"], headers["last-modified"]  # no header lies about the version of the file
        for _ in range(self._random.choice([0, 0, 0, 1, 2])):
            self._mutate_headers(headers)
        if self._random.random() < 0.3:
            body = body[: self._random.randrange(len(body) + 1)]  # interrupted
        lines = [f"HTTP/1.1 {status} Mutated", "connection: close", *(f"{name}: {headers[name]}" for name in headers)]
        head = bytearray("\r\n".join(lines).encode() + b"\r\n\r\n")
        if self._random.random() < 0.03:
            # The first bytes: the version and status, so that no header lies about the version of the file.
            head[self._random.randrange(12)] = self._random.randrange(256)
        return bytes(head) + body

    def _mutate_headers(self, headers: dict[str, str]) -> None:
        name = self._random.choice(sorted({*headers, *ODD_HEADERS}))
        match self._random.randrange(3):
            case 0:
                headers.pop(name, None)
            case 1 if name == "etag":
                self._number += 1
                headers[name] = self._random.choice(["", 'W/"weak"', f'"{self._number}', f'"{self._number}é"'])
            case _ if name in ODD_HEADERS:
                headers[name] = self._random.choice(ODD_HEADERS[name])

    def _mutated(self, content: bytes) -> bytes:
        body = bytearray(content)
        for _ in range(self._random.randrange(1, 4)):
            start = self._random.randrange(len(body))
            replaced, added = (self._random.choice([0, 1, 60, 5000]) for _ in range(2))
            if self._random.random() < 0.7:  # the same length, so that the length does not reveal the change
                replaced = added = min(added, len(body) - start)
            body[start : start + replaced] = self._random.randbytes(added)
        return bytes(body)


async def run_mutated_storage(result: Path, directory: Path, count: int, seed: int) -> MutationReport:
    """Let jobs download from storage that mutates its replies.

    Args:
        result: A 1080p file.
        directory: Where files are saved.
        count: Number of pairs of jobs.
        seed: Seed of the mutations.
    """
    return await asyncio.wrap_future(background().submit(_run(result, directory, count, seed)))


async def _run(result: Path, directory: Path, count: int, seed: int) -> MutationReport:
    report = MutationReport()
    contents = [result.read_bytes() + free_box(name) for name in (b"first", b"second")]  # noqa: ASYNC240
    session = FakeSession(result)
    session.storage = Storage(timeout=5.0)
    with MutatingStorage(contents, random.Random(seed)) as server:
        session.files = {
            f"{server.base_url}/{key}_upsampled?Signature={number}": contents[number]
            for number, key in enumerate(("first", "second"))
        }
        reply = valid_replies(session)["status"]
        session.body = json.dumps(reply).encode()
        for number in range(count):
            server.reset()
            try:
                await run_jobs(
                    session, DownloadDirectory(directory / "files"), False, report,
                    lambda number: {version.content for version in server.versions[number]},
                    wait_while=(JobState.RUNNING, JobState.DOWNLOADING),  # RUNNING again with an expired URL
                )  # fmt: skip
            except Exception as error:
                report.problems.append(f"storage {number}: {error!r}")
    await session.storage.close()
    return report
