"""`coalition log …`: the log as others see it."""

# Help must be there at once, so what takes long to import is imported where it is used.
# ruff: noqa: PLC0415

from __future__ import annotations

from contextlib import closing
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from service.cli.exits import FailedError, UsageError
from service.cli.output import data, say

if TYPE_CHECKING:
    from service.ledger.request import Outcome

app = typer.Typer(help="The log: export it, show and change its keys.", no_args_is_help=True)


@app.command()
def export(
    folder: Annotated[Path, typer.Argument(help="Where to; it may hold an earlier export.")],
    *,
    as_json: Annotated[bool, typer.Option("--json", help="Print what is there, as JSON.")] = False,
) -> None:
    """Write what is published as files for any web host; repeated, add what is new.

    The service may run meanwhile. No keys are needed.
    """
    from service.settings import DatabaseSettings, load

    settings = load(DatabaseSettings)

    from rich.console import Console
    from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn

    from service.opening import open_database
    from service.transparency.export import export as export_log

    engine = open_database(settings.database_url)
    columns = (TextColumn("writing"), BarColumn(), MofNCompleteColumn())
    try:
        with Progress(*columns, console=Console(stderr=True)) as bar:
            task = bar.add_task("writing", total=None)
            checkpoint = export_log(
                engine,
                folder,
                lambda done, total: bar.update(task, completed=done, total=total),
            )
    finally:
        engine.dispose()
    if as_json:
        root = checkpoint.root.hex()
        data({"origin": checkpoint.origin, "size": checkpoint.size, "rootHash": root})
    say(f"{folder} has the {checkpoint.size} entries of {checkpoint.origin}.")


@app.command("keys")
def keys_() -> None:
    """Print the log's verifier keys, as auditors and witnesses are given them."""
    from service.settings import Settings, load

    settings = load(Settings)

    from service.opening import open_ledger

    with closing(open_ledger(settings, outdated=True)) as ledger:
        for key in ledger.signing_keys:
            typer.echo(str(key.verifier))


@app.command("add-key")
def add_key(
    *,
    ml_dsa_44: Annotated[
        bool, typer.Option("--ml-dsa-44", help="A key that is safe against quantum computers.")
    ] = False,
) -> None:
    """Sign by one more key from now on, as an entry says; print its verifier key.

    Running services take it up by themselves. Give the key to auditors, witnesses and partners, and
    retire the old one when they have it.
    """
    from domain.ledger.note import Algorithm
    from service.opening import open_ledger
    from service.settings import Settings, load
    from service.transparency.rotating import add_key as add

    algorithm = Algorithm.ML_DSA_44 if ml_dsa_44 else Algorithm.ED25519
    with closing(open_ledger(load(Settings))) as ledger:
        key, outcome = add(ledger, algorithm)
    _done(outcome)
    typer.echo(str(key))
    say("Back up the key store now: without this key, a checkpoint that it signed cannot follow.")


@app.command("retire-key")
def retire_key(
    key_id: Annotated[str, typer.Argument(help="The part between the plus signs of the key.")],
) -> None:
    """Sign by a key no more, as an entry says; another one has to sign already."""
    from domain.decision import Refusal
    from service.opening import open_ledger
    from service.settings import Settings, load
    from service.transparency.rotating import retire_key as retire

    with closing(open_ledger(load(Settings))) as ledger:
        outcome = retire(ledger, key_id)
    if isinstance(outcome, Refusal) and outcome.rule == "known-key":
        raise UsageError(f"No key of this log has the id {key_id}: see `coalition log keys`.")
    _done(outcome)
    say(f"The key {key_id} signs no more from the next checkpoint on.")


def _done(outcome: Outcome) -> None:
    from domain.decision import Refusal
    from service.ledger.request import Accepted

    if isinstance(outcome, Refusal):
        unmet = " ".join(each.satisfied_by for each in outcome.unmet)
        raise FailedError(f"{outcome.message} {unmet}".strip())
    assert isinstance(outcome, Accepted)  # noqa: S101 - a fresh command id, and no version
