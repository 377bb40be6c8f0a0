"""Votes: what was put to whom, what came of it, and, once closed, who voted how for staff."""

from __future__ import annotations

import functools
from collections.abc import Iterable, Sequence
from datetime import date
from typing import TYPE_CHECKING, Annotated, Final, TypeAlias

import strawberry

from domain.coalition.vote import Tally as Counted
from domain.policy import VoteKind
from domain.terms import Ballot, VoteOutcome, VotePhase
from projections import votes
from projections.as_of import AsOf
from projections.votes import VoteRow
from service.graphql.context import Context
from service.graphql.declare import field, object_type
from service.graphql.hidden import HiddenValues
from service.graphql.history import Histories
from service.graphql.ids import NodeKind, global_id
from service.graphql.paging import After, Before, Connection, First, Last, PageArguments
from service.graphql.rules import documents
from service.graphql.scalars import Sha256
from service.graphql.types.aside import Asides
from service.graphql.types.ballots import BallotBatch
from service.graphql.types.count import CastBallot, ShareOfVotes, Tally
from service.graphql.types.entry import Entry
from service.graphql.types.membership import Membership, memberships_by_id
from service.graphql.types.node import Node
from service.graphql.types.review import InterestConflict
from service.graphql.voters import votes_to
from service.security.access import Resource

if TYPE_CHECKING:
    from service.graphql.types.application import Application

LazyApplication: TypeAlias = Annotated[
    "Application", strawberry.lazy("service.graphql.types.application")
]

_HIDDEN: Final = {
    "data.electorate": "Vote.electorate",
    "data.recused": "Vote.recused",
    "data.clauses": "Vote.clauses",
    "data.reason": "Vote.reason",
    "data.answer": "Vote.answer",
    "data.counted": "Vote.counted",
}


