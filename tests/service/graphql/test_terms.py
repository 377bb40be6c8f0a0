"""A membership's term through the API: asked, renewed or missed, lapsed; and signed again."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date
from pathlib import Path
from typing import Any

import pytest

from domain.membership.assent import RequireResigning
from domain.membership.party import PublishListing
from domain.membership.standing import EndSuspension
from domain.membership.term import LapseMembership, OpenRenewal, RecordMissedRenewal
from domain.policy import PartyType, RequirementKind
from service import sweep
from service.graphql.ids import NodeKind, global_id
from service.ledger.request import NotAllowed
from service.security.principal import Role
from tests.service.coalition import POLICY, Coalition, organisation
from tests.service.graphql.api import Api

TIER = "coalition-member"
AGREEMENT = "coalition-member-agreement"
DEADLINES = POLICY.deadlines
MEMBERSHIP = """query ($id: ID!) { membership(id: $id) {
    standing renewal { phase opensOn termEnds graceEnds }
    resigning { agreement version signBy } standings { standing }
    participation { days asked owed owedBefore } } }"""
ASKED = [
    each.id
    for each in POLICY.requirements_for(TIER, PartyType.NONPROFIT_501C3)
    if each.kind is not RequirementKind.PARTY_TYPE
]


class Member:
    """A listed member that signed its agreement on the first day."""

    def __init__(self, database_url: str, folder: Path) -> None:
        self.coalition = Coalition(database_url, folder)
        self.api = Api(self.coalition)
        details = organisation("Harbour Light", ein=self.coalition.ein())
        self.admitted = self.coalition.admit(TIER, details)
        version, sha256 = self.coalition.publish(AGREEMENT, "We act together.")
        self.coalition.sign(self.admitted, AGREEMENT, version, sha256)
        self.speaker = self.coalition.representative(self.admitted.party)
        listing = PublishListing(
            party=self.admitted.party, name="Harbour Light", counties=["29510"], services=["Help"]
        )
        self.coalition.must(listing, self.speaker)
        self.id = global_id(NodeKind.MEMBERSHIP, self.admitted.membership)

    def wait(self, days: int) -> list[str]:
        """Let days pass, sweep, and return what was done about the member."""
        self.coalition.clock.advance(days=days)
        swept = sweep.sweep(self.coalition.ledger)
        assert swept.failed == ()
        # A second sweep does nothing the second time.
        assert sweep.sweep(self.coalition.ledger) == sweep.Swept((), ())
        own = [due for due in swept.done if due.about == self.admitted.membership]
        return [due.deadline.kind.value for due in own]

    def told(self, who: Role | None = None) -> dict[str, Any]:
        found: dict[str, Any] = self.api.ask(
            MEMBERSHIP, who if who is not None else self.speaker, id=self.id
        )["membership"]
        return found

    def listed(self) -> int:
        count: int = self.api.ask("{ directory { totalCount } }")["directory"]["totalCount"]
        return count

    def renew(self, clauses: list[str] = ASKED) -> dict[str, Any]:
        given = {"membership": self.id, "clauses": clauses}
        return self.api.do("renewMembership", given, self.speaker)


@pytest.fixture
def member(database_url: str, tmp_path: Path) -> Iterator[Member]:
    made = Member(database_url, tmp_path)
    yield made
    made.coalition.close()


def test_a_membership_is_opened_renewed_missed_and_lapses(member: Member) -> None:
    until_window = DEADLINES.membership_term_days - DEADLINES.renewal_window_days
    assert member.told()["renewal"]["phase"] == "NOT_OPEN"
    assert member.wait(until_window - 1) == []
    assert member.wait(1) == ["renewal-opens"]
    told = member.told()
    assert (told["standing"], told["renewal"]["phase"]) == ("ACTIVE", "OPEN")

    assert member.renew()["__typename"] == "RenewMembershipAccepted"
    assert member.told()["renewal"]["phase"] == "NOT_OPEN"

    assert member.wait(DEADLINES.membership_term_days) == ["renewal-opens"]
    assert member.listed() == 1
    assert member.wait(DEADLINES.renewal_window_days + 1) == ["renewal"]
    told = member.told()
    assert (told["standing"], told["renewal"]["phase"]) == ("RENEWAL_DUE", "MISSED")
    assert member.listed() == 0

    assert member.wait(DEADLINES.renewal_grace_days) == []
    assert member.wait(1) == ["renewal-grace"]
    told = member.told(Role.DIRECTOR)
    assert (told["standing"], told["renewal"]) == ("LAPSED", None)
    assert [each["standing"] for each in told["standings"]] == [
        "AGREEMENT_PENDING",
        "ACTIVE",
        "RENEWAL_DUE",
        "LAPSED",
    ]


def test_a_lapsed_membership_comes_back_by_reinstatement_with_a_fresh_term(member: Member) -> None:
    member.wait(400)
    member.wait(DEADLINES.renewal_window_days + 1)
    member.wait(DEADLINES.renewal_grace_days + 1)
    assert member.told()["standing"] == "LAPSED"
    back = member.api.do("reinstateMembership", {"membership": member.id}, Role.COMMITTEE)
    assert back["__typename"] == "ReinstateMembershipAccepted", back
    told = member.told()
    assert (told["standing"], told["renewal"]["phase"]) == ("ACTIVE", "NOT_OPEN")
    # What it shows of itself it publishes anew.
    assert member.listed() == 0
    assert member.wait(1) == []


def test_a_renewal_in_the_grace_shows_the_listing_again(member: Member) -> None:
    member.wait(400)
    member.wait(DEADLINES.renewal_window_days + 1)
    assert member.listed() == 0
    assert member.renew()["__typename"] == "RenewMembershipAccepted"
    assert (member.listed(), member.told()["standing"]) == (1, "ACTIVE")


def test_what_is_not_attested_is_named(member: Member) -> None:
    member.wait(400)
    refused = member.renew(ASKED[1:])
    assert (refused["code"], refused["rule"], refused["field"]) == (
        "REQUIREMENT_UNMET",
        ASKED[0],
        "clauses",
    )
    assert member.renew(["nothing"])["rule"] == "known-clauses"
    assert member.told()["renewal"]["phase"] == "OPEN"


def test_a_newer_text_is_to_be_signed_in_the_grace(member: Member) -> None:
    member.coalition.publish(AGREEMENT, "We act together, and say so.")
    assert member.wait(1) == ["resigning-campaign"]
    told = member.told(Role.PUBLIC)
    assert told["standing"] == "ACTIVE"
    assert (told["resigning"]["agreement"], told["resigning"]["version"]) == (AGREEMENT, 2)

    assert member.wait(DEADLINES.resigning_grace_days) == []
    assert member.wait(1) == ["resigning"]
    told = member.told()
    assert (told["standing"], told["resigning"]) == ("AGREEMENT_PENDING", None)
    assert member.wait(DEADLINES.agreement_signing_days) == []
    assert member.wait(1) == ["agreement"]
    assert member.told()["standing"] == "LAPSED"


def test_who_signs_again_in_time_is_asked_no_more(member: Member) -> None:
    version, sha256 = member.coalition.publish(AGREEMENT, "We act together, and say so.")
    member.wait(1)
    given = {
        "membership": member.id,
        "agreement": AGREEMENT,
        "version": version,
        "sha256": sha256,
        "signatoryName": "Avery Invented",
        "capacity": "chair",
    }
    signed = member.api.do("signAgreement", given, member.speaker)
    assert signed["__typename"] == "SignAgreementAccepted", signed
    told = member.told()
    assert (told["standing"], told["resigning"]) == ("ACTIVE", None)
    assert member.wait(DEADLINES.resigning_grace_days + 1) == []


def test_participation_counts_towards_what_the_tier_asks_for(member: Member) -> None:
    given = {"membership": member.id, "occasion": "Spring meeting"}
    taken = given | {"tookPartOn": "2023-03-01"}
    done = member.api.do("recordParticipation", taken, Role.DIRECTOR)
    assert done["__typename"] == "RecordParticipationAccepted", done
    again = member.api.do("recordParticipation", taken | {"occasion": "Training"}, Role.DIRECTOR)
    assert (again["rule"], again["field"]) == ("participation.once", "tookPartOn")
    assert member.told()["participation"] == {
        "days": ["2023-03-01"],
        "asked": 2,
        "owed": 1,
        "owedBefore": None,
    }
    assert member.told(Role.PUBLIC)["participation"] is None
    late = member.api.do("recordParticipation", given | {"tookPartOn": "2030-01-01"}, Role.DIRECTOR)
    assert (late["code"], late["rule"]) == ("INVALID_INPUT", "participation.day")


def test_a_day_that_was_written_down_wrongly_counts_no_more(member: Member) -> None:
    given = {"membership": member.id, "occasion": "Spring meeting", "tookPartOn": "2023-03-01"}
    done = member.api.do("recordParticipation", given, Role.DIRECTOR, returning="membership { id }")
    (entry,) = done["receipt"]["entryIds"]
    head = member.api.ask("{ ledger { head { position } } }")["ledger"]["head"]["position"]
    wrong = {"membership": member.id, "entry": entry, "reason": "It was another member."}
    for who in (Role.COMMITTEE, Role.AUDITOR, member.speaker):
        answer = member.api.do("withdrawParticipation", wrong, who)
        assert answer["__typename"] == "NotAllowed"
    other = wrong | {"entry": global_id(NodeKind.ENTRY, "f" * 32)}
    refused = member.api.do("withdrawParticipation", other, Role.DIRECTOR)
    assert (refused["field"], refused["rule"]) == ("entry", "participation-entries")
    member.coalition.clock.advance(days=1)
    taken = member.api.do("withdrawParticipation", wrong, Role.DIRECTOR)
    assert len(taken["receipt"]["entryIds"]) == 1
    assert member.told()["participation"] == {
        "days": [],
        "asked": 2,
        "owed": 2,
        "owedBefore": None,
    }
    # What was known then, and what held on the day before, is told as it was.
    query = """query ($id: ID!, $asOf: AsOf) { membership(id: $id, asOf: $asOf) {
        participation { days owed } } }"""
    for then in ({"at": {"position": head}}, {"effectiveOn": "2023-03-01"}):
        seen = member.api.ask(query, Role.DIRECTOR, id=member.id, asOf=then)["membership"]
        assert seen["participation"] == {"days": ["2023-03-01"], "owed": 1}
    again = member.api.do("withdrawParticipation", wrong, Role.DIRECTOR)
    assert (again["code"], again["rule"]) == ("WRONG_PHASE", "participation.counts")


def test_a_renewal_in_time_leaves_what_is_owed_until_the_term_ends(member: Member) -> None:
    given = {"membership": member.id, "occasion": "The spring meeting"}

    def takes_part(on: date) -> None:
        done = member.api.do("recordParticipation", given | {"tookPartOn": str(on)}, Role.DIRECTOR)
        assert done["__typename"] == "RecordParticipationAccepted", done

    def days_and_owed() -> tuple[list[str], int, int | None]:
        found = member.told()["participation"]
        return found["days"], found["owed"], found["owedBefore"]

    first = member.coalition.clock.now.date()
    takes_part(first)
    member.wait(DEADLINES.membership_term_days - DEADLINES.renewal_window_days)
    ends = date.fromisoformat(member.told()["renewal"]["termEnds"])
    assert member.renew()["__typename"] == "RenewMembershipAccepted"
    assert days_and_owed() == ([str(first)], 1, None)

    member.wait((ends - member.coalition.clock.now.date()).days + 1)
    assert days_and_owed() == ([], 2, 1)
    # A day of the term that is over counts for that one, whenever it is written down.
    takes_part(ends)
    assert days_and_owed() == ([], 2, 0)
    takes_part(member.coalition.clock.now.date())
    assert days_and_owed() == ([str(member.coalition.clock.now.date())], 1, 0)


def test_deadlines_of_a_member_are_listed_for_it(member: Member) -> None:
    query = "{ dueDates { nodes { kind dueOn waitingOn overdue about { id } } } }"
    (due,) = member.api.ask(query, member.speaker)["dueDates"]["nodes"]
    assert (due["kind"], due["waitingOn"]) == ("RENEWAL_OPENS", "NOBODY")
    member.wait(400)
    (due,) = member.api.ask(query, member.speaker)["dueDates"]["nodes"]
    assert due == {
        "kind": "RENEWAL",
        "dueOn": member.told()["renewal"]["termEnds"],
        "waitingOn": "MEMBER",
        "overdue": False,
        "about": {"id": member.id},
    }


def test_nobody_but_the_system_takes_the_steps_of_a_sweep(member: Member) -> None:
    membership = member.admitted.membership
    for command in (
        OpenRenewal(membership=membership),
        RecordMissedRenewal(membership=membership),
        LapseMembership(membership=membership),
        RequireResigning(membership=membership),
        EndSuspension(membership=membership),
    ):
        for who in (Role.DIRECTOR, Role.OPERATOR, member.speaker):
            assert isinstance(member.coalition.run(command, who), NotAllowed)
