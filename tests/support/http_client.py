"""A client made of the standard library only: nothing of the package's own client may hide a misreading here."""

from __future__ import annotations

import http.client
import json
import socket
import urllib.parse
from dataclasses import dataclass
from typing import Any

from vfx_widgets.sandbox import Sandbox

SUBMIT = "/v1/video:batchAsyncGenerateVideoUpsampleVideo"
STATUS = "/v1/video:batchCheckAsyncVideoGenerationStatus"
LANDSCAPE = "VIDEO_ASPECT_RATIO_LANDSCAPE"
PORTRAIT = "VIDEO_ASPECT_RATIO_PORTRAIT"
VEO_2 = "veo_2_1080p_upsampler_8s"
VEO_3_4K = "veo_3_1_upsampler_4k"
STATUS_PREFIX = "MEDIA_GENERATION_STATUS_"


@dataclass
class Reply:
    status: int
    headers: list[tuple[str, str]]
    body: bytes

    def header(self, name: str) -> str | None:
        values = self.all(name)
        return values[0] if values else None

    def all(self, name: str) -> list[str]:
        return [value for key, value in self.headers if key.lower() == name]

    @property
    def json(self) -> Any:
        return json.loads(self.body)

    @property
    def item(self) -> Any:
        return self.json["operations"][0]

    @property
    def word(self) -> str:
        """The status of the only item, without its prefix."""
        status: str = self.item["status"]
        return status.removeprefix(STATUS_PREFIX)

    @property
    def reason(self) -> str:
        return self.json["error"]["details"][0]["reason"]  # type: ignore[no-any-return]


class Plain:
    """Speaks to a sandbox by ``http.client``, a connection for each request."""

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
        """One of the two calls, with the token."""
        body = message if isinstance(message, bytes) else json.dumps(message).encode()
        default = {"authorization": f"Bearer {self.token}", "content-type": "text/plain;charset=UTF-8"}
        named = {name.replace("_", "-"): value for name, value in headers.items()}
        return self.request("POST", path, body, {**default, **named})

    def submit(self, media_id: str | None = None, **changes: Any) -> Reply:
        """A submit; ``changes`` go into ``requests[0]``, None takes a field away."""
        return self.call(SUBMIT, submit_message(media_id or self.sandbox.media_ids[0], **changes))

    def status(self, *names: str) -> Reply:
        return self.call(STATUS, status_message(*names))

    def finish(self, *names: str) -> Reply:
        """Ask until all are finished."""
        while True:
            reply = self.status(*names)
            assert reply.status == 200, reply.body
            if all(_is_finished(item) for item in reply.json["operations"]):
                return reply

    def upsample(self, media_id: str | None = None, **changes: Any) -> Reply:
        """Submit a clip, and ask until it is finished."""
        return self.finish(name_of(self.submit(media_id, **changes)))

    def get(self, url: str, **headers: str) -> Reply:
        """A file of storage, without the token."""
        parts = urllib.parse.urlsplit(url)
        assert parts.netloc == self.address
        return self.request("GET", f"{parts.path}?{parts.query}", headers=headers)

    def download(self, reply: Reply) -> Reply:
        return self.get(video_of(reply)["fifeUrl"])

    def connect(self) -> socket.socket:
        """A bare connection, for what ``http.client`` would hide."""
        host, port = self.address.split(":")
        return socket.create_connection((host, int(port)))


def submit_message(media_id: str, **changes: Any) -> dict[str, Any]:
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


def status_message(*names: str) -> dict[str, Any]:
    return {
        "operations": [
            {"operation": {"name": name}, "sceneId": "any", "status": f"{STATUS_PREFIX}PENDING"} for name in names
        ]
    }


def name_of(reply: Reply) -> str:
    name: str = reply.item["operation"]["name"]
    return name


def video_of(reply: Reply) -> dict[str, Any]:
    video: dict[str, Any] = reply.item["operation"]["metadata"]["video"]
    return video


def _is_finished(item: dict[str, Any]) -> bool:
    return item.get("status", "").removeprefix(STATUS_PREFIX) in ("SUCCESSFUL", "FAILED", "CANCELED")
