"""Affiliations: which parties are tied to which, and how."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date

import msgspec
from sqlalchemy.engine import Connection

from domain.ledger.disclosure import revealed, revealed_or
from domain.ledger.recorded import Recorded
from domain.membership.ties import AffiliationEnded, PartyAffiliated
from domain.terms import Affiliation
from projections.as_of import AsOf
from projections.model import ReadModel, Row, folds_of, on, opened_names
from projections.reading import View
from projections.tables import affiliations


class Tie(msgspec.Struct, frozen=True, gc=False, omit_defaults=True):
    """One tie, seen from the party that has it; what is left out of a row is as by default.

    Attributes:
        position: the entry that says so. Of the two that do, one in the stream of each party, that
            of who said it comes first, and the other follows it.
        own_word: whether that party alone says so, and the other one judges it all the same.
    """

    affiliate: str
    affiliation: Affiliation
    since: date
    position: int
    own_word: bool = False


class AffiliationRow(Row, frozen=True, gc=False):
    """The ties of a party, in the order in which they were declared."""

    ties: tuple[Tie, ...]

    @property
    def sponsors(self) -> frozenset[str]:
        """Whom the party is sponsored by."""
        by = Affiliation.SPONSORED_BY
        return frozenset(each.affiliate for each in self.ties if each.affiliation is by)


def _affiliated(
    row: AffiliationRow | None, event: PartyAffiliated, recorded: Recorded
) -> AffiliationRow:
    tie = Tie(
        affiliate=revealed(event.affiliate),
        affiliation=revealed(event.affiliation),
        since=recorded.envelope.effective,
        position=recorded.position,
        own_word=revealed_or(event.own_word, False),  # noqa: FBT003 - as before it was said
    )
    others = _others(row, tie.affiliate, tie.affiliation)
    return AffiliationRow(id=recorded.envelope.stream, ties=(*others, tie))


def _ended(
    row: AffiliationRow | None, event: AffiliationEnded, recorded: Recorded
) -> AffiliationRow | None:
    ties = _others(row, revealed(event.affiliate), revealed(event.affiliation))
    return AffiliationRow(id=recorded.envelope.stream, ties=ties) if ties else None


def _others(row: AffiliationRow | None, affiliate: str, how: Affiliation) -> tuple[Tie, ...]:
    ties = () if row is None else row.ties
    return tuple(each for each in ties if (each.affiliate, each.affiliation) != (affiliate, how))


MODEL = ReadModel(
    version=2,
    table=affiliations,
    row_type=AffiliationRow,
    folds=folds_of(on(PartyAffiliated, _affiliated), on(AffiliationEnded, _ended)),
    opens=opened_names([PartyAffiliated, AffiliationEnded]),
    bitemporal=True,
)

VIEW = View(affiliations, AffiliationRow)


def by_parties(
    connection: Connection, as_of: AsOf, parties: Iterable[str]
) -> dict[str, AffiliationRow]:
    """Return how parties are tied to others, by party; those without a tie are left out."""
    return VIEW.by_ids(connection, as_of, parties)
