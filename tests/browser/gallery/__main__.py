"""Serve the gallery, or take screenshots of it."""

from __future__ import annotations

import argparse
import contextlib
import threading
from pathlib import Path
from typing import Any

from playwright.sync_api import sync_playwright

from tests.browser.gallery.pictures import take_pictures
from tests.browser.gallery.server import GalleryServer
from tests.browser.gallery.states import STATES
from tests.support.chromium import ARGUMENTS, find_chromium

LOOKS = [(theme, width) for theme in ("light", "dark") for width in (360, 700, 1400)]
MEDIA: dict[str, dict[str, Any]] = {
    "screen": {},
    "print": {"media": "print"},
    "forced-colors": {"forced_colors": "active"},
}


def take_screenshots(directory: Path, prefix: str, looks: list[tuple[str, int]], media: str) -> None:
    """Write a screenshot of each state whose name starts with `prefix`, in each theme and width, on a medium."""
    directory.mkdir(parents=True, exist_ok=True)
    with GalleryServer() as server, sync_playwright() as playwright:
        browser = playwright.chromium.launch(
            executable_path=find_chromium(), args=list(ARGUMENTS), ignore_default_args=["--hide-scrollbars"]
        )
        for theme, width in looks:
            page = browser.new_page(viewport={"width": width, "height": 2600})
            page.emulate_media(**MEDIA[media])
            page.on("console", lambda message: print(message.text) if message.type == "error" else None)
            page.on("pageerror", lambda error: print(error))
            for state in STATES:
                if state.startswith(prefix):
                    page.goto(f"{server.url}/?state={state}&theme={theme}")
                    page.wait_for_selector("body[data-ready]")
                    if state == "table-states":
                        page.add_style_tag(content=".vfxw-scroll { max-height: none !important }")
                    page.wait_for_load_state("networkidle")
                    page.wait_for_timeout(5300 if "disconnected" in state else 900 if state[0] == "p" else 350)
                    page.locator("body").screenshot(path=directory / f"{state}-{theme}-{width}.png")
            page.close()
        browser.close()


def main() -> None:
    """Read the command line."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--screenshots", type=Path, help="write a screenshot of every state into this directory")
    parser.add_argument("--docs", action="store_true", help="take the pictures of docs/gallery.md")
    parser.add_argument("--only", default="", help="only states whose names start with this")
    parser.add_argument("--look", default="", help="only this theme and width, such as dark-high-contrast-360")
    parser.add_argument("--media", choices=MEDIA, default="screen")
    parser.add_argument("--port", type=int, default=8123)
    options = parser.parse_args()
    if options.docs:
        with sync_playwright() as playwright:
            take_pictures(playwright.chromium.launch(executable_path=find_chromium(), args=list(ARGUMENTS)))
        return None
    if options.screenshots:
        theme, _, width = options.look.rpartition("-")
        looks = [(theme, int(width))] if options.look else LOOKS
        return take_screenshots(options.screenshots, options.only, looks, options.media)
    with GalleryServer(options.port) as server, contextlib.suppress(KeyboardInterrupt):
        print(f"{server.url}   (Ctrl+C to stop)")
        threading.Event().wait()
    return None


if __name__ == "__main__":
    main()
