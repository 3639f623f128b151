"""A browser page with the gallery: the panel in a state, without a kernel."""

from __future__ import annotations

from axe_core_python.base import AXE_SCRIPT  # type: ignore[import-untyped]
from playwright.async_api import Page

#: The violations that axe finds in the panel, without more details than a failed test needs.
_RUN_AXE = """
async options => (await axe.run('main', { resultTypes: ['violations'], ...options })).violations
  .map(({ id, nodes }) => [id, nodes.map(({ target }) => target)])
"""

#: The elements of the panel that reach out of the page, or whose text is cut without a sign of it.
_FIND_SPILLS = """
() => [...document.querySelectorAll('.vfxw-panel *')].filter(node => {
  const { right, left, width } = node.getBoundingClientRect();
  if (!width || node.closest('.vfxw-sr-only, textarea, .vfxw-stage, option')) return false;
  if (right > innerWidth + 1 || left < -1) return true;
  const { overflowX, textOverflow } = getComputedStyle(node);
  return overflowX === 'hidden' && textOverflow !== 'ellipsis' && node.scrollWidth > node.clientWidth + 1;
}).map(node => `${node.tagName} ${node.className}: ${node.textContent.slice(0, 40)}`)
"""


class Gallery:
    """A browser page with the gallery, and the script errors on it.

    Args:
        page: The page.
        url: Base URL of the gallery's server.
    """

    def __init__(self, page: Page, url: str) -> None:
        self.page = page
        self.errors: list[str] = []
        self._url = url
        page.on("pageerror", lambda error: self.errors.append(str(error)))

    async def open(self, state: str, theme: str = "light") -> Page:
        """Show the panel in a state."""
        await self.page.goto(f"{self._url}/?state={state}&theme={theme}")
        await self.page.wait_for_selector("body[data-ready]")
        return self.page

    async def sent(self, type: str) -> list[dict[str, object]]:
        """Return the messages of one type that the page has sent."""
        found: list[dict[str, object]] = await self.page.evaluate(
            "type => window.model.sent.filter(message => message.type === type)", type
        )
        return found

    async def spills(self) -> list[str]:
        """Return the elements that reach out of the page, or whose text is cut without a sign of it."""
        found: list[str] = await self.page.evaluate(_FIND_SPILLS)
        return found

    async def violations(self, *, only_contrast: bool = False) -> list[object]:
        """Return what axe has found: the name of each rule, and the elements.

        Args:
            only_contrast: Check contrasts only: in a second theme nothing else can differ.
        """
        await self.page.evaluate(AXE_SCRIPT)
        found: list[object] = await self.page.evaluate(
            _RUN_AXE, {"runOnly": ["color-contrast"]} if only_contrast else {}
        )
        return found
