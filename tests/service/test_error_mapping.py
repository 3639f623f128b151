"""What the service's refusals mean: the tables of the notes, sections 2 and 3, row by row."""

from __future__ import annotations

import json
from typing import Any

import pytest
from pytest_httpserver import HTTPServer
from werkzeug import Response

from tests.service.conftest import submit_as_captured
from tests.support.captured_exchange import NAME, STATUS_PATH, SUBMIT_PATH, TOKEN, captured
from tests.support.scripted_server import Scripted, json_answer
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
from vfx_widgets.service.error_mapping import ReasonGroup, error_from_operation, reason_group

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
    "NOT_HEARD_OF_YET",
]


def envelope(http: int, grpc: str, message: str = "", reason: str | None = None) -> Response:
    """An HTTP error in the form of the notes, section 3."""
    error: dict[str, Any] = {"code": http, "message": message, "status": grpc}
    if reason is not None:
        kind = "type.googleapis.com/google.rpc.ErrorInfo"
        error["details"] = [{"@type": kind, "reason": f"PUBLIC_ERROR_{reason}"}]
    return Response(json.dumps({"error": error}, indent=2), http, content_type="application/json; charset=UTF-8")


async def refusal(server: HTTPServer, response: Response, call: str = "submit") -> ServiceError:
    """The error that a call ends in where the server answers it so."""
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
    (envelope(400, "INVALID_ARGUMENT", "seed is not a number"), BadRequest, "It says: seed is not a number"),
    (envelope(401, "UNAUTHENTICATED", "Request had invalid credentials."), TokenExpired, "wrong or has expired"),
    (envelope(403, "PERMISSION_DENIED", CAPTCHA), CaptchaRequired, "only its own page can answer"),
    (envelope(403, "PERMISSION_DENIED", CAPTCHA, "UNUSUAL_ACTIVITY"), CaptchaRequired, "captcha"),
    (envelope(403, "PERMISSION_DENIED", CAPTCHA, "UNUSUAL_ACTIVITY_TOO_MUCH_TRAFFIC"), CaptchaRequired, "captcha"),
    (envelope(403, "PERMISSION_DENIED", "no", "MODEL_ACCESS_DENIED"), AccessDenied, "does not include this model"),
    (envelope(403, "PERMISSION_DENIED", "no", "USER_REGION_DISALLOWED"), AccessDenied, "not offered in this region"),
    (envelope(403, "PERMISSION_DENIED", "no", "UNUSUAL_ACTIVITY"), AccessDenied, "unusual activity"),
    (envelope(403, "PERMISSION_DENIED", "The caller may not."), AccessDenied, "It says: The caller may not."),
    (envelope(404, "NOT_FOUND", "Media not found."), NotFound, "does not know this clip.*Media not found"),
    (envelope(409, "ALREADY_EXISTS", "", "GENERATION_ALREADY_IN_PROGRESS"), AlreadyRunning, "being upsampled now"),
    (envelope(409, "ALREADY_EXISTS"), AlreadyRunning, "being upsampled now"),
    (envelope(429, "RESOURCE_EXHAUSTED"), Throttled, "fewer requests"),
    *[(envelope(429, "RESOURCE_EXHAUSTED", "", reason), Throttled, "fewer requests") for reason in LOAD],
    *[(envelope(429, "RESOURCE_EXHAUSTED", "", reason), QuotaReached, f"used up.*{reason}") for reason in QUOTA],
    (envelope(500, "INTERNAL", "Internal error encountered."), ServiceUnavailable, "passing fault .HTTP 500."),
    (envelope(502, "UNAVAILABLE"), ServiceUnavailable, "HTTP 502"),
    (envelope(503, "UNAVAILABLE", "", "HIGH_TRAFFIC"), ServiceUnavailable, "HTTP 503"),
    (envelope(504, "DEADLINE_EXCEEDED"), ServiceUnavailable, "HTTP 504"),
    # A reason counts whatever the status is (section 2 names no status for them).
    (envelope(403, "PERMISSION_DENIED", "", "UNUSUAL_ACTIVITY_TOO_MUCH_TRAFFIC"), Throttled, "fewer requests"),
    (envelope(403, "PERMISSION_DENIED", "", "USER_QUOTA_REACHED"), QuotaReached, "used up"),
    (envelope(400, "FAILED_PRECONDITION", "", "MODEL_ACCESS_DENIED"), AccessDenied, "does not include this model"),
    (envelope(429, "RESOURCE_EXHAUSTED", "", "GENERATION_ALREADY_IN_PROGRESS"), AlreadyRunning, "now"),
    *[(envelope(400, "INVALID_ARGUMENT", "", reason), BadRequest, f"not want to.*{reason}") for reason in CONTENT],
    # What is in no table.
    (envelope(418, "UNKNOWN", "I'm a teapot"), UnexpectedReply, "HTTP 418.*I'm a teapot"),
    (Response("", 204), UnexpectedReply, "HTTP 204"),
]


