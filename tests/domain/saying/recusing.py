"""Everything that keeps somebody from judging: ties, conflicts, recusals, the home's interest."""

from __future__ import annotations

import hypothesis.strategies as st
from hypothesis.stateful import invariant, rule
from msgspec.structs import replace

from domain.coalition.coalition import TransferHome
from domain.coalition.vote import AnswerTermination, CloseVote, Vote
from domain.ledger.disclosure import revealed_or
from domain.membership.admission import DECIDED_BY
from domain.membership.application import (
    AppealDecided,
    Application,
    ApplicationPutToVote,
    ApplicationReviewed,
)
from domain.membership.details import IndividualDetails, OrganisationDetails
from domain.membership.membership import AdmitMember, ChangeTier
from domain.membership.review import (
    AssignReviewer,
    DeclareConflict,
    RecordReview,
    RecuseReviewer,
    Review,
)
from domain.membership.ties import DeclareAffiliation, EndAffiliation
from domain.policy import VoteKind
from domain.terms import (
    Affiliation,
    ApplicationId,
    ApplicationKind,
    ApplicationPhase,
    Ballot,
    MembershipId,
    MembershipStatus,
    PartyId,
    PrincipalId,
    Recommendation,
    VoteId,
    VoteOutcome,
    VotePhase,
)
from tests.domain.deciding.cases import DIRECTS, by_director, heirs
from tests.domain.saying.applying import applicants
from tests.domain.saying.mending import Mending
from tests.domain.saying.speaking import STANDARDS, picks

REVIEWERS = st.sampled_from(["a reviewer", "another reviewer", "another reviewer"])


