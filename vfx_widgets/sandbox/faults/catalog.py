"""The catalog of faults: for each name when it applies, its options, and its documentation."""

from __future__ import annotations

import textwrap
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from enum import Enum
from typing import Any

Parse = Callable[[str], Any]

API_CALLS = frozenset({"submit", "status"})
STORAGE_CALLS = frozenset({"download", "poster"})
ANY_CALL = API_CALLS | STORAGE_CALLS
SUBMIT = frozenset({"submit"})
STATUS = frozenset({"status"})
DOWNLOAD = frozenset({"download"})


class Stage(Enum):
    """What a fault acts on. The value introduces its table in the documentation."""

    RESPONSE = (
        "Faults that replace the response. With ``ran=yes`` the call is carried out, and only its own response is lost."
    )
    SERVER = "Faults that change the state of the server."
    REPLY = "Faults that change a whole reply."
    TRANSPORT = "Faults of the connection, as seen by the socket."
    ITEM = "Faults of single items of a status reply."


def choice(*values: str) -> Parse:
    """Return a parser that accepts only these values."""

    def parse(text: str) -> str:
        if text not in values:
            raise ValueError(f"one of {', '.join(values)}")
        return text

    return parse


def count(text: str) -> int:
    """Parse a whole number from 0."""
    if not text.isdecimal():
        raise ValueError("a whole number")
    return int(text)


def integer(text: str) -> int:
    """Parse a whole number, which may be negative."""
    return -count(text[1:]) if text.startswith("-") else count(text)


def number(text: str) -> float:
    """Parse a number."""
    try:
        return float(text)
    except ValueError:
        raise ValueError("a number") from None


def yes_or_no(text: str) -> bool:
    """Parse yes or no."""
    return bool(choice("yes", "no")(text) == "yes")


@dataclass(frozen=True)
class Option:
    """An option of a fault.

    Args:
        parse: Parses the value; a ValueError completes the sentence "… takes".
        default: The value where the line has none.
        about: The text in parentheses in the documentation; the default, if empty.
    """

    parse: Parse
    default: Any = None
    about: str = ""

    def document(self, name: str) -> str:
        """Return the option as the documentation shows it."""
        return f"``{name}=`` ({self.about or self.default})"


@dataclass(frozen=True)
class FaultSpec:
    """The meaning of a fault's name.

    Args:
        stage: What it acts on.
        calls: The calls that it affects by default.
        about: Its documentation.
        options: Its own options.
        allowed: The calls that it can affect.
        times: How often it fires by default; None for always.
        needs_result: Whether it affects only items that are SUCCESSFUL.
    """

    stage: Stage
    calls: frozenset[str]
    about: str
    options: Mapping[str, Option] = field(default_factory=dict)
    allowed: frozenset[str] = ANY_CALL
    times: int | None = 1
    needs_result: bool = False


_RAN = Option(yes_or_no, default=False, about="no")


def _response(
    about: str,
    calls: frozenset[str] = ANY_CALL,
    allowed: frozenset[str] = ANY_CALL,
    options: Mapping[str, Option] | None = None,
) -> FaultSpec:
    return FaultSpec(Stage.RESPONSE, calls, about, {**(options or {}), "ran": _RAN}, allowed)


def _server_error(about: str) -> FaultSpec:
    return _response(about, options={"as": Option(choice("json", "html"), "json", "json, or html")})


def _reason(default: str) -> dict[str, Option]:
    return {"reason": Option(str, default)}


def _item(
    about: str, options: Mapping[str, Option] | None = None, times: int | None = 1, needs_result: bool = False
) -> FaultSpec:
    return FaultSpec(Stage.ITEM, STATUS, about, options or {}, STATUS, times, needs_result)


