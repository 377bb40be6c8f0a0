"""Votes: what is put to whom, by which rule, and what came of it."""

from __future__ import annotations

from datetime import date
from typing import ClassVar, assert_never

import msgspec
from msgspec.structs import replace

from domain.decision import Command
from domain.ledger.disclosure import UNSET, Event, Public, Staff, revealed, revealed_or
from domain.policy import Share, VoteKind
from domain.terms import (
    ApplicationId,
    Ballot,
    BallotsId,
    Key,
    MembershipId,
    Sha256,
    Text,
    VoteId,
    VoteOutcome,
    VotePhase,
)


class Tally(msgspec.Struct, frozen=True, kw_only=True):
    """How many ballots said what."""

    approve: int
    against: int
    abstain: int

    @property
    def turnout(self) -> int:
        """How many ballots were cast."""
        return self.approve + self.against + self.abstain


class VoteOpened(Event, frozen=True, kw_only=True):
    """A question was put to an electorate that is fixed from now on. Stream: the vote.

    The size of the electorate is not public: beside the public roll it would show that
    somebody stood aside.

    Attributes:
        application: what an admission, a change of tier or an appeal is about.
        proposal_sha256: the policy file that a vote on policy, mission or values is about.
        policy_sha256: the policy file that the vote is held under.
        quorum: the share of the electorate that must vote.
        threshold: the share of the votes for and against that must be for.
        director_votes: whether the director has a vote besides the electorate.
        tally_minimum_electorate: of fewer ballots no tally is published.
        by_fallback: the policy's fallback votes, since nobody else was left to.
        closes_on: the last day on which ballots are taken.
        membership: what a termination, a reinstatement or an appeal is about.
        electorate: the memberships that have a vote.
        recused: the memberships that would have one, and stand aside by rule.
        ballots: the stream of the ballots.
        membership_version: the version that the membership had then; entries of the first
            releases lack it.
        clauses: the requirements and standards of its tier for which ending a membership is
            proposed; entries of the first releases lack them.
        reason: why that is proposed.
    """

    stored_name: ClassVar[str] = "vote.opened.v1"

    kind: Public[VoteKind]
    application: Public[ApplicationId | None]
    proposal_sha256: Public[str | None]
    policy_sha256: Public[str]
    quorum: Public[Share]
    threshold: Public[Share]
    director_votes: Public[bool]
    tally_minimum_electorate: Public[int]
    by_fallback: Public[bool]
    closes_on: Public[date]
    membership: Staff[MembershipId | None] = UNSET
    electorate: Staff[list[MembershipId]] = UNSET
    recused: Staff[list[MembershipId]] = UNSET
    ballots: Staff[BallotsId] = UNSET
    membership_version: Staff[int | None] = UNSET
    clauses: Staff[list[str] | None] = UNSET
    reason: Staff[str | None] = UNSET


class VoteClosed(Event, frozen=True, kw_only=True):
    """The ballots were counted, or nothing or nobody was left to decide. Stream: the vote.

    Attributes:
        quorum_met: whether enough voted; of a vote that is moot neither this nor the next is asked.
        threshold_met: whether enough were for it.
        tally: the count, where it shows of nobody how they voted.
        counted: the count in any case.
    """

    stored_name: ClassVar[str] = "vote.closed.v1"

    outcome: Public[VoteOutcome]
    quorum_met: Public[bool]
    threshold_met: Public[bool]
    tally: Public[Tally | None]
    counted: Staff[Tally] = UNSET


class VotersMerged(Event, frozen=True, kw_only=True):
    """Two of those who have a vote, or stand aside, are one. Stream: the vote.

    Confidential, since it shows which of two memberships had a vote.

    Attributes:
        survivor: the membership that goes on; the vote is its own, whoever of the two voted.
        ended: the membership that is merged into it.
        stands_aside: whether the one they are stands aside, since one of the two does.
    """

    stored_name: ClassVar[str] = "vote.voters_merged.v1"
    confidential: ClassVar[bool] = True

    survivor: Staff[MembershipId] = UNSET
    ended: Staff[MembershipId] = UNSET
    stands_aside: Staff[bool] = UNSET


class TerminationAnswered(Event, frozen=True, kw_only=True):
    """The member that may end said what it has to say to that. Stream: the vote.

    Confidential, since it is for those who vote alone.
    """

    stored_name: ClassVar[str] = "vote.termination_answered.v1"
    confidential: ClassVar[bool] = True

    answer: Staff[str] = UNSET


VoteEvent = VoteOpened | VoteClosed | VotersMerged | TerminationAnswered


