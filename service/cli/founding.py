"""`coalition init`."""

# Help must be there at once, so what takes long to import is imported where it is used.
# ruff: noqa: PLC0415

from __future__ import annotations

import contextlib
import os
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from service.cli.exits import FailedError, UsageError
from service.cli.output import data, say

if TYPE_CHECKING:
    from domain.decision import Refusal
    from domain.policy import Policy
    from service.ledger.founding import Founding
    from service.settings import Settings


def init(  # noqa: PLR0913 - each is an option
    policy: Annotated[
        Path | None,
        typer.Option(help="The policy file (TOML); CATE's, which ships, without this."),
    ] = None,
    *,
    name: Annotated[str, typer.Option(help="The coalition's name.")],
    origin: Annotated[
        str,
        typer.Option(help="The log's name for ever: a host and path of yours, without a scheme."),
    ],
    source: Annotated[str, typer.Option(help="Where the founding is documented.")],
    seats: Annotated[
        list[str] | None,
        typer.Option(metavar="TIER=N", help="Seats of a limited tier; several times for several."),
    ] = None,
    partners: Annotated[
        Path | None, typer.Option(help="The first partners: TOML or JSON, see docs/operators.md.")
    ] = None,
    effective_on: Annotated[
        datetime | None,
        typer.Option(
            formats=["%Y-%m-%d"],
            metavar="DATE",
            help="Since when all that holds; today without this.",
        ),
    ] = None,
    as_json: Annotated[bool, typer.Option("--json", help="Print what was made, as JSON.")] = False,
) -> None:
    """Found a coalition where there is none: keys, schema, ledger, and its first entries.

    A run that was interrupted is repeated, and goes on where it stopped. Where there is a
    coalition already nothing is changed, and the exit code is 3.
    """
    from service.settings import Settings, load

    settings = load(Settings)

    from service.cli.partners import read_partners
    from service.ledger.founding import Founding

    founding = Founding(
        origin=origin,
        name=name,
        source=source,
        policy=_policy(policy),
        seats=dict(_seat(each) for each in seats or []),
        partners=[] if partners is None else read_partners(partners),
        effective_on=effective_on.date() if effective_on else None,
    )
    found(settings, founding, as_json=as_json)


def found(settings: Settings, founding: Founding, *, as_json: bool) -> None:
    """Found the coalition, and print what was made."""
    from service.ledger import founding as steps
    from service.ledger.key_encryption import create_kek_file
    from service.opening import key_encryption
    from service.planning.deciding import decide

    try:
        policy = steps.check(founding, datetime.now(UTC))
    except steps.FoundingInputError as error:
        raise UsageError(f"--{error.field} cannot be used: {error.problem}.") from None
    except steps.FoundingRefusedError as error:
        raise FailedError(f"The rules refuse this founding: {_reasons(error.refusal)}") from None
    if settings.kek_file is not None and not settings.kek_file.exists():
        _refuse_other_keys(settings.keys_url, settings.kek_file)
        create_kek_file(settings.kek_file)
        say(f"The key-encryption key is in {settings.kek_file}: keep a copy of it elsewhere.")
    kek = key_encryption(settings)
    try:
        ledger = steps.found(
            founding,
            database_url=settings.database_url,
            keys_url=settings.keys_url,
            kek=kek,
            decide=decide,
            migration_url=settings.migration_url,
        )
    except steps.FoundingRefusedError as error:  # by what only the ledger's writer looks at
        raise FailedError(f"The rules refuse this founding: {_reasons(error.refusal)}") from None
    with contextlib.closing(ledger), ledger.read() as snapshot:
        made = {
            "origin": ledger.origin,
            "coalition": ledger.coalition,
            "position": snapshot.position,
        }
    if as_json:
        data(made)
    say(f"{founding.name} is founded; its ledger has {made['position']} entries.")
    for warning in _warnings(founding, policy):
        say(warning)
    say("Next: `coalition keys create --role operator --label …`, then `coalition serve`.")


def _reasons(refusal: Refusal) -> str:
    """Say what the rules said: the field, what is wrong, the rule, and what would satisfy it."""
    place = "" if refusal.field is None else f"{refusal.field}: "
    return place + " ".join(
        f"{each.message} (rule {each.clause}) What would do: {each.satisfied_by}"
        for each in refusal.unmet
    )


def _warnings(founding: Founding, policy: Policy) -> Iterator[str]:
    """Say what follows where nobody can take a seat, or nobody can vote."""
    for tier in policy.tiers:
        if tier.number == "limited" and founding.seats.get(tier.id, tier.seats) is None:
            yield (
                f"Careful: without --seats {tier.id}=N nobody can be admitted to {tier.name} "
                "until the director sets its seats (setSeats)."
            )
    if not founding.partners:
        yield (
            "Careful: without --partners there is nobody yet who could vote, until members "
            "are admitted and have signed: until then the director votes alone, where `openVote` "
            "is told to by its `byFallback`."
        )


def _refuse_other_keys(keys_url: str, kek_file: Path) -> None:
    """Refuse to make a KEK for a key store that another one has wrapped.

    Raises:
        KeyFileUnusable: there is a key store, and the KEK's file is what is missing.
    """
    from service.ledger.key_encryption import KEY_BYTES, LocalKeyEncryption
    from service.ledger.key_faults import KeyFileUnusable, KeyStoreMissing, WrongKey
    from service.ledger.keys import KeyStore

    with contextlib.suppress(KeyStoreMissing):
        try:
            KeyStore.open(keys_url, LocalKeyEncryption(os.urandom(KEY_BYTES))).close()
        except WrongKey:
            raise KeyFileUnusable(
                f"There is no key file {kek_file}, and the key store needs the one it was made "
                "with: restore that from the backup of its keys."
            ) from None


def _policy(file: Path | None) -> bytes:
    from importlib.resources import files

    from domain.policy import CATE_POLICY_RESOURCE

    if file is None:
        return (files("domain.policy") / CATE_POLICY_RESOURCE).read_bytes()
    try:
        return file.read_bytes()
    except OSError as error:
        raise UsageError(f"The file {file} cannot be read: {error.strerror}.") from None


def _seat(text: str) -> tuple[str, int]:
    tier, _, number = text.partition("=")
    if not tier or not number.isascii() or not number.isdecimal():
        raise UsageError(f"--seats {text}: write a tier and a number, collaborative-partner=8.")
    return tier, int(number)
