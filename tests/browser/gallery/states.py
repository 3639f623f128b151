"""The states of the panel, as the kernel would describe them."""

from __future__ import annotations

from typing import Any

from tests.browser.gallery.rows import ALL_STATES, CAUSES, DONE, FEW, MEDIA_ID, Fields, row
from vfx_widgets.widgets import binder
from vfx_widgets.widgets.shared.messages import (
    Batch,
    Connected,
    LineResult,
    Notice,
    NoticeAction,
    PlayerFile,
    PlayerVideo,
    Rows,
    TableSummary,
    Validation,
    encode,
)

IMAGE = "CAMS" + MEDIA_ID[4:]
UPSAMPLED = MEDIA_ID + "X3Vwc2FtcGxlZA"
UUID = "3f2b8c1e-4f5a-4c1e-9c55-0a4b7f0d9e21"

MODELS = [
    {
        "key": "veo_2_1080p_upsampler_8s",
        "label": "1080p (Veo 2)",
        "resolution": "1080p",
        "credits": 0,
        "aspects": ["landscape"],
    },
    {
        "key": "veo_3_1_upsampler_1080p",
        "label": "1080p (Veo 3.1)",
        "resolution": "1080p",
        "credits": 0,
        "aspects": ["landscape", "portrait"],
    },
    {
        "key": "veo_3_1_upsampler_4k",
        "label": "4K (Veo 3.1)",
        "resolution": "4K",
        "credits": 50,
        "aspects": ["landscape", "portrait"],
    },
]
COSTLY = MODELS[2]["key"]
CLIPS = [
    {"media_id": MEDIA_ID, "label": "night harbour"},
    {"media_id": MEDIA_ID + "b", "label": "old map"},
    {"media_id": MEDIA_ID + "c", "label": "fern garden"},
]
METHODS = [
    {"name": "learned", "label": "Learned (sharper)", "rate": 3.2},
    {"name": "lanczos", "label": "Lanczos (fast)", "rate": 0.8},
]
SANDBOX = {
    "label": "Sandbox",
    "detail": "On this machine: no account needed, nothing leaves it.",
    "is_sandbox": True,
    "caution": "",
    "others": [{"name": "labs", "label": "Labs"}],
}
LABS = {
    "label": "Labs",
    "detail": "Live service. It will probably refuse: it now requires a captcha.",
    "is_sandbox": False,
    "caution": "",
    "others": [{"name": "sandbox", "label": "Sandbox"}],
}

MANY = [f"{number:08d}-0000-4000-8000-000000000001" for number in range(1, 41)]
VALIDATION = Validation(
    {
        line: LineResult("ok", f"holiday {number}", "Video.", 1, 8.0, [line], "1280×720 · 8 s")
        for number, line in enumerate(MANY, start=1)
    }
    | {
        MEDIA_ID: LineResult("ok", "night harbour", "Video 8fbcdbe6….", 1, 3.5, [MEDIA_ID], "640×360 · 3.5 s"),
        IMAGE: LineResult("invalid", "image", "This is an image, not a video (8fbcdbe6).", 0),
        UPSAMPLED: LineResult(
            "invalid", "already upsampled", "This is already upsampled: it is the ID of a result.", 0
        ),
        MEDIA_ID[:161]: LineResult(
            "invalid", "cut off", "This media ID is cut off: 161 of 162 characters. Copy the whole ID again.", 0
        ),
        UUID: LineResult("unverified", "not verified", "This is a UUID. Can't be checked until submitted.", 1),
    }
)
VIDEO = PlayerVideo(
    job="job-0",
    clip="night harbour",
    name="night_harbour_1080p.mp4",
    facts="640×360 → 1920×1080 · 3.4 MB · 3.0 s · H.264 · took 0:08",
    width=1920,
    height=1080,
    frame_rate=24.0,
    files=[
        PlayerFile("result", "Learned 1920×1080", "night_harbour_learned.mp4"),
        PlayerFile("source", "Source 640×360", "night_harbour.mp4"),
    ],
)
LANCZOS = PlayerFile("job-2", "Lanczos 1920×1080", "night_harbour_lanczos.mp4")
MISSING = Notice(
    "error",
    "night_harbour_1080p.mp4 can't be read.",
    hint="It was moved, renamed or deleted. Upsample the clip again to get it back.",
)


