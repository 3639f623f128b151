"""How many clients the sandbox can serve: 200 at once, each asking for 4 operations, over and over.

    python benchmarks/sandbox_load.py [--clients 200] [--seconds 10]

The sandbox runs in this process; the clients in another one, as people's would, each on a connection of its own that
it keeps. Every reply is read in full and looked at. Limits: no error, and a 95th percentile below one second. The peer
is the same server with an app that does nothing but answer as many bytes, so that the difference is the sandbox's own.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import shutil
import statistics
import subprocess
import sys
import time
import urllib.parse
import urllib.request
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from vfx_widgets.sandbox import Sandbox

STATUS = "/v1/video:batchCheckAsyncVideoGenerationStatus"
SUBMIT = "/v1/video:batchAsyncGenerateVideoUpsampleVideo"
P95_LIMIT_MS = 1000.0
OPERATIONS = 4


@dataclass
class Load:
    """What the clients saw."""

    milliseconds: list[float] = field(default_factory=list)
    errors: list[str] = field(default_factory=list)


async def one_client(address: str, request: bytes, until: float, load: Load) -> None:
    host, port = address.split(":")
    try:
        reader, writer = await asyncio.open_connection(host, int(port))
        while time.perf_counter() < until:
            start = time.perf_counter()
            writer.write(request)
            head = await reader.readuntil(b"\r\n\r\n")
            length = int(head.lower().partition(b"content-length: ")[2].split(b"\r\n")[0])
            body = await reader.readexactly(length)
            load.milliseconds.append((time.perf_counter() - start) * 1000)
            if b" 200 " not in head.split(b"\r\n")[0] or body.count(b'"sceneId"') != OPERATIONS:
                load.errors.append(head.decode())
        writer.close()
        await writer.wait_closed()
    except (OSError, asyncio.IncompleteReadError, ValueError) as error:
        load.errors.append(repr(error))


async def all_clients(address: str, request: bytes, clients: int, seconds: float) -> Load:
    load = Load()
    until = time.perf_counter() + seconds
    await asyncio.gather(*(one_client(address, request, until, load) for _ in range(clients)))
    return load


def run_clients(address: str, request: bytes, clients: int, seconds: float) -> Load:
    """The clients, in a process of their own."""
    command = [sys.executable, __file__, "--as-clients", address, "--clients", str(clients), "--seconds", str(seconds)]
    said = subprocess.run(command, input=request, capture_output=True, check=True).stdout
    return Load(**json.loads(said))


def status_request(sandbox: Sandbox, token: str) -> tuple[bytes, int]:
    """A status call for four finished operations, as bytes; and how long its reply is."""
    headers = {"authorization": f"Bearer {token}", "content-type": "text/plain;charset=UTF-8"}

    def call(path: str, message: Any) -> bytes:
        request = urllib.request.Request(sandbox.base_url + path, json.dumps(message).encode(), headers)
        with urllib.request.urlopen(request) as reply:
            body: bytes = reply.read()
            return body

    models = ["veo_2_1080p_upsampler_8s", "veo_3_1_upsampler_1080p"]
    wanted = [(media_id, model) for model in models for media_id in sandbox.media_ids][:OPERATIONS]
    operations = [json.loads(call(SUBMIT, submit(*one)))["operations"][0] for one in wanted]
    body = json.dumps({"operations": operations}).encode()
    while b"remainingCredits" not in (reply := call(STATUS, json.loads(body))):
        pass
    head = f"POST {STATUS} HTTP/1.1\r\nhost: {urllib.parse.urlsplit(sandbox.base_url).netloc}\r\n"
    head += "".join(f"{name}: {value}\r\n" for name, value in headers.items())
    return f"{head}content-length: {len(body)}\r\n\r\n".encode() + body, len(reply)


def submit(media_id: str, model: str) -> dict[str, Any]:
    request = {
        "aspectRatio": "VIDEO_ASPECT_RATIO_LANDSCAPE",
        "videoInput": {"mediaId": media_id},
        "videoModelKey": model,
        "metadata": {"sceneId": "5c3248ad-b298-4124-9642-41df0bfdd2b6"},
    }
    return {"requests": [request]}


def copy_only(source: Path, size: tuple[int, int], output: Path) -> None:
    shutil.copy(source, output)


def serve_bare(length: int) -> Any:
    """The peer: the same server with an app that answers the same number of bytes, and does nothing for it."""
    from vfx_widgets.sandbox.server import LoopbackServer

    answer = (b'"sceneId"' * OPERATIONS).ljust(length)

    async def app(scope: Any, receive: Any, send: Any) -> None:
        await receive()
        headers = [(b"content-length", str(length).encode())]
        await send({"type": "http.response.start", "status": 200, "headers": headers})
        await send({"type": "http.response.body", "body": answer})

    server = LoopbackServer()
    server.start(app)
    return server


def report(name: str, load: Load, seconds: float) -> None:
    times = statistics.quantiles(load.milliseconds, n=20)
    rate = len(load.milliseconds) / seconds
    print(f"{name:<16}{rate:>12,.0f}{times[9]:>9.0f} ms{times[18]:>9.0f} ms{len(load.errors):>9}")


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--clients", type=int, default=200)
    parser.add_argument("--seconds", type=float, default=10)
    parser.add_argument("--as-clients", metavar="ADDRESS", help=argparse.SUPPRESS)
    options = parser.parse_args()
    if options.as_clients:
        request = sys.stdin.buffer.read()
        load = asyncio.run(all_clients(options.as_clients, request, options.clients, options.seconds))
        print(json.dumps({"milliseconds": load.milliseconds, "errors": load.errors}))
        return 0
    print(f"{options.clients} clients, {OPERATIONS} operations each, {options.seconds:g} s")
    print(f"{'':<16}{'requests/s':>12}{'median':>12}{'95th':>12}{'errors':>9}")
    with Sandbox(upsample=copy_only) as sandbox:
        request, length = status_request(sandbox, sandbox.token)
        address = urllib.parse.urlsplit(sandbox.base_url).netloc
        load = run_clients(address, request, options.clients, options.seconds)
    report("sandbox", load, options.seconds)
    bare = serve_bare(length)
    peer = run_clients(f"127.0.0.1:{bare.port}", request, options.clients, options.seconds)
    bare.close()
    report("bare server", peer, options.seconds)
    p95 = statistics.quantiles(load.milliseconds, n=20)[18]
    print(f"limits: no error, 95th percentile below {P95_LIMIT_MS:.0f} ms")
    for error in load.errors[:5]:
        print(f"error: {error}")
    return 0 if not load.errors and p95 < P95_LIMIT_MS else 1


if __name__ == "__main__":
    raise SystemExit(main())
