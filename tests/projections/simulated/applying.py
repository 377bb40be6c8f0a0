"""Simulated applications, from submission to decision."""

from __future__ import annotations

from datetime import date, timedelta

from domain.membership.application import (
    AppealDecided,
    AppealFiled,
    AppealPutToVote,
    ApplicationApproved,
    ApplicationDeclined,
    ApplicationReviewed,
    ApplicationSubmitted,
    EvidenceAttached,
    PopulationShareAttested,
    ReviewStarted,
)
from domain.membership.evidence_files import EvidenceFileDeleted
from domain.membership.membership import MemberAdmitted, TierChanged
from domain.membership.party import IndividualRegistered, OrganisationRegistered
from domain.membership.plans import (
    ImprovementPlanOpened,
    MilestoneMet,
    PlanClosed,
    PlanOverdue,
    ReviewReplaced,
)
from domain.membership.review import (
    ConflictDeclared,
    DeclineExplained,
    RequirementFound,
    ReviewerAssigned,
    ReviewerRecused,
    ReviewRecorded,
    StandardAssessed,
)
from domain.membership.ties import AffiliationEnded, PartyAffiliated
from domain.membership.waiting import (
    ApplicationExpired,
    ApplicationWaitlisted,
    ApplicationWithdrawn,
    InformationProvided,
    InformationRequested,
    SeatOffered,
    SeatOfferExpired,
)
from domain.terms import (
    Affiliation,
    AppealOutcome,
    ApplicationId,
    ApplicationKind,
    Assessment,
    Basis,
    MembershipId,
    PartyId,
    PlanOutcome,
    PrincipalId,
    Recommendation,
    ReviewId,
    TierChangeReason,
    VoteId,
)
from tests.projections.simulated.simulation import (
    AGREEMENTS,
    HIDDEN,
    PERSONAL,
    REVIEWERS,
    TIERS,
    Case,
    Member,
)
from tests.projections.simulated.voting import Voting