def token(*, is_set: bool = True, origin: str = "", can_reset: bool = False) -> Fields:
    return {"is_set": is_set, "origin": origin, "can_reset": can_reset}


def summary(
    next_poll: float | None = None,
    *,
    can_pause: bool = False,
    is_paused: bool = False,
    credits: int | None = None,
    batch: Batch | None = None,
) -> Fields:
    """Return the answer to a page that is ready: no new rows, and this above the table."""
    return encode(Rows([], TableSummary(next_poll, can_pause, is_paused, credits, batch)))


def panel(
    *,
    ready: Fields | None = None,
    files: dict[str, str] | None = None,
    missing: Notice | None = None,
    clicks: tuple[str, ...] = (),
    **traits: Any,
) -> Fields:
    """Return a state of the panel.

    Args:
        ready: Answer to a page that is ready.
        files: Clips of the sandbox that stand for the result and the source.
        missing: Answer to requests for other files.
        clicks: Selectors of what is clicked first.
        traits: Traits that differ from those of a new panel.
    """
    defaults = {
        "media_ids": MEDIA_ID,
        "model": MODELS[0]["key"],
        "aspect_ratio": "landscape",
        "seed": "",
        "method": "learned",
        "methods": METHODS,
        "models": MODELS,
        "clips": CLIPS,
        "service_info": SANDBOX,
        "token_status": token(origin=" by the sandbox"),
        "notice": {},
        "fallback_class": "",
        "rows": [],
        "video": {},
    }
    return {
        "traits": defaults | traits,
        "answers": {"ready": ready or encode(Connected()), "validate": encode(VALIDATION)},
        "files": files or {},
        "missing": encode(missing) if missing else None,
        "clicks": clicks,
    }


def labs(**traits: Any) -> Fields:
    """Return a state of the panel with the live service and no token."""
    defaults = {"service_info": LABS, "token_status": token(is_set=False), "clips": [], "methods": [], "method": ""}
    return panel(**defaults | traits)


def player(files: dict[str, str] | None = None, shown: int = 2, clicks: tuple[str, ...] = ()) -> Fields:
    """Return a state of the panel with a video in the player, which can show so many files."""
    both = dict.fromkeys(["result", "source", "job-2"], "night_harbour.mp4")
    return panel(
        video=encode(VIDEO) | {"files": [encode(file) for file in [*VIDEO.files, LANCZOS][:shown]]},
        files=both if files is None else files,
        missing=MISSING,
        rows=[row(0, **DONE)],
        clicks=clicks,
    )


def disconnected(state: Fields) -> Fields:
    return state | {"answers": {}, "files": {}, "missing": None}


NOTICES = {
    "form-unfinished": Notice(
        "info",
        "3 jobs were not finished when an earlier kernel ended.",
        preserved="Jobs already submitted can be resumed; nothing is sent twice.",
        actions=[NoticeAction("resume_unfinished", "Resume 3 jobs")],
    ),
    "form-no-token": Notice(
        "error",
        "No token set.",
        preserved="Nothing was sent.",
        hint="Paste one, set VFX_TOKEN, or use the sandbox, which needs none.",
        field="token",
    ),
    "form-disk-full": Notice(
        "error",
        "The disk of the directory upsampled is full.",
        preserved="The result stays at the service.",
        hint="Free some space, then save the result again.",
    ),
}

