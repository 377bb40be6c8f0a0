"""What befalls simulated memberships once they are there."""

from __future__ import annotations

from datetime import timedelta

from domain.membership.assent import ResigningMissed, ResigningRequired
from domain.membership.grievance import GrievanceFiled, GrievanceResolved
from domain.membership.membership import AgreementSent, AgreementSigned
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
    ParticipationWithdrawn,
    RenewalMissed,
    RenewalOpened,
)
from domain.membership.ties import PartiesMerged, PartiesSeparated
from domain.terms import (
    AppealOutcome,
    EntryId,
    GrievanceOutcome,
    LapseReason,
    MembershipId,
    PartyId,
    PersonId,
    VoteId,
)
from tests.projections.simulated.simulation import (
    AGREEMENTS,
    HIDDEN,
    PERSONAL,
    TIERS,
    Member,
    Simulation,
)


class Standings(Simulation):
    """Members sign, renew, are suspended, leave, merge and complain."""

    def sign(self, member: Member) -> None:
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

    def stand(self) -> None:
        """Suspend a member now and then, let it leave, or take it back."""
        settled = [each for each in self._members if not each.asked]
        if not settled or self._standing.random() < 0.7:
            return
        member = self._standing.choice(settled[-200:])
        happening = (self.suspend, self.suspend, self.leave, self.renew, self.complain)
        self._standing.choice(happening)(member)
        self.merge()

    def renew(self, member: Member) -> None:
        """Let a term end, with a renewal in time, late or never; and a newer text be asked for."""
        today, agreement = self.now.date(), AGREEMENTS[member.tier]
        took_part = ParticipationRecorded(took_part_on=today, occasion=f"{HIDDEN} occasion")
        self.append(member.id, took_part)
        last = self.appended[-1].envelope
        if last.version % 2:
            wrong = ParticipationWithdrawn(
                entry=EntryId(last.entry_id), withdraws=last.version, reason=f"{HIDDEN} reason"
            )
            self.append(member.id, wrong)
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

    def suspend(self, member: Member) -> None:
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

    def leave(self, member: Member) -> None:
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

    def back(self, member: Member, reason: str) -> MembershipReinstated:
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

    def complain(self, member: Member) -> None:
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

    def contest(self, member: Member, outcome: AppealOutcome) -> None:
        vote = VoteId(self.new_id())
        self.append(member.id, StandingAppealFiled(grounds=f"{HIDDEN} grounds"))
        self.append(member.id, StandingAppealPutToVote(vote=vote))
        self.append(member.id, StandingAppealDecided(outcome=outcome, vote=vote))
