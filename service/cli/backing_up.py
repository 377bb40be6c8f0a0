"""`coalition backup …` and `coalition restore …`."""

# Help must be there at once, so what takes long to import is imported where it is used.
# ruff: noqa: PLC0415

from __future__ import annotations

import contextlib
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from service.cli.exits import FailedError
from service.cli.output import data, progress, say

if TYPE_CHECKING:
    from service.backups.archive import Facts
    from service.settings import Settings

backup = typer.Typer(
    help="Write a backup, while the service runs: first of the ledger, then of the key store.",
    no_args_is_help=True,
)
restore = typer.Typer(
    help="Restore a backup: first of the key store, then of the ledger.", no_args_is_help=True
)

FILE_ARGUMENT = Annotated[Path, typer.Argument(help="The file to write; nothing may be there.")]
BACKUP_ARGUMENT = Annotated[Path, typer.Argument(help="The backup.")]
JSON_OPTION = Annotated[bool, typer.Option("--json", help="Print what it is, as JSON.")]


@backup.command("ledger")
def back_up_ledger(file: FILE_ARGUMENT, *, as_json: JSON_OPTION = False) -> None:
    """Write all entries with what belongs to them, and the files of evidence, into one file.

    It may be kept for as long as you like: hidden values in it are encrypted, and the keys are not
    in it. Back up the key store after it, so that it has every key that this needs.
    """
    from service.backups.ledger import back_up_ledger as write
    from service.opening import evidence_folder, open_ledger
    from service.settings import Settings, load

    settings = load(Settings)
    with contextlib.closing(open_ledger(settings, outdated=True)) as ledger:
        made = write(ledger, evidence_folder(settings), file)
    _told(made.facts, as_json=as_json)
    say(f"{file} has the ledger's {made.facts.size} entries. Next: `coalition backup keys`.")
    if made.missing:
        raise FailedError(
            f"{made.missing} files of evidence were not there, and are not in the backup: is "
            "COALITION_EVIDENCE_FOLDER the folder that the service uses?"
        )


@backup.command("keys")
def back_up_keys(file: FILE_ARGUMENT, *, as_json: JSON_OPTION = False) -> None:
    """Write the key store into one file, wrapped as it is by the key-encryption key.

    Keep it apart from that key and from the ledger's backup, and delete it when there is a newer
    one: whoever was erased since can be read with it.
    """
    from service.backups.keys import back_up_keys as write
    from service.opening import key_encryption
    from service.settings import Settings, load

    settings = load(Settings)
    facts = write(settings.keys_url, key_encryption(settings), file)
    _told(facts, as_json=as_json)
    say(f"{file} has the key store. Delete the backups of it that are older, as soon as you can.")


@restore.command("keys")
def restore_keys(file: BACKUP_ARGUMENT, *, as_json: JSON_OPTION = False) -> None:
    """Make the key store of a backup, where there is none.

    One that is there is never replaced: it knows best whose keys were destroyed.
    """
    from service.backups.keys import restore_keys as make
    from service.opening import key_encryption
    from service.settings import Settings, load

    settings = load(Settings)
    facts = make(settings.keys_url, key_encryption(settings), file)
    _told(facts, as_json=as_json)
    say("The key store is there. Next: `coalition restore ledger`.")


@restore.command("ledger")
def restore_ledger(
    file: BACKUP_ARGUMENT,
    *,
    older: Annotated[
        bool,
        typer.Option(
            "--older",
            help="Also where later entries were signed: they are lost, and this is for reading.",
        ),
    ] = False,
    as_json: JSON_OPTION = False,
) -> None:
    """Make the ledger of a backup in an empty database, once all of it is checked.

    Nothing is there before the end: neither where a check fails, nor after a crash. On PostgreSQL
    it works as the role of COALITION_MIGRATION_URL. What was erased since stays erased, as far as
    the key store or the ledger knows of it.
    """
    from service.backups.restoring import restore_ledger as make
    from service.cli.database import grant_rights
    from service.ledger.keys import KeyStore
    from service.opening import evidence_folder, key_encryption
    from service.settings import Settings, load
    from service.transparency.signer import signed_file

    settings = load(Settings)
    signed = signed_file(settings)
    with (
        contextlib.closing(KeyStore.open(settings.keys_url, key_encryption(settings))) as keys,
        progress("checking") as show,
    ):
        facts = make(
            file,
            settings.migration_url or settings.database_url,
            keys,
            evidence=evidence_folder(settings),
            signed=signed,
            grant=lambda connection: grant_rights(settings, connection),
            older=older,
            progress=show,
        )
    _make_views(settings)
    _told(facts, as_json=as_json)
    say(f"The ledger has {facts.size} entries, each of them checked.")
    if signed.read() is None:
        say(
            f"Before it is served: {signed.path} is gone, which remembers the checkpoint signed "
            "last. Put the newest there that you, a witness or a reader has; see docs/operators.md."
        )
    say("API keys that were revoked since the backup are accepted again: `coalition keys list`.")


def _make_views(settings: Settings) -> None:
    """Finish what is erased, then make the read models, then record what the entries lack of it."""
    from service.cli.rebuilding import rebuild_all
    from service.opening import open_ledger

    with contextlib.closing(open_ledger(settings, outdated=True)) as ledger:
        ledger.eraser.finish()
        rebuild_all(settings, ledger)
    open_ledger(settings).close()


def _told(facts: Facts, *, as_json: bool) -> None:
    if as_json:
        data(
            {
                "kind": facts.kind,
                "keyStore": facts.key_store,
                "size": facts.size,
                "madeAt": facts.made_at,
            }
        )
