"""Votes: what was put to whom, by which rule, and what came of it."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import date

import msgspec
import sqlalchemy as sa
from sqlalchemy.engine import Connection

from domain.coalition.vote import (
    Tally,
    TerminationAnswered,
    VoteClosed,
    VoteOpened,
    VotersMerged,
)
from domain.ledger.disclosure import revealed
from domain.ledger.recorded import Recorded
from domain.policy import Share, VoteKind
from domain.terms import VoteOutcome, VotePhase
from projections.as_of import AsOf, holds_now
from projections.model import ReadModel, Row, changing, folds_of, on, opened_names
from projections.paging import Key, Page, Window
from projections.reading import View, among
from projections.tables import votes


class VoteRow(Row, frozen=True, gc=False):
    """A vote. Electorate and count stay in the entries.

    Attributes:
        application: what an admission, a change of tier or an appeal is about.
        membership: what a termination is about; a reference that staff alone are given.
        proposal_sha256: the policy file that is proposed.
        policy_sha256: the policy file that the vote is held under.
        policy: the same by reference, such as ``cate@3``.
        director_votes: 1 where the director has a vote, else 0; so the other flags.
        opened_position: the entry that hides electorate and recusals.
        answered_position: the entry that hides what the member said last that may end.
        closed_position: the entry that hides the count.
        tally: the count, where it was published.
        ballots: the stream of the ballots.
        version: of the stream.
    """

    kind: VoteKind
    phase: VotePhase
    application: str | None
    membership: str | None
    proposal_sha256: str | None
    policy_sha256: str
    policy: str
    quorum: Share
    threshold: Share
    director_votes: int
    by_fallback: int
    tally_minimum_electorate: int
    opened_on: date
    opened_position: int
    closes_on: date
    closed_on: date | None
    closed_position: int | None
    answered_position: int | None
    outcome: VoteOutcome | None
    quorum_met: int | None
    threshold_met: int | None
    tally: Tally | None
    ballots: str
    version: int

    @property
    def shown_version(self) -> int:
        """How many entries that everybody may know of are about it: `Vote.shown_version`."""
        return 1 if self.closed_on is None else 2

    @property
    def said_no(self) -> bool:
        """Whether it failed though enough voted."""
        return self.outcome is VoteOutcome.FAILED and self.quorum_met == 1


def _opened(_: VoteRow | None, event: VoteOpened, recorded: Recorded) -> VoteRow:
    envelope = recorded.envelope
    return VoteRow(
        id=envelope.stream,
        kind=event.kind,
        phase=VotePhase.OPEN,
        application=event.application,
        membership=revealed(event.membership),
        proposal_sha256=event.proposal_sha256,
        policy_sha256=event.policy_sha256,
        policy=envelope.policy,
        quorum=event.quorum,
        threshold=event.threshold,
        director_votes=int(event.director_votes),
        by_fallback=int(event.by_fallback),
        tally_minimum_electorate=event.tally_minimum_electorate,
        opened_on=envelope.effective,
        opened_position=recorded.position,
        closes_on=event.closes_on,
        closed_on=None,
        closed_position=None,
        answered_position=None,
        outcome=None,
        quorum_met=None,
        threshold_met=None,
        tally=None,
        ballots=revealed(event.ballots),
        version=envelope.version,
    )


def _closed(row: VoteRow, event: VoteClosed, recorded: Recorded) -> VoteRow:
    return msgspec.structs.replace(
        row,
        phase=VotePhase.CLOSED,
        closed_on=recorded.envelope.effective,
        closed_position=recorded.position,
        outcome=event.outcome,
        quorum_met=int(event.quorum_met),
        threshold_met=int(event.threshold_met),
        tally=event.tally,
        version=recorded.envelope.version,
    )


def _voters_merged(row: VoteRow, _: VotersMerged, recorded: Recorded) -> VoteRow:
    return msgspec.structs.replace(row, version=recorded.envelope.version)


def _answered(row: VoteRow, _: TerminationAnswered, recorded: Recorded) -> VoteRow:
    version = recorded.envelope.version
    return msgspec.structs.replace(row, answered_position=recorded.position, version=version)


MODEL = ReadModel(
    version=2,
    table=votes,
    row_type=VoteRow,
    folds=folds_of(
        on(VoteOpened, _opened),
        on(VoteClosed, changing(_closed)),
        on(VotersMerged, changing(_voters_merged)),
        on(TerminationAnswered, changing(_answered)),
    ),
    opens=opened_names([VoteOpened]),
)

VIEW = View(votes, VoteRow)


class VoteFilter(msgspec.Struct, frozen=True, kw_only=True):
    """Which votes are asked for. ``None`` asks for nothing; an empty list finds none."""

    kinds: Sequence[VoteKind] | None = None
    phases: Sequence[VotePhase] | None = None
    applications: Sequence[str] | None = None


def page(connection: Connection, as_of: AsOf, wanted: VoteFilter, window: Window) -> Page[VoteRow]:
    """Return one page of votes, in the order of their opening."""
    order = [votes.c.opened_position, votes.c.id]
    return VIEW.page(connection, as_of, _conditions(wanted), order, window)


def key(row: VoteRow) -> Key:
    """Return a row's place in the order, for `Window`."""
    return (row.opened_position, row.id)


def total(connection: Connection, as_of: AsOf, wanted: VoteFilter) -> int:
    """Return how many votes there are."""
    return VIEW.total(connection, as_of, _conditions(wanted))


def by_ids(connection: Connection, as_of: AsOf, ids: Iterable[str]) -> dict[str, VoteRow]:
    """Return votes by id; ids without one are left out."""
    return VIEW.by_ids(connection, as_of, ids)


def latest_on(
    connection: Connection, as_of: AsOf, applications: Iterable[str]
) -> dict[str, VoteRow]:
    """Return the last vote on each application; applications without one are left out."""
    rows = VIEW.rows(connection, as_of, votes.c.application.in_(list(applications)))
    rows.sort(key=lambda row: row.opened_position)
    return {row.application: row for row in rows if row.application is not None}


def open_on(connection: Connection, memberships: Iterable[str]) -> list[str]:
    """Return the votes that are open now and may end one of these memberships."""
    open_now = sa.and_(holds_now(votes), votes.c.closed_on.is_(None))
    found = sa.select(votes.c.id).where(
        open_now,
        votes.c.kind == VoteKind.TERMINATION.value,
        votes.c.membership.in_(list(memberships)),
    )
    return list(connection.execute(found.order_by(votes.c.id)).scalars())


def sealed(connection: Connection) -> list[str]:
    """Return the streams that hold the ballots of votes that are open now."""
    open_now = sa.and_(holds_now(votes), votes.c.closed_on.is_(None))
    return list(connection.execute(sa.select(votes.c.ballots).where(open_now)).scalars())


def sealed_among(connection: Connection, streams: Iterable[str]) -> frozenset[str]:
    """Return which of these streams hold the ballots of a vote that is open now.

    It is judged at the head, whatever the position that is asked about.
    """
    open_now = AsOf(0, date.max, current=True).rows_of(votes)
    found = connection.execute(
        sa.select(votes.c.ballots).where(
            open_now, votes.c.ballots.in_(list(streams)), votes.c.phase == VotePhase.OPEN
        )
    )
    return frozenset(found.scalars())


def _conditions(wanted: VoteFilter) -> list[sa.ColumnElement[bool]]:
    columns = votes.c
    return [
        *among(columns.kind, wanted.kinds),
        *among(columns.phase, wanted.phases),
        *among(columns.application, wanted.applications),
    ]
