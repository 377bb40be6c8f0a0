"""A member complains, and others than whom it is about answer, through the API."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from service.graphql.ids import NodeKind, global_id
from service.security.principal import Principal, Role
from tests.service.assembly import Assembly
from tests.service.graphql.api import Api

TEXT = "They spoke for us without asking."
ANSWER = "They will ask."
SHOWN = """grievance { id version member { id } against { id } decision { id } role text filedOn
    outcome resolution resolvedOn }"""


class Complaining:
    """Three partners, of which the first has something to complain of."""

    def __init__(self, database_url: str, folder: Path) -> None:
        self.assembly = Assembly(database_url, folder, partners=3)
        self.api = Api(self.assembly.coalition)
        self.members = [
            global_id(NodeKind.MEMBERSHIP, each.membership) for each in self.assembly.partners
        ]
        self.speaker = self.assembly.speaker(0)

    def file(self, who: Principal | Role | None = None, **about: str) -> dict[str, Any]:
        """Complain."""
        given = {"membership": self.members[0], "text": TEXT} | about
        return self.api.do("fileGrievance", given, who or self.speaker, returning=SHOWN)

    def filed(self, **about: str) -> str:
        """Return a grievance that was filed."""
        answer = self.file(self.speaker, **about)
        assert answer["__typename"] == "FileGrievanceAccepted", answer
        grievance: str = answer["grievance"]["id"]
        return grievance

    def resolve(self, grievance: str, who: Principal | Role) -> dict[str, Any]:
        """Answer it."""
        given = {"grievance": grievance, "outcome": "UPHELD", "resolution": ANSWER}
        return self.api.do("resolveGrievance", given, who, returning=SHOWN)

    def listed(self, who: Principal) -> dict[str, Any]:
        """Return the grievances that somebody knows of."""
        found: dict[str, Any] = self.api.ask(LISTED, who)["grievances"]
        return found

    def merge(self, survivor: int, merged: int) -> None:
        """Let a partner be part of another one."""
        given = {"survivor": self._party(survivor), "merged": self._party(merged)}
        kept = {"membership": self.members[survivor], "reason": "One house."}
        answer = self.api.do("mergeParties", given | kept, Role.DIRECTOR)
        assert answer["__typename"] == "MergePartiesAccepted", answer

    def separate(self, merged: int) -> None:
        """Let it be its own again."""
        apart = {"party": self._party(merged), "reason": "They are two again."}
        answer = self.api.do("separateParties", apart, Role.DIRECTOR)
        assert answer["__typename"] == "SeparatePartiesAccepted", answer

    def _party(self, number: int) -> str:
        return global_id(NodeKind.PARTY, self.assembly.partners[number].party)


@pytest.fixture
def complaining(database_url: str, tmp_path: Path) -> Iterator[Complaining]:
    complaining = Complaining(database_url, tmp_path)
    yield complaining
    complaining.assembly.coalition.close()


def test_a_grievance_is_filed_and_answered(complaining: Complaining) -> None:
    filed = complaining.file(against=complaining.members[1])["grievance"]
    today = str(complaining.assembly.today)
    assert filed == {
        "id": filed["id"],
        "version": 1,
        "member": {"id": complaining.members[0]},
        "against": {"id": complaining.members[1]},
        "decision": None,
        "role": None,
        "text": TEXT,
        "filedOn": today,
        "outcome": None,
        "resolution": None,
        "resolvedOn": None,
    }
    answered = complaining.resolve(filed["id"], Role.DIRECTOR)["grievance"]
    assert answered == filed | {
        "version": 2,
        "outcome": "UPHELD",
        "resolution": ANSWER,
        "resolvedOn": today,
    }
    again = complaining.resolve(filed["id"], Role.COMMITTEE)
    assert (again["code"], again["rule"]) == ("WRONG_PHASE", "grievance.once")


def test_only_a_representative_complains_and_for_their_own_member(complaining: Complaining) -> None:
    other = complaining.assembly.speaker(1)
    for who in (other, Role.DIRECTOR, Role.COMMITTEE, Role.PUBLIC, Role.APPLICANT):
        answer = complaining.file(who, against=complaining.members[2])
        assert answer["__typename"] == "NotAllowed"


def test_staff_and_who_has_a_part_in_it_know_of_it_and_nobody_else(
    complaining: Complaining,
) -> None:
    grievance = complaining.filed(against=complaining.members[1])
    complaining.resolve(grievance, Role.COMMITTEE)
    query = f"""query ($id: ID!) {{ grievances {{ totalCount nodes {{ id }} }}
        node(id: $id) {{ ... on Grievance {{ {SHOWN[11:]} }} }}"""
    whole = {"member", "text"}

    def seen(who: Principal | Role) -> dict[str, Any] | None:
        data = complaining.api.ask(query, who, id=grievance)
        node: dict[str, Any] | None = data["node"]
        ids = [] if node is None else [grievance]
        assert data["grievances"] == {
            "totalCount": len(ids),
            "nodes": [{"id": each} for each in ids],
        }
        return node

    for who in (complaining.speaker, Role.COMMITTEE, Role.DIRECTOR, Role.AUDITOR):
        node = seen(who)
        assert node is not None
        assert (node["text"], node["resolution"]) == (TEXT, ANSWER)
    about = seen(complaining.assembly.speaker(1))
    assert about is not None
    assert (about["outcome"], about["resolution"]) == ("UPHELD", ANSWER)
    assert {name for name in whole if about[name] is None} == whole
    strangers = (complaining.assembly.speaker(2), Role.PUBLIC, Role.PORTAL, Role.REVIEWER)
    for who in (*strangers, Role.APPLICANT, Role.OPERATOR):
        assert seen(who) is None


def test_who_is_open_is_told_from_who_is_answered(complaining: Complaining) -> None:
    grievance = complaining.filed(role="COMMITTEE")
    query = "query ($resolved: Boolean) { grievances(resolved: $resolved) { totalCount } }"

    def count(*, resolved: bool) -> int:
        data = complaining.api.ask(query, Role.AUDITOR, resolved=resolved)
        number: int = data["grievances"]["totalCount"]
        return number

    assert (count(resolved=False), count(resolved=True)) == (1, 0)
    complaining.resolve(grievance, Role.DIRECTOR)
    assert (count(resolved=False), count(resolved=True)) == (0, 1)


def test_whoever_decided_does_not_answer_a_grievance_about_the_decision(
    complaining: Complaining,
) -> None:
    until = "2023-06-01"
    suspended = complaining.api.do(
        "suspendMembership",
        {
            "membership": complaining.members[0],
            "clauses": ["provider.transparent-collaboration"],
            "reason": "Funds were not accounted for.",
            "until": until,
        },
        Role.DIRECTOR,
        returning="receipt { entryIds }",
    )
    (entry,) = suspended["receipt"]["entryIds"]
    grievance = complaining.filed(entry=entry)
    barred = complaining.resolve(grievance, Role.DIRECTOR)
    assert (barred["code"], barred["rule"]) == ("CONFLICT_OF_INTEREST", "grievance.subject")
    answered = complaining.resolve(grievance, Role.COMMITTEE)["grievance"]
    assert answered["decision"] == {"id": entry}


def test_nobody_answers_for_the_role_that_is_complained_of(complaining: Complaining) -> None:
    grievance = complaining.filed(role="DIRECTOR")
    barred = complaining.resolve(grievance, Role.DIRECTOR)
    assert (barred["code"], barred["rule"]) == ("CONFLICT_OF_INTEREST", "grievance.subject")
    for who in (complaining.speaker, Role.AUDITOR, Role.REVIEWER, Role.PUBLIC):
        assert complaining.resolve(grievance, who)["__typename"] == "NotAllowed"
    answered = complaining.resolve(grievance, Role.COMMITTEE)
    assert answered["__typename"] == "ResolveGrievanceAccepted"


def test_the_log_shows_that_something_confidential_was_recorded_and_no_more(
    complaining: Complaining,
) -> None:
    grievance = complaining.filed(against=complaining.members[1])
    complaining.resolve(grievance, Role.DIRECTOR)
    query = """{ ledger { entries(last: 2) { nodes { __typename bytes
        ... on ConfidentialEntry { type stream disclosures { path value } } } } } }"""
    for who in (Role.PUBLIC, complaining.speaker, complaining.assembly.speaker(1)):
        nodes = complaining.api.ask(query, who)["ledger"]["entries"]["nodes"]
        for node in nodes:
            assert node["__typename"] == "ConfidentialEntry"
            assert (node["type"], node["stream"], node["disclosures"]) == (None, None, None)
        assert TEXT not in str(nodes)
    (filed, _) = complaining.api.ask(query, Role.AUDITOR)["ledger"]["entries"]["nodes"]
    assert TEXT in str(filed)


LISTED = "{ grievances { totalCount nodes { id text } } }"
NONE: dict[str, Any] = {"totalCount": 0, "nodes": []}


def test_after_a_merger_grievances_are_those_of_the_organisation_that_goes_on_too(
    complaining: Complaining,
) -> None:
    first, second, third = (complaining.assembly.speaker(number) for number in range(3))
    grievance = complaining.filed(against=complaining.members[2])
    assert complaining.listed(second) == NONE
    complaining.merge(1, 0)
    assert complaining.listed(second) == complaining.listed(first) == listing(grievance, TEXT)
    assert complaining.listed(third) == listing(grievance, None)
    # Whoever has become one does not complain of itself.
    answer = complaining.file(
        second, membership=complaining.members[1], against=complaining.members[0]
    )
    assert (answer["rule"], answer["field"]) == ("grievance.another-member", "against")
    complaining.separate(0)
    assert complaining.listed(second) == NONE
    assert complaining.listed(first) == listing(grievance, TEXT)


def test_who_is_part_of_another_keeps_its_own_grievances_and_gets_no_others(
    complaining: Complaining,
) -> None:
    first, second, third = (complaining.assembly.speaker(number) for number in range(3))
    of_second = complaining.file(
        second, membership=complaining.members[1], against=complaining.members[2]
    )["grievance"]["id"]
    complaining.merge(1, 0)
    assert complaining.listed(first) == NONE
    filed = complaining.file(first, against=complaining.members[2])["grievance"]
    assert filed["text"] == TEXT
    assert complaining.listed(first) == listing(filed["id"], TEXT)
    both = listing(of_second, TEXT, filed["id"], TEXT)
    assert complaining.listed(second) == both
    complaining.merge(2, 1)
    # What it was about is one with those who complained now: they keep what they said.
    assert complaining.listed(first) == listing(filed["id"], TEXT)
    assert complaining.listed(second) == listing(of_second, TEXT)
    assert complaining.listed(third) == listing(of_second, None, filed["id"], None)


def test_merging_with_whoever_complained_opens_nothing_of_it(complaining: Complaining) -> None:
    first, second = (complaining.assembly.speaker(number) for number in range(2))
    grievance = complaining.filed(against=complaining.members[1])
    for survivor, merged in ((1, 0), (0, 1)):
        complaining.merge(survivor, merged)
        assert complaining.listed(first) == listing(grievance, TEXT)
        assert complaining.listed(second) == listing(grievance, None)
        complaining.separate(merged)


def listing(*named: str | None) -> dict[str, Any]:
    """Return a list of grievances, by id and text."""
    nodes = [{"id": one, "text": text} for one, text in zip(named[::2], named[1::2], strict=True)]
    return {"totalCount": len(nodes), "nodes": nodes}
