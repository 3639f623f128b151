"""Load test of the sandbox: 200 concurrent clients, each polling 4 operations as fast as it can.

    python benchmarks/sandbox_load.py [--clients 200] [--seconds 10]

The sandbox runs in this process, the clients in another one, each with one keep-alive connection. Every reply is read
and checked. Limits: no errors, and a 95th percentile below one second. The baseline is the same server with an
application that only sends as many bytes, so that the difference is the cost of the sandbox itself.
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

STATUS_PATH = "/v1/video:batchCheckAsyncVideoGenerationStatus"
SUBMIT_PATH = "/v1/video:batchAsyncGenerateVideoUpsampleVideo"
P95_LIMIT_MS = 1000.0
OPERATIONS = 4


@dataclass
class Load:
    """The measurements of the clients."""

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
    """Run the clients in a separate process."""
    command = [sys.executable, __file__, "--as-clients", address, "--clients", str(clients), "--seconds", str(seconds)]
    output = subprocess.run(command, input=request, capture_output=True, check=True).stdout
    return Load(**json.loads(output))


def status_request(sandbox: Sandbox, token: str) -> tuple[bytes, int]:
    """Return a status call about four finished operations, as bytes, and the length of its reply."""
    headers = {"authorization": f"Bearer {token}", "content-type": "text/plain;charset=UTF-8"}

    def call(path: str, message: Any) -> bytes:
        request = urllib.request.Request(sandbox.base_url + path, json.dumps(message).encode(), headers)
        with urllib.request.urlopen(request) as reply:
            body: bytes = reply.read()
            return body

    models = ["veo_2_1080p_upsampler_8s", "veo_3_1_upsampler_1080p"]
    wanted = [(media_id, model) for model in models for media_id in sandbox.media_ids][:OPERATIONS]
    operations = [json.loads(call(SUBMIT_PATH, submit_body(*one)))["operations"][0] for one in wanted]
    body = json.dumps({"operations": operations}).encode()
    while b"remainingCredits" not in (reply := call(STATUS_PATH, json.loads(body))):
        pass
    head = f"POST {STATUS_PATH} HTTP/1.1\r\nhost: {urllib.parse.urlsplit(sandbox.base_url).netloc}\r\n"
    head += "".join(f"{name}: {value}\r\n" for name, value in headers.items())
    return f"{head}content-length: {len(body)}\r\n\r\n".encode() + body, len(reply)


def submit_body(media_id: str, model: str) -> dict[str, Any]:
    request = {
        "aspectRatio": "VIDEO_ASPECT_RATIO_LANDSCAPE",
        "videoInput": {"mediaId": media_id},
        "videoModelKey": model,
        "metadata": {"sceneId": "5c3248ad-b298-4124-9642-41df0bfdd2b6"},
    }
    return {"requests": [request]}


def copy_only(source: Path, size: tuple[int, int], output: Path) -> None:
    """Upsample nothing, so that only the server is measured."""
    shutil.copy(source, output)


def serve_baseline(length: int) -> Any:
    """Start the same server with an application that only sends this number of bytes."""
    from vfx_widgets.sandbox.server import LoopbackServer

    body = (b'"sceneId"' * OPERATIONS).ljust(length)

    async def app(scope: Any, receive: Any, send: Any) -> None:
        await receive()
        headers = [(b"content-length", str(length).encode())]
        await send({"type": "http.response.start", "status": 200, "headers": headers})
        await send({"type": "http.response.body", "body": body})

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
    server = serve_baseline(length)
    baseline = run_clients(f"127.0.0.1:{server.port}", request, options.clients, options.seconds)
    server.close()
    report("baseline", baseline, options.seconds)
    p95 = statistics.quantiles(load.milliseconds, n=20)[18]
    print(f"limits: no errors, 95th percentile below {P95_LIMIT_MS:.0f} ms")
    for error in load.errors[:5]:
        print(f"error: {error}")
    return 0 if not load.errors and p95 < P95_LIMIT_MS else 1


if __name__ == "__main__":
    raise SystemExit(main())
