"""The coalition's history: what sources claim, and what was known of it when."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

from tests.service.graphql.api import Api
from tests.service.graphql.recording import claim, governance

HISTORY = """query ($asOf: AsOf) { governance(asOf: $asOf) { history {
    text source happenedOn { text firstDay lastDay precision }
    contradicts { text } contradictedBy { text }
} } }"""


def test_sources_that_disagree_are_kept_side_by_side(api: Api) -> None:
    harbour = claim(api, "It began at the harbour.", "A newspaper", "2005-01-01")
    claim(api, "It began at the market.", "A letter", "2005-01-01", contradicts=[harbour])
    year = {
        "text": "2005",
        "firstDay": "2005-01-01",
        "lastDay": "2005-12-31",
        "precision": "YEAR",
    }
    assert governance(api, HISTORY)["history"] == [
        {
            "text": "It began at the harbour.",
            "source": "A newspaper",
            "happenedOn": year,
            "contradicts": [],
            "contradictedBy": [{"text": "It began at the market."}],
        },
        {
            "text": "It began at the market.",
            "source": "A letter",
            "happenedOn": year,
            "contradicts": [{"text": "It began at the harbour."}],
            "contradictedBy": [],
        },
    ]


def test_a_claim_recorded_in_2024_about_2005_is_unknown_as_of_2023(api: Api) -> None:
    clock = api.coalition.clock
    claim(api, "The market opened.", "A letter", "2012-01-01")
    clock.now = datetime(2024, 2, 1, 12, tzinfo=UTC)
    claim(api, "It began at the harbour.", "A newspaper", "2005-01-01")

    def texts(as_of: dict[str, Any] | None) -> list[str]:
        return [each["text"] for each in governance(api, HISTORY, as_of=as_of)["history"]]

    both = ["It began at the harbour.", "The market opened."]
    assert texts(None) == both
    # What was known:
    assert texts({"at": {"recordedAt": "2023-12-31T00:00:00Z"}}) == ["The market opened."]
    assert texts({"at": {"recordedAt": "2024-02-01T12:00:00Z"}}) == both
    # What held, long before the founding of the ledger:
    assert texts({"effectiveOn": "2010-06-01"}) == ["It began at the harbour."]
    assert texts({"effectiveOn": "2004-12-31"}) == []
    # Both at once:
    known_then = {"at": {"recordedAt": "2023-12-31T00:00:00Z"}, "effectiveOn": "2010-06-01"}
    assert texts(known_then) == []
