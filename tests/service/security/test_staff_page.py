"""The page for staff is true: every mutation, who may send it, and everything that becomes due."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Final

from service.deadlines import DEADLINES
from service.graphql.schema import print_schema
from service.security.access import COMMANDS
from service.security.principal import Role

PAGE: Final = (Path(__file__).parents[3] / "docs" / "staff.md").read_text()
STEP: Final = re.compile(r"^\| [^|]+ \| `(\w+)` \| ([^|]+) \| [^|]+ \|$", re.MULTILINE)
DUE: Final = re.compile(r"^\| `([A-Z_]+)` \| ([^|]+) \| [^|]+ \|$", re.MULTILINE)

_KEYS_AND_WEBHOOKS: Final = re.compile("(key|webhook)", re.IGNORECASE)


def fields(of: str) -> set[str]:
    """Return the fields of a type of the schema."""
    body = print_schema().partition(f"\ntype {of} {{\n")[2].partition("\n}")[0]
    return set(re.findall(r"^  (\w+)[(:]", body, re.MULTILINE))


def test_every_mutation_is_a_step_for_whoever_may_take_it() -> None:
    steps = STEP.findall(PAGE)
    told = dict(steps)
    assert len(told) == len(steps)
    # Those of operators and portals are in their own guides.
    wanted = {each for each in fields("Mutation") if not _KEYS_AND_WEBHOOKS.search(each)}
    assert set(told) == wanted
    for mutation, who in told.items():
        granted = {role for role, _ in COMMANDS[mutation[0].upper() + mutation[1:]]}
        roles = [role.value for role in Role if role in granted and role is not Role.SYSTEM]
        assert who == ", ".join(roles), mutation


def test_every_deadline_says_whom_it_waits_for() -> None:
    waited: dict[str, set[str]] = {}
    for deadline in DEADLINES:
        waited.setdefault(deadline.kind.name, set()).add(deadline.waiting_on.value)
    assert {kind: ", ".join(sorted(who)) for kind, who in waited.items()} == dict(DUE.findall(PAGE))


def test_what_it_tells_to_ask_can_be_asked() -> None:
    table = PAGE.partition("| you want to know | ask |")[2].partition("\n\n")[0]
    asked = re.findall(r"\| `(\w+)", table)
    assert len(asked) == 8
    assert set(asked) <= fields("Query")
