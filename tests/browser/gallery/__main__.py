"""Serve the gallery, or photograph it."""

from __future__ import annotations

import argparse
from pathlib import Path

from playwright.sync_api import sync_playwright

from tests.browser.gallery.server import GalleryServer
from tests.browser.gallery.states import STATES
from tests.support.chromium import ARGUMENTS, find_chromium

LOOKS = [(theme, width) for theme in ("light", "dark") for width in (700, 1400)]


def photograph(folder: Path, wanted: str, looks: list[tuple[str, int]]) -> None:
    """Write a picture of each state whose name starts with `wanted`, in each look."""
    folder.mkdir(parents=True, exist_ok=True)
    with GalleryServer() as server, sync_playwright() as playwright:
        browser = playwright.chromium.launch(
            executable_path=find_chromium(), args=list(ARGUMENTS), ignore_default_args=["--hide-scrollbars"]
        )
        for theme, width in looks:
            page = browser.new_page(viewport={"width": width, "height": 2600})
            page.on("console", lambda message: print(message.text) if message.type == "error" else None)
            page.on("pageerror", lambda error: print(error))
            for state in STATES:
                if state.startswith(wanted):
                    page.goto(f"{server.url}/?state={state}&theme={theme}")
                    page.wait_for_selector("body[data-ready]")
                    if state == "table-states":
                        page.add_style_tag(content=".vfxw-scroll { max-height: none !important }")
                    page.wait_for_timeout(5300 if "silent" in state else 900 if state[0] == "p" else 350)
                    page.locator("body").screenshot(path=folder / f"{state}-{theme}-{width}.png")
            page.close()
        browser.close()


def main() -> None:
    """Read the command line."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--pictures", type=Path, help="photograph every state into this folder")
    parser.add_argument("--only", default="", help="only states whose names start with this")
    parser.add_argument("--look", default="", help="only this one, like dark-700")
    parser.add_argument("--port", type=int, default=8123)
    options = parser.parse_args()
    if options.pictures:
        looks = [look for look in LOOKS if not options.look or options.look == f"{look[0]}-{look[1]}"]
        return photograph(options.pictures, options.only, looks)
    with GalleryServer(options.port) as server:
        print(f"{server.url}   (Ctrl+C ends it)")
        threading_wait()
    return None


def threading_wait() -> None:
    """Wait for Ctrl+C."""
    import contextlib
    import threading

    with contextlib.suppress(KeyboardInterrupt):
        threading.Event().wait()


if __name__ == "__main__":
    main()
