"""The waitlist of a limited tier and offers of its seats, through the API."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest

from domain.decision import Refusal
from domain.membership.waiting import OfferSeat
from domain.policy import PartyType
from service.graphql.ids import NodeKind, global_id
from service.security.principal import Principal, Role
from service.sweep import Swept, sweep
from tests.domain.policy.files import CATE_TOML
from tests.service.coalition import POLICY, Coalition, organisation
from tests.service.graphql.api import Api

TIER = "collaborative-partner"
APPLICATION = "application { phase clauses waiting { on expiresOn } }"
MEMBERSHIP = "membership { standing tier { key } party { id } }"
SEATS = "{ coalition { seats { tier { key } limit taken offered waiting } } }"
DAYS = POLICY.deadlines.seat_offer_days


class Full:
    """A reviewed application to a tier whose seats are taken."""

    def __init__(self, database_url: str, folder: Path) -> None:
        self.coalition = Coalition(database_url, folder, policy=CATE_TOML)
        self.api = Api(self.coalition)
        self.coalition.set_seats(TIER, 1)
        self.ein = self.coalition.ein()
        submitted = self.coalition.submit(TIER, organisation(ein=self.ein))
        self.coalition.review(submitted.application, TIER, PartyType.NONPROFIT_501C3)
        self.id = global_id(NodeKind.APPLICATION, submitted.application)
        self.application = submitted.application
        self.coalition.approve(application=submitted.application)
        self.applicant = self.coalition.representative(submitted.party)

    def do(self, mutation: str, who: Role | Principal) -> dict[str, Any]:
        """Give a command about the application."""
        returning = MEMBERSHIP if mutation in {"acceptSeat", "admitMember"} else APPLICATION
        return self.api.do(mutation, {"application": self.id}, who, returning=returning)

    def seats(self) -> dict[str, int]:
        """Return the numbers of the tier's seats, as anybody sees them."""
        (seats,) = self.api.ask(SEATS)["coalition"]["seats"]
        return {name: seats[name] for name in ("limit", "taken", "offered", "waiting")}


@pytest.fixture
def full(database_url: str, tmp_path: Path) -> Iterator[Full]:
    full = Full(database_url, tmp_path)
    yield full
    full.coalition.close()


def test_from_the_waitlist_to_a_seat(full: Full) -> None:
    refused = full.do("admitMember", Role.COMMITTEE)
    assert (refused["code"], refused["rule"]) == ("TIER_FULL", f"{TIER}.seats")
    waiting = full.do("waitlistApplication", Role.COMMITTEE)["application"]
    assert (waiting["phase"], waiting["waiting"]) == (
        "WAITLISTED",
        {"on": "DIRECTOR", "expiresOn": None},
    )
    assert f"{TIER}.executive" in waiting["clauses"]
    assert full.seats() == {"limit": 1, "taken": 1, "offered": 0, "waiting": 1}
    assert full.do("offerSeat", Role.DIRECTOR)["code"] == "TIER_FULL"

    full.coalition.set_seats(TIER, 2)
    offered = full.do("offerSeat", Role.DIRECTOR)["application"]
    assert (offered["phase"], offered["waiting"]["on"]) == ("SEAT_OFFERED", "APPLICANT")
    assert full.seats() == {"limit": 2, "taken": 1, "offered": 1, "waiting": 0}
    # The seat is taken for everybody else.
    rival = full.coalition.submit(TIER, organisation(ein=full.coalition.ein()))
    full.coalition.review(rival.application, TIER, PartyType.NONPROFIT_501C3)
    full.coalition.approve(application=rival.application)
    given = {"application": global_id(NodeKind.APPLICATION, rival.application)}
    assert full.api.do("admitMember", given, Role.COMMITTEE)["code"] == "TIER_FULL"

    member = full.do("acceptSeat", full.applicant)["membership"]
    assert (member["standing"], member["tier"]["key"]) == ("AGREEMENT_PENDING", TIER)
    assert full.seats() == {"limit": 2, "taken": 2, "offered": 0, "waiting": 0}


def test_an_offer_that_nobody_accepts_is_swept_away(full: Full) -> None:
    full.do("waitlistApplication", Role.COMMITTEE)
    full.coalition.set_seats(TIER, 2)
    full.do("offerSeat", Role.COMMITTEE)
    assert full.do("expireSeatOffer", Role.DIRECTOR)["code"] == "NOT_YET"
    full.coalition.clock.advance(days=DAYS)
    assert sweep(full.coalition.ledger) == Swept((), ())
    full.coalition.clock.advance(days=1)
    late = full.do("acceptSeat", full.applicant)
    assert (late["code"], late["rule"]) == ("WRONG_PHASE", "deadlines.seat_offer_days")
    assert [due.about for due in sweep(full.coalition.ledger).done] == [full.application]
    assert full.seats() == {"limit": 2, "taken": 1, "offered": 0, "waiting": 1}
    # It waits for the next seat, as long as it takes.
    full.coalition.clock.advance(days=1_000)
    swept = sweep(full.coalition.ledger)
    assert full.application not in [due.about for due in swept.done]
    assert swept.failed == ()
    assert full.do("offerSeat", Role.DIRECTOR)["application"]["phase"] == "SEAT_OFFERED"


