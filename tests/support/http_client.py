"""A client made of the standard library only, so that a bug of the package's own client cannot hide in the tests."""

from __future__ import annotations

import http.client
import json
import socket
import urllib.parse
from dataclasses import dataclass
from typing import Any

from vfx_widgets.sandbox import Sandbox

SUBMIT_PATH = "/v1/video:batchAsyncGenerateVideoUpsampleVideo"
STATUS_PATH = "/v1/video:batchCheckAsyncVideoGenerationStatus"
LANDSCAPE = "VIDEO_ASPECT_RATIO_LANDSCAPE"
PORTRAIT = "VIDEO_ASPECT_RATIO_PORTRAIT"
VEO_2 = "veo_2_1080p_upsampler_8s"
VEO_3 = "veo_3_1_upsampler_1080p"
VEO_3_4K = "veo_3_1_upsampler_4k"
STATUS_PREFIX = "MEDIA_GENERATION_STATUS_"
FINAL_STATUSES = ("SUCCESSFUL", "FAILED", "CANCELED")


@dataclass
class Reply:
    """An HTTP response; the properties read the JSON of the two calls."""

    status: int
    headers: list[tuple[str, str]]
    body: bytes

    def header(self, name: str) -> str | None:
        values = self.header_values(name)
        return values[0] if values else None

    def header_values(self, name: str) -> list[str]:
        return [value for key, value in self.headers if key.lower() == name]

    @property
    def json(self) -> Any:
        return json.loads(self.body)

    @property
    def item(self) -> Any:
        """The first operation of the list."""
        return self.json["operations"][0]

    @property
    def operation_name(self) -> str:
        name: str = self.item["operation"]["name"]
        return name

    @property
    def operation_status(self) -> str:
        """The status of the first operation, without the prefix."""
        return status_of(self.item)

    @property
    def video(self) -> Any:
        return self.item["operation"]["metadata"]["video"]

    @property
    def error_reason(self) -> str:
        reason: str = self.json["error"]["details"][0]["reason"]
        return reason


class HttpClient:
    """A client with one connection per request."""

    def __init__(self, sandbox: Sandbox) -> None:
        self.sandbox = sandbox
        self.token = sandbox.token
        self.address = urllib.parse.urlsplit(sandbox.base_url).netloc

    def request(
        self, method: str, path: str, body: bytes | None = None, headers: dict[str, str] | None = None
    ) -> Reply:
        connection = http.client.HTTPConnection(self.address)
        try:
            connection.request(method, path, body, headers or {})
            reply = connection.getresponse()
            return Reply(reply.status, reply.getheaders(), reply.read())
        finally:
            connection.close()

    def call(self, path: str, message: Any, **headers: str) -> Reply:
        """Send one of the two calls, with the token."""
        body = message if isinstance(message, bytes) else json.dumps(message).encode()
        default = {"authorization": f"Bearer {self.token}", "content-type": "text/plain;charset=UTF-8"}
        named = {name.replace("_", "-"): value for name, value in headers.items()}
        return self.request("POST", path, body, {**default, **named})

    def submit(self, media_id: str | None = None, method: str | None = None, **changes: Any) -> Reply:
        """Submit a clip. The changes apply to ``requests[0]``; None removes a field."""
        headers = {} if method is None else {"x_vfx_upsampler": method}
        return self.call(SUBMIT_PATH, submit_body(media_id or self.sandbox.media_ids[0], **changes), **headers)

    def status(self, *names: str) -> Reply:
        return self.call(STATUS_PATH, status_body(*names))

    def wait(self, *names: str) -> Reply:
        """Poll until all operations are finished; return the last reply."""
        while True:
            reply = self.status(*names)
            assert reply.status == 200, reply.body
            if all(status_of(item) in FINAL_STATUSES for item in reply.json["operations"]):
                return reply

    def upsample(self, media_id: str | None = None, **changes: Any) -> Reply:
        """Submit a clip, and poll until it is finished."""
        return self.wait(self.submit(media_id, **changes).operation_name)

    def get(self, url: str, **headers: str) -> Reply:
        """Fetch a storage URL, without the token."""
        parts = urllib.parse.urlsplit(url)
        assert parts.netloc == self.address
        return self.request("GET", f"{parts.path}?{parts.query}", headers=headers)

    def download(self, reply: Reply) -> Reply:
        """Fetch the video of a finished operation."""
        return self.get(reply.video["fifeUrl"])

    def connect(self) -> socket.socket:
        """Open a socket, for what ``http.client`` would hide."""
        host, port = self.address.split(":")
        return socket.create_connection((host, int(port)))


def submit_body(media_id: str, **changes: Any) -> dict[str, Any]:
    request = {
        "aspectRatio": LANDSCAPE,
        "seed": 14775,
        "videoInput": {"mediaId": media_id},
        "videoModelKey": VEO_2,
        "metadata": {"sceneId": "5c3248ad-b298-4124-9642-41df0bfdd2b6"},
        **changes,
    }
    kept = {name: value for name, value in request.items() if value is not None}
    return {"requests": [kept], "clientContext": {"sessionId": ";1763136894168"}}


def status_body(*names: str) -> dict[str, Any]:
    return {
        "operations": [
            {"operation": {"name": name}, "sceneId": "any", "status": f"{STATUS_PREFIX}PENDING"} for name in names
        ]
    }


def status_of(item: dict[str, Any]) -> str:
    """Return the status of an operation in a reply, without the prefix."""
    status: str = item.get("status", "")
    return status.removeprefix(STATUS_PREFIX)
