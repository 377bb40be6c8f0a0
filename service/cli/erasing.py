"""`coalition erase …`: for an operator who has the key store."""

# Help must be there at once, so what takes long to import is imported where it is used.
# ruff: noqa: PLC0415

from __future__ import annotations

import contextlib
import secrets
import uuid
from typing import TYPE_CHECKING, Annotated

import typer

from service.cli.exits import FailedError, UsageError
from service.cli.output import data, say

if TYPE_CHECKING:
    from collections.abc import Iterator

    from domain.decision import Command
    from service.ledger.ledger import Ledger

app = typer.Typer(
    help="Erase a person or a value for ever, and what is left of it in files.",
    no_args_is_help=True,
)

JSON_OPTION = Annotated[bool, typer.Option("--json", help="Print what was recorded, as JSON.")]


@app.command()
def person(
    who: Annotated[str, typer.Argument(help="The person's id, as the API shows it.")],
    *,
    as_json: JSON_OPTION = False,
) -> None:
    """Let nobody read what is personal to somebody; then run `coalition erase finish`."""
    from domain.coalition.erasure import ErasePerson
    from domain.terms import PersonId
    from service.graphql.ids import NodeKind, own_id

    command = ErasePerson(person=PersonId(own_id(NodeKind.PARTY, who) or who))
    _run(command, f"There is nobody {who}: give the id that the API shows.", as_json=as_json)


@app.command()
def value(
    entry: Annotated[str, typer.Argument(help="The entry's id, as the API shows it.")],
    field: Annotated[str, typer.Argument(help="The field, by its name in the entry.")],
    *,
    as_json: JSON_OPTION = False,
) -> None:
    """Let nobody read one hidden value of an entry; then run `coalition erase finish`."""
    from domain.coalition.erasure import ExpungeValue
    from domain.terms import EntryId
    from service.graphql.ids import NodeKind, own_id

    command = ExpungeValue(entry=EntryId(own_id(NodeKind.ENTRY, entry) or entry), field=field)
    _run(command, f"There is no entry {entry}: give the id that the API shows.", as_json=as_json)


@app.command()
def finish() -> None:
    """Finish what is recorded as erased, and write the databases' files anew without it.

    Readers wait meanwhile. On PostgreSQL it works as the role of COALITION_MIGRATION_URL.
    """
    from service.ledger.engine import create_engine
    from service.ledger.erasing import purge
    from service.settings import Settings, load

    settings = load(Settings)
    with _opened() as ledger:
        owner = create_engine(settings.migration_url or settings.database_url)
        try:
            if not purge(owner, ledger.keys):
                raise FailedError(
                    "While something reads the ledger's database, copies may stay in its "
                    "write-ahead log: try again in a minute, or stop the service first."
                )
        finally:
            owner.dispose()
    say("Nothing of what was erased is left in the files of the ledger and the key store.")
    say("What is left to do elsewhere, with backups and exports: see docs/operators.md.")


@contextlib.contextmanager
def _opened() -> Iterator[Ledger]:
    from service.opening import open_ledger
    from service.settings import Settings, load

    with contextlib.closing(open_ledger(load(Settings))) as ledger:
        yield ledger


def _run(command: Command, unknown: str, *, as_json: bool) -> None:
    from domain.decision import Refusal
    from domain.terms import PrincipalId
    from service.ledger.request import Accepted, NotAllowed, Request
    from service.security.principal import Principal, Role

    with _opened() as ledger:
        outcome = ledger.execute(
            Request(
                principal=Principal(PrincipalId(secrets.token_hex(16)), Role.OPERATOR),
                command=command,
                command_id=str(uuid.uuid4()),
                content=b"",
            )
        )
    if isinstance(outcome, NotAllowed):
        raise UsageError(unknown)
    if isinstance(outcome, Refusal):
        raise FailedError(outcome.message)
    assert isinstance(outcome, Accepted)  # noqa: S101 - a fresh command id, and no version
    positions = [each.position for each in outcome.entries]
    if as_json:
        data({"positions": positions})
    if not positions:
        say("It was erased before.")
        return
    say(f"Erased, as the entry at {positions[-1]} says, and the key is destroyed.")
    say("Next: `coalition erase finish`, and delete the exports that have it.")
