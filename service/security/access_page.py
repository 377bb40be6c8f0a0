"""Prints ``docs/access.md`` by ``python -m service.security.access_page``."""

from __future__ import annotations

import sys
from collections.abc import Iterable, Iterator
from itertools import groupby
from typing import Final

from service.security.access import ACTIONS, COMMANDS
from service.security.audiences import AUDIENCES, Audience, Grant
from service.security.causes import DECISIONS
from service.security.fields import FIELDS
from service.security.principal import Role, Scope
from service.security.relations import Relation
from service.security.scopes import SCOPED_ACTIONS, SCOPED_AUDIENCES

_INTRODUCTION: Final = """\
# Who may do and see what

This page is printed from the code (`python -m service.security.access_page`), and a test holds
both together. One function, `may` in `service/security/access.py`, decides every case by these
tables; what they do not grant is denied. A field that you may not read is null, and the response
says so in `extensions.redacted`; a thing that you may not see looks as if it did not exist.

| in a cell | the grant holds |
| --- | --- |
| yes | always |
| own | for your own application, webhook or key, your party, or a hold that you set, for a day |
| new | for your own application, by a party that is not known yet |
| assigned | for the applications you were assigned to review, and what is seen with them |
| application | for applications, and what is seen with them |
| closed | for votes that are closed, and the ballots of them |
| voting | while the member you speak for has a vote on it that is open |
| voted | once a vote on it is closed in which the member you speak for cast a ballot |
| member | while whom you speak for is a member, and not before or after that |
| no | never |

Of an application that they stand aside from, the committee and the director read what a reviewer
does who was not assigned to it; and they say nothing of whoever made it, but for safety, while it
is open.
"""

_AUDIENCES: Final = {
    Audience.PUBLIC: "Anybody.",
    Audience.MEMBER: "Who speaks for a member at present, portals, and staff.",
    Audience.CASE: (
        "All staff, those whose own application or party it is, and who votes or voted on it."
    ),
    Audience.QUEUE: "All staff, whichever applications they were assigned.",
    Audience.STAFF: "The staff concerned, and those whose own application or party it is.",
    Audience.ASKED: "The staff concerned, those whose own it is, and who votes on it meanwhile.",
    Audience.REVIEW: "The staff concerned, and not those whom it is about.",
    Audience.JUDGES: "The staff concerned, and who votes or voted on it; not whom it is about.",
    Audience.HEARD: "The staff concerned, who votes or voted on it, and whom it is about.",
    Audience.PERSONAL: "The person or party, and those of the staff who have to know.",
    Audience.INVOLVED: "The staff concerned, who complains, and whom it is about.",
    Audience.VOTER: "Those who may have a vote, about their own ballot.",
    Audience.OWNER: "Whoever speaks for the party.",
    Audience.KEEPER: "Whoever speaks for the party, and the director.",
    Audience.SUBSCRIBER: "Whoever registered the webhook, and the director and auditors.",
    Audience.HOLDER: (
        "Whose key it is, those who speak for the same party, and the operator, the director and "
        "auditors."
    ),
    Audience.COUNT: "The staff, once a vote is closed.",
}
_CELLS: Final = {
    Relation.ANY: "yes",
    Relation.OWN: "own",
    Relation.NEW: "new",
    Relation.ASSIGNED: "assigned",
    Relation.APPLICATION: "application",
    Relation.CLOSED: "closed",
    Relation.VOTING: "voting",
    Relation.VOTED: "voted",
    Relation.MEMBER: "member",
}


_ROLES: Final = [role for role in Role if role is not Role.SYSTEM]
"""Those in which somebody signs in, or nobody has to."""


def page() -> str:
    """Return the text of ``docs/access.md``."""
    tables = [*_audiences(), *_commands(), *_actions(), *_scopes(), *_fields()]
    return "\n".join([_INTRODUCTION, *tables])


def _audiences() -> Iterator[str]:
    yield "## Audiences of fields\n"
    yield _header("audience")
    for audience, grants in AUDIENCES.items():
        yield _row(audience.value, grants)
    yield ""
    yield from (f"- **{audience}**: {text}" for audience, text in _AUDIENCES.items())
    yield ""


def _commands() -> Iterator[str]:
    yield "## Commands\n"
    yield _header("command")
    for command, grants in COMMANDS.items():
        yield _row(command, grants)
    system = (Role.SYSTEM, Relation.ANY)
    swept = [f"`{command}`" for command, grants in COMMANDS.items() if system in grants]
    yield f"\nThe service itself gives {', '.join(swept)}, in the role system."
    yield "Nobody signs in as the system.\n"
    judged = ", ".join(f"`{command}`" for command in COMMANDS if command in DECISIONS)
    yield f"Nobody of the staff gives {judged} in the cause of the organisation that their key"
    yield "says they belong to, or of one tied to it.\n"


def _actions() -> Iterator[str]:
    yield "## Actions\n"
    yield "What is done by a mutation and is no command of the ledger, which it adds nothing to.\n"
    yield _header("action")
    for action, grants in ACTIONS.items():
        yield _row(action, grants)
    yield ""


def _scopes() -> Iterator[str]:
    yield "## Scopes of a portal's key\n"
    yield "A key of a portal may be made for some of these alone; one that names none has all."
    yield "What is public needs none.\n"
    yield "| scope | commands and actions | fields for |\n| --- | --- | --- |"
    for scope in Scope:
        actions = [f"`{each}`" for each, needed in SCOPED_ACTIONS.items() if needed is scope]
        audiences = [each.value for each, needed in SCOPED_AUDIENCES.items() if needed is scope]
        yield f"| {scope} | {', '.join(actions) or 'none'} | {', '.join(audiences)} |"
    yield ""


def _fields() -> Iterator[str]:
    yield "## Fields\n"
    for type_name, names in groupby(sorted(FIELDS), key=lambda name: name.partition(".")[0]):
        yield f"### {type_name}\n"
        yield _header("field | audience")
        for name in names:
            audience = FIELDS[name]
            yield _row(f"{name.partition('.')[2]} | {audience}", AUDIENCES[audience])
        yield ""


def _header(first: str) -> str:
    titles = [*first.split(" | "), *(role.value for role in _ROLES)]
    return f"| {' | '.join(titles)} |\n|{' --- |' * len(titles)}"


def _row(first: str, grants: Iterable[Grant]) -> str:
    granted = list(grants)
    return f"| {first} | {' | '.join(_cell(role, granted) for role in _ROLES)} |"


def _cell(role: Role, grants: Iterable[Grant]) -> str:
    held = {relation for granted_to, relation in grants if granted_to is role}
    return ", ".join(text for relation, text in _CELLS.items() if relation in held) or "no"


if __name__ == "__main__":
    sys.stdout.write(page())
