"""Of listings the views keep the present one, and nothing that was shown before."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, date, datetime

import pytest
import sqlalchemy as sa
from sqlalchemy.engine import Engine

from domain.ledger.disclosure import Event
from domain.ledger.entry import Envelope
from domain.ledger.recorded import Recorded
from domain.membership.party import ListingWithdrawn, OrganisationListingPublished
from domain.terms import ListedField
from projections import listings, tables
from projections.inline import InlineProjector
from projections.rebuild import rebuild
from tests.projections.ledgers import MODELS, MemoryLedger, batches, digests, replayed_digests
from tests.projections.streams import generate

OLD = ("Old Name At Danger", "old name at danger", "old@shown.example", "555-0111", "29510")
ENTRIES = 600


def published(name: str, email: str, phone: str, county: str) -> OrganisationListingPublished:
    return OrganisationListingPublished(
        fields=[ListedField.NAME, ListedField.COUNTIES, ListedField.EMAIL, ListedField.PHONE],
        name=name,
        description=None,
        counties=[county],
        populations=[],
        services=["shelter"],
        website=None,
        email=email,
        phone=phone,
    )


FIRST = published("Old Name At Danger", "old@shown.example", "555-0111", "29510")
SECOND = published("New Safe Name", "new@shown.example", "555-0999", "29003")


def recorded(events: Sequence[Event]) -> list[Recorded]:
    """Return entries of one party's stream."""
    at = datetime(2024, 3, 1, tzinfo=UTC)
    return [
        Recorded(
            position,
            at,
            Envelope(
                entry_id=f"{position:032x}",
                stream="party",
                version=position,
                at=at,
                effective=date(2024, 3, 1),
                actor="representative",
                actor_id="",
                policy="cate@1",
            ),
            event,
        )
        for position, event in enumerate(events, start=1)
    ]


def everything(engine: Engine) -> str:
    """Return every row of every view as text."""
    with engine.connect() as connection:
        return "\n".join(
            repr(row)
            for table in tables.metadata.sorted_tables
            for row in connection.execute(sa.select(table))
        )


@pytest.mark.parametrize("size", [1, 3])
@pytest.mark.parametrize("cached_streams", [0, 10])
@pytest.mark.parametrize(
    "events",
    [
        [FIRST, ListingWithdrawn()],
        [FIRST, SECOND],
        [FIRST, ListingWithdrawn(), SECOND],
    ],
)
def test_what_was_withdrawn_or_replaced_is_in_no_row_of_any_view(
    engine: Engine, events: list[Event], size: int, cached_streams: int
) -> None:
    ledger = MemoryLedger(engine)
    projector = InlineProjector([listings.MODEL], cached_streams=cached_streams)
    for batch in batches(recorded(events), size):
        ledger.append(batch, projector)
    rebuilt = rebuild([listings.MODEL], ledger)
    assert rebuilt.differing == ()
    for old in OLD:
        assert old not in everything(engine)
    shown = isinstance(events[-1], OrganisationListingPublished)
    assert ("New Safe Name" in everything(engine)) == shown
    assert ("29003" in everything(engine)) == shown


def test_while_a_listing_is_published_the_search_finds_it(engine: Engine) -> None:
    MemoryLedger(engine).append(recorded([FIRST]), InlineProjector([listings.MODEL]))
    for old in OLD:
        assert old in everything(engine)


def test_every_row_and_term_of_a_listing_is_open_also_while_a_rebuild_catches_up(
    engine: Engine,
) -> None:
    entries = list(generate(2 * ENTRIES, seed=71))
    ledger, projector = MemoryLedger(engine), InlineProjector(MODELS)
    ledger.append(entries[:ENTRIES], projector)
    rebuild(MODELS, ledger)
    for batch in batches(entries[ENTRIES:], 16):
        ledger.append(batch, projector)
    with engine.connect() as connection:
        for table in listings.MODEL.tables:
            ends = connection.execute(sa.select(table.c.to_position).distinct()).scalars().all()
            assert ends == [tables.OPEN]
    assert digests(engine) == replayed_digests(engine, entries)
