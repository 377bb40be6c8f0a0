"""Applications that were voted in, wait for a seat and are offered one."""

from __future__ import annotations

from datetime import timedelta

from domain.decision import Fact
from domain.membership.application import ApplicationApproved
from domain.membership.membership import MemberAdmitted
from domain.membership.waiting import (
    AcceptSeat,
    ApplicationWaitlisted,
    OfferSeat,
    SeatOffered,
    SeatOfferExpired,
    WaitlistApplication,
)
from domain.policy import VoteKind
from domain.terms import ApplicationKind, Basis, MembershipId
from tests.domain.coalition.votes import passed, voted_in
from tests.domain.examples import (
    APPLICATION,
    FERRY,
    FERRY_EIN,
    LANTERN,
    MEMBER,
    MEMBERSHIP,
    PARTNER,
    PARTNER_AGREEMENT,
    admitted,
    assessed,
    clauses,
    exhibited,
    found_met,
    founded,
    organisation,
    policy_with,
    review_started,
    reviewed,
    submitted,
)
from tests.domain.policy.files import CATE
from tests.domain.specification import TODAY, Specification
from tests.domain.world import an_id

OTHER = MembershipId(an_id("the one who has the seat"))
NEW = MembershipId(an_id("the membership to come"))
WAITLIST = WaitlistApplication(application=APPLICATION)
OFFER = OfferSeat(application=APPLICATION)
ACCEPT = AcceptSeat(application=APPLICATION, membership=NEW)
UNTIL = TODAY + timedelta(days=CATE.deadlines.seat_offer_days)
SEATS = f"{PARTNER}.seats"
WAITLISTED = Fact(APPLICATION, ApplicationWaitlisted(clauses=clauses(PARTNER)))
OFFERED = Fact(APPLICATION, SeatOffered(tier=PARTNER, until=UNTIL))
LAPSED = Fact(APPLICATION, SeatOfferExpired())
ADMITTED = [
    Fact(APPLICATION, ApplicationApproved(clauses=clauses(PARTNER))),
    Fact(
        NEW,
        MemberAdmitted(
            basis=Basis.APPLICATION,
            tier=PARTNER,
            membership_class="provider",
            agreement=PARTNER_AGREEMENT,
            application=APPLICATION,
            clauses=clauses(PARTNER),
            party=LANTERN,
            standards=exhibited(PARTNER),
        ),
    ),
]

applied = Specification().given(founded(seats=1), organisation(), voted_in(PARTNER))
full = applied.given(organisation(FERRY, FERRY_EIN), admitted(PARTNER, FERRY, OTHER))
waiting = applied.given(WAITLISTED)
offered = waiting.given(OFFERED)
moving = Specification().given(
    founded(seats=1),
    organisation(),
    admitted(MEMBER),
    submitted(PARTNER, kind=ApplicationKind.TIER_CHANGE, membership=MEMBERSHIP),
    review_started(),
    found_met(PARTNER),
    assessed(PARTNER),
    reviewed(),
    passed(VoteKind.TIER_CHANGE),
)


NEW_CLAUSE = f"{PARTNER}.heard"
BEFORE = f'[[tiers.{PARTNER}.requirements]]\nid = "{PARTNER}.commitment"'
ADDED = BEFORE.replace("commitment", "heard") + '\ntext = "Why."\nkind = "evidence"'
ASKS_MORE = policy_with((BEFORE, f"{ADDED}\n\n{BEFORE}"))
