"""Nobody of the staff decides in the cause of their own organisation: every command is classed."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest

from domain.terms import PrincipalId
from service.security.access import COMMANDS
from service.security.causes import DECISIONS, OTHERS, SAFETY, STANDING_ASIDE
from service.security.principal import Principal, Role
from tests.service.graphql.story import Story
from tests.service.graphql.test_every_mutation import INPUTS, Ids, ids_in, least

IDLE = Principal(PrincipalId("somebody"), Role.REVIEWER)
"""A reviewer who is assigned to nothing."""
STAFF = (Role.REVIEWER, Role.COMMITTEE, Role.DIRECTOR)
GIVEN = [
    (command, role)
    for command in sorted(DECISIONS | OTHERS)
    for role in STAFF
    if role in {granted for granted, _ in COMMANDS[command]}
]


def mutation_of(command: str) -> str:
    return command[0].lower() + command[1:]


@pytest.fixture(scope="module")
def told(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[Story, Ids]]:
    """A coalition with something in it of what commands are about, and its ids."""
    folder = tmp_path_factory.mktemp("told")
    story = Story(f"sqlite:///{folder / 'ledger.db'}", folder)
    story.api.give_key(IDLE)
    yield story, ids_in(story)
    story.close()


def answered(told: tuple[Story, Ids], command: str, role: Role, *, tied: bool) -> dict[str, Any]:
    """Return how a command of the staff is answered, given by who belongs to whom it concerns."""
    story, ids = told
    mutation = mutation_of(command)
    given = least(INPUTS[mutation], ids)
    if command in {"DecideAppeal", "OpenVote"}:
        given["membership"] = ids["membership"]
    party = story.pending_party if "application" in given else story.member.party
    who = Principal(story.coalition.principals[role].id, role, None, party if tied else None)
    if command == "RecuseReviewer":
        given["reviewer"] = IDLE.id
    return story.api.do(mutation, given, who)


@pytest.mark.parametrize(("command", "role"), GIVEN)
def test_nobody_decides_in_the_cause_of_their_own_organisation(
    told: tuple[Story, Ids], command: str, role: Role
) -> None:
    answer = answered(told, command, role, tied=True)
    found = (answer.get("code"), answer.get("rule")) == ("CONFLICT_OF_INTEREST", "review.own-cause")
    assert found is (command in DECISIONS), answer
    if command in DECISIONS:
        assert answered(told, command, role, tied=False).get("rule") != "review.own-cause"


def test_what_is_free_to_who_stands_aside_is_a_command() -> None:
    assert SAFETY < OTHERS
    assert STANDING_ASIDE < DECISIONS | OTHERS
