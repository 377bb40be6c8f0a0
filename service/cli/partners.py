"""The file of the first partners that `coalition init` reads."""

from __future__ import annotations

from pathlib import Path

import msgspec

from domain.membership.details import Registration
from service.cli.exits import UsageError
from service.ledger.founding import Partner


class Line(Registration, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A partner: its tier, and what it says of itself."""

    tier: str


class Lines(msgspec.Struct, forbid_unknown_fields=True):
    """The file."""

    partners: list[Line]


def read_partners(file: Path) -> list[Partner]:
    """Return the partners of a file, in TOML by its name or else in JSON.

    Raises:
        UsageError: the file cannot be read, or has a mistake.
    """
    try:
        content = file.read_bytes()
    except OSError as error:
        raise UsageError(f"The file {file} cannot be read: {error.strerror}.") from None
    decode = msgspec.toml.decode if file.suffix == ".toml" else msgspec.json.decode
    try:
        lines = decode(content, type=Lines).partners
    except (msgspec.DecodeError, ValueError) as error:
        raise UsageError(f"The file {file} cannot be used: {error}.") from None
    except RecursionError:
        raise UsageError(f"The file {file} cannot be used: it is nested too deeply.") from None
    return [
        Partner(
            tier=line.tier,
            organisation=Registration(
                name=line.name, party_type=line.party_type, ein=line.ein, counties=line.counties
            ),
        )
        for line in lines
    ]
