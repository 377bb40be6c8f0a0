"""A year of a coalition, from its founding to its audit, through the API alone."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date, timedelta
from pathlib import Path

import pytest

from domain.policy import PartyType
from service import sweep
from service.deadline import DueKind
from service.security.principal import Role
from tests.domain.policy.files import CATE_TOML
from tests.service.coalition import POLICY
from tests.service.graphql.year import Year


@pytest.fixture
def year(database_url: str, tmp_path: Path) -> Iterator[Year]:
    year = Year(database_url, tmp_path)
    yield year
    year.coalition.close()


def test_a_year_of_a_coalition(year: Year) -> None:
    march_the_founding_partners_sign(year)
    april_four_parties_apply(year)
    may_partners_vote(year)
    june_those_admitted_sign_and_are_found(year)
    july_a_decline_is_appealed(year)
    july_a_full_tier_has_a_waitlist(year)
    august_somebody_is_in_danger(year)
    august_a_plan_is_late(year)
    august_a_suspension_is_appealed(year)
    september_a_member_leaves_and_comes_back(year)
    september_a_member_changes_its_tier(year)
    october_people_and_names_change(year)
    october_two_members_become_one(year)
    november_the_coalition_decides_on_its_policy(year)
    december_what_was_is_still_known(year)
    the_next_year_terms_are_renewed_or_lapse(year)
    the_next_year_a_plan_is_carried_out(year)
    the_next_year_a_membership_is_terminated(year)
    year.is_verified()


def march_the_founding_partners_sign(year: Year) -> None:
    year.publishes_agreements()
    for partner in year.partners:
        assert year.standing(partner) == "AGREEMENT_PENDING"
        year.signs(partner)
        assert year.standing(partner) == "ACTIVE"
    # One partner gives the coalition a home, so that it has an interest in whatever is its own.
    home = year.partners[3].party
    year.does("transferHome", Role.DIRECTOR, home=home, fiscalSponsor=home, source="Minutes")


def april_four_parties_apply(year: Year) -> None:
    year.passes(days=31)
    year.may_not(
        "submitApplication",
        Role.APPLICANT,
        "collaborative-partner.type",
        tier="collaborative-partner",
        organisation={"name": "Harbour Friends", "partyType": "COALITION_OR_GROUP"},
    )
    provider = PartyType.NONPROFIT_501C3
    tern = year.applies("Tern Cooperative", "collaborative-partner", provider, ein="43-1390001")
    marsh = year.applies("Marsh Shelter", "coalition-member", provider, ein="43-1390002")
    robin = year.applies(
        "Robin Invented",
        "coalition-member",
        PartyType.INDIVIDUAL_PRACTITIONER,
        email="robin@example.org",
    )
    library = year.applies("Lantern Library", "community-network", PartyType.EDUCATION)
    friends = year.applies("Harbour Friends", "ally-network", PartyType.COALITION_OR_GROUP)
    for somebody in (tern, marsh, robin, library, friends):
        assert year.phase(somebody) == "SUBMITTED"
        if somebody is library:
            asked = {"application": somebody.application, "question": "Who would take part?"}
            year.does("requestInformation", Role.DIRECTOR, **asked)
            assert year.phase(somebody) == "AWAITING_APPLICANT"
            year.passes(days=4)
            answer = {"application": somebody.application, "answer": "All of our readers."}
            year.does("provideInformation", somebody.who, **answer)
        year.is_reviewed(somebody, works_towards=somebody is library)
        assert year.phase(somebody) == "REVIEWED"


def may_partners_vote(year: Year) -> None:
    year.passes(days=30)
    one, two, three, home = year.partners
    tern, marsh = year.everybody["Tern Cooperative"], year.everybody["Marsh Shelter"]
    # The second partner shares its leadership with the applicant, and stands aside.
    tie = {"party": tern.party, "affiliate": two.party, "affiliation": "SHARES_LEADERSHIP"}
    year.does("declareAffiliation", Role.DIRECTOR, **tie)
    vote = year.opens_vote(kind="ADMISSION", application=tern.application)
    year.may_not("castVote", two.speaker, "votes.recused", vote=vote, ballot="APPROVE")
    year.closes_vote(vote, {one.name: "APPROVE", three.name: "APPROVE", home.name: "AGAINST"})

    vote = year.opens_vote(kind="ADMISSION", application=marsh.application)
    year.closes_vote(vote, {one.name: "AGAINST", two.name: "AGAINST", three.name: "APPROVE"})
    year.may_not("admitMember", Role.COMMITTEE, "votes.admission", application=marsh.application)
    clauses = ["coalition-member.population"]
    year.does("declineApplication", Role.COMMITTEE, application=marsh.application, clauses=clauses)
    assert year.phase(marsh) == "DECLINED"

    for name in ("Robin Invented", "Lantern Library", "Harbour Friends"):
        case = {"application": year.everybody[name].application}
        year.may_not("admitMember", Role.COMMITTEE, "votes.admission.required", **case)
        year.is_approved(kind="ADMISSION", **case)


def june_those_admitted_sign_and_are_found(year: Year) -> None:
    year.passes(days=15)
    names = ("Tern Cooperative", "Robin Invented", "Lantern Library", "Harbour Friends")
    for somebody in (year.everybody[name] for name in names):
        year.is_admitted(somebody)
        assert year.standing(somebody) == "ACTIVE"
        year.is_listed(somebody)
    # Who is a person shows their name by their own wish.
    assert year.listed() == set(names)
    library = year.everybody["Lantern Library"]
    year.comes_along(library, 1)
    assert year.plan(library) == ("OPEN", [True, False])


def july_a_decline_is_appealed(year: Year) -> None:
    year.passes(days=5)
    one, _, _, home = year.partners
    marsh, tern = year.everybody["Marsh Shelter"], year.everybody["Tern Cooperative"]
    year.does("fileAppeal", marsh.who, application=marsh.application, grounds="See our figures.")
    vote = year.opens_vote(kind="APPEAL", application=marsh.application)
    # Those who decided before do not decide again; a partner admitted since does.
    year.may_not("castVote", one.speaker, "votes.recused", vote=vote, ballot="AGAINST")
    year.closes_vote(vote, {home.name: "APPROVE", tern.name: "APPROVE"})
    year.does("decideAppeal", Role.DIRECTOR, application=marsh.application)
    # The review goes on before there is another vote on it.
    assert year.phase(marsh) == "IN_REVIEW"
    year.is_recommended(marsh)
    vote = year.opens_vote(kind="ADMISSION", application=marsh.application)
    year.closes_vote(vote, dict.fromkeys((one.name, home.name, tern.name), "APPROVE"))
    year.is_admitted(marsh)
    assert year.standing(marsh) == "ACTIVE"


def july_a_full_tier_has_a_waitlist(year: Year) -> None:
    partners = {"tier": "collaborative-partner"}
    year.does("setSeats", Role.DIRECTOR, seats=5, **partners)
    provider = PartyType.NONPROFIT_501C3
    heron = year.applies("Heron House", partners["tier"], provider, ein="43-1390003")
    year.is_reviewed(heron)
    vote = year.opens_vote(kind="ADMISSION", application=heron.application)
    year.closes_vote(vote, {each.name: "APPROVE" for each in year.partners})
    case = {"application": heron.application}
    year.may_not("admitMember", Role.COMMITTEE, "collaborative-partner.seats", **case)
    year.does("waitlistApplication", Role.COMMITTEE, **case)
    year.passes(days=10)
    year.does("setSeats", Role.DIRECTOR, seats=6, **partners)
    year.does("offerSeat", Role.DIRECTOR, **case)
    assert year.phase(heron) == "SEAT_OFFERED"
    accepted = year.does("acceptSeat", heron.who, "membership { id }", **case)
    heron.membership = accepted["membership"]["id"]
    year.signs(heron)
    assert year.standing(heron) == "ACTIVE"


def august_somebody_is_in_danger(year: Year) -> None:
    year.passes(days=31)
    robin = year.everybody["Robin Invented"]
    year.does("holdListing", robin.speaker, party=robin.party)
    assert robin.name not in year.listed()
    year.passes(days=10)
    year.does("releaseListing", Role.DIRECTOR, party=robin.party)
    assert robin.name in year.listed()


def august_a_plan_is_late(year: Year) -> None:
    library = year.everybody["Lantern Library"]
    swept = sweep.sweep(year.coalition.ledger)
    assert [due.deadline.kind for due in swept.done] == [DueKind.IMPROVEMENT_PLAN]
    assert year.plan(library) == ("OVERDUE", [True, False])
    assert year.standing(library) == "ACTIVE"


def august_a_suspension_is_appealed(year: Year) -> None:
    one, two, three, home = year.partners
    robin = year.everybody["Robin Invented"]
    case = {"membership": robin.membership}
    year.does(
        "suspendMembership",
        Role.DIRECTOR,
        clauses=["provider.transparent-collaboration"],
        reason="Nobody could reach them.",
        until=str(year.today + timedelta(days=60)),
        **case,
    )
    assert year.standing(robin) == "SUSPENDED"
    assert robin.name not in year.listed()
    year.does("fileAppeal", robin.speaker, grounds="The post was slow.", **case)
    vote = year.opens_vote(kind="APPEAL", **case)
    voters = (one, two, three, home, year.everybody["Tern Cooperative"])
    year.closes_vote(vote, {each.name: "APPROVE" for each in voters})
    year.does("decideAppeal", Role.DIRECTOR, **case)
    assert year.standing(robin) == "ACTIVE"
    assert robin.name in year.listed()


def september_a_member_leaves_and_comes_back(year: Year) -> None:
    friends = year.everybody["Harbour Friends"]
    case = {"membership": friends.membership}
    year.does("withdrawMembership", friends.speaker, reason="We have no time.", **case)
    assert year.standing(friends) == "WITHDRAWN"
    assert friends.name not in year.listed()
    year.passes(days=20)
    back = case | {"reason": "They have time again."}
    year.may_not("reinstateMembership", Role.COMMITTEE, "votes.admission.required", **back)
    year.is_approved(kind="ADMISSION", **case)
    year.does("reinstateMembership", Role.COMMITTEE, **back)
    assert year.standing(friends) == "ACTIVE"
    history = "query ($id: ID!) { membership(id: $id) { since standings { standing } } }"
    told = year.ask(history, id=friends.membership)["membership"]
    assert [each["standing"] for each in told["standings"]] == [
        "AGREEMENT_PENDING",
        "ACTIVE",
        "WITHDRAWN",
        "ACTIVE",
    ]


def september_a_member_changes_its_tier(year: Year) -> None:
    year.passes(days=25)
    marsh = year.everybody["Marsh Shelter"]
    given = {"membership": marsh.membership, "tier": "community-network"}
    asked = year.does(
        "requestTierChange",
        marsh.speaker,
        "application { id }",
        reason="MISSION_CHANGED",
        **given,
    )["application"]["id"]
    year.may_not("changeTier", Role.COMMITTEE, "application.phase", application=asked)
    before = year.head
    marsh.tier, marsh.application, marsh.who = given["tier"], asked, marsh.speaker
    year.is_reviewed(marsh)
    year.may_not("changeTier", Role.COMMITTEE, "votes.tier-change.required", application=asked)
    year.is_approved(kind="TIER_CHANGE", application=asked)
    year.does("changeTier", Role.COMMITTEE, application=asked)
    # The network has an agreement of its own, which is to be signed first.
    assert year.standing(marsh) == "AGREEMENT_PENDING"
    year.signs(marsh)
    assert year.standing(marsh) == "ACTIVE"
    changed = """query ($at: Int!) { changesBetween(from: { position: $at }) { nodes {
        membership { id } fields { field before after } } } }"""
    change, *_ = year.ask(changed, at=before)["changesBetween"]["nodes"]
    assert change["membership"] == {"id": marsh.membership}
    assert change["fields"][0] == {
        "field": "tier",
        "before": "coalition-member",
        "after": "community-network",
    }


def october_people_and_names_change(year: Year) -> None:
    year.passes(days=30)
    tern = year.everybody["Tern Cooperative"]
    contacts = {"capacity": "director", "email": "somebody@example.org"}
    people = "party { ... on Organisation { representatives { person } } }"
    first = year.does(
        "appointRepresentative",
        Role.DIRECTOR,
        people,
        party=tern.party,
        name="Kim Invented",
        **contacts,
    )["party"]["representatives"][0]["person"]
    year.passes(days=3)
    year.does(
        "appointRepresentative",
        Role.DIRECTOR,
        party=tern.party,
        name="Sam Invented",
        replaces=first,
        **contacts,
    )
    year.does("renameParty", Role.DIRECTOR, party=tern.party, name="Tern and Heron")
    found = "query ($name: String!) { organisationsNamed(name: $name) { id name } }"
    for name in ("tern cooperative", "Tern & Heron", "TERN AND HERON"):
        named = year.ask(found, Role.COMMITTEE, name=name)["organisationsNamed"]
        assert [each["name"] for each in named] == (["Tern and Heron"] if "&" not in name else [])
    # What is shown is what was consented to, until that is published anew.
    assert "Tern Cooperative" in year.listed()


def october_two_members_become_one(year: Year) -> None:
    tern, marsh = year.everybody["Tern Cooperative"], year.leaves("Marsh Shelter")
    given = {"survivor": tern.party, "merged": marsh.party, "membership": tern.membership}
    year.does("mergeParties", Role.DIRECTOR, reason="They share a house now.", **given)
    assert (year.standing(tern), year.standing(marsh)) == ("ACTIVE", "MERGED")
    found = """query ($name: String!, $id: ID!) {
        organisationsNamed(name: $name) { id }
        membership(id: $id) { mergedInto { id } } }"""
    seen = year.ask(found, Role.COMMITTEE, name="Marsh Shelter", id=marsh.membership)
    assert seen["organisationsNamed"] == [{"id": tern.party}]
    assert seen["membership"]["mergedInto"] == {"id": tern.membership}


def november_the_coalition_decides_on_its_policy(year: Year) -> None:
    year.passes(days=20)
    text = _version(2)
    year.may_not("adoptPolicy", Role.DIRECTOR, "votes.policy.required", text=text)
    vote = year.opens_vote(kind="POLICY", proposal=text)
    year.may_not("adoptPolicy", Role.DIRECTOR, "votes.policy", text=text)
    year.closes_vote(vote, dict.fromkeys(year.everybody, "APPROVE"))
    year.does("adoptPolicy", Role.DIRECTOR, text=text)
    year.may_not("adoptPolicy", Role.DIRECTOR, "votes.policy.required", text=_version(3))
    assert year.ask("{ policy { reference } }") == {"policy": {"reference": "cate@2"}}


def december_what_was_is_still_known(year: Year) -> None:
    year.passes(days=30)
    library = year.everybody["Lantern Library"]
    then = """query ($asOf: AsOf) { governance(asOf: $asOf) { partners { id }
        coalition { policy { reference } } } memberships(asOf: $asOf) { totalCount } }"""
    in_may = {"at": {"recordedAt": "2023-05-10T00:00:00Z"}, "effectiveOn": "2023-05-10"}
    found = year.ask(then, asOf=in_may)
    led_by = {each["id"] for each in found["governance"]["partners"]}
    assert led_by == {each.membership for each in year.partners}
    assert found["governance"]["coalition"] == {"policy": {"reference": "cate@1"}}
    assert found["memberships"]["totalCount"] == 4
    assert year.ask(then)["memberships"]["totalCount"] == 10
    marsh = year.gone["Marsh Shelter"]

    why = """query ($id: ID!) { membership(id: $id) { tier { key } evidence {
        decision { ... on OpenEntry { type } } policy { reference }
        standards { assessment plan { steps } } agreement { version } } } }"""
    evidence = year.ask(why, Role.AUDITOR, id=library.membership)["membership"]["evidence"]
    assert evidence["decision"] == {"type": "membership.admitted.v1"}
    assert evidence["policy"] == {"reference": "cate@1"}
    worked_towards = evidence["standards"][0]
    assert worked_towards["assessment"] == "WORKS_TOWARDS"
    assert worked_towards["plan"] == {"steps": "A course for all staff."}
    evidence = year.ask(why, Role.AUDITOR, id=marsh.membership)["membership"]["evidence"]
    assert evidence["decision"] == {"type": "membership.tier_changed.v1"}


def the_next_year_terms_are_renewed_or_lapse(year: Year) -> None:
    robin = year.everybody["Robin Invented"]
    year.comes(date(2024, 2, 1))
    for partner in year.partners:
        year.renews(partner)
    year.comes(date(2024, 5, 15))
    for somebody in set(year.everybody.values()) - {*year.partners, robin}:
        if year.renewal(somebody) == "OPEN":
            year.renews(somebody)
    year.comes(date(2024, 6, 25))
    assert year.standing(robin) == "RENEWAL_DUE"
    assert robin.name not in year.listed()
    year.comes(date(2024, 8, 1))
    assert year.standing(robin) == "LAPSED"
    # What is the case today changes nothing of what was.
    assert year.standing(robin, effectiveOn="2023-12-24") == "ACTIVE"
    assert {year.standing(each) for each in year.partners} == {"ACTIVE"}


def the_next_year_a_plan_is_carried_out(year: Year) -> None:
    library = year.everybody["Lantern Library"]
    year.comes_along(library, 2)
    year.does(
        "closeImprovementPlan",
        Role.DIRECTOR,
        application=library.application,
        standard=POLICY.standards_for(library.tier)[0].id,
        outcome="CARRIED_OUT",
    )
    assert year.plan(library) == ("CARRIED_OUT", [True, True])
    assessed = """query ($id: ID!) { membership(id: $id) { isImproving
        evidence { standards { assessment } } } }"""
    found = year.ask(assessed, Role.AUDITOR, id=library.membership)["membership"]
    assert found["isImproving"] is False
    # Why it was admitted is what it was then.
    assert found["evidence"]["standards"][0] == {"assessment": "WORKS_TOWARDS"}


def the_next_year_a_membership_is_terminated(year: Year) -> None:
    friends, tern = year.leaves("Harbour Friends"), year.everybody["Tern Cooperative"]
    case = {
        "membership": friends.membership,
        "clauses": ["network.transparent-collaboration"],
        "reason": "Referrals were passed on for a fee, after a warning.",
    }
    vote = year.opens_vote(kind="TERMINATION", **case)
    given = case | {"vote": vote}
    year.may_not("terminateMembership", Role.COMMITTEE, "votes.termination", **given)
    year.closes_vote(vote, {each.name: "APPROVE" for each in (*year.partners, tern)})
    year.does("terminateMembership", Role.COMMITTEE, **given)
    assert year.standing(friends) == "TERMINATED"
    assert friends.name not in year.listed()
    # A member that is there no more has an end that members may look at again.
    year.does("fileAppeal", friends.speaker, membership=friends.membership, grounds="We stopped.")


def _version(number: int) -> str:
    """Return the text of a later version of the policy."""
    return CATE_TOML.decode().replace("\nversion = 1\n", f"\nversion = {number}\n", 1)
