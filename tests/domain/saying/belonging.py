"""Everything that befalls memberships: terms, suspensions, votes, appeals, ends and returns."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta

import hypothesis.strategies as st
from hypothesis.stateful import invariant, rule

from domain.decision import Command, Fact
from domain.ledger.disclosure import revealed
from domain.membership.appealing import CONTESTED
from domain.membership.assent import RecordMissedResigning, RequireResigning
from domain.membership.contest import DecideAppeal, FileAppeal
from domain.membership.membership import Membership
from domain.membership.plans import RecordOverduePlans
from domain.membership.standing import (
    EndSuspension,
    LiftSuspension,
    MembershipReinstated,
    MembershipTerminated,
    ReinstateMembership,
    SuspendMembership,
    TerminateMembership,
    WithdrawMembership,
)
from domain.membership.term import (
    LapseMembership,
    OpenRenewal,
    ParticipationRecorded,
    ParticipationWithdrawn,
    RecordMissedRenewal,
    RecordParticipation,
    RenewMembership,
    WithdrawParticipation,
)
from domain.policy import PartyType, RequirementKind, VoteKind
from domain.terms import (
    ACTING,
    LIVE,
    ApplicationId,
    ApplicationPhase,
    AssentPhase,
    MembershipId,
    MembershipStatus,
    RenewalPhase,
    VoteOutcome,
    VotePhase,
)
from tests.domain.saying.speaking import STANDARDS, START, picks
from tests.domain.saying.voting import Voting
from tests.domain.world import entry_id

STEPS: tuple[Callable[..., Command], ...] = (
    EndSuspension,
    LapseMembership,
    RecordMissedRenewal,
    OpenRenewal,
    RecordMissedResigning,
    RequireResigning,
)


class Belonging(Voting):
    """Members renew, are suspended, appeal, leave and come back."""

    @rule(which=picks, attested=st.integers(0, 9))
    def renew_and_take_part(self, which: int, attested: int) -> None:
        membership = self.a_membership(which)
        party = self.world.party(self.world.membership(membership).party)
        asked = [
            each.id
            for tier in self.world.policy.tiers
            if tier.id == self.world.membership(membership).tier and party.party_type
            for each in self.world.policy.requirements_for(tier.id, PartyType(party.party_type))
            if each.kind is not RequirementKind.PARTY_TYPE
        ]
        self.tell(RenewMembership(membership=membership, clauses=asked[:attested]))
        day = self.today - timedelta(days=which % 9 - 1)
        self.tell(RecordParticipation(membership=membership, took_part_on=day, occasion="A day"))

    @rule(which=picks, place=picks)
    def take_participation_back(self, which: int, place: int) -> None:
        recorded = [
            (fact.stream, entry_id(position))
            for position, (fact, _) in enumerate(self.world.entries, start=1)
            if isinstance(fact.event, ParticipationRecorded)
        ]
        anywhere = entry_id(place % (len(self.world.entries) + 1) + 1)
        stream, entry = self.pick(which, recorded, lambda new: (new, anywhere))
        membership = MembershipId(stream) if place % 5 else self.a_membership(which)
        before = dict(self.world.membership(membership).term.attended)
        wrong = WithdrawParticipation(membership=membership, entry=entry, reason="Another day.")
        for fact in self.tell_alone(wrong):
            assert isinstance(fact.event, ParticipationWithdrawn)
            version = revealed(fact.event.withdraws)
            after = dict(self.world.membership(membership).term.attended)
            assert {**after, version: before[version]} == before
            assert version not in after

    @rule(days=st.sampled_from([0, 1, 31, 62, 306]))
    def sweep(self, days: int) -> None:
        """Do whatever is overdue, some time later; a second time, nothing is left to do."""
        if self.today < START + timedelta(days=1_000):
            self.today += timedelta(days=days)
        live = self.world.live()
        freed = [each for each in live if each.status is not each.status_on(self.today)]
        self.take_steps()
        # Whoever acts by the day alone is said to by the sweep.
        for each in freed:
            assert self.world.membership(each.id).standing.suspension is None
        assert self.take_steps() == []
        for each in self.world.live():
            self.assert_in_time(each)

    def take_steps(self) -> list[Fact]:
        """Give every command of a sweep about every membership."""
        about_members: list[Command] = [
            step(membership=each.id) for each in self.world.memberships() for step in STEPS
        ]
        about_plans = [
            RecordOverduePlans(application=each.id)
            for each in self.applications(ApplicationPhase.APPROVED)
        ]
        return [fact for each in about_members + about_plans for fact in self.tell(each)]

    def assert_in_time(self, membership: Membership) -> None:
        term, assent = membership.term, membership.assent
        suspension = membership.standing.suspension
        if suspension is not None and suspension.until is not None and not suspension.conditional:
            assert suspension.until > self.today
        if membership.status is MembershipStatus.RENEWAL_DUE or term.phase is RenewalPhase.OPEN:
            assert term.day >= self.today
        agreement = self.world.policy.agreement_for(membership.tier).id
        current = self.world.coalition.templates.get(agreement)
        if membership.status is MembershipStatus.ACTIVE and current is not None:
            # Invariant 1: the present text of the tier's agreement is signed, or to be signed in
            # the grace.
            assert membership.is_bound_by(agreement, current.version)
            assert assent.phase is AssentPhase.SIGNED or assent.day >= self.today

    @rule(which=picks)
    def appeal(self, which: int) -> None:
        declined = self.applications(ApplicationPhase.DECLINED)
        known = [each.id for each in declined] or [each.id for each in self.applications()]
        application = self.pick(which, known, ApplicationId)
        self.tell(FileAppeal(application=application, grounds="Nobody asked us."))
        # Without a vote of those who took no part, nothing is decided.
        assert self.tell(DecideAppeal(application=application)) == []

    @rule(
        which=picks,
        clause=st.sampled_from(STANDARDS),
        days=st.integers(0, 60),
        overturned=st.none() | st.booleans(),
    )
    def suspend(self, which: int, clause: str, days: int, overturned: bool | None) -> None:  # noqa: FBT001
        membership = self.a_membership(which)
        until = self.today + timedelta(days=days)
        suspend = SuspendMembership(
            membership=membership,
            clauses=[clause],
            reason="As found.",
            until=until,
            condition="An audit." if which % 5 == 0 else None,
        )
        if self.tell(suspend) and overturned is not None:
            self.contest(membership, passes=overturned)
            if self.world.membership(membership).status in ACTING:
                # It has won the appeal, and is not suspended again for the same.
                assert not self.tell(suspend)
        if which % 3 == 0:
            self.tell(LiftSuspension(membership=membership))

    @rule(which=picks, back=st.booleans(), contests=st.none() | st.booleans())
    def leave_and_return(
        self,
        which: int,
        back: bool,  # noqa: FBT001 - hypothesis passes it by name
        contests: bool | None,  # noqa: FBT001 - as above
    ) -> None:
        membership = self.a_membership(which)
        self.world.by_director = contests is not None
        # What the director writes down can be appealed for as long as the policy says, and so
        # holds from no earlier day.
        late_days = which % 3
        left = self.tell(WithdrawMembership(membership=membership), late_days=late_days)
        if contests is not None:
            assert not (left and late_days)
            left = left or self.tell(WithdrawMembership(membership=membership))
        if left and contests is not None:
            assert self.tell(FileAppeal(membership=membership, grounds="We did not say so."))
            self.contest(membership, passes=contests)
            if self.world.membership(membership).status in LIVE:
                assert not self.tell(WithdrawMembership(membership=membership))
        self.world.by_director = False
        if left and contests is None:
            assert not self.tell(FileAppeal(membership=membership, grounds="We did not mean it."))
        if back:
            self.sign(membership)
            self.tell(ReinstateMembership(membership=membership))

    @rule(which=picks, voted=st.booleans())
    def come_back(self, which: int, voted: bool) -> None:  # noqa: FBT001
        ended = [
            each.id
            for each in self.world.memberships()
            if each.status in {MembershipStatus.WITHDRAWN, MembershipStatus.TERMINATED}
        ]
        membership = self.pick(which, ended, MembershipId)
        self.sign(membership)
        if voted:
            self.hold_vote(VoteKind.ADMISSION, membership, passes=True)
        self.tell(ReinstateMembership(membership=membership))

    @invariant()
    def nobody_takes_back_alone_what_a_vote_ended(self) -> None:
        terminated: set[str] = set()
        for fact, _ in self.world.entries:
            match fact.event:
                case MembershipTerminated():
                    terminated.add(fact.stream)
                case MembershipReinstated(vote=vote):
                    assert vote is not None or fact.stream not in terminated
                    terminated.discard(fact.stream)
                case _:
                    pass

    @invariant()
    def what_is_under_appeal_stands(self) -> None:
        for each in self.world.memberships():
            decision = each.standing.decision
            if decision is not None and decision.under_appeal:
                assert each.status in CONTESTED

    @rule(which=picks, passes=st.booleans(), clause=st.sampled_from(STANDARDS))
    def vote_out(self, which: int, passes: bool, clause: str) -> None:  # noqa: FBT001
        membership = self.a_membership(which)
        for_clauses = [clause] if which % 4 else [*STANDARDS[:2]]
        said_no = self.said_no(membership)
        vote = self.hold_vote(VoteKind.TERMINATION, membership, clauses=for_clauses, passes=passes)
        ended = self.tell(
            TerminateMembership(
                membership=membership, vote=vote, clauses=[clause], reason="As found."
            )
        )
        # Without a vote that passed, on these clauses, nobody is put out.
        held = self.world.vote(vote)
        assert not ended or (held.outcome is VoteOutcome.PASSED and held.clauses == {clause})
        # Nor is anybody asked anew what each was answered with no, whatever was asked since.
        assert not held.version or not said_no.issuperset(for_clauses)

    def said_no(self, membership: MembershipId) -> set[str]:
        """Return the clauses for which a vote has just not ended a membership."""
        since = self.today - timedelta(days=self.world.policy.deadlines.appeal_window_days)
        turned = self.world.membership(membership).standing.turned
        return {
            clause
            for vote in self.votes(VotePhase.CLOSED)
            if vote.said_no and (vote.kind, vote.membership) == (VoteKind.TERMINATION, membership)
            if vote.membership_version >= turned and vote.closed_on and vote.closed_on >= since
            for clause in vote.clauses
        }

    @rule(which=picks, passes=st.booleans())
    def appeal_a_standing(self, which: int, passes: bool) -> None:  # noqa: FBT001
        contested = [each.id for each in self.world.memberships() if each.standing.decision]
        self.contest(self.pick(which, contested, MembershipId), passes=passes)

    def contest(self, membership: MembershipId, *, passes: bool) -> None:
        """Appeal, put the appeal to a vote, and let that take effect."""
        self.tell(FileAppeal(membership=membership, grounds="Nobody asked us."))
        decision = self.world.membership(membership).standing.decision
        vote = self.hold_vote(VoteKind.APPEAL, membership, passes=passes)
        opened = self.world.vote(vote)
        if opened.version and decision is not None:
            cast = self.world.ballots(self.world.vote(decision.vote or "").ballots).cast
            assert opened.electorate.isdisjoint(each for each in cast if each is not None)
        self.tell(DecideAppeal(membership=membership))
