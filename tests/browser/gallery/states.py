"""The states of each widget, as the kernel would describe them."""

from __future__ import annotations

from typing import Any

from tests.browser.gallery.rows import DONE, FEW, SOURCE, STATES_OF_JOBS, State, row
from vfx_widgets.widgets import binder

IMAGE = "CAMS" + SOURCE[4:]
UPSAMPLED = SOURCE + "X3Vwc2FtcGxlZA"
UUID = "3f2b8c1e-4f5a-4c1e-9c55-0a4b7f0d9e21"

MODELS = [
    {"key": "veo_2_1080p_upsampler_8s", "label": "1080p (Veo 2)", "credits": 0, "aspects": ["landscape"]},
    {"key": "veo_3_1_upsampler_1080p", "label": "1080p (Veo 3.1)", "credits": 0, "aspects": ["landscape", "portrait"]},
    {"key": "veo_3_1_upsampler_4k", "label": "4K (Veo 3.1)", "credits": 50, "aspects": ["landscape", "portrait"]},
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


def table(rows: list[State], **summary: Any) -> State:
    answer = {"type": "rows", "rows": [], "summary": summary}
    return {"widget": "job_table", "answers": {"hello": answer}, "traits": {"rows": rows}}


def player(**video: Any) -> State:
    return {
        "widget": "player",
        "answers": HELLO,
        "files": {"result": "night_harbour.mp4", "source": "night_harbour.mp4"},
        "missing": {
            "message": "night_harbour_1080p.mp4 can’t be read any more.",
            "hint": "It was moved, renamed or deleted; press “Save again” to fetch it once more.",
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
        "message": "3 jobs were not finished when an earlier kernel ended.",
        "preserved": "Nothing is lost: what was submitted goes on by its name.",
        "action": {"type": "go_on", "label": "Go on with them"},
    },
    "form-no-token": {
        "message": "There is no token.",
        "preserved": "Nothing was sent.",
        "hint": "Paste one, set VFX_TOKEN, or use the sandbox, which needs none.",
        "field": "token",
    },
    "form-folder-full": {
        "message": "The download folder “upsampled” is full.",
        "preserved": "The result stays at the service.",
        "hint": "Make room, then press Resume.",
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
    "form-spend": form(service=LABS, model=MODELS[2]["key"], token_origin="", clips=[])
    | {"clicks": [".vfxw-more summary", ".vfxw-primary"]},
    "form-own-token": form(token_origin="", can_reset_token=True),
    "form-many": form(media_ids="\n".join([SOURCE] * 40)),
    **{name: form(notice=notice, token_set=False, service=LABS, clips=[]) for name, notice in NOTICES.items()},
    "table-empty": table([]),
    "table-one": table(FEW[1:2], next_poll=4),
    "table-few": table(FEW, next_poll=4, can_pause=True, credits=360),
    "table-states": table(STATES_OF_JOBS, next_poll=4, can_pause=True, credits=360),
    "table-paused": table(STATES_OF_JOBS[:3], can_pause=True, paused=True),
    "table-silent": {"widget": "job_table", "traits": {"rows": FEW[:3]}},
    "table-thousand": table([row(n) if n % 3 else row(n, **DONE) for n in range(1000)], next_poll=4, can_pause=True),
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
_TOLD = {"message": MARKUP, "preserved": MARKUP, "hint": MARKUP}
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