class Applying(Voting):
    """Parties apply, and are reviewed and decided on."""

    def apply(self) -> None:
        party = self.new_id()
        if self.random.random() < 0.8:
            self._organisations.add(party)
            ein = f"{HIDDEN}-{self.random.randrange(10**9):09}"
            self.append(
                party,
                OrganisationRegistered(
                    name=f"{HIDDEN} name",
                    party_type=f"{HIDDEN} type",
                    ein=ein if self.random.random() < 0.7 else None,
                    counties=[f"{HIDDEN} county"],
                ),
            )
        else:
            self.append(
                party,
                IndividualRegistered(
                    party_type=f"{HIDDEN} type",
                    name=f"{PERSONAL} name",
                    email=f"{PERSONAL}@example.org",
                    counties=[f"{PERSONAL} county"],
                ),
            )
        self.submit(party, self.random.choice(TIERS), None)

    def submit(self, party: str, tier: str, membership: str | None) -> None:
        case = Case(self.new_id(), self.new_id(), party, tier, membership)
        change = membership is not None
        self.append(
            case.id,
            ApplicationSubmitted(
                kind=ApplicationKind.TIER_CHANGE if change else ApplicationKind.ADMISSION,
                tier=tier,
                party=PartyId(party),
                review=ReviewId(case.review),
                applicant=PrincipalId(self.new_id()),
                membership=MembershipId(membership) if membership is not None else None,
                reason=TierChangeReason.REQUESTED if change else None,
                statement=f"{HIDDEN} statement",
            ),
        )
        self._cases.append(case)

    def proceed(self) -> None:
        """Take one application a step further."""
        if not self._cases:
            self.apply()
            return
        place = self.random.randrange(len(self._cases))
        case = self._cases[place]
        if case.steps in {1, 2} and self.random.random() < 0.1 and self.wait(case):
            self._cases[place] = self._cases[-1]
            self._cases.pop()
            return
        if case.steps == 3 or self.random.random() < 0.03:
            self._cases[place] = self._cases[-1]
            self._cases.pop()
            self.decide(case)
            return
        (self.attach, self.start_review, self.review)[case.steps](case)
        case.steps += 1

    def wait(self, case: Case) -> bool:
        """Ask the applicant something; return whether the application ended by it."""
        due = self.now.date() + timedelta(days=30)
        self.append(case.id, InformationRequested(due=due, question=f"{HIDDEN} question"))
        drawn = self.random.random()
        if drawn < 0.6:
            answered = self.now.date() + timedelta(days=self.random.randint(0, 9))
            self.append(case.id, InformationProvided(answer=f"{HIDDEN} answer"), answered)
            return False
        if drawn < 0.8:
            self.append(case.id, ApplicationWithdrawn(reason=f"{HIDDEN} reason"))
        else:
            self.append(case.id, ApplicationExpired(deadline="deadlines.information_request_days"))
        return True

    def attach(self, case: Case) -> None:
        for requirement in ("statement-of-interest", "determination"):
            self.append(
                case.id,
                EvidenceAttached(
                    requirement=None,
                    clause=f"{HIDDEN} {requirement}",
                    description=f"{HIDDEN} evidence",
                    sha256=f"{HIDDEN}{self.sha256()}",
                ),
            )
        if self.position % 16 == 0:
            gone = EvidenceFileDeleted(
                application=ApplicationId(case.id),
                file=f"{self.position:032x}",
                sha256=f"{HIDDEN} hash",
                reason=f"{HIDDEN} reason",
            )
            self.append(case.review, gone)
        if case.tier == "collaborative-partner":
            self.append(
                case.id,
                PopulationShareAttested(
                    requirement=None,
                    clause=f"{HIDDEN} population-share",
                    numerator=self.random.randint(70, 100),
                    denominator=100,
                    basis=f"{HIDDEN} basis",
                    period_start=date(2020, 1, 1),
                    period_end=date(2020, 12, 31),
                ),
            )

    def start_review(self, case: Case) -> None:
        self.append(case.id, ReviewStarted())
        for reviewer in self.random.sample(REVIEWERS, self.random.randint(1, 2)):
            self.append(
                case.review,
                ReviewerAssigned(
                    application=ApplicationId(case.id), reviewer=PrincipalId(reviewer)
                ),
            )

    def review(self, case: Case) -> None:
        if self.random.random() < 0.1:
            self.stand_aside(case)
        note = f"{HIDDEN} note"
        self.append(
            case.review,
            RequirementFound(requirement=f"{HIDDEN} clause", met=True, note=note, ein_told=None),
        )
        assessment = self.random.choice((Assessment.EXHIBITS, Assessment.WORKS_TOWARDS))
        self.append(
            case.review,
            StandardAssessed(standard=f"{HIDDEN} standard", assessment=assessment, note=note),
        )
        if assessment is Assessment.WORKS_TOWARDS:
            self.append(
                case.review,
                ImprovementPlanOpened(
                    standard=f"{HIDDEN} standard",
                    due=date(2027, 1, 1),
                    steps=f"{HIDDEN} steps",
                    milestones=[f"{HIDDEN} milestone"],
                ),
            )
            self.improve(case)
        self.append(
            case.review,
            ReviewRecorded(recommendation=Recommendation.ADMIT, reasons=f"{HIDDEN} reasons"),
        )
        self.append(case.id, ApplicationReviewed())

    def improve(self, case: Case) -> None:
        """Let a plan come some way."""
        standard = f"{HIDDEN} standard"
        progress = (
            MilestoneMet(standard=standard, milestone=1),
            PlanOverdue(standard=standard, due=date(2027, 1, 1)),
            PlanClosed(standard=standard, outcome=PlanOutcome.CARRIED_OUT, note=f"{HIDDEN} note"),
        )
        for event in progress[: self._standing.randint(0, 3)]:
            self.append(case.review, event)
        if self._standing.random() < 0.2:
            self.append(case.review, ReviewReplaced(application=ApplicationId(case.id)))

    def decide(self, case: Case) -> None:
        if case.steps == 3 and self.random.random() < 0.2:
            self.vote(case)
        if case.steps == 3 and self.random.random() < 0.15 and not self.seat(case):
            return
        if case.steps < 3 or self.random.random() < 0.1:
            self.append(case.id, ApplicationDeclined())
            self.append(
                case.review, DeclineExplained(clauses=[f"{HIDDEN} clause"], note=f"{HIDDEN} note")
            )
            self.appeal(case)
            return
        clauses = [f"{case.tier}.requirement", f"{case.tier}.standard"]
        self.append(case.id, ApplicationApproved(clauses=clauses))
        standards = {f"{HIDDEN} standard": Assessment.EXHIBITS}
        membership_class = "provider" if case.tier in TIERS[:2] else "community-network"
        if case.membership is None:
            member = Member(self.new_id(), case.party, case.party in self._organisations, case.tier)
            self._members.append(member)
            self.append(
                member.id,
                MemberAdmitted(
                    basis=Basis.APPLICATION,
                    tier=case.tier,
                    membership_class=membership_class,
                    agreement=AGREEMENTS[case.tier],
                    application=ApplicationId(case.id),
                    clauses=clauses,
                    party=PartyId(case.party),
                    standards=standards,
                ),
                self.some_day(),
            )
            return
        member = next(each for each in self._members if each.id == case.membership)
        self.append(
            member.id,
            TierChanged(
                from_tier=member.tier,
                to_tier=case.tier,
                membership_class=membership_class,
                agreement=AGREEMENTS[case.tier],
                reason=TierChangeReason.REQUESTED,
                application=ApplicationId(case.id),
                clauses=clauses,
                signed=self.random.random() < 0.5,
                standards=standards,
            ),
            self.some_day(),
        )
        member.tier = case.tier
        member.asked = False

    def seat(self, case: Case) -> bool:
        """Let a case wait for a seat; return whether it is taken."""
        self.append(case.id, ApplicationWaitlisted(clauses=[f"{case.tier}.requirement"]))
        until = self.now.date() + timedelta(days=30)
        for _ in range(self.random.randint(0, 2)):
            self.append(case.id, SeatOffered(tier=case.tier, until=until))
            if self.random.random() < 0.5:
                return True
            self.append(case.id, SeatOfferExpired())
        return False

    def appeal(self, case: Case) -> None:
        """Appeal some declines; the application is not taken up again."""
        if self.random.random() < 0.5:
            return
        vote = VoteId(self.new_id())
        self.append(case.id, AppealFiled(grounds=f"{HIDDEN} grounds"))
        self.append(case.id, AppealPutToVote(vote=vote))
        outcome = self.random.choice(list(AppealOutcome))
        self.append(case.id, AppealDecided(outcome=outcome, vote=vote))

    def stand_aside(self, case: Case) -> None:
        """Let a reviewer stand aside, and two parties be known to be tied."""
        application, reviewer = ApplicationId(case.id), PrincipalId(REVIEWERS[0])
        details = f"{HIDDEN} conflict"
        self.append(
            case.review,
            ConflictDeclared(
                application=application, declarer=reviewer, party=None, details=details
            ),
        )
        self.append(
            case.review,
            ReviewerRecused(application=application, reviewer=reviewer, reason=details),
        )
        if self._members:
            affiliate = PartyId(self._members[0].party)
            tie = Affiliation.SPONSORS
            self.append(case.party, PartyAffiliated(affiliate=affiliate, affiliation=tie))
            reason = f"{HIDDEN} reason"
            ended = AffiliationEnded(affiliate=affiliate, affiliation=tie, reason=reason)
            self.append(case.party, ended)

    def change(self, member: Member) -> None:
        if not member.asked:
            member.asked = True
            tier = self.random.choice([tier for tier in TIERS if tier != member.tier])
            self.submit(member.party, tier, member.id)
