"""The sandbox's encoder and decoder for media IDs."""

from __future__ import annotations

import base64

import pytest

from tests.support.captured_exchange import KEY, PROJECT, RESULT_ID, SOURCE_ID, SOURCE_WORKFLOW
from vfx_widgets.sandbox.media_ids import IMAGE, VIDEO, MediaName, decode


def test_the_captured_source_id_is_decoded_and_encoded_again() -> None:
    name = decode(SOURCE_ID)
    assert name == MediaName(VIDEO, PROJECT, SOURCE_WORKFLOW, KEY)
    assert name.encode() == SOURCE_ID


def test_the_captured_result_id_is_the_source_id_with_a_new_workflow() -> None:
    source, result = decode(SOURCE_ID), decode(RESULT_ID)
    assert source is not None
    assert result is not None
    assert source.upsampled(result.workflow).encode() == RESULT_ID
    assert (source.is_upsampled, result.is_upsampled) == (False, True)


def test_an_image_id_has_its_own_media_type() -> None:
    name = decode(SOURCE_ID)
    assert name is not None
    image = MediaName(IMAGE, name.project, name.workflow, name.key)
    assert decode(image.encode()) == image


@pytest.mark.parametrize(
    "text",
    [
        "",
        "nonsense",
        SOURCE_ID[:-1],
        SOURCE_ID[1:],
        "8fbcdbe6-784f-44c7-b1d1-d77a55d2cfa1",
        "CAU",
        "CAUS",
        "_____w",
        "é",
    ],
)
def test_text_that_is_not_a_media_id_is_decoded_to_none(text: str) -> None:
    assert decode(text) is None


def test_an_id_with_an_endless_number_is_refused_at_once() -> None:
    message = b"\x08" + b"\xff" * 150_000 + b"\x01"  # a minute of arithmetic
    assert decode(base64.urlsafe_b64encode(message).decode().rstrip("=")) is None