class VoteBatch:
    """Votes that are siblings in a response; what one of them needs is read for all.

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
    def objects(self) -> dict[str, Vote]:
        """The votes, by id. That a vote is held is public."""
        return {
            row.id: Vote(
                id=global_id(NodeKind.VOTE, row.id),
                row=row,
                batch=self,
                resource=self.resources[row.id],
            )
            for row in self.rows
        }

    @functools.cached_property
    def resources(self) -> dict[str, Resource]:
        """What each vote is to anybody, by its id."""
        return votes_to(self.context, self.rows)

    @functools.cached_property
    def hidden(self) -> HiddenValues:
        """Electorates and recusals, why memberships are to end, what the members say, and counts
        that were not published.
        """
        positions = {
            position: self.resources[row.id]
            for row in self.rows
            for position in (row.opened_position, row.answered_position, row.closed_position)
            if position is not None
        }
        return HiddenValues(self.context, positions, _HIDDEN)

    @functools.cached_property
    def ballots(self) -> BallotBatch:
        """The ballots that were cast."""
        return BallotBatch(self.context, self.rows, self.as_of)

    @functools.cached_property
    def aside(self) -> Asides:
        """Who stands aside since the opening."""
        return Asides(self.context, self.ballots.found, self.resources)

    @functools.cached_property
    def memberships(self) -> dict[str, Membership]:
        """The memberships that the votes name."""
        named: set[str] = {row.membership for row in self.rows if row.membership is not None}
        for row in self.rows:
            named.update(self.electorate(row), self.recused(row))
        return memberships_by_id(self.context, sorted(named), self.as_of) if named else {}

    @functools.cached_property
    def applications(self) -> dict[str, Application]:
        """The applications that the viewer may know of, by id."""
        # Imported late: applications show their votes.
        from service.graphql.types.application import applications_by_id  # noqa: PLC0415

        ids = [row.application for row in self.rows if row.application is not None]
        return applications_by_id(self.context, ids, self.as_of)

    @functools.cached_property
    def proposals(self) -> dict[str, bytes]:
        """The files that the votes are about, by hash."""
        hashes = [row.proposal_sha256 for row in self.rows if row.proposal_sha256 is not None]
        return documents(self.context, hashes) if hashes else {}

    @functools.cached_property
    def histories(self) -> Histories:
        """The public entries about each vote."""
        ids = [row.id for row in self.rows]
        return Histories(self.context, ids, self.as_of, confidential=False)

    def electorate(self, row: VoteRow) -> list[str]:
        """Return the memberships that have a vote, as far as the viewer may know."""
        fixed = self.hidden.value(row.opened_position, "data.electorate", list[str]) or []
        left = self.aside.memberships(row.ballots)
        return [each for each in fixed if each not in left]

    def recused(self, row: VoteRow) -> list[str]:
        """Return the memberships that stand aside, as far as the viewer may know."""
        fixed = self.hidden.value(row.opened_position, "data.recused", list[str])
        return [] if fixed is None else [*fixed, *self.aside.memberships(row.ballots)]


@object_type
class Vote(Node):
    """A question that the coalition decides together."""

    row: strawberry.Private[VoteRow]
    batch: strawberry.Private[VoteBatch]
    resource: strawberry.Private[Resource]

    @field
    def kind(self) -> VoteKind:
        """What it decides."""
        return self.row.kind

    @field
    def phase(self) -> VotePhase:
        """Where it stands."""
        return self.row.phase

    @field
    def application(self) -> LazyApplication | None:
        """The application that it is about, for staff, the applicant and who votes on it."""
        application = self.row.application
        return None if application is None else self.batch.applications.get(application)

    @field
    def termination(self) -> Membership | None:
        """The membership that it may end, for who votes on it, whom it is about and staff."""
        membership = self.row.membership
        return None if membership is None else self.batch.memberships.get(membership)

    @field
    def clauses(self) -> list[str] | None:
        """The policy's clauses for which ending it is proposed; none in other votes."""
        opened, position = self.batch.hidden, self.row.opened_position
        return opened.value(position, "data.clauses", list[str]) or []

    @field
    def reason(self) -> str | None:
        """Why ending it is proposed, for who votes on it, whom it is about and staff."""
        return self.batch.hidden.value(self.row.opened_position, "data.reason", str)

    @field
    def answer(self) -> str | None:
        """What the member answers, for who votes on it, whom it is about and staff; or null."""
        position = self.row.answered_position
        return None if position is None else self.batch.hidden.value(position, "data.answer", str)

    @field
    def proposal_sha256(self) -> Sha256 | None:
        """The SHA-256 of the policy file that is proposed."""
        proposed = self.row.proposal_sha256
        return None if proposed is None else Sha256(proposed)

    @field
    def proposal(self) -> str | None:
        """The policy file that is proposed."""
        content = self.batch.proposals.get(self.row.proposal_sha256 or "")
        return None if content is None else content.decode()

    @field
    def policy(self) -> str:
        """The policy version that it is held under, as `cate@3`."""
        return self.row.policy

    @field
    def quorum(self) -> ShareOfVotes:
        """The share of the electorate that must vote."""
        return ShareOfVotes.of(self.row.quorum)

    @field
    def threshold(self) -> ShareOfVotes:
        """The share of the votes for and against that must be for."""
        return ShareOfVotes.of(self.row.threshold)

    @field
    def director_votes(self) -> bool:
        """Whether the director has a vote."""
        return bool(self.row.director_votes)

    @field
    def by_fallback(self) -> bool:
        """Whether the policy's fallback votes, nobody else being left to."""
        return bool(self.row.by_fallback)

    @field
    def tally_minimum_electorate(self) -> int:
        """Of fewer ballots no tally is published."""
        return self.row.tally_minimum_electorate

    @field
    def opened_on(self) -> date:
        """The day from which it is open."""
        return self.row.opened_on

    @field
    def closes_on(self) -> date:
        """The last day on which ballots are taken."""
        return self.row.closes_on

    @field
    def closed_on(self) -> date | None:
        """The day of the count; null while it is open."""
        return self.row.closed_on

    @field
    def outcome(self) -> VoteOutcome | None:
        """What it decided; null while it is open."""
        return self.row.outcome

    @field
    def quorum_met(self) -> bool | None:
        """Whether enough voted; null while it is open."""
        return None if self.row.quorum_met is None else bool(self.row.quorum_met)

    @field
    def threshold_met(self) -> bool | None:
        """Whether enough were for it; null while it is open."""
        return None if self.row.threshold_met is None else bool(self.row.threshold_met)

    @field
    def tally(self) -> Tally | None:
        """The count, where it tells nobody how another one voted: of as many ballots as the policy
        asks for, with two at least for it and two against.
        """
        return None if self.row.tally is None else Tally.of(self.row.tally)

    @field
    def counted(self) -> Tally | None:
        """The count in any case, for staff, once it is closed."""
        position = self.row.closed_position
        if position is None:
            return None
        counted = self.batch.hidden.value(position, "data.counted", Counted)
        return None if counted is None else Tally.of(counted)

    @field
    def electorate(self) -> list[Membership] | None:
        """Who has a vote, besides the director; whoever stands aside has none."""
        return self._named(self.batch.electorate(self.row))

    @field
    def recused(self) -> list[Membership] | None:
        """Who stands aside by rule, since the opening or later."""
        return self._named(self.batch.recused(self.row))

    @field
    def conflicts(self) -> list[InterestConflict] | None:
        """Conflicts of interest that voters declared of it, in order; those of a vote on an
        application its review has.
        """
        return self.batch.aside.conflicts(self.row.ballots, self.batch.memberships)

    @field
    def ballots(self) -> list[CastBallot] | None:
        """Who voted how, for staff, once it is closed; of those who stand aside none counts."""
        named, ballots = self.batch.memberships, self.batch.ballots
        return [
            CastBallot(
                resource=ballots.resource(self.row, own=False),
                membership=None if cast.membership is None else named.get(cast.membership),
                ballot=ballots.said.value(cast.position, "data.ballot", Ballot),
            )
            for cast in ballots.cast(self.row)
        ]

    @field
    def own_ballot(self) -> Ballot | None:
        """What your organisation said, or you as the director; null where nothing was."""
        ballots = self.batch.ballots
        own = ballots.own(self.row)
        if own is None:
            return None
        return ballots.said_by_viewer.value(own.position, "data.ballot", Ballot)

    @field
    def version(self) -> int:
        """How many public entries are about it: what `expectedVersion` means."""
        return self.row.shown_version

    @field
    def history(
        self, first: First = None, after: After = None, last: Last = None, before: Before = None
    ) -> Connection[Entry]:
        """The public entries about it, in order."""
        arguments = PageArguments(first, after, last, before)
        return self.batch.histories.connection(self.row.id, arguments)

    def _named(self, ids: Iterable[str]) -> list[Membership]:
        named = self.batch.memberships
        return [named[each] for each in ids if each in named]


def votes_by_id(context: Context, ids: Iterable[str], as_of: AsOf) -> dict[str, Vote]:
    """Return votes by id; ids without one are left out."""
    rows = votes.by_ids(context.connection, context.now, ids)
    return VoteBatch(context, list(rows.values()), as_of).objects


def votes_on(context: Context, applications: Sequence[str], as_of: AsOf) -> dict[str, Vote]:
    """Return the last vote on each application that had one, by application."""
    rows = votes.latest_on(context.connection, context.now, applications)
    objects = VoteBatch(context, list(rows.values()), as_of).objects
    return {application: objects[row.id] for application, row in rows.items()}