class Recusing(Mending):
    """Who has an interest in a decision stands aside."""

    @rule(which=picks, reviewer=REVIEWERS, declares=st.booleans())
    def stand_aside(self, which: int, reviewer: str, declares: bool) -> None:  # noqa: FBT001
        waiting = self.applications(ApplicationPhase.SUBMITTED, ApplicationPhase.IN_REVIEW)
        known = [each.id for each in waiting or self.applications()]
        application, who = self.pick(which, known, ApplicationId), PrincipalId(reviewer)
        if declares:
            self.tell(
                DeclareConflict(application=application, declarer=who, details="My sister's.")
            )
        else:
            self.tell(RecuseReviewer(application=application, reviewer=who))
        if who in self.world.review(self.world.application(application).review).recused:
            assert self.tell(AssignReviewer(application=application, reviewer=who)) == []

    @rule(which=picks, other=picks, affiliation=st.sampled_from(Affiliation), own=st.booleans())
    def tie(self, which: int, other: int, affiliation: Affiliation, own: bool) -> None:  # noqa: FBT001
        party, affiliate = self.a_party(which), self.a_party(other)
        said = DeclareAffiliation(party=party, affiliate=affiliate, affiliation=affiliation)
        if own:
            before = self.voting_about(party), self.world.party(party).judged_without
            self.tell(replace(said, declarer=party))
            # Whom a vote is about takes nobody out of it, nor out of one that is to be opened.
            assert before == (self.voting_about(party), self.world.party(party).judged_without)
            if other % 2:
                return
        self.tell(said)
        if which % 2:
            end = EndAffiliation(
                party=party, affiliate=affiliate, affiliation=affiliation, reason="It is over."
            )
            if self.tell(end):
                assert affiliation not in self.world.party(party).affiliates.get(affiliate, ())

    @rule(which=picks, reviewer=REVIEWERS, mine=picks)
    def belong(self, which: int, reviewer: str, mine: int) -> None:
        self.world.belongs_to[reviewer] = frozenset({self.a_party(mine)})
        known = [each.id for each in self.applications(ApplicationPhase.SUBMITTED)]
        application = self.pick(which, known, ApplicationId)
        party = self.world.application(application).party
        if self.tell(AssignReviewer(application=application, reviewer=PrincipalId(reviewer))):
            assert self.world.belongs_to[reviewer].isdisjoint(
                {party, *self.world.party(party).judged_without}
            )

    @invariant()
    def a_tie_is_known_of_both(self) -> None:
        for party in self.parties:
            for other in self.world.party(party).affiliates:
                assert party in self.world.party(other).affiliates

    @rule(home=st.none() | picks, sponsor=st.none() | picks)
    def move_home(self, home: int | None, sponsor: int | None) -> None:
        self.tell(
            TransferHome(
                home=None if home is None else self.a_party(home),
                fiscal_sponsor=None if sponsor is None else self.a_party(sponsor),
                source="minutes",
            )
        )

    def voting_about(self, party: PartyId) -> dict[VoteId, frozenset[MembershipId]]:
        """Return who has a vote in what is open about a party."""
        return {
            each.id: self.world.ballots(each.ballots).electorate(each)
            for each in self.votes(VotePhase.OPEN)
            if self.world.application(each.application or "").party == party
        }

    @rule(applicant=applicants(), which=picks, ballots=st.integers(0, 3), late=st.none() | picks)
    def leave_a_vote_open(
        self,
        applicant: tuple[str, OrganisationDetails | IndividualDetails],
        which: int,
        ballots: int,
        late: int | None,
    ) -> None:
        self.submit(applicant, which, 1)
        for asked in self.applications(ApplicationPhase.REVIEWED)[-1:]:
            vote = self.put_to_vote(DECIDED_BY[asked.kind], application=asked.id)
            for voter in sorted(self.world.vote(vote).electorate)[:ballots]:
                self.cast(vote, voter, Ballot.APPROVE)
            if late is not None:
                live = [each.party for each in self.world.live()]
                self.interest(asked, self.pick(late, live, PartyId), says_so=late % 2 == 0)

    @rule(which=picks, voters=st.integers(0, 4))
    def leave_what_is_open(self, which: int, voters: int) -> None:
        if which % 2:
            self.put_to_vote(VoteKind.TERMINATION, self.a_membership(which), clauses=STANDARDS[:1])
        for vote in self.votes(VotePhase.OPEN):
            answered = self.tell(AnswerTermination(vote=vote.id, answer=f"We have {which}."))
            assert not answered or vote.kind is VoteKind.TERMINATION
        for vote in self.votes(VotePhase.OPEN)[which % 3 :]:
            for voter in [*sorted(vote.electorate), None][:voters]:
                if voter is None and vote.application is not None and which % 2:
                    self.tell(
                        RecuseReviewer(
                            application=vote.application, reviewer=DIRECTS, by_themself=True
                        )
                    )
                said = DeclareConflict(
                    vote=vote.id,
                    declarer=DIRECTS if voter is None else PrincipalId("somebody"),
                    details="We run a house together.",
                    party=None if voter is None else self.world.membership(voter).party,
                    by_director=voter is None,
                )
                if self.tell(said):
                    ballots = self.world.ballots(vote.ballots)
                    assert voter in ballots.aside
                    assert voter not in ballots.counting(vote)

    @rule(which=picks, ballot=st.sampled_from(Ballot))
    def count_what_is_open(self, which: int, ballot: Ballot) -> None:
        for vote in self.votes(VotePhase.OPEN)[which % 3 :]:
            for voter in vote.electorate:
                self.cast(vote.id, voter, ballot)
            self.tell(CloseVote(vote=vote.id))

    @rule(applicant=applicants(), which=picks, other=st.none() | picks, passes=st.booleans())
    def vote_on_what_is_reviewed(
        self,
        applicant: tuple[str, OrganisationDetails | IndividualDetails],
        which: int,
        other: int | None,
        passes: bool,  # noqa: FBT001 - hypothesis passes it by name
    ) -> None:
        self.submit(applicant, which, 1)
        reviewed = self.applications(ApplicationPhase.REVIEWED)
        if not reviewed:
            return
        asked = reviewed[-1 - which % len(reviewed)]
        if other is not None:
            self.interest(
                asked, self.pick(other, [each.party for each in self.world.live()], PartyId)
            )
        interested = self.interested_in(asked)
        if which % 2:
            self.recommend_again(asked)
        vote = self.hold_vote(DECIDED_BY[asked.kind], application=asked.id, passes=passes)
        opened = self.world.vote(vote)
        voters = {self.world.membership(each).party for each in opened.electorate}
        assert voters.isdisjoint(interested)
        admit = AdmitMember(application=asked.id, membership=MembershipId(self.new_id()))
        decided = self.tell(admit) + self.tell(ChangeTier(application=asked.id))
        # What was put to a vote is not decided against it.
        assert not decided or not opened.version or opened.outcome is VoteOutcome.PASSED

    def recommend_again(self, application: Application) -> None:
        """Recommend something else of what is reviewed, which is for those who said no alone."""
        vote = None if application.vote is None else self.world.vote(application.vote)
        again = RecordReview(
            application=application.id,
            recommendation=Recommendation.ADMIT,
            reasons=f"By {len(self.world.entries)} entries more is known.",
        )
        assert not self.tell(again) or (vote is not None and vote.said_no)

    @invariant()
    def who_said_no_is_told_something_else_before_they_are_asked_again(self) -> None:
        asked: dict[str, VoteId] = {}
        for fact, _ in self.world.entries:
            match fact.event:
                case ApplicationPutToVote(vote=vote):
                    before = asked.get(fact.stream)
                    assert before is None or not self.world.vote(before).said_no
                    asked[fact.stream] = vote
                case ApplicationReviewed() | AppealDecided():
                    asked.pop(fact.stream, None)
                case _:
                    pass

    def interest(self, application: Application, party: PartyId, *, says_so: bool = True) -> None:
        """Let a member have an interest in an application, by what it says or by a tie."""
        declared = DeclareConflict(
            application=application.id,
            declarer=PrincipalId("somebody"),
            details="We run a house together.",
            party=party,
        )
        if not says_so or not self.tell(declared):
            tie = Affiliation.SHARES_LEADERSHIP
            self.tell(DeclareAffiliation(party=application.party, affiliate=party, affiliation=tie))

    def interested_in(self, application: Application) -> set[PartyId]:
        """Return who may not judge of an application (invariant 4), found without the rule."""
        world = self.world
        whose = {application.party, *world.register.parts(application.party)}
        close = whose | {
            other
            for each in whose
            for other, ties in world.party(each).affiliates.items()
            for tie in ties
            # What it says of itself alone makes nobody one who may not.
            if tie not in world.party(each).claimed.get(other, ())
        }
        hosts = {world.coalition.home, world.coalition.fiscal_sponsor} - {None}
        if close & hosts:
            close |= {each for each in hosts if each is not None}
        close |= world.review(application.review).conflicted
        return close | {world.register.survivor(each) for each in close}

    @invariant()
    def who_is_recused_has_no_part(self) -> None:
        for each in self.world.states.values():
            if isinstance(each, Review):
                assert each.reviewers.isdisjoint(each.recused)
            elif isinstance(each, Vote):
                assert each.electorate.isdisjoint(each.recused)
                counted = self.world.ballots(each.ballots).counting(each)
                assert {*counted} - {None} <= each.electorate

    @invariant()
    def who_has_an_interest_has_no_vote_in_what_is_open(self) -> None:
        for each in self.votes(VotePhase.OPEN):
            # Somebody could vote when it was opened, and has left where nobody can any more: by a
            # merger into a member that stands aside, too. Whoever directs still can, or has left.
            aside = self.world.ballots(each.ballots).aside
            assert each.electorate or each.director_votes or aside
            review = self.world.review(self.world.application(each.application or "").review)
            assert not each.director_votes or DIRECTS not in review.recused or None in aside
            if each.application is not None:
                interested = self.interested_in(self.world.application(each.application))
                voters = self.world.ballots(each.ballots).electorate(each)
                parties = {self.world.membership(voter).party for voter in voters}
                assert parties.isdisjoint(interested)

    @invariant()
    def whose_vote_became_anothers_is_nobody_by_itself_while_it_is_open(self) -> None:
        for each in self.votes(VotePhase.OPEN):
            for ended in each.heirs:
                assert self.world.membership(ended).status is MembershipStatus.MERGED

    @invariant()
    def nobodys_ballot_is_counted_who_has_no_part(self) -> None:
        for each in (*self.votes(VotePhase.OPEN), *self.votes(VotePhase.CLOSED)):
            ballots = self.world.ballots(each.ballots)
            assert ballots.aside.isdisjoint(ballots.counting(each))
            if each.kind is not VoteKind.APPEAL:
                continue
            application = self.world.application(each.application or "")
            membership = self.world.membership(each.membership or "")
            decision = application.decline if application.version else membership.standing.decision
            if decision is None or decision.appeal_vote != each.id:
                continue
            # Who was heard on what is appealed is not heard on the appeal, nor who decided it.
            assert None not in ballots.counting(each) or not by_director(membership)
            carried = self.world.vote(decision.vote or "")
            if carried.outcome is not VoteOutcome.MOOT:
                cast = self.world.ballots(carried.ballots).cast
                members = frozenset(voter for voter in cast if voter is not None)
                heard = heirs(self.world, members) | ({None} & cast.keys())
                assert heard.isdisjoint(ballots.counting(each))

    @invariant()
    def what_is_open_is_not_over(self) -> None:
        for each in self.votes(VotePhase.OPEN):
            if each.application is not None:
                asked = self.world.application(each.application)
                appealed = each.kind is VoteKind.APPEAL
                assert asked.phase is (
                    ApplicationPhase.APPEALED if appealed else ApplicationPhase.REVIEWED
                )
                moved = (
                    None if asked.membership is None else self.world.membership(asked.membership)
                )
                # Who asks for another tier is a member, and who asks to come back is none.
                left = moved is not None and moved.standing.ended is not None
                assert moved is None or left == (asked.kind is ApplicationKind.ADMISSION)
            elif each.kind is VoteKind.APPEAL:
                decision = self.world.membership(each.membership or "").standing.decision
                assert decision is not None
                assert decision.appeal_vote == each.id

    @invariant()
    def what_decides_is_counted_of_those_who_may_vote(self) -> None:
        for each in self.votes(VotePhase.CLOSED):
            assert each.closed is not None
            assert each.quorum is not None
            ballots = self.world.ballots(each.ballots)
            may = (each.electorate - each.recused - ballots.aside) | {None}
            said = revealed_or(each.closed.counted, None)
            if said is None:
                continue
            assert said.turnout <= len(may - {None}) + each.director_votes
            assert {*ballots.counting(each)} <= may
            if each.outcome is VoteOutcome.MOOT:
                continue
            size = len(may - {None}) + (each.director_votes and None not in ballots.aside)
            assert size
            assert each.closed.quorum_met == each.quorum.is_met_by(said.turnout, size)

    @invariant()
    def the_home_is_part_of_nobody(self) -> None:
        for each in (self.world.coalition.home, self.world.coalition.fiscal_sponsor):
            assert each is None or self.world.party(each).merger is None
