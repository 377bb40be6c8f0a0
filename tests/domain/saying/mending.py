"""What is in the way of a yes is mended, in every phase from which a yes can follow."""

from __future__ import annotations

from datetime import timedelta

from hypothesis.stateful import rule
from msgspec.structs import replace

from domain.coalition.erasure import DESCRIBES, ExpungeValue
from domain.decision import Moment, Refusal
from domain.ledger.disclosure import hidden_fields
from domain.membership.application import Application, AttachEvidence, AttestPopulationShare
from domain.membership.phases import AFTER_REVIEW
from domain.membership.plans import OpenImprovementPlan
from domain.membership.requirements import requirement_objections, standard_objections
from domain.membership.review import AssessStandard, RecordFinding
from domain.policy import RequirementKind
from domain.terms import ApplicationId, Assessment, EntryId, VotePhase
from tests.domain.saying.applying import Applying
from tests.domain.saying.speaking import START, picks
from tests.domain.world import entry_id


class Mending(Applying):
    """Applications are looked at again after their review."""

    @rule(which=picks)
    def mend(self, which: int) -> None:
        """Let the applicant and a reviewer do all they can: nothing but who it is stays unmet."""
        reviewed = self.applications(*AFTER_REVIEW)
        if not reviewed:
            return
        application = reviewed[which % len(reviewed)]
        if not self.world.policy.has_tier(application.tier):
            return
        for clause in self.in_the_way(application):
            self.show(application.id, clause)
            self.tell(RecordFinding(application=application.id, requirement=clause, met=True))
            worked = AssessStandard(
                application=application.id,
                standard=clause,
                assessment=Assessment.WORKS_TOWARDS,
            )
            self.tell(worked)
            due = self.today + timedelta(days=30)
            plan = OpenImprovementPlan(
                application=application.id, standard=clause, due=due, steps="Train."
            )
            self.tell(plan)
        # What its type is, and whether it has an EIN, is the party's own, and changed there.
        assert self.in_the_way(application) <= {
            each.id
            for each in self.world.policy.tier(application.tier).requirements
            if each.kind in {RequirementKind.PARTY_TYPE, RequirementKind.EIN_DETERMINATION}
        }

    def show(self, application: ApplicationId, clause: str) -> None:
        """Give what shows that a requirement is met."""
        share = AttestPopulationShare(
            application=application,
            requirement=clause,
            numerator=100,
            denominator=100,
            basis="people served",
            period_start=START,
            period_end=START,
        )
        self.tell(share)
        letter = AttachEvidence(application=application, requirement=clause, description="More.")
        self.tell(letter)

    def in_the_way(self, application: Application) -> set[str]:
        """Return the clauses that a yes is refused for."""
        now = self.world.application(application.id)
        review, party = self.world.review(now.review), self.world.party(now.party)
        policy, moment = self.world.policy, Moment(self.today, self.today)
        objections = [
            *requirement_objections(now, review, party, policy),
            *standard_objections(now, review, moment, policy),
        ]
        return {each.unmet.clause for each in objections}

    @rule(which=picks)
    def try_to_expunge(self, which: int) -> None:
        """Let a value go, as a trial: no rule goes by what may be."""
        describing = [
            (place, field)
            for place, (fact, _) in enumerate(self.world.entries)
            for field in hidden_fields(type(fact.event))
            if field in DESCRIBES
        ]
        place, field = describing[which % len(describing)]
        command = ExpungeValue(entry=EntryId(entry_id(place + 1)), field=field)
        decision = self.world.decide(command, Moment(self.today, self.today))
        if isinstance(decision, Refusal):
            return
        without = self.world.without(place, field)
        for each in self.world.memberships():
            assert without.membership(each.id) == each
        for vote in self.votes(VotePhase.OPEN):
            assert without.vote(vote.id) == vote
        for vote in self.votes(VotePhase.CLOSED):
            assert replace(without.vote(vote.id), answer=vote.answer) == vote
        for name in ("_live", "_by_party", "_provider_by_ein", "_occupied"):
            assert vars(without.register)[name] == vars(self.world.register)[name]
