"""Plausible entries without a database: a seeded coalition in which everything happens.

Hidden values begin with `HIDDEN`, personal ones with `PERSONAL`, so that a test can look for them
where they must not be. What stands in clear in views (random ids, the listings of organisations)
does not. Nothing here is decided by rules; it only comes in an order that rules allow.
"""

from __future__ import annotations

import random
from collections import Counter
from collections.abc import Callable, Iterator
from datetime import UTC, date, datetime, timedelta
from typing import Final

import msgspec

from domain.coalition.ballots import VoteCast
from domain.coalition.clearing import TextCleared
from domain.coalition.coalition import (
    AgreementTemplatePublished,
    CoalitionFounded,
    HomeTransferred,
    PersonErased,
    PolicyAdopted,
    SeatsSet,
    ValueExpunged,
)
from domain.coalition.vote import Tally, VoteClosed, VoteOpened, VotersMerged
from domain.ledger.disclosure import UNSET, Event, Level, levels
from domain.ledger.entry import Envelope
from domain.ledger.recorded import Recorded
from domain.membership.application import (
    AppealDecided,
    AppealFiled,
    AppealPutToVote,
    ApplicationApproved,
    ApplicationDeclined,
    ApplicationPutToVote,
    ApplicationReviewed,
    ApplicationSubmitted,
    EvidenceAttached,
    PopulationShareAttested,
    ReviewStarted,
)
from domain.membership.assent import ResigningMissed, ResigningRequired
from domain.membership.grievance import GrievanceFiled, GrievanceResolved
from domain.membership.membership import (
    AgreementSent,
    AgreementSigned,
    MemberAdmitted,
    TierChanged,
)
from domain.membership.name_correction import (
    IndividualNameCorrected,
    OrganisationNameCorrected,
)
from domain.membership.party import (
    IndividualListingPublished,
    IndividualRegistered,
    IndividualRenamed,
    ListingWithdrawn,
    OrganisationAliasAdded,
    OrganisationListingPublished,
    OrganisationRegistered,
    OrganisationRenamed,
    RepresentativeAppointed,
    RepresentativeEnded,
)
from domain.membership.review import (
    ConflictDeclared,
    DeclineExplained,
    ImprovementPlanOpened,
    MilestoneMet,
    PlanClosed,
    PlanOverdue,
    RequirementFound,
    ReviewerAssigned,
    ReviewerRecused,
    ReviewRecorded,
    StandardAssessed,
)
from domain.membership.safety import (
    AddressDisclosed,
    AddressRecorded,
    AddressRemoved,
    ListingHeld,
    ListingReleased,
)
from domain.membership.standing import (
    MembershipLapsed,
    MembershipMerged,
    MembershipPassed,
    MembershipReinstated,
    MembershipSuspended,
    MembershipTerminated,
    MembershipWithdrawn,
    StandingAppealDecided,
    StandingAppealFiled,
    StandingAppealPutToVote,
    SuspensionLifted,
)
from domain.membership.term import (
    MembershipRenewed,
    ParticipationRecorded,
    RenewalMissed,
    RenewalOpened,
)
from domain.membership.ties import PartiesMerged, PartiesSeparated, PartyAffiliated
from domain.membership.waiting import (
    ApplicationExpired,
    ApplicationWaitlisted,
    ApplicationWithdrawn,
    InformationProvided,
    InformationRequested,
    SeatOffered,
    SeatOfferExpired,
)
from domain.policy import Share, VoteKind
from domain.terms import (
    Affiliation,
    AppealOutcome,
    ApplicationId,
    ApplicationKind,
    Assessment,
    Ballot,
    BallotsId,
    Basis,
    EntryId,
    GrievanceOutcome,
    LapseReason,
    ListedField,
    MembershipId,
    PartyId,
    PersonId,
    PlanOutcome,
    PrincipalId,
    Recommendation,
    ReviewId,
    TierChangeReason,
    VoteId,
    VoteOutcome,
)
from tests.projections.records import Records

HIDDEN: Final = "HIDDEN"
PERSONAL: Final = "PERSONAL"
REVIEWERS: Final = tuple(f"reviewer-{number}" for number in range(5))
COUNTIES: Final = ("17119", "17163", "29095", "29189", "29510")
POPULATIONS: Final = ("labor trafficking", "sex trafficking", "youth")
SERVICES: Final = ("advocacy", "housing", "legal aid", "training")
WORDS: Final = ("Arbor", "Bridge", "Cedar", "Delta", "Élan", "Fern", "Ólafur's", "harbor", "Tern")
AGREEMENTS: Final = {
    "collaborative-partner": "partner",
    "coalition-member": "coalition-member",
    "community-network": "network-member",
    "ally-network": "network-member",
}
TIERS: Final = tuple(AGREEMENTS)


