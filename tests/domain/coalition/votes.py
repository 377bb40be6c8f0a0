"""Votes for specifications: partners who may vote, and how far a vote has come."""

from __future__ import annotations

from datetime import date

from domain.coalition.ballots import VoteCast, VoterRecused
from domain.coalition.coalition import HomeTransferred
from domain.coalition.vote import CastVote, OpenVote, Tally, VoteClosed, VoteOpened
from domain.coalition.voting import Voter
from domain.decision import Fact
from domain.membership.application import ApplicationPutToVote
from domain.membership.membership import AgreementSigned
from domain.membership.party import OrganisationRegistered
from domain.membership.ties import PartyAffiliated
from domain.policy import Policy, VoteKind
from domain.terms import (
    Affiliation,
    ApplicationId,
    Ballot,
    BallotsId,
    MembershipId,
    PartyId,
    PersonId,
    VoteId,
    VoteOutcome,
)
from tests.domain.examples import (
    APPLICATION,
    COUNTY,
    FIRST_TEXT,
    LANTERN,
    PARTNER,
    admitted,
    policy_with,
    ready,
)
from tests.domain.policy.files import CATE
from tests.domain.world import COALITION, an_id

VOTE = VoteId(an_id("a vote"))
LATER = VoteId(an_id("a later vote"))
BALLOTS = BallotsId(an_id("its ballots"))
GROUNDS = ["provider.transparent-collaboration"]
WHY = "Referrals were passed on for a fee."
"""For which clauses, and why, ending a membership is proposed here."""
CLOSES = date(2026, 3, 16)
AFTER = date(2026, 3, 17)

DIRECTOR_VOTES = policy_with(("director_votes = false", "director_votes = true"))
OPTIONAL = policy_with(("\nrequired = true", ""))
"""Of which no kind of decision needs a vote."""


def partner(number: int) -> PartyId:
    """Return the party of a partner."""
    return PartyId(an_id(f"partner {number}"))


def seat(number: int) -> MembershipId:
    """Return the membership of a partner."""
    return MembershipId(an_id(f"membership of partner {number}"))


def member(number: int, tier: str = PARTNER) -> list[Fact]:
    """Return that a party is a member whose agreement is signed."""
    agreement = CATE.agreement_for(tier).id
    registered = OrganisationRegistered(
        name=f"Partner {number}",
        party_type="nonprofit-501c3",
        ein=f"98{number:07}",
        counties=[COUNTY],
    )
    signed = AgreementSigned(
        agreement=agreement,
        version=1,
        sha256=FIRST_TEXT,
        signatory=PersonId(an_id(f"a signatory of {number}")),
        capacity="chair",
        signatory_name="Robin Example",
    )
    return [
        Fact(partner(number), registered),
        admitted(tier, partner(number), seat(number)),
        Fact(seat(number), signed),
    ]


def partners(count: int) -> list[Fact]:
    """Return that there are active partners, numbered from 1."""
    return [fact for number in range(1, count + 1) for fact in member(number)]


def seats(*numbers: int) -> list[MembershipId]:
    """Return memberships in the order in which an electorate names them."""
    return sorted(seat(number) for number in numbers)


def home(host: PartyId | None, sponsor: PartyId | None) -> Fact:
    """Return that the coalition has a home and a fiscal sponsor."""
    event = HomeTransferred(home=host, fiscal_sponsor=sponsor, source="minutes")
    return Fact(COALITION, event)


def affiliated(party: PartyId, other: PartyId, *, own_word: bool = False) -> list[Fact]:
    """Return that two parties have leaders in common; the first alone may say so."""
    tie = Affiliation.SHARES_LEADERSHIP
    return [
        Fact(party, PartyAffiliated(affiliate=other, affiliation=tie, own_word=own_word)),
        Fact(other, PartyAffiliated(affiliate=party, affiliation=tie, own_word=False)),
    ]


