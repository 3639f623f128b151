"""HTTP errors, failed operations and Retry-After headers: the tables of docs/protocol.md, row by row."""

from __future__ import annotations

import json
from email.utils import formatdate
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pytest_httpserver import HTTPServer
from werkzeug import Response

from tests.support.captured_exchange import NAME, STATUS_PATH, SUBMIT_PATH, TOKEN, captured
from tests.support.captured_service import submit_as_captured
from tests.support.scripted_server import ScriptedServer, json_response
from vfx_widgets import Client
from vfx_widgets.errors import (
    AccessDenied,
    AlreadyRunning,
    BadRequest,
    CaptchaRequired,
    NotFound,
    QuotaReached,
    ServiceError,
    ServiceUnavailable,
    Throttled,
    TokenExpired,
    UnexpectedReply,
)
from vfx_widgets.service import schemas
from vfx_widgets.service.error_mapping import ReasonGroup, error_from_operation, parse_retry_after, reason_group

LOAD = [
    "HIGH_TRAFFIC",
    "MODEL_OVERLOADED",
    "USER_REQUESTS_THROTTLED",
    "CONCURRENT_LIMIT_REACHED",
    "VIDEO_GENERATION_TIMED_OUT",
    "SOMETHING_WENT_WRONG",
    "UNUSUAL_ACTIVITY_TOO_MUCH_TRAFFIC",
]
RUNNING = ["GENERATION_ALREADY_IN_PROGRESS"]
QUOTA = ["USER_QUOTA_REACHED", "PER_MODEL_DAILY_QUOTA_REACHED"]
ACCESS = ["MODEL_ACCESS_DENIED", "USER_REGION_DISALLOWED", "UNUSUAL_ACTIVITY"]
CONTENT = [
    "UNSAFE_GENERATION",
    "SEXUAL",
    "VIOLENCE_FILTER",
    "MINOR",
    "IP_INPUT_IMAGE",
    "AUDIO_FILTERED",
    "UNKNOWN_REASON",
]


def envelope(http: int, grpc: str, message: str = "", reason: str | None = None) -> Response:
    """Return an HTTP error (docs/protocol.md, "HTTP errors")."""
    error: dict[str, Any] = {"code": http, "message": message, "status": grpc}
    if reason is not None:
        kind = "type.googleapis.com/google.rpc.ErrorInfo"
        error["details"] = [{"@type": kind, "reason": f"PUBLIC_ERROR_{reason}"}]
    return Response(json.dumps({"error": error}, indent=2), http, content_type="application/json; charset=UTF-8")


async def error_of(server: HTTPServer, response: Response, call: str = "submit") -> ServiceError:
    """Return the exception that a call raises for a response."""
    server.expect_request(SUBMIT_PATH if call == "submit" else STATUS_PATH).respond_with_response(response)
    async with Client(TOKEN, server.url_for("")) as client:
        with pytest.raises(ServiceError) as caught:
            if call == "submit":
                await submit_as_captured(client)
            else:
                await client.status(schemas.decode(captured("submit_response")).operations)
    return caught.value


CAPTCHA = "reCAPTCHA evaluation failed"