@pytest.mark.parametrize(("response", "kind", "words"), ROWS, ids=range(len(ROWS)))
async def test_every_row_of_the_tables_is_its_own_error_with_a_next_step(
    httpserver: HTTPServer, response: Response, kind: type[ServiceError], words: str
) -> None:
    error = await refusal(httpserver, response)
    assert type(error) is kind
    assert error.http_status == response.status_code
    assert error.hint
    with pytest.raises(kind, match=words):
        raise error


async def test_a_token_may_also_expire_in_mid_poll(httpserver: HTTPServer) -> None:
    error = await refusal(httpserver, envelope(401, "UNAUTHENTICATED"), call="status")
    assert type(error) is TokenExpired


async def test_an_old_status_request_that_gets_400_is_final_and_says_that_the_service_may_have_changed(
    httpserver: HTTPServer,
) -> None:
    error = await refusal(httpserver, envelope(400, "INVALID_ARGUMENT", "media is required"), call="status")
    assert type(error) is BadRequest
    assert "may have changed" in error.hint


async def test_reason_and_words_of_the_service_come_along(httpserver: HTTPServer) -> None:
    error = await refusal(httpserver, envelope(429, "RESOURCE_EXHAUSTED", "Slow down.", "HIGH_TRAFFIC"))
    assert (error.reason, error.server_message) == ("PUBLIC_ERROR_HIGH_TRAFFIC", "Slow down.")


async def test_the_reason_is_found_behind_details_of_another_kind(httpserver: HTTPServer) -> None:
    details = [
        {"@type": "type.googleapis.com/google.rpc.BadRequest", "fieldViolations": [{"field": "requests[0].seed"}]},
        {"@type": "type.googleapis.com/google.rpc.ErrorInfo", "reason": "PUBLIC_ERROR_USER_QUOTA_REACHED"},
    ]
    body = json.dumps({"error": {"code": 429, "details": details}})
    assert type(await refusal(httpserver, Response(body, 429))) is QuotaReached


@pytest.mark.parametrize("error", [{}, {"message": None, "status": None, "details": None}, {"code": "429"}])
async def test_an_envelope_with_holes_counts_by_its_http_status(httpserver: HTTPServer, error: object) -> None:
    assert type(await refusal(httpserver, Response(json.dumps({"error": error}), 429))) is Throttled


async def test_a_proxys_html_page_is_a_passing_fault_and_is_not_quoted(httpserver: HTTPServer) -> None:
    page = "<html><head><title>502 Bad Gateway</title></head><body><h1>nginx</h1></body></html>"
    error = await refusal(httpserver, Response(page, 502, content_type="text/html"))
    assert type(error) is ServiceUnavailable
    assert "nginx" not in str(error)
    assert "text/html" in str(error)


async def test_a_sign_in_page_in_place_of_the_json_is_an_unexpected_reply(httpserver: HTTPServer) -> None:
    error = await refusal(httpserver, Response("<html>Sign in</html>", 200, content_type="text/html"))
    assert type(error) is UnexpectedReply


async def test_a_redirect_is_not_in_the_contract(httpserver: HTTPServer) -> None:
    error = await refusal(httpserver, Response("", 307, {"location": httpserver.url_for("/elsewhere")}))
    assert type(error) is UnexpectedReply
    assert [request.path for request, _ in httpserver.log] == [SUBMIT_PATH]