CATALOG: dict[str, FaultSpec] = {
    "400": _response("INVALID_ARGUMENT, as after a change of the contract."),
    "403-captcha": _response('PERMISSION_DENIED, "reCAPTCHA evaluation failed".', SUBMIT, API_CALLS),
    "403-plan": _response("PERMISSION_DENIED.", SUBMIT, API_CALLS, _reason("MODEL_ACCESS_DENIED")),
    "404": _response("NOT_FOUND."),
    "429-throttle": _response(
        "RESOURCE_EXHAUSTED.",
        options={
            **_reason("USER_REQUESTS_THROTTLED"),
            "retry-after": Option(count, about="seconds; by default the header is missing"),
        },
    ),
    "429-quota": _response("RESOURCE_EXHAUSTED.", SUBMIT, API_CALLS, _reason("PER_MODEL_DAILY_QUOTA_REACHED")),
    "500": _server_error("INTERNAL."),
    "502": _server_error("UNAVAILABLE."),
    "503": _server_error("UNAVAILABLE."),
    "504": _server_error("DEADLINE_EXCEEDED."),
    "url-expired": _response("400 with XML, ``ExpiredToken``.", DOWNLOAD, STORAGE_CALLS),
    "url-altered": _response("403 with XML, ``SignatureDoesNotMatch``.", DOWNLOAD, STORAGE_CALLS),
    "gone": _response("404 with XML, ``NoSuchKey``.", DOWNLOAD, STORAGE_CALLS),
    "not-a-video": _response("200 with an HTML page.", DOWNLOAD, STORAGE_CALLS),
    "redirect": _response("302 to a signed URL on another host."),
    "token-expired": FaultSpec(
        Stage.SERVER,
        STATUS,
        "The token expires: calls get 401 until they use the new value of ``sandbox.token``.",
        allowed=API_CALLS,
    ),
    "clock": FaultSpec(
        Stage.SERVER,
        ANY_CALL,
        "The server's clock is ahead from now on.",
        {"seconds": Option(number, 82.0, "82 s")},
    ),
    "malformed-json": FaultSpec(Stage.REPLY, STATUS, "The JSON ends in the middle.", allowed=API_CALLS),
    "empty-reply": FaultSpec(Stage.REPLY, STATUS, "The reply is ``{}``.", allowed=API_CALLS),
    "out-of-order": FaultSpec(Stage.REPLY, STATUS, "The items are in reverse order.", allowed=STATUS),
    "media-shape": FaultSpec(
        Stage.REPLY,
        STATUS,
        "The reply has the form of 2026, with ``media[]`` instead of ``operations[]``.",
        allowed=STATUS,
    ),
    "reset": FaultSpec(Stage.TRANSPORT, ANY_CALL, "The connection is reset before any reply.", {"ran": _RAN}),
    "hung": FaultSpec(
        Stage.TRANSPORT,
        ANY_CALL,
        "There is no reply; then the connection is closed.",
        {"seconds": Option(number, about="until the client disconnects"), "ran": _RAN},
    ),
    "reset-mid-body": FaultSpec(Stage.TRANSPORT, ANY_CALL, "The connection is reset after half of the body."),
    "refused": FaultSpec(
        Stage.TRANSPORT,
        ANY_CALL,
        "After this call the port is closed for a while: connections are refused.",
        {"seconds": Option(number, 2.0, "2 s")},
    ),
    "truncated": FaultSpec(
        Stage.TRANSPORT, DOWNLOAD, "The connection is closed after half of what ``content-length`` promised."
    ),
    "wrong-length": FaultSpec(
        Stage.TRANSPORT,
        DOWNLOAD,
        "``content-length`` is wrong by some bytes. If it is too small, the body is cut to fit.",
        {"by": Option(integer, 1000)},
    ),
    "slow": FaultSpec(
        Stage.TRANSPORT,
        DOWNLOAD,
        "The body is sent slowly.",
        {"rate": Option(number, 100_000.0, "100000 bytes a second")},
    ),
    "gzip-bomb": FaultSpec(
        Stage.TRANSPORT,
        STATUS,
        "The reply is a gzip of blanks, far larger than it looks.",
        {"megabytes": Option(count, 100, "100 after decompression")},
        API_CALLS,
    ),
    "endless": FaultSpec(Stage.TRANSPORT, DOWNLOAD, "The body has no length and never ends."),
    "new-version": FaultSpec(
        Stage.TRANSPORT,
        DOWNLOAD,
        "The connection is reset after half of the body; the rest is then that of another file, with another ETag. "
        "``times=`` (2) counts both.",
        allowed=DOWNLOAD,
        times=2,
    ),
    "zeroed": FaultSpec(
        Stage.TRANSPORT, DOWNLOAD, "The MP4 has its header, and zeros instead of pictures.", allowed=DOWNLOAD
    ),
    "failed": _item("The operation becomes FAILED.", {**_reason("UNSAFE_GENERATION"), "code": Option(count, 3)}),
    "failed-without-error": _item("The operation becomes FAILED, with no error."),
    "canceled": _item("The operation becomes CANCELED."),
    "hostile-reason": _item("FAILED, with a huge reason that has control characters and the token."),
    "forgotten": _item("The operation is unknown from now on."),
    "stuck-active": _item("The status is ACTIVE, whatever it really is. ``times=`` (always).", times=None),
    "unknown-status": _item("The status has an unknown value.", {"status": Option(str, "POLISHING")}),
    "item-missing": _item("The item is missing."),
    "item-empty": _item("The item is ``{}``."),
    "no-url": _item(
        "SUCCESSFUL, but without a URL.",
        {"url": Option(choice("missing", "empty"), "missing", "missing, or empty")},
        needs_result=True,
    ),
    "foreign-url": _item(
        "SUCCESSFUL, with a URL on another host.",
        {"host": Option(str, "elsewhere.example")},
        needs_result=True,
    ),
    "raw-bytes": _item("SUCCESSFUL, with the video in the reply instead of a URL.", needs_result=True),
}

_NAME_WIDTH = max(map(len, CATALOG)) + 4
_CALL_WIDTH = len("any call")
_ABOUT_WIDTH = 118 - _NAME_WIDTH - _CALL_WIDTH - 4


def fault_tables() -> str:
    """Return the documentation of all faults in reStructuredText, one table for each stage."""
    sections = []
    for stage in Stage:
        rule = f"{'=' * _NAME_WIDTH}  {'=' * _CALL_WIDTH}  {'=' * _ABOUT_WIDTH}"
        rows = [line for name, spec in CATALOG.items() if spec.stage is stage for line in _row(name, spec)]
        sections.append("\n".join([*textwrap.wrap(stage.value, 118), "", rule, *rows, rule]))
    return "\n\n".join(sections) + "\n"


def _row(name: str, spec: FaultSpec) -> Iterable[str]:
    call = "any call" if spec.calls == ANY_CALL else ", ".join(sorted(spec.calls))
    # The option ran= of all responses is documented once, above their table.
    options = [
        option.document(key) for key, option in spec.options.items() if (spec.stage, key) != (Stage.RESPONSE, "ran")
    ]
    about = " ".join([spec.about, *([", ".join(options) + "."] if options else [])])
    first, *rest = textwrap.wrap(about, _ABOUT_WIDTH, break_on_hyphens=False)
    yield f"{f'``{name}``':<{_NAME_WIDTH}}  {call:<{_CALL_WIDTH}}  {first}"
    for line in rest:
        # An empty first cell continues the row above.
        yield f"{'':<{_NAME_WIDTH}}  {'':<{_CALL_WIDTH}}  {line}"
