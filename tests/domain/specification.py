"""Given facts, when a command, then facts or a refusal."""

from __future__ import annotations

import re
from collections.abc import Iterable
from datetime import date
from enum import StrEnum
from typing import Final, TypedDict

from domain import terms
from domain.coalition.vote import CastVote
from domain.coalition.voting import Voter
from domain.decision import Command, Decision, Fact, Moment, Refusal, RefusalCode
from domain.membership.review import AssignReviewer
from domain.membership.standing import MembershipWithdrawn
from domain.policy import Policy
from domain.policy import model as policy_model
from domain.policy import voting as policy_voting
from domain.terms import PartyId
from tests.domain.policy.files import CATE
from tests.domain.world import World

TODAY = date(2026, 3, 2)


_VALUES: Final = frozenset(
    value.value
    for module in (terms, policy_model, policy_voting)
    for kind in vars(module).values()
    if isinstance(kind, type) and issubclass(kind, StrEnum)
    for value in kind
)


def _hold_to_the_words(text: str) -> None:
    """Hold a refusal to saying stored values in plain words, or in back quotes for each edge."""
    bare = {each.strip(".") for each in re.findall(r"[\w.-]+", re.sub("`[^`]*`", "", text))}
    assert not {each for each in bare & _VALUES if "-" in each}, text


class When(TypedDict):
    """The day on which a command is decided, and from which its facts hold."""

    today: date
    effective: date


def at(day: date) -> When:
    """Return that a command is decided on a day, for that day."""
    return {"today": day, "effective": day}


class Outcome:
    """What a command was answered with."""

    def __init__(self, decision: Decision) -> None:
        self._decision = decision

    def then(self, *facts: Fact) -> None:
        """Expect exactly these facts, in this order."""
        assert self._decision == list(facts)

    def then_accepted(self) -> None:
        """Expect facts, whichever they are."""
        assert isinstance(self._decision, list), self._decision
        assert self._decision

    def then_nothing(self) -> None:
        """Expect that it has already happened."""
        assert self._decision == []

    def then_refused(
        self,
        code: RefusalCode,
        rule: str,
        *,
        field: str | None = None,
        unmet: Iterable[str] | None = None,
        because: str = "",
    ) -> None:
        """Expect a refusal that names its rule and says what would satisfy it.

        Without ``unmet``, the one unmet clause is the rule itself.
        """
        refusal = self._decision
        assert isinstance(refusal, Refusal), refusal
        assert (refusal.code, refusal.rule, refusal.field) == (code, rule, field)
        assert [each.clause for each in refusal.unmet] == list(unmet or [rule])
        assert refusal.message
        assert all(each.message and each.satisfied_by for each in refusal.unmet)
        texts = [refusal.message]
        for each in refusal.unmet:
            texts += [each.message, each.satisfied_by]
        assert because in " ".join(texts)
        for text in texts:
            _hold_to_the_words(text)


class Specification:
    """What has happened so far, and the policy in force."""

    def __init__(self, policy: Policy = CATE) -> None:
        self._policy = policy
        self._given: list[tuple[Fact, date]] = []
        self._written_down: set[str] = set()

    def given(
        self, *facts: Fact | list[Fact], on: date = TODAY, by_director: bool = False
    ) -> Specification:
        """Add facts that hold from ``on``; lists of facts are taken apart.

        Whether the director wrote them down tells whether a member left by its own word.
        """
        following = self.under(self._policy)
        for each in facts:
            told = [each] if isinstance(each, Fact) else each
            following._given += [(fact, on) for fact in told]
            left = {fact.stream for fact in told if isinstance(fact.event, MembershipWithdrawn)}
            following._written_down -= left
            following._written_down |= left if by_director else set()
        return following

    def under(self, policy: Policy) -> Specification:
        """Say which policy is in force; what was given stays."""
        following = Specification(policy)
        following._given = [*self._given]
        following._written_down = {*self._written_down}
        return following

    def when(  # noqa: PLR0913 - everything that decisions are asked beside what was given
        self,
        command: Command,
        *,
        effective: date = TODAY,
        today: date = TODAY,
        policy: Policy | None = None,
        voter: Voter | None = None,
        files: Iterable[tuple[str, str]] = (),
        belongs_to: PartyId | None = None,
        proposed: Iterable[Policy] = (),
        by_director: bool = False,
    ) -> Outcome:
        """Decide a command on what was given.

        Args:
            command: the command.
            effective: the day from which its facts are to hold.
            today: the day on which it is decided.
            policy: a file that it brings.
            voter: who casts the ballot, where it is one.
            files: the files of evidence that were sent: for which application, and their hash.
            belongs_to: the organisation of the reviewer whom it names.
            proposed: the files that were put to votes.
            by_director: whether the director wrote down that somebody withdraws, or deletes a file.
        """
        world = World(self._policy)
        world.files.update(files)
        world.policies.update({each.sha256: each for each in proposed})
        if isinstance(command, AssignReviewer) and belongs_to is not None:
            world.belongs_to[command.reviewer] = frozenset({belongs_to})
        self._tell(world)
        world.by_director = by_director
        if isinstance(command, CastVote):
            decision = world.decide_as(voter or Voter(), command, Moment(today, effective))
            return Outcome(decision)
        return Outcome(world.decide(command, Moment(today, effective), policy))

    @property
    def world(self) -> World:
        """Everything as it is after what was given."""
        world = World(self._policy)
        self._tell(world)
        return world

    def _tell(self, world: World) -> None:
        for fact, on in self._given:
            world.append([fact], on)
        world.written_down |= self._written_down