ROWS: list[tuple[Response, type[ServiceError], str]] = [
    (
        envelope(400, "INVALID_ARGUMENT", "seed is not a number"),
        BadRequest,
        "The service reported: seed is not a number",
    ),
    (envelope(401, "UNAUTHENTICATED", "Request had invalid credentials."), TokenExpired, "wrong or has expired"),
    (envelope(403, "PERMISSION_DENIED", CAPTCHA), CaptchaRequired, "only its own page can provide"),
    (envelope(403, "PERMISSION_DENIED", CAPTCHA, "UNUSUAL_ACTIVITY"), CaptchaRequired, "captcha"),
    (envelope(403, "PERMISSION_DENIED", CAPTCHA, "UNUSUAL_ACTIVITY_TOO_MUCH_TRAFFIC"), CaptchaRequired, "captcha"),
    (envelope(403, "PERMISSION_DENIED", "no", "MODEL_ACCESS_DENIED"), AccessDenied, "does not include this model"),
    (envelope(403, "PERMISSION_DENIED", "no", "USER_REGION_DISALLOWED"), AccessDenied, "not available in this region"),
    (envelope(403, "PERMISSION_DENIED", "no", "UNUSUAL_ACTIVITY"), AccessDenied, "unusual activity"),
    (
        envelope(403, "PERMISSION_DENIED", "The caller may not."),
        AccessDenied,
        "The service reported: The caller may not.",
    ),
    (envelope(404, "NOT_FOUND", "Media not found."), NotFound, "Clip not found: check the media ID. .*Media not found"),
    (envelope(409, "ALREADY_EXISTS", "", "GENERATION_ALREADY_IN_PROGRESS"), AlreadyRunning, "already being upsampled"),
    (envelope(409, "ALREADY_EXISTS"), AlreadyRunning, "already being upsampled"),
    (envelope(429, "RESOURCE_EXHAUSTED"), Throttled, "Rate limited"),
    *[(envelope(429, "RESOURCE_EXHAUSTED", "", reason), Throttled, "Rate limited") for reason in LOAD],
    *[(envelope(429, "RESOURCE_EXHAUSTED", "", reason), QuotaReached, f"used up.*{reason}") for reason in QUOTA],
    (
        envelope(500, "INTERNAL", "Internal error encountered."),
        ServiceUnavailable,
        "Temporary service error .HTTP 500.",
    ),
    (envelope(502, "UNAVAILABLE"), ServiceUnavailable, "HTTP 502"),
    (envelope(503, "UNAVAILABLE", "", "HIGH_TRAFFIC"), ServiceUnavailable, "HTTP 503"),
    (envelope(504, "DEADLINE_EXCEEDED"), ServiceUnavailable, "HTTP 504"),
    # The reason counts, whatever the HTTP status is.
    (envelope(403, "PERMISSION_DENIED", "", "UNUSUAL_ACTIVITY_TOO_MUCH_TRAFFIC"), Throttled, "Rate limited"),
    (envelope(403, "PERMISSION_DENIED", "", "USER_QUOTA_REACHED"), QuotaReached, "used up"),
    (envelope(400, "FAILED_PRECONDITION", "", "MODEL_ACCESS_DENIED"), AccessDenied, "does not include this model"),
    (
        envelope(429, "RESOURCE_EXHAUSTED", "", "GENERATION_ALREADY_IN_PROGRESS"),
        AlreadyRunning,
        "already being upsampled",
    ),
    *[
        (envelope(400, "INVALID_ARGUMENT", "", reason), BadRequest, f"rejected this clip.*{reason}")
        for reason in CONTENT
    ],
    # Responses that are in no table.
    (envelope(418, "UNKNOWN", "I'm a teapot"), UnexpectedReply, "HTTP 418.*I'm a teapot"),
    (Response("", 204), UnexpectedReply, "HTTP 204"),
]


@pytest.mark.parametrize(("response", "kind", "message"), ROWS, ids=range(len(ROWS)))
async def test_every_http_error_has_its_exception_and_a_hint(
    httpserver: HTTPServer, response: Response, kind: type[ServiceError], message: str
) -> None:
    error = await error_of(httpserver, response)
    assert type(error) is kind
    assert error.http_status == response.status_code
    assert error.hint
    with pytest.raises(kind, match=message):
        raise error


async def test_a_token_may_expire_between_status_calls(httpserver: HTTPServer) -> None:
    error = await error_of(httpserver, envelope(401, "UNAUTHENTICATED"), call="status")
    assert type(error) is TokenExpired


async def test_a_404_to_a_status_call_is_about_the_operation(httpserver: HTTPServer) -> None:
    error = await error_of(httpserver, envelope(404, "NOT_FOUND", "Unknown operation."), call="status")
    assert type(error) is NotFound
    assert error.message == "Operation not found. The service reported: Unknown operation."
    assert "submit the clip again" in error.hint


async def test_a_rejected_status_request_mentions_that_the_service_may_have_changed(
    httpserver: HTTPServer,
) -> None:
    error = await error_of(httpserver, envelope(400, "INVALID_ARGUMENT", "media is required"), call="status")
    assert type(error) is BadRequest
    assert "may have changed" in error.hint


async def test_reason_and_message_of_the_service_are_attributes(httpserver: HTTPServer) -> None:
    error = await error_of(httpserver, envelope(429, "RESOURCE_EXHAUSTED", "Slow down.", "HIGH_TRAFFIC"))
    assert (error.reason, error.server_message) == ("PUBLIC_ERROR_HIGH_TRAFFIC", "Slow down.")


