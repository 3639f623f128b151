"""The captured exchange: its bytes, and the values that they contain."""

from __future__ import annotations

import base64
from pathlib import Path

_DIRECTORY = Path(__file__).parents[1] / "capture"

SOURCE_ID = (
    "CAUSJDcwYTZiYWI5LWZiNTAtNDI3MS1hNTY4LTJkMWQ5ZGExZjBkMBokZTc3MGZmMzMtNGQzZC00YTVjLWIzMGUtYTM0YTExNzI0OTQ0"
    "IgNDQUUqJDhmYmNkYmU2LTc4NGYtNDRjNy1iMWQxLWQ3N2E1NWQyY2ZhMQ"
)
RESULT_ID = (
    "CAUSJDcwYTZiYWI5LWZiNTAtNDI3MS1hNTY4LTJkMWQ5ZGExZjBkMBokMWM3NWFmYzktZWMyYi00ZjdkLTg3M2YtYzM2NzQwYzQ3NWFh"
    "IgNDQUUqLjhmYmNkYmU2LTc4NGYtNDRjNy1iMWQxLWQ3N2E1NWQyY2ZhMV91cHNhbXBsZWQ"
)
PROJECT = "70a6bab9-fb50-4271-a568-2d1d9da1f0d0"
SOURCE_WORKFLOW = "e770ff33-4d3d-4a5c-b30e-a34a11724944"
RESULT_WORKFLOW = "1c75afc9-ec2b-4f7d-873f-c36740c475aa"
KEY = "8fbcdbe6-784f-44c7-b1d1-d77a55d2cfa1"
SCENE_ID = "5c3248ad-b298-4124-9642-41df0bfdd2b6"
SESSION_ID = ";1763136894168"
SEED = 14775
NAME = "698f2d752670fc64ebc95841536b660d"
MODEL = "veo_2_1080p_upsampler_8s"

SUBMIT_PATH = "/v1/video:batchAsyncGenerateVideoUpsampleVideo"
STATUS_PATH = "/v1/video:batchCheckAsyncVideoGenerationStatus"

TOKEN = "ya29.a0AfB_made1Up2For3The4Tests_0123456789-Zz"


def captured(name: str) -> bytes:
    """Return one captured body, byte for byte."""
    return (_DIRECTORY / f"{name}.json").read_bytes()


def media_id(
    kind: int = 5, project: str = PROJECT, workflow: str = SOURCE_WORKFLOW, step: str = "CAE", key: str = KEY
) -> str:
    """Encode a media ID (docs/protocol.md, "Media IDs"), independently of the package's decoder."""
    message = bytes([0x08, kind])
    for tag, text in ((0x12, project), (0x1A, workflow), (0x22, step), (0x2A, key)):
        message += bytes([tag, len(text)]) + text.encode()
    return base64.urlsafe_b64encode(message).rstrip(b"=").decode()
