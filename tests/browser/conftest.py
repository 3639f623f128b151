"""One Jupyter server and one Chromium per test process, and a new notebook per test."""

from __future__ import annotations

import re
from collections.abc import AsyncIterator, Generator, Iterator
from pathlib import Path

import pytest
import pytest_asyncio
from playwright.async_api import BrowserContext, async_playwright, expect

from tests.support.chromium import ARGUMENTS, CLOSE_TOUR, find_chromium
from tests.support.jupyter_server import JupyterServer
from tests.support.jupyterlab import TIMEOUT_MS, LabNotebook, OpenNotebook, write_notebook

SCREENSHOTS = Path(__file__).parents[2] / "test-output"

_failed = pytest.StashKey[bool]()


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Run the tests of this directory on one event loop, to which Playwright's objects are bound."""
    here = Path(__file__).parent
    for item in items:
        if here in item.path.parents:
            item.add_marker(pytest.mark.browser)
            if pytest_asyncio.is_async_test(item):
                item.add_marker(pytest.mark.asyncio(loop_scope="session"), append=False)


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(
    item: pytest.Item,
) -> Generator[None, pytest.TestReport, pytest.TestReport]:
    """Note a failure, so that the fixture takes a screenshot of it."""
    report = yield
    if report.failed:
        item.stash[_failed] = True
    return report


@pytest.fixture(scope="session")
def jupyter(tmp_path_factory: pytest.TempPathFactory) -> Iterator[JupyterServer]:
    """A running Jupyter server."""
    server = JupyterServer(tmp_path_factory.mktemp("jupyter")).start()
    yield server
    server.stop()


@pytest_asyncio.fixture(scope="session", loop_scope="session")
async def chromium() -> AsyncIterator[BrowserContext]:
    """A context of a running Chromium. A missing Chromium is a failure, not a skip."""
    executable = find_chromium()
    if executable is None:
        pytest.fail("No Chromium found. Install the package chromium, or set VFX_CHROMIUM to the path of one.")
    async with async_playwright() as playwright:
        browser = await playwright.chromium.launch(executable_path=executable, args=ARGUMENTS)
        context = await browser.new_context(viewport={"width": 1400, "height": 1000})
        await context.add_init_script(CLOSE_TOUR)
        context.set_default_timeout(TIMEOUT_MS)
        expect.set_options(timeout=TIMEOUT_MS)
        yield context
        await context.close()
        await browser.close()


@pytest_asyncio.fixture(loop_scope="session")
async def notebook(
    jupyter: JupyterServer, chromium: BrowserContext, request: pytest.FixtureRequest
) -> AsyncIterator[OpenNotebook]:
    """Opens a notebook with the given cells; after the test its kernel is shut down and its page closed."""
    opened: list[LabNotebook] = []
    name = re.sub(r"\W+", "-", request.node.name)

    async def open_notebook(*cells: str) -> LabNotebook:
        file = jupyter.root / f"{name}-{len(opened)}.ipynb"
        write_notebook(file, cells)
        lab = LabNotebook(await chromium.new_page(), file)
        opened.append(lab)
        await lab.open(jupyter.lab_url(file.name))
        return lab

    yield open_notebook
    for number, lab in enumerate(opened):
        if request.node.stash.get(_failed, False):
            await lab.screenshot(SCREENSHOTS / f"{name}-{number}.png")
        await lab.close()