@pytest.mark.parametrize(
    ("headers", "seconds"),
    [
        ({}, None),
        ({"retry_after": "7"}, 7.0),
        ({"retry_after": "0"}, 0.0),
        ({"retry_after": "soon"}, None),
        # The server's own clock counts, not ours, which may be minutes away from it.
        ({"retry_after": "Fri, 14 Nov 2025 16:20:40 GMT", "date": "Fri, 14 Nov 2025 16:20:00 GMT"}, 40.0),
        ({"retry_after": "Fri, 14 Nov 2025 16:20:00 GMT", "date": "Fri, 14 Nov 2025 16:20:40 GMT"}, 0.0),
    ],
)
async def test_retry_after_is_read_in_seconds_and_as_a_date(headers: dict[str, str], seconds: float | None) -> None:
    with Scripted([json_answer('{"error": {"code": 429}}', 429, **headers)]) as server:
        async with Client(TOKEN, server.base_url) as client:
            with pytest.raises(Throttled) as caught:
                await submit_as_captured(client)
    assert caught.value.retry_after == seconds


async def test_long_words_of_the_service_are_cut(httpserver: HTTPServer) -> None:
    error = await refusal(httpserver, envelope(400, "INVALID_ARGUMENT", "word " * 1000))
    assert len(error.server_message) <= 400


GROUPS = {
    ReasonGroup.LOAD: LOAD,
    ReasonGroup.RUNNING: RUNNING,
    ReasonGroup.QUOTA: QUOTA,
    ReasonGroup.ACCESS: ACCESS,
    ReasonGroup.CONTENT: CONTENT,
}


@pytest.mark.parametrize(("group", "reason"), [(group, name) for group, names in GROUPS.items() for name in names])
def test_every_reason_is_in_its_group(group: ReasonGroup, reason: str) -> None:
    assert reason_group(f"PUBLIC_ERROR_{reason}") is group


@pytest.mark.parametrize("words", ["", "Internal error encountered.", "RATE_LIMIT_EXCEEDED"])
def test_other_words_are_in_no_group(words: str) -> None:
    assert reason_group(words) is None


def failed(message: str | None, status: str = "FAILED", code: int | None = 13) -> schemas.Operation:
    error = schemas.RpcError(code=code, message=message)
    return schemas.Operation(schemas.OperationBody(name=NAME, error=error), status=f"MEDIA_GENERATION_STATUS_{status}")


SENTENCES = {
    **dict.fromkeys(LOAD, "too much load"),
    **dict.fromkeys(QUOTA, "quota of this account is used up"),
    **dict.fromkeys(CONTENT, "does not want to upsample this clip"),
    "MODEL_ACCESS_DENIED": "does not include this model",
    "USER_REGION_DISALLOWED": "not offered in this region",
    "UNUSUAL_ACTIVITY": "unusual activity",
}


@pytest.mark.parametrize(("reason", "words"), SENTENCES.items())
def test_a_failed_operation_says_why_and_what_to_do(reason: str, words: str) -> None:
    error = error_from_operation(failed(f"PUBLIC_ERROR_{reason}"))
    assert words in error.message
    assert (error.reason, error.code) == (f"PUBLIC_ERROR_{reason}", 13)
    assert error.hint


def test_an_operation_that_failed_in_other_words_does_not_blame_the_clip() -> None:
    error = error_from_operation(failed("Internal error encountered"))
    assert error.message == "The service ended this operation as failed: Internal error encountered."
    assert error.reason == ""


@pytest.mark.parametrize("message", [None, ""])
def test_an_operation_that_failed_without_a_word_says_so(message: str | None) -> None:
    assert "as canceled and gave no reason" in str(error_from_operation(failed(message, "CANCELED")))


def test_an_operation_that_failed_without_an_error_says_so() -> None:
    error = error_from_operation(schemas.Operation(status="MEDIA_GENERATION_STATUS_FAILED"))
    assert "as failed and gave no reason" in str(error)
    assert (error.reason, error.code) == ("", None)
