"""Two entries that every test of their bytes knows, and values of JSON."""

from __future__ import annotations

import json
from collections.abc import Iterator
from datetime import UTC, date, datetime
from typing import Any, ClassVar

import hypothesis.strategies as st
import rfc8785

from domain.ledger.disclosure import UNSET, Event, Staff
from domain.ledger.entry import DOMAIN_LINE, Envelope, encode_entry, salts_from
from domain.membership.membership import TierChanged
from domain.membership.review import RequirementFound
from domain.terms import ApplicationId, Assessment, TierChangeReason
from tests.domain.world import an_id

ENVELOPE = Envelope(
    entry_id=an_id("the entry"),
    stream=an_id("a membership"),
    version=7,
    at=datetime(2026, 3, 1, 17, 4, 5, tzinfo=UTC),
    effective=date(2026, 3, 1),
    actor="committee",
    actor_id=an_id("who it was"),
    policy="cate@3",
)
CHANGED = TierChanged(
    from_tier="community-network",
    to_tier="coalition-member",
    membership_class="provider",
    agreement="coalition-member-agreement",
    reason=TierChangeReason.REQUESTED,
    application=ApplicationId(an_id("an application")),
    clauses=["coalition-member.type"],
    signed=False,
    standards={"provider.client-centered": Assessment.EXHIBITS},
)
FOUND = RequirementFound(requirement="coalition-member.type", met=True, note="Seen.")


class FoundBefore(Event, frozen=True, kw_only=True):
    """A finding as it was recorded before it said by which entry an EIN was verified."""

    stored_name: ClassVar[str] = RequirementFound.stored_name
    confidential: ClassVar[bool] = True

    requirement: Staff[str] = UNSET
    met: Staff[bool] = UNSET
    note: Staff[str | None] = UNSET


def fixed_salts() -> Iterator[str]:
    return salts_from(b"".join(bytes([number]) * 16 for number in range(64)))


def body_of(data: bytes) -> dict[str, Any]:
    body: dict[str, Any] = json.loads(data.removeprefix(DOMAIN_LINE))
    return body


def bytes_of(body: object) -> bytes:
    return DOMAIN_LINE + rfc8785.dumps(body)  # type: ignore[arg-type]


OPEN = encode_entry(ENVELOPE, CHANGED, fixed_salts())
BEFORE = FoundBefore(requirement=FOUND.requirement, met=FOUND.met, note=FOUND.note)
CONFIDENTIAL = encode_entry(ENVELOPE, BEFORE, fixed_salts())

json_text = st.text(st.characters(exclude_categories=["Cs"]), max_size=20)
safe_integers = st.integers(-(2**53) + 1, 2**53 - 1)
