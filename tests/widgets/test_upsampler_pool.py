"""The upsamplers of a panel that is switched between services."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.support.fake_page import TIMEOUT
from tests.support.sample_media_ids import VIDEO
from vfx_widgets import Job, Upsampler
from vfx_widgets.errors import VfxError
from vfx_widgets.widgets.upsampler_pool import UpsamplerPool


@pytest.fixture
def pool(tmp_path: Path) -> Iterator[UpsamplerPool]:
    """A pool that starts with labs, paused, so that nothing is sent."""
    downloads = tmp_path / "upsampled"
    pool = UpsamplerPool(Upsampler("labs", "ya29.made-up-for-this-test", downloads), downloads)
    pool.current.pause()
    yield pool
    for upsampler in pool.upsamplers:
        upsampler.close()


async def test_listeners_are_called_for_every_service(pool: UpsamplerPool) -> None:
    changed: list[Job] = []
    refreshed: list[Upsampler] = []
    both_changed = threading.Event()

    def on_change(job: Job) -> None:
        changed.append(job)
        if len({each.id for each in changed}) == 2:
            both_changed.set()

    pool.on_change(on_change)
    pool.on_refresh(lambda: refreshed.append(pool.current))
    first = pool.current.submit(VIDEO)
    pool.switch("sandbox")
    await pool.current.watch()
    assert refreshed == [pool.current]
    pool.current.pause()
    second = pool.current.submit(pool.current.sample_media_ids[0])
    assert both_changed.wait(TIMEOUT)
    assert pool.jobs == [first, second]
    assert pool.find(first.id) == (pool.upsamplers[0], first)


def test_a_service_is_used_again_with_its_jobs(pool: UpsamplerPool) -> None:
    first = pool.current
    pool.switch("sandbox")
    assert pool.current is not first
    pool.switch("labs")
    assert pool.current is first


@pytest.mark.parametrize("service", ["nowhere", "https://example.org"])
def test_only_offered_services_can_be_switched_to(pool: UpsamplerPool, service: str) -> None:
    with pytest.raises(VfxError, match="can't be switched"):
        pool.switch(service)


def test_the_services_to_switch_to_are_offered(pool: UpsamplerPool) -> None:
    info = pool.service_info()
    assert (info["label"], info["is_sandbox"]) == ("Labs", False)
    assert "captcha" in info["detail"]
    assert info["others"] == [{"name": "sandbox", "label": "Sandbox"}]
    pool.switch("sandbox")
    assert pool.service_info()["others"] == [{"name": "labs", "label": "Labs"}]
