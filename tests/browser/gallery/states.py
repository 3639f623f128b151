"""The states of each widget, as the kernel would describe them."""

from __future__ import annotations

from typing import Any

from vfx_widgets.widgets import binder

State = dict[str, Any]

SOURCE = (
    "CAUSJDhmYmNkYmU2LTAwMDAtNDAwMC04MDAwLTAwMDAwMDAwMDAwMRokYWFhYWFhYWEtMDAwMC00MDAwLTgwMDAtMDAwMDAwMDAwMDAx"
    "IgNDQUUqJDAwMDAwMDAwLTAwMDAtNDAwMC04MDAwLTAwMDAwMDAwMDAwMQ"
)
IMAGE = "CAMS" + SOURCE[4:]
UPSAMPLED = SOURCE + "X3Vwc2FtcGxlZA"
UUID = "3f2b8c1e-4f5a-4c1e-9c55-0a4b7f0d9e21"

MODELS = [
    {"key": "veo_2_1080p_upsampler_8s", "label": "Veo 2, 1080p", "credits": 0, "aspects": ["landscape"]},
    {"key": "veo_3_1_upsampler_1080p", "label": "Veo 3.1, 1080p", "credits": 0, "aspects": ["landscape", "portrait"]},
    {"key": "veo_3_1_upsampler_4k", "label": "Veo 3.1, 4K", "credits": 50, "aspects": ["landscape", "portrait"]},
]
CLIPS = [
    {"media_id": SOURCE, "label": "night harbour"},
    {"media_id": SOURCE + "b", "label": "old map"},
    {"media_id": SOURCE + "c", "label": "fern garden"},
]
SANDBOX = {
    "label": "Sandbox",
    "detail": "On this machine: no account needed, nothing is sent out.",
    "sandbox": True,
    "others": [{"name": "labs", "label": "Labs"}],
}
LABS = {
    "label": "Labs",
    "detail": "The live service. It may ask for a captcha, and refuse.",
    "sandbox": False,
    "others": [{"name": "sandbox", "label": "Sandbox"}],
}
ON_BINDER = {"caution": binder.IN_THE_SANDBOX}
LABS_ON_BINDER = {"caution": binder.AT_A_SERVICE}


HELLO = {"hello": {"type": "here"}}


def ok(key: str) -> State:
    return {"mark": "ok", "short": f"video {key}…", "long": f"Video {key}.", "count": 1}


VERDICTS = {
    "type": "verdicts",
    "verdicts": {
        SOURCE: ok("8fbcdbe6"),
        IMAGE: {"mark": "bad", "short": "image", "long": "This is an image, not a video (8fbcdbe6).", "count": 0},
        UPSAMPLED: {
            "mark": "bad",
            "short": "already upsampled",
            "long": "This is already upsampled: it is the ID of a result.",
            "count": 0,
        },
        SOURCE[:161]: {
            "mark": "bad",
            "short": "cut off",
            "long": "This media ID is cut off: 161 of 162 characters. Copy the whole ID again.",
            "count": 0,
        },
        UUID: {
            "mark": "unsure",
            "short": "bare UUID",
            "long": "This is a bare UUID: it can't be checked before it is sent.",
            "count": 1,
        },
    },
}


def form(**traits: Any) -> State:
    return {
        "widget": "form",
        "answers": {"check": VERDICTS, **HELLO},
        "traits": {
            "media_ids": SOURCE,
            "can_reset_token": False,
            "token_set": True,
            "token_origin": " by the sandbox",
            "service": SANDBOX,
            "clips": CLIPS,
            "models": MODELS,
            "model": MODELS[0]["key"],
            "aspect_ratio": "landscape",
            "seed": "",
            "notice": {},
            "status": "",
        }
        | traits,
    }


def row(number: int, **changes: Any) -> State:
    return {
        "id": f"job-{number}",
        "clip": ["night harbour", "old map", "fern garden"][number % 3],
        "key": f"{number:02x}bcdbe6…",
        "media_id": f"{SOURCE}{number}",
        "model": "1080p",
        "tone": "running",
        "word": "Running",
        "statuses": ["PENDING", "ACTIVE"],
        "bar": "unknown",
        "done": 0,
        "total": 0,
        "usual": 0,
        "low": 0,
        "high": 0,
        "earlier": 0,
        "elapsed": 12.4 + number,
        "ticking": True,
        "numbers": "",
        "error": None,
        "actions": ["stop", "copy"],
    } | changes


DONE = {
    "tone": "success",
    "word": "Done",
    "statuses": ["PENDING", "ACTIVE", "SUCCESSFUL"],
    "bar": "full",
    "ticking": False,
    "numbers": "640×360 → 1920×1080 · 3.4 MB",
    "actions": ["show", "copy"],
}
FAILED = {
    "tone": "danger",
    "word": "Failed",
    "statuses": ["PENDING", "ACTIVE", "FAILED"],
    "bar": "none",
    "ticking": False,
    "error": {
        "happened": "The service does not know this clip.",
        "kept": "Nothing was lost: the other jobs go on.",
        "next_step": "Check that the ID is from this account, and paste it again.",
    },
    "actions": ["resume", "copy"],
}
ROWS = [
    row(0, **DONE),
    row(1),
    row(2, bar="estimate", usual=20.0, low=12.6, high=31.2, earlier=3),
    row(
        3,
        word="Downloading",
        statuses=["PENDING", "ACTIVE", "SUCCESSFUL"],
        bar="bytes",
        done=1_234_567,
        total=3_456_789,
    ),
    row(4, **FAILED),
    row(5, tone="waiting", word="Waiting", statuses=[], bar="none", numbers="in the queue", elapsed=1),
    row(
        6,
        tone="warning",
        word="Needs a token",
        ticking=False,
        bar="none",
        error={
            "happened": "The token has expired.",
            "kept": "The operation goes on at the service, and this job waits.",
            "next_step": "Paste a new token above.",
        },
        actions=["resume", "copy"],
    ),
    row(
        7,
        tone="warning",
        word="Not watched",
        ticking=False,
        bar="none",
        numbers="it may go on at the service",
        actions=["resume", "copy"],
    ),
]


