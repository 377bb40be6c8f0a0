"""The ballots of votes: what they say, to whoever may read them."""

from __future__ import annotations

import functools
from collections.abc import Mapping, Sequence
from typing import Final

from domain.terms import VotePhase
from projections import ballots, memberships
from projections.as_of import AsOf
from projections.ballots import BallotsRow, Cast
from projections.votes import VoteRow
from service.graphql.context import Context
from service.graphql.hidden import HiddenValues
from service.security.access import Kind, Resource
from service.security.principal import Role

_CAST: Final = {"data.ballot": "CastBallot.ballot"}
_OWN: Final = {"data.ballot": "Vote.ownBallot"}


class BallotBatch:
    """The ballots of votes that are siblings in a response; what one of them needs is read for all.

    Args:
        context: the request.
        rows: the votes as they are now: whether ballots are sealed is judged by them.
        as_of: what else is looked at describes.
    """

    def __init__(self, context: Context, rows: Sequence[VoteRow], as_of: AsOf) -> None:
        self.context = context
        self.rows = rows
        self.as_of = as_of

    @functools.cached_property
    def found(self) -> Mapping[str, BallotsRow]:
        """Who voted, and who stands aside, by the stream of the ballots."""
        streams = [row.ballots for row in self.rows]
        return ballots.by_ids(self.context.connection, self.context.now, streams)

    def cast(self, row: VoteRow) -> tuple[Cast, ...]:
        """Return who voted."""
        found = self.found.get(row.ballots)
        return () if found is None else found.cast

    @functools.cached_property
    def said(self) -> HiddenValues:
        """What ballots say, to those who may read all of them."""
        return HiddenValues(self.context, self._positions(own=False), _CAST)

    @functools.cached_property
    def said_by_viewer(self) -> HiddenValues:
        """What the viewer's own ballots say."""
        return HiddenValues(self.context, self._positions(own=True), _OWN)

    def resource(self, row: VoteRow, *, own: bool) -> Resource:
        """Return what a ballot is to the viewer, who asks for it as theirs or as one of all."""
        voter = self.context.principal.id if own else None
        return Resource(kind=Kind.BALLOT, sealed=row.phase is VotePhase.OPEN, voter=voter)

    def own(self, row: VoteRow) -> Cast | None:
        """Return the ballot of whom the viewer speaks for, if one was cast."""
        for cast in self.cast(row):
            if cast.membership in self._speaks_for:
                return cast
        return None

    @functools.cached_property
    def _speaks_for(self) -> frozenset[str | None]:
        """The memberships that the viewer votes for; ``None`` stands for the director."""
        principal = self.context.principal
        if principal.role is Role.DIRECTOR:
            return frozenset({None})
        if principal.role is not Role.REPRESENTATIVE or principal.party is None:
            return frozenset()
        found = memberships.by_parties(self.context.connection, self.as_of, [principal.party])
        return frozenset(row.id for row in found.get(principal.party, ()))

    def _positions(self, *, own: bool) -> dict[int, Resource]:
        return {
            cast.position: self.resource(row, own=own)
            for row in self.rows
            for cast in self.cast(row)
            if not own or cast == self.own(row)
        }
