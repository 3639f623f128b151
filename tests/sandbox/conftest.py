"""Sandboxes with a fast or a waiting upsampler, and clients for them."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests.support.http_client import HttpClient, Reply
from tests.support.upsamplers import Gate, copy_only
from vfx_widgets.sandbox import Sandbox


@pytest.fixture
def gate() -> Gate:
    return Gate()


@pytest.fixture
def sandbox() -> Iterator[Sandbox]:
    with Sandbox(upsample=copy_only) as sandbox:
        yield sandbox


@pytest.fixture
def client(sandbox: Sandbox) -> HttpClient:
    return HttpClient(sandbox)


@pytest.fixture
def finished(client: HttpClient) -> Reply:
    """The status reply about a finished operation of the client's sandbox."""
    return client.upsample()


@pytest.fixture
def gated_client(gate: Gate) -> Iterator[HttpClient]:
    """A client of a sandbox whose upsamples wait at the gate."""
    with Sandbox(upsample=gate) as sandbox:
        yield HttpClient(sandbox)


@pytest.fixture(scope="module")
def shared_client() -> Iterator[HttpClient]:
    """A client of a sandbox that all tests of a module share, for requests that have no effect."""
    with Sandbox(upsample=copy_only) as sandbox:
        yield HttpClient(sandbox)