def test_an_applicant_does_not_learn_that_its_ein_was_taken_meanwhile(full: Full) -> None:
    coalition, api = full.coalition, full.api
    full.do("waitlistApplication", Role.COMMITTEE)
    coalition.set_seats(TIER, 2)
    full.do("offerSeat", Role.DIRECTOR)
    coalition.admit("coalition-member", organisation("Mill House", ein=full.ein))
    told = full.do("acceptSeat", full.applicant)
    assert (told["code"], told["rule"]) == ("WRONG_PHASE", "seat.decided-anew")
    assert "EIN" not in str(told)
    assert full.do("acceptSeat", Role.DIRECTOR)["code"] == "EIN_HELD"
    query = "query ($id: ID!) { application(id: $id) { einHeld } }"
    for who, held in ((Role.DIRECTOR, True), (Role.COMMITTEE, True), (full.applicant, None)):
        assert api.ask(query, who, id=full.id)["application"]["einHeld"] is held


def test_an_offer_that_is_over_is_ended_by_hand_too(full: Full) -> None:
    full.do("waitlistApplication", Role.COMMITTEE)
    full.coalition.set_seats(TIER, 2)
    full.do("offerSeat", Role.DIRECTOR)
    full.coalition.clock.advance(days=DAYS + 1)
    ended = full.do("expireSeatOffer", Role.DIRECTOR)["application"]
    assert ended["phase"] == "WAITLISTED"


def test_who_is_not_concerned_neither_lets_wait_nor_offers_nor_accepts(full: Full) -> None:
    for mutation, strangers in (
        ("waitlistApplication", (Role.PUBLIC, Role.DIRECTOR, Role.REVIEWER, full.applicant)),
        ("offerSeat", (Role.PUBLIC, Role.REVIEWER, full.applicant)),
        ("acceptSeat", (Role.PUBLIC, Role.COMMITTEE, Role.REVIEWER, Role.PORTAL)),
        ("expireSeatOffer", (Role.PUBLIC, Role.COMMITTEE, full.applicant)),
    ):
        for who in strangers:
            assert full.do(mutation, who)["__typename"] == "NotAllowed", (mutation, who)


def test_a_free_seat_is_for_whoever_waits_and_everybody_sees_their_own_place(full: Full) -> None:
    coalition, api = full.coalition, full.api
    full.do("waitlistApplication", Role.COMMITTEE)
    coalition.set_seats(TIER, 2)
    late = coalition.submit(TIER, organisation("Late House", ein=coalition.ein()))
    coalition.review(late.application, TIER, PartyType.NONPROFIT_501C3)
    coalition.approve(application=late.application)
    given = {"application": global_id(NodeKind.APPLICATION, late.application)}
    refused = api.do("admitMember", given, Role.COMMITTEE)
    assert (refused["code"], refused["rule"]) == ("TIER_FULL", "waitlist.order")
    api.do("waitlistApplication", given, Role.COMMITTEE, returning=APPLICATION)

    place = "query ($id: ID!) { application(id: $id) { waiting { place } } }"
    late_applicant = coalition.representative(late.party)
    for who, case, found in (
        (Role.DIRECTOR, full.id, 1),
        (full.applicant, full.id, 1),
        (Role.COMMITTEE, given["application"], 2),
        (late_applicant, given["application"], 2),
    ):
        assert api.ask(place, who, id=case)["application"]["waiting"]["place"] == found
    assert api.ask(place, late_applicant, id=full.id)["application"] is None
    queue = "{ reviewQueue { nodes { id waiting { place } } } }"
    nodes = api.ask(queue, Role.DIRECTOR)["reviewQueue"]["nodes"]
    places = {node["id"]: node["waiting"]["place"] for node in nodes}
    assert places == {full.id: 1, given["application"]: 2}
    # A process that starts knows the line, too.
    pass_over = coalition.request(
        OfferSeat(application=late.application), coalition.principals[Role.DIRECTOR]
    )
    with closing(coalition.reopen()) as fresh:
        early = fresh.execute(pass_over)
    assert isinstance(early, Refusal)
    assert early.rule == "waitlist.order"

    full.do("offerSeat", Role.DIRECTOR)
    nodes = api.ask(queue, Role.DIRECTOR)["reviewQueue"]["nodes"]
    places = {node["id"]: node["waiting"]["place"] for node in nodes}
    assert places == {full.id: None, given["application"]: 1}