async def test_the_reason_is_found_among_details_of_other_types(httpserver: HTTPServer) -> None:
    details = [
        {"@type": "type.googleapis.com/google.rpc.BadRequest", "fieldViolations": [{"field": "requests[0].seed"}]},
        {"@type": "type.googleapis.com/google.rpc.ErrorInfo", "reason": "PUBLIC_ERROR_USER_QUOTA_REACHED"},
    ]
    body = json.dumps({"error": {"code": 429, "details": details}})
    assert type(await error_of(httpserver, Response(body, 429))) is QuotaReached


@pytest.mark.parametrize("error", [{}, {"message": None, "status": None, "details": None}, {"code": "429"}])
async def test_an_incomplete_error_is_classified_by_its_http_status(httpserver: HTTPServer, error: object) -> None:
    assert type(await error_of(httpserver, Response(json.dumps({"error": error}), 429))) is Throttled


async def test_the_html_page_of_a_proxy_is_not_quoted(httpserver: HTTPServer) -> None:
    page = "<html><head><title>502 Bad Gateway</title></head><body><h1>nginx</h1></body></html>"
    error = await error_of(httpserver, Response(page, 502, content_type="text/html"))
    assert type(error) is ServiceUnavailable
    assert "nginx" not in str(error)
    assert "text/html" in str(error)


async def test_a_sign_in_page_instead_of_json_is_an_unexpected_reply(httpserver: HTTPServer) -> None:
    error = await error_of(httpserver, Response("<html>Sign in</html>", 200, content_type="text/html"))
    assert type(error) is UnexpectedReply


async def test_a_redirect_is_an_unexpected_reply(httpserver: HTTPServer) -> None:
    error = await error_of(httpserver, Response("", 307, {"location": httpserver.url_for("/elsewhere")}))
    assert type(error) is UnexpectedReply
    assert [request.path for request, _ in httpserver.log] == [SUBMIT_PATH]


@pytest.mark.parametrize(
    ("headers", "seconds"),
    [
        ({}, None),
        ({"retry_after": "7"}, 7.0),
        ({"retry_after": "0"}, 0.0),
        ({"retry_after": "soon"}, None),
        # Measured against the clock of the server; the local one may be off by minutes.
        ({"retry_after": "Fri, 14 Nov 2025 16:20:40 GMT", "date": "Fri, 14 Nov 2025 16:20:00 GMT"}, 40.0),
        ({"retry_after": "Fri, 14 Nov 2025 16:20:00 GMT", "date": "Fri, 14 Nov 2025 16:20:40 GMT"}, 0.0),
    ],
)
async def test_the_retry_after_header_is_an_attribute_of_the_exception(
    headers: dict[str, str], seconds: float | None
) -> None:
    with ScriptedServer([json_response('{"error": {"code": 429}}', 429, **headers)]) as server:
        async with Client(TOKEN, server.base_url) as client:
            with pytest.raises(Throttled) as caught:
                await submit_as_captured(client)
    assert caught.value.retry_after == seconds


async def test_a_long_message_of_the_service_is_truncated(httpserver: HTTPServer) -> None:
    error = await error_of(httpserver, envelope(400, "INVALID_ARGUMENT", "word " * 1000))
    assert len(error.server_message) <= 400


GROUPS = {
    ReasonGroup.LOAD: LOAD,
    ReasonGroup.RUNNING: RUNNING,
    ReasonGroup.QUOTA: QUOTA,
    ReasonGroup.ACCESS: ACCESS,
    ReasonGroup.CONTENT: CONTENT,
}


@pytest.mark.parametrize(("group", "reason"), [(group, name) for group, names in GROUPS.items() for name in names])
def test_every_reason_has_a_group(group: ReasonGroup, reason: str) -> None:
    assert reason_group(f"PUBLIC_ERROR_{reason}") is group


@pytest.mark.parametrize("text", ["", "Internal error encountered.", "RATE_LIMIT_EXCEEDED"])
def test_other_text_has_no_group(text: str) -> None:
    assert reason_group(text) is None


def failed(message: str | None, status: str = "FAILED", code: int | None = 13) -> schemas.Operation:
    error = schemas.RpcError(code=code, message=message)
    return schemas.Operation(schemas.OperationBody(name=NAME, error=error), status=f"MEDIA_GENERATION_STATUS_{status}")


SENTENCES = {
    **dict.fromkeys(LOAD, "overloaded"),
    **dict.fromkeys(QUOTA, "quota of this account is used up"),
    **dict.fromkeys(CONTENT, "rejected this clip"),
    "MODEL_ACCESS_DENIED": "does not include this model",
    "USER_REGION_DISALLOWED": "not available in this region",
    "UNUSUAL_ACTIVITY": "unusual activity",
}


