"""The Chromium that the tests drive. ``python -m tests.support.chromium`` prints its path for the scripts."""

from __future__ import annotations

import os
import shutil
import sys
from pathlib import Path

from playwright.sync_api import sync_playwright

#: Names of the program in the distributions.
NAMES = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable")

#: No background traffic, the same rendering everywhere, and able to run as root in a container.
ARGUMENTS = (
    "--no-sandbox",
    "--disable-background-networking",
    "--disable-dev-shm-usage",
    "--disable-gpu",
    "--no-first-run",
    "--autoplay-policy=no-user-gesture-required",
)

#: A script for new pages: this browser remembers that the panel's tour was closed.
CLOSE_TOUR = "try { localStorage.setItem('vfx_widgets.tour', 'closed') } catch {}"


def find_chromium() -> Path | None:
    """Return the path in ``VFX_CHROMIUM``, else Chromium on the PATH, else the one that Playwright has downloaded.

    Returns:
        None where there is none of them.
    """
    chosen = os.environ.get("VFX_CHROMIUM")
    if chosen:
        return Path(chosen) if os.access(chosen, os.X_OK) else None
    for name in NAMES:
        found = shutil.which(name)
        if found:
            return Path(found)
    with sync_playwright() as playwright:
        downloaded = Path(playwright.chromium.executable_path)
    return downloaded if downloaded.exists() else None


def main() -> int:
    """Print the path of Chromium, or an error."""
    found = find_chromium()
    if found is None:
        print(
            "No Chromium found. Install the package chromium, or set VFX_CHROMIUM to the path of one.", file=sys.stderr
        )
        return 1
    print(found)
    return 0


if __name__ == "__main__":
    sys.exit(main())