class _Case(msgspec.Struct):
    """An application on its way."""

    id: str
    review: str
    party: str
    tier: str
    membership: str | None
    steps: int = 0


class _Member(msgspec.Struct):
    """A membership, and what it signed."""

    id: str
    party: str
    organisation: bool
    tier: str
    asked: bool = False
    listed: bool = False
    held: bool = False


class Simulation:
    """Appends entries to a list in memory, one thing happening after another."""

    def __init__(self, seed: int) -> None:
        self.random = random.Random(seed)  # noqa: S311 - reproducible, nothing is protected by it
        self.now = datetime(2021, 3, 1, 9, 0, tzinfo=UTC)
        self.appended: list[Recorded] = []
        self.position = 0
        self.coalition = self.new_id()
        self._versions: dict[str, int] = {}
        self._templates = dict.fromkeys(AGREEMENTS.values(), 0)
        self._policy_version = 0
        self._cases: list[_Case] = []
        self._members: list[_Member] = []
        self._organisations: set[str] = set()
        # A source of its own, so that what happens to members does not depend on it.
        self._records = Records(random.Random(seed + 1), self.append)  # noqa: S311 - as above
        self._standing = random.Random(seed + 2)  # noqa: S311 - as above

    def new_id(self) -> str:
        return f"{self.random.getrandbits(128):032x}"

    def sha256(self) -> str:
        return f"{self.random.getrandbits(256):064x}"

    def append(self, stream: str, event: Event, effective: date | None = None) -> None:
        self.position += 1
        version = self._versions[stream] = self._versions.get(stream, 0) + 1
        envelope = Envelope(
            entry_id=self.new_id(),
            stream=stream,
            version=version,
            at=self.now,
            effective=effective or self.now.date(),
            actor="director",
            actor_id=f"{HIDDEN}-actor",
            policy="cate@1",
        )
        self.appended.append(Recorded(self.position, self.now, envelope, event))

    def found(self) -> None:
        founded = CoalitionFounded(
            name="Tern Coalition", time_zone="America/Chicago", source=f"{HIDDEN} minutes"
        )
        self.append(self.coalition, founded)
        self.adopt_policy(Basis.FOUNDING)
        for agreement in self._templates:
            self.publish_template(agreement)
        self.set_seats()

    def adopt_policy(self, basis: Basis = Basis.DIRECTOR) -> None:
        self._policy_version += 1
        adopted = PolicyAdopted(
            policy="cate", version=self._policy_version, sha256=self.sha256(), basis=basis
        )
        self.append(self.coalition, adopted)

    def publish_template(self, agreement: str) -> None:
        version = self._templates[agreement] = self._templates[agreement] + 1
        tiers = [tier for tier, asked in AGREEMENTS.items() if asked == agreement]
        published = AgreementTemplatePublished(
            agreement=agreement, version=version, sha256=self.sha256(), tiers=tiers
        )
        self.append(self.coalition, published)

    def set_seats(self) -> None:
        seats = self.random.randint(5, 30)
        self.append(
            self.coalition,
            SeatsSet(tier="collaborative-partner", seats=seats, basis=Basis.DIRECTOR),
        )

    def govern(self) -> None:
        self._records.draw()
        self.stand()
        if self.random.random() < 0.02:
            self.adopt_policy()
        elif self.random.random() < 0.02:
            self.publish_template(self.random.choice(list(self._templates)))
        elif self.random.random() < 0.02:
            self.set_seats()
        elif self.random.random() < 0.02:
            self.transfer_home()

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
        case = _Case(self.new_id(), self.new_id(), party, tier, membership)
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

    def wait(self, case: _Case) -> bool:
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

    def attach(self, case: _Case) -> None:
        for requirement in ("statement-of-interest", "determination"):
            self.append(
                case.id,
                EvidenceAttached(
                    requirement=requirement,
                    description=f"{HIDDEN} evidence",
                    sha256=f"{HIDDEN}{self.sha256()}",
                ),
            )
        if case.tier == "collaborative-partner":
            self.append(
                case.id,
                PopulationShareAttested(
                    requirement="population-share",
                    numerator=self.random.randint(70, 100),
                    denominator=100,
                    basis=f"{HIDDEN} basis",
                    period_start=date(2020, 1, 1),
                    period_end=date(2020, 12, 31),
                ),
            )

    def start_review(self, case: _Case) -> None:
        self.append(case.id, ReviewStarted())
        for reviewer in self.random.sample(REVIEWERS, self.random.randint(1, 2)):
            self.append(
                case.review,
                ReviewerAssigned(
                    application=ApplicationId(case.id), reviewer=PrincipalId(reviewer)
                ),
            )

    def review(self, case: _Case) -> None:
        if self.random.random() < 0.1:
            self.stand_aside(case)
        note = f"{HIDDEN} note"
        self.append(
            case.review, RequirementFound(requirement=f"{HIDDEN} clause", met=True, note=note)
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

    def improve(self, case: _Case) -> None:
        """Let a plan come some way."""
        standard = f"{HIDDEN} standard"
        progress = (
            MilestoneMet(standard=standard, milestone=1),
            PlanOverdue(standard=standard, due=date(2027, 1, 1)),
            PlanClosed(standard=standard, outcome=PlanOutcome.CARRIED_OUT, note=f"{HIDDEN} note"),
        )
        for event in progress[: self._standing.randint(0, 3)]:
            self.append(case.review, event)

    def decide(self, case: _Case) -> None:
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
            member = _Member(
                self.new_id(), case.party, case.party in self._organisations, case.tier
            )
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

    def seat(self, case: _Case) -> bool:
        """Let a case wait for a seat; return whether it is taken."""
        self.append(case.id, ApplicationWaitlisted(clauses=[f"{case.tier}.requirement"]))
        until = self.now.date() + timedelta(days=30)
        for _ in range(self.random.randint(0, 2)):
            self.append(case.id, SeatOffered(tier=case.tier, until=until))
            if self.random.random() < 0.5:
                return True
            self.append(case.id, SeatOfferExpired())
        return False

    def appeal(self, case: _Case) -> None:
        """Appeal some declines; the application is not taken up again."""
        if self.random.random() < 0.5:
            return
        vote = VoteId(self.new_id())
        self.append(case.id, AppealFiled(grounds=f"{HIDDEN} grounds"))
        self.append(case.id, AppealPutToVote(vote=vote))
        outcome = self.random.choice(list(AppealOutcome))
        self.append(case.id, AppealDecided(outcome=outcome, vote=vote))

    def vote(self, case: _Case) -> None:
        """Hold a vote, which is not always closed."""
        vote, ballots = VoteId(self.new_id()), BallotsId(self.new_id())
        electorate = [MembershipId(each.id) for each in self._members[:7]]
        share = Share(numerator=1, denominator=2, strict=True)
        kind = VoteKind.ADMISSION if case.membership is None else VoteKind.TIER_CHANGE
        opened = VoteOpened(
            kind=kind,
            application=ApplicationId(case.id),
            proposal_sha256=None,
            policy_sha256=self.sha256(),
            quorum=share,
            threshold=share,
            director_votes=False,
            tally_minimum_electorate=5,
            by_fallback=False,
            closes_on=self.now.date(),
            membership=None,
            electorate=electorate,
            recused=[],
            ballots=ballots,
        )
        self.append(vote, opened)
        self.append(case.id, ApplicationPutToVote(vote=vote))
        said = {each: self.random.choice(list(Ballot)) for each in electorate}
        for membership, ballot in said.items():
            self.append(ballots, VoteCast(vote=vote, membership=membership, ballot=ballot))
        if len(electorate) > 1:
            one = VotersMerged(survivor=electorate[0], ended=electorate[1], stands_aside=False)
            self.append(vote, one)
        if self.random.random() < 0.8:
            count = Counter(said.values())
            tally = Tally(
                approve=count[Ballot.APPROVE],
                against=count[Ballot.AGAINST],
                abstain=count[Ballot.ABSTAIN],
            )
            self.append(
                vote,
                VoteClosed(
                    outcome=VoteOutcome.PASSED,
                    quorum_met=True,
                    threshold_met=True,
                    tally=tally if tally.approve and tally.against else None,
                    counted=tally,
                ),
            )

    def stand_aside(self, case: _Case) -> None:
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

    def transfer_home(self) -> None:
        host = PartyId(self._members[0].party) if self._members else None
        moved = HomeTransferred(home=host, fiscal_sponsor=None, source=f"{HIDDEN} minutes")
        self.append(self.coalition, moved)
        self.append(self.coalition, PersonErased(person=PersonId(self.new_id())))
        expunged = ValueExpunged(entry=EntryId(self.new_id()), field=f"{HIDDEN} field")
        self.append(self.coalition, expunged)
        cleared = TextCleared(digest=f"{HIDDEN} digest", reason=f"{HIDDEN} reason")
        self.append(self.coalition, cleared)

    def stand(self) -> None:
        """Suspend a member now and then, let it leave, or take it back."""
        settled = [each for each in self._members if not each.asked]
        if not settled or self._standing.random() < 0.7:
            return
        member = self._standing.choice(settled[-200:])
        happening = (self.suspend, self.suspend, self.leave, self.renew, self.complain)
        self._standing.choice(happening)(member)
        self.merge()

    def renew(self, member: _Member) -> None:
        """Let a term end, with a renewal in time, late or never; and a newer text be asked for."""
        today, agreement = self.now.date(), AGREEMENTS[member.tier]
        took_part = ParticipationRecorded(took_part_on=today, occasion=f"{HIDDEN} occasion")
        self.append(member.id, took_part)
        asked = ResigningRequired(agreement=agreement, version=2, sign_by=today)
        self.append(member.id, asked, self.some_day_of(self._standing))
        if self._standing.random() < 0.5:
            self.append(member.id, ResigningMissed(agreement=agreement, version=2))
        self.append(member.id, RenewalOpened(term_ends=today))
        if self._standing.random() < 0.5:
            self.append(member.id, RenewalMissed(grace_ends=today))
        if self._standing.random() < 0.3:
            self.append(member.id, MembershipLapsed(reason=LapseReason.RENEWAL_MISSED))
            self._members.remove(member)
            return
        renewed = MembershipRenewed(term_since=today, clauses=[f"{member.tier}.requirement"])
        self.append(member.id, renewed, self.some_day_of(self._standing))

    def suspend(self, member: _Member) -> None:
        reason = f"{HIDDEN} reason"
        until = self.now.date() + timedelta(days=30)
        suspended = MembershipSuspended(
            until=until, clauses=[f"{HIDDEN} clause"], reason=reason, condition=None
        )
        self.append(member.id, suspended, self.some_day_of(self._standing))
        if self._standing.random() < 0.5:
            self.contest(member, AppealOutcome.OVERTURNED)
        if self._standing.random() < 0.8:
            self.append(member.id, SuspensionLifted(reason=reason))

    def leave(self, member: _Member) -> None:
        reason = f"{HIDDEN} reason"
        if self._standing.random() < 0.5:
            self.append(member.id, MembershipWithdrawn(reason=reason))
        else:
            vote = VoteId(self.new_id())
            ended = MembershipTerminated(vote=vote, clauses=[f"{HIDDEN} clause"], reason=reason)
            self.append(member.id, ended, self.some_day_of(self._standing))
            self.contest(member, AppealOutcome.UPHELD)
        if self._standing.random() < 0.5:
            self._members.remove(member)
            return
        self.append(member.id, self.back(member, reason))

    def back(self, member: _Member, reason: str) -> MembershipReinstated:
        """Return that a membership lives again."""
        return MembershipReinstated(
            tier=member.tier,
            membership_class="provider" if member.tier in TIERS[:2] else "community-network",
            agreement=AGREEMENTS[member.tier],
            clauses=[f"{member.tier}.requirement"],
            signed=self._standing.random() < 0.5,
            suspended=False,
            vote=None,
            party=PartyId(member.party),
            reason=reason,
        )

    def merge(self) -> None:
        """Let an organisation be part of another now and then, and leave it again."""
        others = [each for each in self._members if each.organisation and not each.asked][-40:]
        if len(others) < 2 or self._standing.random() < 0.5:
            return
        member, other = self._standing.sample(others, 2)
        reason, day = f"{HIDDEN} reason", self.some_day_of(self._standing)
        survivor, absorbed = PartyId(member.party), PartyId(other.party)
        self.append(other.id, MembershipMerged(into=MembershipId(member.id)), day)
        self.append(member.id, MembershipPassed(party=survivor), day)
        merged = PartiesMerged(
            survivor=survivor,
            absorbed=absorbed,
            membership=MembershipId(member.id),
            tier=f"{HIDDEN} tier",
            passed=False,
            ended=MembershipId(other.id),
            claims=[survivor],
            reason=reason,
        )
        separated = PartiesSeparated(
            survivor=survivor,
            absorbed=absorbed,
            returned=None,
            reinstated=MembershipId(other.id),
            reason=reason,
        )
        for party in (survivor, absorbed):
            self.append(party, merged, day)
        if self._standing.random() < 0.5:
            self._members.remove(other)
            return
        for party in (survivor, absorbed):
            self.append(party, separated)
        self.append(other.id, self.back(other, reason))

    def complain(self, member: _Member) -> None:
        """Let a member complain of another one, and get an answer mostly."""
        other = self._standing.choice(self._members)
        grievance = f"{self._standing.getrandbits(128):032x}"
        filed = GrievanceFiled(
            membership=MembershipId(member.id),
            party=PartyId(member.party),
            against=MembershipId(other.id),
            against_party=PartyId(other.party),
            entry=None,
            role=None,
            subject=None,
            text=f"{HIDDEN} text",
        )
        self.append(grievance, filed)
        if self._standing.random() < 0.7:
            answer = GrievanceResolved(
                outcome=GrievanceOutcome.DISMISSED, resolution=f"{HIDDEN} answer"
            )
            self.append(grievance, answer)

    def contest(self, member: _Member, outcome: AppealOutcome) -> None:
        vote = VoteId(self.new_id())
        self.append(member.id, StandingAppealFiled(grounds=f"{HIDDEN} grounds"))
        self.append(member.id, StandingAppealPutToVote(vote=vote))
        self.append(member.id, StandingAppealDecided(outcome=outcome, vote=vote))

    def some_day_of(self, source: random.Random) -> date:
        """Draw an effective date from a source: mostly today, sometimes earlier."""
        return self.now.date() - timedelta(days=max(0, source.randint(-20, 10)))

    def some_day(self) -> date:
        """Draw an effective date: mostly today, sometimes earlier or later."""
        drawn = self.random.random()
        days = 0 if drawn < 0.7 else self.random.randint(-90, -1)
        return self.now.date() + timedelta(days=days if drawn < 0.9 else -days)

    def act(self) -> None:
        """Let one of the newer members do something."""
        if not self._members:
            self.apply()
            return
        member = self._members[-1 - self.random.randrange(min(len(self._members), 200))]
        self.random.choice((self.sign, self.sign, self.list, self.appoint, self.change))(member)

    def sign(self, member: _Member) -> None:
        agreement = AGREEMENTS[member.tier]
        version, sha256 = self._templates[agreement], self.sha256()
        self.append(member.id, AgreementSent(agreement=agreement, version=version, sha256=sha256))
        if self.random.random() < 0.8:
            self.append(
                member.id,
                AgreementSigned(
                    agreement=agreement,
                    version=version,
                    sha256=sha256,
                    signatory=PersonId(self.new_id()),
                    capacity=f"{HIDDEN} capacity",
                    signatory_name=f"{PERSONAL} name",
                ),
                self.some_day(),
            )

    def change(self, member: _Member) -> None:
        if not member.asked:
            member.asked = True
            tier = self.random.choice([tier for tier in TIERS if tier != member.tier])
            self.submit(member.party, tier, member.id)

    def appoint(self, member: _Member) -> None:
        if member.organisation:
            person = PersonId(self.new_id())
            self.append(
                member.party,
                RepresentativeAppointed(
                    person=person,
                    capacity=f"{HIDDEN} capacity",
                    name=f"{PERSONAL} name",
                    email=f"{PERSONAL}@example.org",
                    phone=None,
                ),
            )
            if self.random.random() < 0.3:
                self.append(member.party, RepresentativeEnded(person=person), self.some_day())
        self.rename(member)

    def rename(self, member: _Member) -> None:
        if not member.organisation:
            self.append(member.party, IndividualRenamed(name=f"{PERSONAL} name"))
        elif self.random.random() < 0.3:
            self.append(member.party, OrganisationRenamed(name=f"{HIDDEN} new name"))
        elif self.random.random() < 0.3:
            self.append(member.party, OrganisationAliasAdded(alias=f"{HIDDEN} alias"))
        if self._standing.random() < 0.3:
            self.correct_name(member)

    def correct_name(self, member: _Member) -> None:
        """Let the name of the registration read otherwise."""
        entry, reason = EntryId(f"{self._standing.getrandbits(128):032x}"), f"{HIDDEN} reason"
        self.append(
            member.party,
            OrganisationNameCorrected(
                entry=entry, corrects=1, name=f"{HIDDEN} right name", reason=reason
            )
            if member.organisation
            else IndividualNameCorrected(
                entry=entry, corrects=1, name=f"{PERSONAL} right name", reason=f"{PERSONAL} reason"
            ),
        )

    def list(self, member: _Member) -> None:
        if member.listed and self.random.random() < 0.3:
            self.append(member.party, ListingWithdrawn())
        elif member.organisation:
            self.append(member.party, self.organisation_listing())
        else:
            self.append(member.party, individual_listing())
        member.listed = not isinstance(self.appended[-1].event, ListingWithdrawn)
        self.hold(member)

    def locate(self, member: _Member) -> None:
        """Keep an address, give it to somebody, and keep it no longer now and then."""
        self.append(member.party, AddressRecorded(address=f"{PERSONAL} address"))
        if self.random.random() < 0.5:
            given = AddressDisclosed(recipient=f"{PERSONAL} name", purpose=f"{PERSONAL} purpose")
            self.append(member.party, given)
        if self.random.random() < 0.3:
            self.append(member.party, AddressRemoved())

    def hold(self, member: _Member) -> None:
        """Hold some listings, and release most of those that are held."""
        if member.held:
            member.held = self.random.random() < 0.3
            if not member.held:
                self.append(member.party, ListingReleased())
        elif self.random.random() < 0.2:
            member.held = True
            reason = f"{HIDDEN} reason" if self.random.random() < 0.5 else None
            self.append(member.party, ListingHeld(reason=reason))
            self.locate(member)

    def organisation_listing(self) -> OrganisationListingPublished:
        words = self.random.sample(WORDS, 3)
        description = f"We offer\t{words[2]}\\ in every way\nthat helps."
        described = self.random.random() < 0.7
        counties = sorted(self.random.sample(COUNTIES, self.random.randint(0, 3)))
        fields = [ListedField.NAME, ListedField.SERVICES]
        fields += [ListedField.DESCRIPTION] if described else []
        fields += [ListedField.COUNTIES] if counties else []
        return OrganisationListingPublished(
            fields=fields,
            name=f"{words[0]} {words[1]} {self.random.randint(1, 99)}",
            description=description if described else None,
            counties=counties,
            populations=[],
            services=sorted(self.random.sample(SERVICES, self.random.randint(1, 2))),
            website=None,
            email=None,
            phone=None,
        )


def individual_listing() -> IndividualListingPublished:
    return IndividualListingPublished(
        fields=[ListedField.NAME, ListedField.COUNTIES],
        name=f"{PERSONAL} name",
        description=None,
        counties=[f"{PERSONAL} county"],
        populations=[],
        services=[],
        website=None,
        email=None,
        phone=None,
    )


def generate(entries: int, seed: int) -> Iterator[Recorded]:
    """Yield the first entries of a coalition's life, positions 1 to ``entries``.

    Args:
        entries: how many.
        seed: the same seed gives the same entries.
    """
    simulation = Simulation(seed)
    simulation.found()
    happenings: tuple[Callable[[], None], ...] = (
        simulation.apply,
        simulation.proceed,
        simulation.proceed,
        simulation.proceed,
        simulation.act,
        simulation.act,
        simulation.govern,
    )
    left = entries
    while left > 0:
        for recorded in simulation.appended[:left]:
            left -= 1
            yield recorded
        simulation.appended.clear()
        # Clocks go backwards now and then; order comes from positions.
        simulation.now += timedelta(minutes=simulation.random.randint(-5, 60))
        simulation.random.choice(happenings)()


def as_opened(recorded: Recorded, opens: frozenset[str]) -> Recorded:
    """Return an entry as a rebuild sees it: staff values of these events, personal ones never."""
    event = recorded.event
    opened = event.stored_name in opens
    hidden = {
        name: UNSET
        for name, level in levels(type(event)).items()
        if level is Level.PERSONAL or (level is not Level.PUBLIC and not opened)
    }
    return msgspec.structs.replace(recorded, event=msgspec.structs.replace(event, **hidden))
