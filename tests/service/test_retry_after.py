"""The Retry-After header in all its forms."""

from __future__ import annotations

from email.utils import formatdate

import pytest
from hypothesis import given
from hypothesis import strategies as st

from vfx_widgets.service.error_mapping import parse_retry_after

NOW = 1_763_136_877.0


@pytest.mark.parametrize(
    ("value", "wait"),
    [("0", 0.0), ("7", 7.0), (" 7 ", 7.0), ("1.5", 1.5), ("600", 600.0), ("601", 600.0), ("9" * 5000, 600.0)],
)
def test_retry_after_in_seconds_is_read_and_capped(value: str, wait: float) -> None:
    assert parse_retry_after(value, NOW) == wait


@pytest.mark.parametrize(
    "value", [None, "", "soon", "-5", "1e3", "nan", "inf", "0x10", "٣", "Fri, 99 Nov 2025 25:61:61 GMT"]
)
def test_a_retry_after_that_cannot_be_read_is_none(value: str | None) -> None:
    assert parse_retry_after(value, NOW) is None


@pytest.mark.parametrize(
    "value",
    ["Fri, 14 Nov 2025 16:15:07 GMT", "Friday, 14-Nov-25 16:15:07 GMT", "Fri Nov 14 16:15:07 2025"],
)
def test_all_three_forms_of_an_http_date_are_read(value: str) -> None:
    assert parse_retry_after(value, NOW) == 30.0


def test_a_date_is_measured_against_the_servers_clock_where_it_is_given() -> None:
    local_clock = NOW + 82

    until = formatdate(NOW + 30, usegmt=True)
    assert parse_retry_after(until, local_clock, date=formatdate(NOW, usegmt=True)) == 30.0
    assert parse_retry_after(until, local_clock) == 0.0
    assert parse_retry_after(until, NOW, date="no date") == 30.0


def test_a_date_that_has_passed_means_now_and_a_far_one_is_capped() -> None:
    assert parse_retry_after(formatdate(NOW - 3600, usegmt=True), NOW) == 0.0
    assert parse_retry_after(formatdate(NOW + 1e6, usegmt=True), NOW) == 600.0
    assert parse_retry_after(formatdate(NOW + 1e6, usegmt=True), NOW, cap=20.0) == 20.0


@given(value=st.text(), date=st.none() | st.text(), now=st.floats(0, 1e11))
def test_no_header_can_break_the_reading_or_exceed_the_cap(value: str, date: str | None, now: float) -> None:
    wait = parse_retry_after(value, now, date=date)

    assert wait is None or 0.0 <= wait <= 600.0
