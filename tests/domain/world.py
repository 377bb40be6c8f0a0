"""A ledger in memory: streams and the register, folded as the writer folds them."""

from __future__ import annotations

import contextlib
import hashlib
from collections.abc import Callable, Iterable
from datetime import UTC, date, datetime
from operator import attrgetter
from typing import Final, TypeVar

import msgspec

from domain import catalog
from domain.catalog import State
from domain.coalition.ballots import Ballots
from domain.coalition.clearing import ClearText
from domain.coalition.coalition import Coalition
from domain.coalition.consequences import Open, ended_by, left_by, with_consequences
from domain.coalition.custody import Custody, custody_stream
from domain.coalition.erasure import (
    ErasePerson,
    ExpungeValue,
    refuse_erased,
)
from domain.coalition.leadership import Term
from domain.coalition.vote import CastVote, Vote
from domain.coalition.voting import Voter, decide_cast_vote
from domain.coalition.webhook import Webhook
from domain.decision import Command, Decision, Fact, Moment, Refusal
from domain.ledger.disclosure import (
    UNSET,
    HiddenValueMissingError,
    person_of,
)
from domain.ledger.entry import Envelope
from domain.ledger.recorded import Recorded
from domain.membership.application import Application, ApplicationApproved
from domain.membership.membership import MemberAdmitted, Membership
from domain.membership.party import Party
from domain.membership.phases import UNDECIDED
from domain.membership.register import Register
from domain.membership.review import Review
from domain.membership.standing import (
    MembershipPassed,
    MembershipReinstated,
    MembershipWithdrawn,
)
from domain.policy import Policy
from domain.terms import (
    ApplicationKind,
    ApplicationPhase,
    CoalitionId,
    EntryId,
    MembershipStatus,
    PartyId,
    VotePhase,
)
from tests.domain.deciding.asked import Asked
from tests.domain.deciding.rules import decide
from tests.domain.policy.files import CATE

S = TypeVar("S", bound=State)


def an_id(name: str) -> str:
    """Return a stream's id that is the same in every run: 128 bits, lower-case hex."""
    return hashlib.sha256(name.encode()).hexdigest()[:32]


def blind(ein: str) -> str:
    """Stand in for the keyed hash of an EIN."""
    return hashlib.sha256(b"a key" + ein.encode()).hexdigest()


def entry_id(place: int) -> EntryId:
    """Return the id by which a specification names the entry at a place, from 1."""
    return EntryId(f"{place:032x}")


ACTOR = "somebody"
"""Who gave the commands that a specification's entries came of."""

COALITION = CoalitionId(an_id("the coalition"))

_AS_IT_IS: Final = (ErasePerson, ExpungeValue, ClearText)
"""Commands that name nobody anew, or only to forget them."""


