"""Tests of the helpers: if they did not find secrets, the tests that rely on them would always pass."""

from __future__ import annotations

import base64

import pytest

from tests.support.jupyterlab import OpenNotebook, contains_secret

LEAKY = """
import anywidget, traitlets
class Leaky(anywidget.AnyWidget):
    _esm = '''export default { render({ model, el }) {
        const field = document.createElement("input");
        field.setAttribute("aria-label", "Leaky");
        field.addEventListener("input", () => { model.set("secret", field.value); model.save_changes(); });
        el.append(field);
    } }'''
    secret = traitlets.Unicode().tag(sync=True)
leaky = Leaky()
leaky
"""


@pytest.mark.parametrize("before", ["", "a", "ab"])
def test_a_secret_is_found_in_text_and_in_base64(before: str) -> None:
    data = before.encode() + b"open-sesame-now, and more"
    assert contains_secret(data, "open-sesame-now")
    assert contains_secret(base64.b64encode(data), "open-sesame-now")
    assert not contains_secret(base64.b64encode(data), "open-caraway-now")


async def test_a_secret_in_a_trait_is_found_in_the_saved_notebook(notebook: OpenNotebook) -> None:
    lab = await notebook(LEAKY, "leaky.secret")
    await lab.run_cell(0)
    await lab.output(0).get_by_label("Leaky").fill("open-sesame-now")
    await lab.run_cell(1)
    assert contains_secret(await lab.save(), "open-sesame-now")
    assert any(contains_secret(frame, "open-sesame-now") for frame in lab.frames.sent)
    assert any(contains_secret(frame, "open-sesame-now") for frame in lab.frames.received)


async def test_a_started_cell_runs_while_the_test_continues(notebook: OpenNotebook) -> None:
    lab = await notebook("import time; time.sleep(1); print(time.time())")
    await lab.start_cell(0)
    assert await lab.stdout(0) == ""
    ended = await lab.finish_cell(0)
    assert ended >= float(await lab.stdout(0))


async def test_the_dark_theme_is_dark(notebook: OpenNotebook) -> None:
    lab = await notebook("1")
    await lab.use_theme(dark=True)
    assert await lab.page.evaluate("document.body.dataset.jpThemeLight") == "false"
    await lab.use_theme(dark=False)
    assert await lab.page.evaluate("document.body.dataset.jpThemeLight") == "true"