class OpenVote(Command, frozen=True, kw_only=True):
    """Put a question to those who decide it; ``vote`` and ``ballots`` are new ids.

    What it is about is named by the one of ``application``, ``membership`` and
    ``proposal_sha256`` that belongs to the kind. Of a termination, ``clauses`` are those of the
    policy that are not met, and ``reason`` is for those who vote, the member and staff.
    """

    vote: VoteId
    ballots: BallotsId
    kind: VoteKind
    closes_on: date
    application: ApplicationId | None = None
    membership: MembershipId | None = None
    proposal_sha256: Sha256 | None = None
    clauses: list[Key] = msgspec.field(default_factory=list)
    reason: Text | None = None
    by_fallback: bool = False


class AnswerTermination(Command, frozen=True, kw_only=True):
    """Say, to those who vote on ending one's own membership, what is to be said to that."""

    vote: VoteId
    answer: Text


class CastVote(Command, frozen=True, kw_only=True):
    """Say for one's organisation, or as the director, how it votes. There is no second time."""

    vote: VoteId
    ballot: Ballot


class CloseVote(Command, frozen=True, kw_only=True):
    """Count the ballots."""

    vote: VoteId


class Vote(msgspec.Struct, frozen=True, kw_only=True):
    """What rules need to know of a vote. Version 0 is one never opened.

    Attributes:
        membership_version: the version that the membership it is about had at the opening;
            0 where that is not known.
        electorate: the memberships that had a vote at the opening, or are what became of these;
            `domain.coalition.ballots` knows who stands aside since.
        recused: those that stood aside then.
        clauses: for which ending it is proposed; none where that is not known.
        answer: what the member said last to that; ``None`` where it did not.
        closed_on: the day from which the outcome holds.
        heirs: whose vote it is that a membership had, by that membership, where it was merged.
    """

    id: VoteId
    version: int = 0
    phase: VotePhase | None = None
    kind: VoteKind | None = None
    application: ApplicationId | None = None
    membership: MembershipId | None = None
    membership_version: int = 0
    clauses: frozenset[str] = frozenset()
    answer: str | None = None
    proposal_sha256: str | None = None
    policy_sha256: str = ""
    quorum: Share | None = None
    threshold: Share | None = None
    director_votes: bool = False
    tally_minimum_electorate: int = 0
    electorate: frozenset[MembershipId] = frozenset()
    recused: frozenset[MembershipId] = frozenset()
    ballots: BallotsId = BallotsId("")
    since: date | None = None
    closes_on: date | None = None
    closed: VoteClosed | None = None
    closed_on: date | None = None
    heirs: dict[MembershipId, MembershipId] = {}

    @property
    def shown_version(self) -> int:
        """How many entries that everybody may know of are about it; 0 before it is opened.

        One that the member answered by, or voters are one by, would tell whom it is about.
        """
        return 0 if self.phase is None else 1 if self.closed is None else 2

    @property
    def outcome(self) -> VoteOutcome | None:
        """What came of it; ``None`` before it is closed."""
        return None if self.closed is None else self.closed.outcome

    @property
    def said_no(self) -> bool:
        """Whether it failed though enough voted: of too few nobody knows what all would say."""
        closed = self.closed
        return closed is not None and closed.outcome is VoteOutcome.FAILED and closed.quorum_met


def evolve(state: Vote, event: VoteEvent, effective: date) -> Vote:
    """Return the vote after an event that holds from ``effective``."""
    state = replace(state, version=state.version + 1, since=state.since or effective)
    match event:
        case VoteOpened():
            return replace(
                state,
                phase=VotePhase.OPEN,
                kind=event.kind,
                application=event.application,
                membership=revealed(event.membership),
                membership_version=revealed_or(event.membership_version, None) or 0,
                clauses=frozenset(revealed_or(event.clauses, None) or ()),
                proposal_sha256=event.proposal_sha256,
                policy_sha256=event.policy_sha256,
                quorum=event.quorum,
                threshold=event.threshold,
                director_votes=event.director_votes,
                tally_minimum_electorate=event.tally_minimum_electorate,
                electorate=frozenset(revealed(event.electorate)),
                recused=frozenset(revealed(event.recused)),
                ballots=revealed(event.ballots),
                closes_on=event.closes_on,
            )
        case VoteClosed():
            return replace(state, phase=VotePhase.CLOSED, closed=event, closed_on=effective)
        case VotersMerged():
            return _merged(state, event)
        case TerminationAnswered():
            return replace(state, answer=revealed_or(event.answer, None))
        case _:
            assert_never(event)


def _merged(state: Vote, event: VotersMerged) -> Vote:
    survivor, ended = revealed(event.survivor), revealed(event.ended)
    both = {survivor, ended}
    aside = revealed(event.stands_aside)
    heirs = {each: survivor if heir == ended else heir for each, heir in state.heirs.items()}
    return replace(
        state,
        electorate=state.electorate - both if aside else state.electorate - both | {survivor},
        recused=state.recused - both | {survivor} if aside else state.recused - both,
        heirs=heirs | {ended: survivor},
    )