def table(rows: list[State], **summary: Any) -> State:
    answer = {"type": "rows", "rows": [], "summary": summary}
    return {"widget": "job_table", "answers": {"hello": answer}, "traits": {"rows": rows}}


def player(**video: Any) -> State:
    return {
        "widget": "player",
        "answers": HELLO,
        "files": {"result": "night_harbour.mp4", "source": "night_harbour.mp4"},
        "missing": {
            "happened": "night_harbour_1080p.mp4 can’t be read any more.",
            "next_step": "It was moved, renamed or deleted; press “Save again” to fetch it once more.",
        },
        "traits": {
            "video": {
                "job": "job-0",
                "clip": "night harbour",
                "name": "night_harbour_1080p.mp4",
                "facts": "640×360 → 1920×1080 · 3.4 MB · 3.0 s · H.264 · made in 8 s",
                "width": 1920,
                "height": 1080,
                "has_source": True,
                "source_facts": "640×360",
            }
            | video
        },
    }


NOTICES: dict[str, State] = {
    "form-unfinished": {
        "kind": "info",
        "happened": "3 jobs were not finished when an earlier kernel ended.",
        "kept": "Nothing is lost: what was submitted goes on by its name.",
        "action": {"type": "go_on", "label": "Go on with them"},
    },
    "form-no-token": {
        "happened": "There is no token.",
        "kept": "Nothing was sent.",
        "next_step": "Paste one, or use the sandbox, which needs none.",
        "field": "token",
    },
    "form-folder-full": {
        "happened": "The download folder “upsampled” is full.",
        "kept": "The result stays at the service.",
        "next_step": "Make room, then press Resume.",
    },
}

STATES: dict[str, State] = {
    "form-sandbox": form(),
    "form-empty": form(media_ids=""),
    "form-verdicts": form(media_ids="\n".join([SOURCE, IMAGE, UPSAMPLED, UUID, SOURCE[:161]])),
    "form-labs": form(service=LABS, token_set=False, token_origin="", clips=[], media_ids=""),
    "form-binder": form(service=SANDBOX | ON_BINDER),
    "form-binder-labs": form(
        service=LABS | LABS_ON_BINDER, token_set=True, token_origin=" from VFX_TOKEN", clips=[], media_ids=""
    ),
    "form-credits": form(service=LABS, model=MODELS[2]["key"], token_origin="", clips=[]),
    **{name: form(notice=notice, token_set=False, service=LABS, clips=[]) for name, notice in NOTICES.items()},
    "table-empty": table([]),
    "table-one": table(ROWS[1:2], next_check=4),
    "table-few": table(ROWS, next_check=4, can_pause=True, credits=360),
    "table-silent": {"widget": "job_table", "traits": {"rows": ROWS[:3]}},
    "table-thousand": table([row(n) if n % 3 else row(n, **DONE) for n in range(1000)], next_check=4, can_pause=True),
    "player-both": player(),
    "player-result": player(has_source=False),
    "player-missing": player() | {"files": {}},
    "player-broken": player(has_source=False) | {"files": {"result": "manifest.json"}},
    "player-silent": player() | {"answers": {}, "files": {}, "missing": None},
    "form-silent": form() | {"answers": {}},
}

_SHOWN = player()
STATES["panel-done"] = {
    "parts": [form(), table([row(0, **DONE)]), _SHOWN],
    "files": _SHOWN["files"],
}
STATES["panel-start"] = {"parts": [form(), table([])]}

MARKUP = "<img src=x onerror='window.hacked = true'><b>bold</b>"
_TOLD = {"happened": MARKUP, "kept": MARKUP, "next_step": MARKUP}
_SERVICE = {
    "label": MARKUP,
    "detail": MARKUP,
    "caution": MARKUP,
    "sandbox": False,
    "others": [{"name": MARKUP, "label": MARKUP}],
}
_ROW = row(
    1,
    clip=MARKUP,
    key=MARKUP,
    media_id=MARKUP,
    model=MARKUP,
    word=MARKUP,
    statuses=[MARKUP, MARKUP],
    bar="none",
    numbers=MARKUP,
    error=_TOLD,
)
#: Markup in every field that the service, a file name or a person can fill.
STATES["panel-markup"] = {
    "parts": [
        form(
            media_ids=MARKUP,
            token_origin=MARKUP,
            service=_SERVICE,
            clips=[{"media_id": MARKUP, "label": MARKUP}],
            models=[{"key": "m", "label": MARKUP, "credits": 0, "aspects": ["landscape"]}],
            model="m",
            notice=_TOLD | {"action": {"type": "go_on", "label": MARKUP}},
            status=MARKUP,
        ),
        table([_ROW]),
        player(clip=MARKUP, name=MARKUP, facts=MARKUP, source_facts=MARKUP),
    ],
    "missing": _TOLD,
}
