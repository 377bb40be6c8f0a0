"""Affiliations: which parties are tied to which, and how."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date
from enum import StrEnum

import msgspec
from sqlalchemy.engine import Connection

from domain.ledger.disclosure import revealed
from domain.ledger.recorded import Recorded
from domain.membership.ties import AffiliationEnded, PartyAffiliated
from domain.terms import Affiliation, StaffRole
from projections.as_of import AsOf
from projections.model import ReadModel, Row, folds_of, on, opened_names
from projections.reading import View
from projections.tables import affiliations


class Declarer(StrEnum):
    """Whose word it is that two parties are tied."""

    PARTY = "party"
    AFFILIATE = "affiliate"
    DIRECTOR = "director"


class Tie(msgspec.Struct, frozen=True, gc=False):
    """One tie, seen from the party that has it.

    Attributes:
        position: the entry that says so. Of the two that do, one in the stream of each party, that
            of who said it comes first, and the other follows it.
        by_director: whether the director said it, and neither of the two.
    """

    affiliate: str
    affiliation: Affiliation
    since: date
    position: int
    by_director: bool

    def declarer(self, party: str, other: AffiliationRow | None) -> Declarer:
        """Return whose word it is.

        Args:
            party: the one that has the tie.
            other: the ties of the affiliate.
        """
        if self.by_director:
            return Declarer.DIRECTOR
        ties = () if other is None else other.ties
        follows = any(
            each.affiliate == party and each.position == self.position + 1 for each in ties
        )
        return Declarer.PARTY if follows else Declarer.AFFILIATE


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
        by_director=recorded.envelope.actor == StaffRole.DIRECTOR,
    )
    return AffiliationRow(id=recorded.envelope.stream, ties=(*_ties(row), tie))


def _ended(
    row: AffiliationRow | None, event: AffiliationEnded, recorded: Recorded
) -> AffiliationRow | None:
    ended = (revealed(event.affiliate), revealed(event.affiliation))
    ties = tuple(each for each in _ties(row) if (each.affiliate, each.affiliation) != ended)
    return AffiliationRow(id=recorded.envelope.stream, ties=ties) if ties else None


def _ties(row: AffiliationRow | None) -> tuple[Tie, ...]:
    return () if row is None else row.ties


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
