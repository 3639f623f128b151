"""The sandbox's encoder and decoder for media IDs."""

from __future__ import annotations

import pytest

from vfx_widgets.sandbox.media_ids import IMAGE, VIDEO, MediaName, decode

SOURCE = (
    "CAUSJDcwYTZiYWI5LWZiNTAtNDI3MS1hNTY4LTJkMWQ5ZGExZjBkMBokZTc3MGZmMzMtNGQzZC00YTVjLWIzMGUtYTM0YTExNzI0OTQ0"
    "IgNDQUUqJDhmYmNkYmU2LTc4NGYtNDRjNy1iMWQxLWQ3N2E1NWQyY2ZhMQ"
)
RESULT = (
    "CAUSJDcwYTZiYWI5LWZiNTAtNDI3MS1hNTY4LTJkMWQ5ZGExZjBkMBokMWM3NWFmYzktZWMyYi00ZjdkLTg3M2YtYzM2NzQwYzQ3NWFh"
    "IgNDQUUqLjhmYmNkYmU2LTc4NGYtNDRjNy1iMWQxLWQ3N2E1NWQyY2ZhMV91cHNhbXBsZWQ"
)


def test_the_captured_source_id_is_decoded_and_encoded_again() -> None:
    name = decode(SOURCE)
    assert name == MediaName(
        VIDEO,
        "70a6bab9-fb50-4271-a568-2d1d9da1f0d0",
        "e770ff33-4d3d-4a5c-b30e-a34a11724944",
        "8fbcdbe6-784f-44c7-b1d1-d77a55d2cfa1",
    )
    assert name.encode() == SOURCE


def test_the_captured_result_id_is_the_source_id_with_a_new_workflow() -> None:
    source, result = decode(SOURCE), decode(RESULT)
    assert source is not None
    assert result is not None
    assert source.upsampled(result.workflow).encode() == RESULT
    assert (source.is_upsampled, result.is_upsampled) == (False, True)


def test_an_image_id_has_its_own_media_type() -> None:
    name = decode(SOURCE)
    assert name is not None
    image = MediaName(IMAGE, name.project, name.workflow, name.key)
    assert decode(image.encode()) == image


@pytest.mark.parametrize(
    "text",
    ["", "nonsense", SOURCE[:-1], SOURCE[1:], "8fbcdbe6-784f-44c7-b1d1-d77a55d2cfa1", "CAU", "CAUS", "_____w", "é"],
)
def test_text_that_is_not_a_media_id_is_decoded_to_none(text: str) -> None:
    assert decode(text) is None
