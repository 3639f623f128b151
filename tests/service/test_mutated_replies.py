"""The captured replies, damaged in 2,000 ways: no damage raises anything but UnexpectedReply."""

from __future__ import annotations

import copy
import json
from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st

from tests.support.captured_exchange import captured
from vfx_widgets.errors import UnexpectedReply
from vfx_widgets.service import schemas

REPLIES = [json.loads(captured(name)) for name in ("submit_response", "status_response_successful")]

odd_values: st.SearchStrategy[Any] = st.sampled_from(
    [
        *(None, True, 0, -1, 1 << 80, 1.5, 1e400, "", "null", "0", "AAA=", "\ud800", "é\0", [], {}, [[]], {"": None}),
        *("https://", "https://h/x?Expires=x", "http://[::1", "https://h:99999/x", f"https://h/x?Expires={'9' * 5000}"),
        *([None] * 3, {"name": {}}, {"operation": {"name": "x"}}, {"video": []}, {"fifeUrl": {"fifeUrl": ""}}),
    ]
)


def places(node: Any) -> list[tuple[Any, Any]]:
    """Every container in the JSON with each of its keys or positions."""
    keys = list(node) if isinstance(node, dict) else range(len(node)) if isinstance(node, list) else ()
    return [place for key in keys for place in [(node, key), *places(node[key])]]


@st.composite
def damaged(draw: st.DrawFn) -> bytes:
    reply = copy.deepcopy(draw(st.sampled_from(REPLIES)))
    for _ in range(draw(st.integers(0, 3))):
        if not (found := places(reply)):
            break
        container, key = draw(st.sampled_from(found))
        match draw(st.sampled_from(["drop", "replace", "nest", "text", "double"])):
            case "drop":
                del container[key]
            case "replace":
                container[key] = copy.deepcopy(draw(odd_values))
            case "nest":
                container[key] = draw(st.sampled_from([[container[key]], {"value": container[key]}]))
            case "text":
                container[key] = str(container[key])
            case _:
                container[key] = [container[key], copy.deepcopy(container[key])]
    body = json.dumps(reply, indent=draw(st.sampled_from([None, 2]))).encode()
    if draw(st.booleans()):
        start = draw(st.integers(0, len(body)))
        body = body[:start] + draw(st.binary(max_size=3)) + body[start + draw(st.integers(0, 200)) :]
    return body


@settings(derandomize=True, deadline=None, max_examples=2000)
@given(damaged())
def test_a_damaged_reply_is_read_as_far_as_it_goes_or_is_an_unexpected_reply(body: bytes) -> None:
    try:
        reply = schemas.decode(body)
    except UnexpectedReply:
        return
    for operation in reply.operations:
        assert isinstance(operation.status, str)
        assert operation.name is None or isinstance(operation.name, str)
        assert operation.result_id is None or isinstance(operation.result_id, str)
    assert reply.remaining_credits is None or isinstance(reply.remaining_credits, int)


@settings(derandomize=True, deadline=None, max_examples=300)
@given(damaged().map(lambda body: b'{"error": ' + body + b"}") | st.binary())
def test_a_damaged_error_envelope_is_read_or_passed_over(body: bytes) -> None:
    error = schemas.decode_error(body)
    assert error is None or isinstance(error, schemas.ErrorBody)
