"""A moment of a result: shown by a line of code, which the player gives away."""

from __future__ import annotations

from pathlib import Path
from types import SimpleNamespace
from typing import Any

import IPython
import pytest

from tests.support.fake_page import ShowPanel
from tests.support.upsamplers import Gate
from tests.support.video_files import make_clip
from vfx_widgets.errors import InputError
from vfx_widgets.jobs.states import JobState
from vfx_widgets.sandbox import Sandbox
from vfx_widgets.widgets.player.moments import code_for


def test_a_moment_is_shown_by_the_name_of_the_clip_and_its_line_of_code_is_given_on_request(
    show_panel: ShowPanel, sandbox: Sandbox, gate: Gate, tmp_path: Path
) -> None:
    gate.open()
    clip = sandbox.add(make_clip(tmp_path / "my_clip.mp4", frames=2))
    page = show_panel()
    panel = page.panel
    page.submit(clip)
    own = page.wait_for_row(label=JobState.DONE.label)
    name = own["clip"]
    page.wait_until(lambda: page.trait("video") and page.trait("video")["moment"] is None)
    assert page.trait("video")["frame_rate"] == 24
    panel.show(name, frame=2, view="wipe")
    assert page.trait("video")["moment"] == {"frame": 2, "view": "wipe", "serial": 1}
    page.wait_for("reveal_player")
    panel.show(clip)
    assert page.trait("video")["moment"] == {"frame": 1, "view": "side", "serial": 2}
    page.post("request_link", job=own["id"], file="result", frame=2, view="flip")
    assert page.wait_for("link")["text"] == f'panel.show("{name}", frame=2, view="flip")'

    page.set_traits(method="lanczos")
    page.submit(clip)
    lanczos = page.wait_for_row(label=JobState.DONE.label, model="Lanczos · 1080p")
    panel.show(name, method="lanczos")
    assert page.trait("video")["job"] == lanczos["id"]
    page.post("request_link", job=own["id"], file=lanczos["id"], frame=1, view="side")
    page.wait_until(
        lambda: page.messages_of("link")[-1]["text"] == f'panel.show("{name}", frame=1, view="side", method="lanczos")'
    )


def test_a_moment_that_does_not_exist_is_refused_with_what_there_is(show_panel: ShowPanel, gate: Gate) -> None:
    gate.open()
    page = show_panel()
    with pytest.raises(InputError, match="has no result of 'old map'") as nothing:
        page.panel.show("old map")
    assert nothing.value.hint == "Upsample a clip first."
    page.submit()
    name = page.wait_for_row(label=JobState.DONE.label)["clip"]
    with pytest.raises(InputError) as near:
        page.panel.show(name[:-1])
    assert near.value.hint == f"Did you mean {name!r}?"
    view: Any = "split"
    with pytest.raises(InputError, match="no view 'split'"):
        page.panel.show(name, view=view)
    with pytest.raises(InputError, match="no frame 0"):
        page.panel.show(name, frame=0)


def test_the_panel_is_called_as_in_the_notebook(monkeypatch: pytest.MonkeyPatch) -> None:
    panel = object()
    names: dict[str, object] = {"_": panel, "Out": {3: panel}}
    monkeypatch.setattr(IPython, "get_ipython", lambda: SimpleNamespace(user_ns=names))
    assert code_for(panel, "a", 1, "side", None) == 'Out[3].show("a", frame=1, view="side")'
    names["mine"] = panel
    assert code_for(panel, 'my "clip"', 7, "wipe", None) == 'mine.show("my \\"clip\\"", frame=7, view="wipe")'
