"""Media types of requests and answers."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from service.graphql.negotiation import (
    GRAPHQL,
    JSON,
    is_json,
    media_ranges,
    prefers_html,
    response_type,
)


@pytest.mark.parametrize(
    ("accept", "html"),
    [
        (None, False),
        ("*/*", False),
        ("text/*", False),
        ("text/html", True),
        ("text/html;q=0", False),
        (f"text/html, {JSON}", True),
        (f"text/html;q=0.5, {JSON}", False),
        ("text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8", True),
    ],
)
def test_a_browser_names_html_and_wants_it_no_less_than_json(
    accept: str | None,
    html: bool,  # noqa: FBT001 - a column of the table
) -> None:
    assert prefers_html(accept) is html


@pytest.mark.parametrize("quality", ["nan", "inf", "-1", "2", "", "one"])
def test_a_part_whose_quality_is_no_number_from_0_to_1_is_left_out(quality: str) -> None:
    assert media_ranges(f"{JSON};q={quality}") == []


@given(st.text())
def test_any_header_can_be_judged(header: str) -> None:
    assert response_type(header) in (GRAPHQL, JSON, None)
    prefers_html(header)
    is_json(header)