@pytest.mark.parametrize(("reason", "message"), SENTENCES.items())
def test_a_failed_operation_has_a_reason_and_a_hint(reason: str, message: str) -> None:
    error = error_from_operation(failed(f"PUBLIC_ERROR_{reason}"))
    assert message in error.message
    assert (error.reason, error.code) == (f"PUBLIC_ERROR_{reason}", 13)
    assert error.hint


def test_an_unknown_message_does_not_blame_the_clip() -> None:
    error = error_from_operation(failed("Internal error encountered"))
    assert error.message == "The operation ended as FAILED: Internal error encountered."
    assert error.reason == ""


@pytest.mark.parametrize("message", [None, ""])
def test_an_operation_without_a_message_mentions_that_no_reason_was_given(message: str | None) -> None:
    assert "ended as CANCELED, and the service gave no reason" in str(error_from_operation(failed(message, "CANCELED")))


def test_an_operation_without_an_error_mentions_that_no_reason_was_given() -> None:
    error = error_from_operation(schemas.Operation(status="MEDIA_GENERATION_STATUS_FAILED"))
    assert "ended as FAILED, and the service gave no reason" in str(error)
    assert (error.reason, error.code) == ("", None)


NOW = 1_763_136_877.0


@pytest.mark.parametrize(
    ("value", "wait"),
    [("0", 0.0), ("7", 7.0), (" 7 ", 7.0), ("1.5", 1.5), ("600", 600.0), ("601", 600.0), ("9" * 5000, 600.0)],
)
def test_retry_after_in_seconds_is_parsed_and_capped(value: str, wait: float) -> None:
    assert parse_retry_after(value, NOW) == wait


@pytest.mark.parametrize(
    "value", [None, "", "soon", "-5", "1e3", "nan", "inf", "0x10", "٣", "Fri, 99 Nov 2025 25:61:61 GMT"]
)
def test_an_invalid_retry_after_is_none(value: str | None) -> None:
    assert parse_retry_after(value, NOW) is None


@pytest.mark.parametrize(
    "value",
    ["Fri, 14 Nov 2025 16:15:07 GMT", "Friday, 14-Nov-25 16:15:07 GMT", "Fri Nov 14 16:15:07 2025"],
)
def test_all_three_forms_of_an_http_date_are_parsed(value: str) -> None:
    assert parse_retry_after(value, NOW) == 30.0


def test_a_date_is_measured_against_the_clock_of_the_server() -> None:
    local_clock = NOW + 82
    retry_at = formatdate(NOW + 30, usegmt=True)
    assert parse_retry_after(retry_at, local_clock, date=formatdate(NOW, usegmt=True)) == 30.0
    assert parse_retry_after(retry_at, local_clock) == 0.0
    assert parse_retry_after(retry_at, NOW, date="no date") == 30.0


def test_a_date_in_the_past_means_now_and_a_distant_one_is_capped() -> None:
    assert parse_retry_after(formatdate(NOW - 3600, usegmt=True), NOW) == 0.0
    assert parse_retry_after(formatdate(NOW + 1e6, usegmt=True), NOW) == 600.0
    assert parse_retry_after(formatdate(NOW + 1e6, usegmt=True), NOW, cap=20.0) == 20.0


@given(value=st.text(), date=st.none() | st.text(), now=st.floats(0, 1e11))
def test_no_header_raises_an_error_or_exceeds_the_cap(value: str, date: str | None, now: float) -> None:
    wait = parse_retry_after(value, now, date=date)
    assert wait is None or 0.0 <= wait <= 600.0


async def test_a_token_of_any_form_that_the_service_repeats_is_removed() -> None:
    token = "0123456789abcdef/of=another-form"
    error = {"message": f"\x1b[1mWrong:\x00 {token}\u202e", "details": [{"reason": f"PUBLIC_ERROR_{token}\x9b"}]}
    answers = [json_response(json.dumps({"error": error}), 418), json_response("<p>", 418, x=token)]
    answers[1] = answers[1].replace(b"application/json", token.encode())
    with ScriptedServer(answers) as server:
        async with Client(token, server.base_url) as client:
            for expected in ("[1mWrong: [hidden]", "body of type"):
                with pytest.raises(ServiceError, match="HTTP 418") as caught:
                    await submit_as_captured(client)
                shown = f"{caught.value!r} {vars(caught.value)}"
                assert token not in shown
                assert expected in caught.value.server_message
                assert caught.value.server_message.isprintable()
                assert caught.value.reason.isprintable()