STATES: dict[str, Fields] = {
    "form-sandbox": panel(),
    "form-own-upsampler": panel(
        method="", methods=[{"name": "", "label": "sharpen_and_denoise", "rate": 12.4}, *METHODS]
    ),
    "form-no-learned": panel(
        method="lanczos",
        methods=METHODS[1:],
        service_info=SANDBOX | {"detail": f"{SANDBOX['detail']} Lanczos only, because onnxruntime is not installed."},
    ),
    "form-empty": panel(media_ids=""),
    "form-help": panel(clicks=(".vfxw-help",)),
    "form-tour": panel(media_ids="", clicks=(".vfxw-tour-offer button",)),
    "form-results": panel(media_ids="\n".join([MEDIA_ID, MEDIA_ID, IMAGE, UPSAMPLED, UUID, MEDIA_ID[:161]])),
    "form-labs": labs(media_ids=""),
    "form-binder": panel(service_info=SANDBOX | {"caution": binder.IN_THE_SANDBOX}),
    "form-binder-labs": labs(
        service_info=LABS | {"caution": binder.AT_A_SERVICE},
        token_status=token(origin=" from VFX_TOKEN"),
        media_ids="",
    ),
    "form-credits": labs(model=COSTLY, token_status=token()),
    "form-spend": labs(model=COSTLY, token_status=token(), clicks=(".vfxw-more summary", ".vfxw-primary")),
    "form-own-token": panel(token_status=token(can_reset=True)),
    "form-many": panel(media_ids="\n".join([*MANY, MANY[0]])),
    **{name: labs(notice=encode(notice)) for name, notice in NOTICES.items()},
    "form-disconnected": disconnected(panel()),
    "table-one": panel(rows=FEW[1:2], ready=summary(4)),
    "table-few": panel(rows=FEW, ready=summary(4, can_pause=True, credits=360)),
    "table-batch": panel(
        rows=FEW,
        video=encode(VIDEO),
        files=dict.fromkeys(["result", "source"], "night_harbour.mp4"),
        ready=summary(4, can_pause=True, batch=Batch(8, 1, 3, 3.1, 80.0, 190.0)),
    ),
    "table-batch-done": panel(
        rows=[row(number, **DONE) for number in range(5)], ready=summary(batch=Batch(5, 5, 0, 3.1, None, None))
    ),
    "table-causes": panel(rows=CAUSES, ready=summary(4, can_pause=True, batch=Batch(40, 5, 29, 3.1, 80.0, 190.0))),
    "table-states": panel(rows=ALL_STATES, ready=summary(4, can_pause=True, credits=360)),
    "table-paused": panel(rows=ALL_STATES[:3], ready=summary(can_pause=True, is_paused=True)),
    "table-disconnected": disconnected(panel(rows=FEW[:3])),
    "table-thousand": panel(
        rows=[row(number) if number % 3 else row(number, **DONE) for number in range(1000)],
        ready=summary(4, can_pause=True),
    ),
    "player-both": player(),
    "player-three": player(shown=3),
    "player-wipe": player(clicks=("[data-mode=wipe]",)),
    "player-flip": player(clicks=("[data-mode=flip]",)),
    "player-difference": player(
        files={"result": "night_harbour.mp4", "source": "old_map.mp4"}, clicks=("[data-mode=difference]",)
    ),
    "player-tools": player(
        files={"result": "night_harbour.mp4", "source": "old_map.mp4"},
        clicks=("[title^=Pixels]", "[aria-expanded=false]:not(summary)"),
    ),
    "player-keys": player(clicks=("button[aria-label='Keyboard shortcuts of the player']",)),
    "player-result": player(shown=1),
    "player-loading": player(files={}) | {"missing": None},
    "player-missing": player(files={}),
    "player-broken": player(files={"result": "manifest.json"}, shown=1),
    "player-disconnected": disconnected(player()),
}

MARKUP = "<img src=x onerror='window.hacked = true'><b>bold</b>"
_FILE = PlayerFile("result", MARKUP, MARKUP)
_NOTICE = Notice("error", MARKUP, preserved=MARKUP, hint=MARKUP)
#: Markup in every field that the service, a file name or a person can fill.
STATES["panel-markup"] = panel(
    media_ids=MARKUP,
    token_status=token(origin=MARKUP),
    service_info={
        "label": MARKUP,
        "detail": MARKUP,
        "caution": MARKUP,
        "is_sandbox": False,
        "others": [{"name": MARKUP, "label": MARKUP}],
    },
    clips=[{"media_id": MARKUP, "label": MARKUP}],
    methods=[{"name": "", "label": MARKUP, "rate": 1.0}],
    models=[{"key": "m", "label": MARKUP, "resolution": MARKUP, "credits": 0, "aspects": ["landscape"]}],
    model="m",
    notice=encode(_NOTICE) | {"actions": [{"type": "resume_unfinished", "label": MARKUP, "value": ""}]},
    rows=[
        row(
            1,
            clip=MARKUP,
            key=MARKUP,
            media_id=MARKUP,
            model=MARKUP,
            label=MARKUP,
            statuses=[MARKUP, MARKUP],
            progress="none",
            detail=MARKUP,
            error=encode(_NOTICE),
        )
    ],
    video=encode(VIDEO) | {"clip": MARKUP, "name": MARKUP, "facts": MARKUP, "files": [encode(_FILE)] * 3},
    missing=_NOTICE,
)
