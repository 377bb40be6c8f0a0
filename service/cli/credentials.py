"""`coalition disclose …` and `coalition credential …`: what is shown elsewhere, with proof."""

# Help must be there at once, so what takes long to import is imported where it is used.
# ruff: noqa: PLC0415

from __future__ import annotations

import sys
from pathlib import Path
from typing import Annotated, Any

import typer

from service.cli.exits import FailedError, UsageError
from service.cli.output import data, say

disclose = typer.Typer(help="Show values of one entry, and check them.", no_args_is_help=True)
credential = typer.Typer(help="Credentials of memberships.", no_args_is_help=True)

FILE_ARGUMENT = Annotated[Path, typer.Argument(help="The file that has it; - is stdin.")]


@disclose.command()
def make(
    entry: Annotated[str, typer.Argument(help="The entry's id, as the API shows it.")],
    fields: Annotated[list[str], typer.Argument(help="The fields, by their names in it.")],
) -> None:
    """Print a presentation (SD-JWT) of hidden fields of an entry, for somebody to check."""
    import contextlib

    from service.credentials import Issuer
    from service.graphql.entries import by_ids
    from service.graphql.ids import NodeKind, own_id
    from service.opening import open_ledger
    from service.settings import Settings, load

    with contextlib.closing(open_ledger(load(Settings))) as ledger, ledger.read() as snapshot:
        found = by_ids(snapshot.connection, [own_id(NodeKind.ENTRY, entry) or entry])
        if not found:
            raise UsageError(f"There is no entry {entry}: give the id that the API shows.")
        row = found[0]
        opened = ledger.disclosures(snapshot.connection, [row.position])[row.position]
        paths = [f"data.{field}" for field in fields]
        if missing := [path for path in paths if path not in opened]:
            known = ", ".join(path[5:] for path in opened if path.startswith("data."))
            raise UsageError(f"{missing[0][5:]} cannot be shown: one of {known or 'none'}.")
        typer.echo(Issuer(ledger.keys, ledger.origin).present(row.data, opened, paths))
        say(f"It shows the entry at position {row.position}.")


@disclose.command("verify")
def verify_presentation(
    file: FILE_ARGUMENT,
    *,
    leaf_hash: Annotated[
        str | None, typer.Option(help="The leaf hash that the log has; from an inclusion proof.")
    ] = None,
) -> None:
    """Check a presentation of an entry, without a database, and print what it shows."""
    from domain.ledger.sd_jwt import SdJwtError, check_presentation

    try:
        shown = check_presentation(_text(file))
    except SdJwtError as error:
        raise FailedError(f"The presentation is not good: {error}.") from None
    if leaf_hash is not None and leaf_hash.lower() != shown.leaf_hash:
        raise FailedError(f"The presentation is of another entry: its leaf is {shown.leaf_hash}.")
    data({"leafHash": shown.leaf_hash, "values": shown.values})
    if leaf_hash is None:
        say("Now look for this leaf in the log: the values are as true as its inclusion.")


@credential.command()
def verify(
    file: FILE_ARGUMENT,
    *,
    issuer: Annotated[
        Path,
        typer.Option(help="What the issuer publishes at /.well-known/jwt-vc-issuer, as a file."),
    ],
    audience: Annotated[
        str | None,
        typer.Option(help="Who you are, as you told the presenter: they must be its holder."),
    ] = None,
    nonce: Annotated[
        str | None,
        typer.Option(help="What you drew for this presentation, and told the presenter."),
    ] = None,
) -> None:
    """Check a credential of a membership against its issuer's key, and print what it says.

    It says what held at a place in the log. Whether it still does, the coalition's service says.
    With --audience and --nonce, the presenter must have signed for both, within ten minutes, with
    the key that the credential is bound to.
    """
    from datetime import UTC, datetime

    from domain.ledger.sd_jwt import SdJwtError
    from service.credentials import verify_credential
    from service.key_binding import Challenge

    challenge = None
    if audience is not None or nonce is not None:
        if not audience or not nonce:
            raise UsageError("Give both --audience and --nonce, or neither; neither is empty.")
        challenge = Challenge(audience, nonce, datetime.now(UTC))
    try:
        claims = verify_credential(_text(file), _metadata(issuer), challenge)
    except SdJwtError as error:
        raise FailedError(f"The credential is not good: {error}.") from None
    data(claims)
    if challenge is not None:
        say("Its presenter has the key of its holder.")
    elif "cnf" in claims:
        say("Its presenter was not shown to be its holder: ask with --audience and --nonce.")
    else:
        say("It is bound to no key: its presenter was not shown to be its holder.")


def _text(file: Path) -> str:
    from domain.ledger.sd_jwt import MAX_TEXT

    try:
        if str(file) == "-":
            return sys.stdin.read(MAX_TEXT + 1)
        with file.open(encoding="ascii") as opened:
            return opened.read(MAX_TEXT + 1)
    except OSError as error:
        raise UsageError(f"The file {file} cannot be read: {error.strerror}.") from None
    except UnicodeDecodeError:
        raise FailedError(f"The file {file} holds no SD-JWT: it is not ASCII.") from None


def _metadata(file: Path) -> dict[str, Any]:
    import msgspec

    try:
        return msgspec.json.decode(file.read_bytes(), type=dict[str, Any])
    except OSError as error:
        raise UsageError(f"The file {file} cannot be read: {error.strerror}.") from None
    except msgspec.DecodeError:
        raise UsageError(f"The file {file} holds no JSON object.") from None