def ask(
    kind: VoteKind = VoteKind.ADMISSION,
    *,
    application: ApplicationId | None = APPLICATION,
    membership: MembershipId | None = None,
    proposal: Policy | None = None,
    closes_on: date = CLOSES,
    by_fallback: bool = False,
) -> OpenVote:
    """Return the command that opens a vote."""
    ends = kind is VoteKind.TERMINATION
    return OpenVote(
        vote=VOTE,
        ballots=BALLOTS,
        kind=kind,
        closes_on=closes_on,
        application=application,
        membership=membership,
        proposal_sha256=None if proposal is None else proposal.sha256,
        clauses=GROUNDS if ends else [],
        reason=WHY if ends else None,
        by_fallback=by_fallback,
    )


def opened(  # noqa: PLR0913 - everything that an opening fixes
    electorate: list[MembershipId],
    recused: list[MembershipId] | None = None,
    *,
    kind: VoteKind = VoteKind.ADMISSION,
    application: ApplicationId | None = APPLICATION,
    membership: MembershipId | None = None,
    membership_version: int = 2,
    proposal: Policy | None = None,
    director_votes: bool = False,
    by_fallback: bool = False,
    policy: Policy = CATE,
    vote: VoteId = VOTE,
) -> list[Fact]:
    """Return that a vote is open; an application that it decides knows of it."""
    rule = policy.vote_rule(kind)
    ends = kind is VoteKind.TERMINATION
    event = VoteOpened(
        kind=kind,
        application=application,
        proposal_sha256=None if proposal is None else proposal.sha256,
        policy_sha256=policy.sha256,
        quorum=rule.quorum,
        threshold=rule.threshold,
        director_votes=director_votes,
        tally_minimum_electorate=rule.tally_minimum_electorate,
        by_fallback=by_fallback,
        closes_on=CLOSES,
        membership=membership,
        electorate=electorate,
        recused=recused or [],
        ballots=BALLOTS,
        membership_version=None if membership is None else membership_version,
        clauses=GROUNDS if ends else None,
        reason=WHY if ends else None,
    )
    facts = [Fact(vote, event)]
    if application is not None and kind in {VoteKind.ADMISSION, VoteKind.TIER_CHANGE}:
        facts.append(Fact(APPLICATION, ApplicationPutToVote(vote=vote)))
    return facts


def cast(number: int | None, ballot: Ballot = Ballot.APPROVE) -> Fact:
    """Return that a partner voted, or the director."""
    whose = None if number is None else seat(number)
    return Fact(BALLOTS, VoteCast(vote=VOTE, membership=whose, ballot=ballot))


def aside(number: int | None) -> Fact:
    """Return that a partner stands aside since the opening, or the director."""
    whose = None if number is None else seat(number)
    return Fact(BALLOTS, VoterRecused(vote=VOTE, membership=whose))


def closed(
    outcome: VoteOutcome,
    counted: tuple[int, int, int] = (0, 0, 0),
    *,
    quorum_met: bool = True,
    threshold_met: bool = True,
    public: bool = False,
    vote: VoteId = VOTE,
) -> Fact:
    """Return that a vote was counted: for, against, abstentions."""
    tally = Tally(approve=counted[0], against=counted[1], abstain=counted[2])
    event = VoteClosed(
        outcome=outcome,
        quorum_met=quorum_met,
        threshold_met=threshold_met,
        tally=tally if public else None,
        counted=tally,
    )
    return Fact(vote, event)


def moot(counted: tuple[int, int, int] = (0, 0, 0)) -> Fact:
    """Return that nothing was left to decide in a vote."""
    return closed(VoteOutcome.MOOT, counted, quorum_met=False, threshold_met=False)


def passed(kind: VoteKind = VoteKind.ADMISSION) -> list[Fact]:
    """Return that those who decide on the application said yes."""
    return [*opened(seats(1, 2, 3), kind=kind), closed(VoteOutcome.PASSED)]


def voted_in(
    tier: str, party: PartyId = LANTERN, party_type: str = "nonprofit-501c3"
) -> list[Fact]:
    """Return a known party's application that lacks nothing but the admission."""
    return [*ready(tier, party, party_type), *passed()]


def vote(ballot: Ballot = Ballot.APPROVE) -> CastVote:
    """Return the command that casts a ballot."""
    return CastVote(vote=VOTE, ballot=ballot)


def voter(number: int) -> Voter:
    """Return whoever speaks for a partner."""
    return Voter(membership=seat(number))


DIRECTOR = Voter(is_director=True)
