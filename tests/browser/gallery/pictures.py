"""The pictures of the page docs/gallery.md: states of the gallery, with a real result in the player."""

from __future__ import annotations

import io
import tempfile
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal

from PIL import Image
from playwright.sync_api import Browser, Page

from tests.browser.gallery.rows import DONE, row
from tests.browser.gallery.server import SAMPLE_CLIPS, GalleryServer
from tests.browser.gallery.states import MISSING, STATES, panel
from vfx_widgets import upsample_file
from vfx_widgets.widgets.shared.messages import PlayerFile, PlayerVideo, encode

#: Where the page has them.
DIRECTORY = Path(__file__).parents[3] / "docs" / "_static" / "gallery"
SCALE = 1.5  # pixels of a picture to a CSS pixel

_CLIP = "old_map.mp4"
_VIDEO = PlayerVideo(
    job="job-1",
    clip="old map",
    name="old_map_1080p.mp4",
    facts="640×360 → 1920×1080 · 3.4 MB · 3.5 s · H.264 · made in 8 s",
    width=1920,
    height=1080,
    frame_rate=24.0,
    files=[
        PlayerFile("result", "Learned 1920×1080", "old_map_learned.mp4"),
        PlayerFile("source", "Source 640×360", _CLIP),
    ],
)
#: The player alone would be enough for some, but a person sees all three.
_RESULT = panel(
    video=encode(_VIDEO), files={"result": "result.mp4", "source": _CLIP}, missing=MISSING, rows=[row(1, **DONE)]
)


def _press(*keys: str) -> Callable[[Page], None]:
    """Pause at a frame, then press keys of the player."""

    def press(page: Page) -> None:
        stage = page.locator(".vfxw-stage")
        for key in ("k", "Home", *["."] * 20, *keys):
            stage.press(key)

    return press


def _look_closely(page: Page) -> None:
    _press("m")(page)
    box = page.locator(".vfxw-frame").last.bounding_box()
    assert box is not None
    page.mouse.move(box["x"] + 0.449 * box["width"], box["y"] + 0.582 * box["height"])


def _show_all_rows(page: Page) -> None:
    page.add_style_tag(content=".vfxw-scroll { max-height: none !important }")


@dataclass(frozen=True)
class Picture:
    """A picture of the page.

    Attributes:
        name: The name of its file, without the suffix.
        state: A state of the gallery, or ``result``.
        theme: A theme of JupyterLab.
        width: Width of the window, in pixels.
        before: What is done first.
        part: Selects what is shown.
        media: ``print`` for paper.
        quality: Of the WebP; lossless where that is smaller.
    """

    name: str
    state: str
    theme: str = "light"
    width: int = 1000
    before: Callable[[Page], None] = lambda page: None
    part: str = "body"
    media: Literal["screen", "print"] = "screen"
    quality: int = 80


PLAYER = ".vfxw-player"
PICTURES = (
    Picture("form", "form-results"),
    Picture("form-dark", "form-results", "dark"),
    Picture("table", "table-few", before=_show_all_rows, part=".vfxw-table"),
    Picture("table-dark", "table-few", "dark", before=_show_all_rows, part=".vfxw-table"),
    Picture("causes", "table-causes", part=".vfxw-table"),
    Picture("wipe", "result", before=_press("2"), part=PLAYER),
    Picture("loupe-dark", "result", "dark", before=_look_closely, part=PLAYER),
    Picture("difference", "result", before=_press("5"), part=PLAYER, quality=40),
    Picture("phone", "table-batch", width=360),
    Picture("high-contrast", "table-few", "dark-high-contrast", part=".vfxw-table"),
    Picture("paper", "table-few", "dark", width=760, media="print", part=".vfxw-table"),
)


def take_pictures(browser: Browser, directory: Path = DIRECTORY) -> None:
    """Write all pictures as WebP; the result in the player is upsampled here."""
    directory.mkdir(parents=True, exist_ok=True)
    states: dict[str, Any] = STATES | {"result": _RESULT}
    with tempfile.TemporaryDirectory() as folder:
        clips = Path(folder)
        for clip in SAMPLE_CLIPS.iterdir():
            (clips / clip.name).symlink_to(clip)
        upsample_file(clips / _CLIP, clips / "result.mp4")
        with GalleryServer(states=states, clips=clips) as server:
            for picture in PICTURES:
                (directory / f"{picture.name}.webp").write_bytes(_take(browser, f"{server.url}", picture))


def _take(browser: Browser, url: str, picture: Picture) -> bytes:
    page = browser.new_page(viewport={"width": picture.width, "height": 1400}, device_scale_factor=SCALE)
    page.goto(f"{url}/?state={picture.state}&theme={picture.theme}")
    page.wait_for_selector("body[data-ready]")
    page.wait_for_load_state("networkidle")
    if "contrast" in picture.theme:
        page.evaluate("document.body.dataset.jpThemeName = 'JupyterLab Dark High Contrast'")
    if page.locator("video").count():
        page.wait_for_function("() => [...document.querySelectorAll('video')].every(video => video.readyState >= 2)")
    picture.before(page)
    page.wait_for_timeout(600)  # for frames to arrive and what has appeared to settle
    page.emulate_media(media=picture.media)
    screenshot = page.locator(picture.part).first.screenshot()
    page.close()
    image = Image.open(io.BytesIO(screenshot)).convert("RGB")
    return min(_webp(image, quality=picture.quality), _webp(image, lossless=True), key=len)


def _webp(image: Image.Image, **options: Any) -> bytes:
    output = io.BytesIO()
    image.save(output, "WEBP", method=6, **options)
    return output.getvalue()