class World:
    """Every state, and which states each command is decided on."""

    def __init__(self, policy: Policy = CATE) -> None:
        self.policy = policy
        self.states: dict[str, State] = {}
        self._register = Register(blind)
        self.entries: list[tuple[Fact, date]] = []
        # Whoever has a key: that stays, also when the entry's reference to them is expunged.
        self.people: set[str] = set()
        # The members of which the director wrote down last that they leave.
        self.written_down: set[str] = set()
        # Whether it is the director who says that somebody withdraws, has somebody erased, or
        # deletes a file.
        self.by_director = False
        # What organisation a reviewer belongs to, as their key says.
        self.belongs_to: dict[str, frozenset[PartyId]] = {}
        # The policy files that came with a command.
        self.policies: dict[str, Policy] = {}
        # Which files were sent, for which application.
        self.files: set[tuple[str, str | None]] = set()

    def append(self, facts: Iterable[Fact], effective: date) -> None:
        for fact in facts:
            state = self.states.get(fact.stream) or catalog.empty_state(
                catalog.kind_of(fact.event), fact.stream
            )
            self.states[fact.stream] = catalog.evolve(state, fact.event, effective)
            self._register.apply(fact.stream, fact.event)
            self.entries.append((fact, effective))
            if isinstance(fact.event, MembershipWithdrawn):
                self.written_down.discard(fact.stream)
                self.written_down |= {fact.stream} if self.by_director else set()
            with contextlib.suppress(HiddenValueMissingError):
                if type(fact.event).person_field:
                    self.people.add(person_of(fact.stream, fact.event))

    @property
    def register(self) -> Register:
        applying = self._register.applying
        for reopened in [*applying.unknown]:
            applying.learn(self.application(reopened))
        return self._register

    # As in the writer, an id of another kind of thing names nothing of this kind.

    @property
    def coalition(self) -> Coalition:
        return self.of(Coalition, COALITION)

    @property
    def custody(self) -> Custody:
        return self.of(Custody, custody_stream(COALITION))

    def party(self, party: str) -> Party:
        return self.of(Party, party)

    def application(self, application: str) -> Application:
        return self.of(Application, application)

    def review(self, review: str) -> Review:
        return self.of(Review, review)

    def membership(self, membership: str) -> Membership:
        return self.of(Membership, membership)

    def vote(self, vote: str) -> Vote:
        return self.of(Vote, vote)

    def ballots(self, ballots: str) -> Ballots:
        return self.of(Ballots, ballots)

    def decide_as(self, voter: Voter, command: CastVote, moment: Moment) -> Decision:
        """Decide on a ballot of somebody."""
        vote = self.vote(command.vote)
        return decide_cast_vote(vote, self.ballots(vote.ballots), voter, command, moment)

    def memberships(self) -> list[Membership]:
        return [state for state in self.states.values() if isinstance(state, Membership)]

    def held_by(self, person: str) -> tuple[list[Party], list[Term]]:
        """Return whom somebody speaks for, and the terms of office that they hold."""
        states = self.states.values()
        return (
            [each for each in states if isinstance(each, Party) and person in each.representatives],
            [
                each
                for each in states
                if isinstance(each, Term) and each.person == person and each.until is None
            ],
        )

    def webhooks(self) -> list[Webhook]:
        return [state for state in self.states.values() if isinstance(state, Webhook)]

    def live(self) -> list[Membership]:
        """Return the memberships that count, found without the register."""
        live = {
            MembershipStatus.AGREEMENT_PENDING,
            MembershipStatus.ACTIVE,
            MembershipStatus.SUSPENDED,
            MembershipStatus.RENEWAL_DUE,
        }
        return [each for each in self.memberships() if each.status in live]

    def decide(self, command: Command, moment: Moment, policy: Policy | None = None) -> Decision:
        """Decide a command, as `service.planning.deciding` does.

        Args:
            command: what is asked.
            moment: when.
            policy: the file of the commands that bring one.
        """
        if policy is not None:
            self.policies[policy.sha256] = policy
        decision = decide(Asked(self, command, moment, policy))
        if isinstance(decision, Refusal):
            return decision
        if not isinstance(command, _AS_IT_IS) and (
            refusal := refuse_erased(self.coalition, decision)
        ):
            return refusal
        return self._follow(decision, moment)

    def _follow(self, facts: list[Fact], moment: Moment) -> Decision:
        """Add what ends with what was decided, found without the register."""
        states, ended = self.states.values(), ended_by(facts)
        came = {
            fact.event.party
            for fact in facts
            if isinstance(fact.event, MemberAdmitted | MembershipReinstated | MembershipPassed)
        }
        approved = {fact.stream for fact in facts if isinstance(fact.event, ApplicationApproved)}
        asked = [
            each
            for each in states
            if isinstance(each, Application)
            and (
                each.party in came
                if each.kind is ApplicationKind.ADMISSION
                else each.membership in ended
            )
            and each.phase in (*UNDECIDED, ApplicationPhase.APPEALED)
            and each.id not in approved
        ]
        is_open = Open(
            applications=sorted(asked, key=attrgetter("id")),
            parties=[self.party(self.membership(each).party) for each in left_by(facts)],
            votes=[
                each for each in states if isinstance(each, Vote) and each.phase is VotePhase.OPEN
            ],
            ballots=lambda vote: self.ballots(vote.ballots),
            proposal=self.policies.__getitem__,
        )
        return with_consequences(facts, is_open, moment)

    def needs(self, entry: str, field: str) -> bool:
        """Whether rules, or the register, cannot do without a field of an entry."""
        try:
            self.without(int(entry, 16) - 1, field)
        except HiddenValueMissingError:
            return True
        return False

    def without(self, place: int, field: str) -> World:
        """Return the same world folded without a value that was expunged."""
        folded = World(self.policy)
        folded.people = {*self.people}
        folded.policies = {**self.policies}
        folded.files = {*self.files}
        for serial, (fact, effective) in enumerate(self.entries):
            event = fact.event
            if serial == place:
                event = msgspec.structs.replace(event, **{field: UNSET})
            folded.append([Fact(fact.stream, event)], effective)
        folded.written_down = {*self.written_down}
        return folded

    def of(self, kind: Callable[..., S], stream: str) -> S:
        """Return a state of one kind; an empty one where the id names none of it."""
        state = self.states.get(stream)
        empty = kind(id=stream)
        return state if isinstance(state, type(empty)) else empty

    def entry(self, entry: str) -> Recorded | None:
        """Return an entry as if it had been recorded, if there is one."""
        place = int(entry, 16)
        if not 0 < place <= len(self.entries):
            return None
        fact, effective = self.entries[place - 1]
        at = datetime(2026, 3, 2, 12, tzinfo=UTC)
        envelope = Envelope(
            entry_id=entry_id(place),
            stream=fact.stream,
            version=sum(each.stream == fact.stream for each, _ in self.entries[:place]),
            at=at,
            effective=effective,
            actor="director",
            actor_id=ACTOR,
            policy=self.policy.ref,
        )
        return Recorded(place, at, envelope, fact.event)
