"""The gallery in a browser."""

from __future__ import annotations

from collections.abc import AsyncIterator, Iterator

import pytest
import pytest_asyncio
from playwright.async_api import BrowserContext

from tests.browser.gallery.server import GalleryServer
from tests.support.gallery_page import Gallery


@pytest.fixture(scope="session")
def gallery_server() -> Iterator[GalleryServer]:
    with GalleryServer() as server:
        yield server


@pytest_asyncio.fixture(loop_scope="session")
async def gallery(chromium: BrowserContext, gallery_server: GalleryServer) -> AsyncIterator[Gallery]:
    page = await chromium.new_page()
    yield Gallery(page, gallery_server.url)
    await page.close()
