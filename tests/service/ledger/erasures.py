"""What is to be erased, and what can be read of it."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import sqlalchemy as sa

from domain.ledger.entry import parse_entry
from domain.ledger.merkle import Frontier, leaf_hash
from domain.membership.party import AppointRepresentative
from domain.terms import EntryId, PartyId, PersonId
from projections.models import opened_events, read_models
from projections.rebuild import rebuild
from service.cli.rebuilding import LedgerSource
from service.ledger import tables
from service.ledger.ledger import Ledger
from service.security.principal import Role
from tests.service.coalition import Coalition, new_id, organisation

NETWORK, PARTNER = "community-network", "collaborative-partner"
QUILLONIA = "Quillonia Unrepeatable"
PARTY = "Zanzaboom Cooperative"


def key_of(ledger: Ledger, subject: str) -> str:
    subject_keys = tables.subject_keys
    with ledger.engine.connect() as connection:
        key_id = connection.execute(
            sa.select(subject_keys.c.key_id).where(subject_keys.c.subject == subject)
        ).scalar_one()
    return str(key_id)


def entry_of(ledger: Ledger, stream: str, version: int = 1) -> tuple[EntryId, int]:
    entries = tables.entries
    with ledger.engine.connect() as connection:
        row = connection.execute(
            sa.select(entries.c.entry_id, entries.c.position).where(
                entries.c.stream == stream, entries.c.version == version
            )
        ).one()
    return EntryId(row.entry_id), row.position


def opened(ledger: Ledger, position: int) -> dict[str, Any]:
    with ledger.read() as snapshot:
        found = ledger.disclosures(snapshot.connection, [position])[position]
    return {path: each.value for path, each in found.items()}


def erased(ledger: Ledger, position: int) -> frozenset[str]:
    with ledger.read() as snapshot:
        return ledger.erased(snapshot.connection, [position])[position]


def public(ledger: Ledger) -> list[tuple[int, bytes, bytes]]:
    """Return what the public has: position, bytes and leaf hash, and check the tree's root."""
    entries = tables.entries
    with ledger.engine.connect() as connection:
        rows = connection.execute(
            sa.select(entries.c.position, entries.c.data, entries.c.leaf_hash).order_by(
                entries.c.position
            )
        ).all()
        frontier = connection.execute(sa.select(tables.head.c.frontier)).scalar_one()
    found = [(row.position, bytes(row.data), bytes(row.leaf_hash)) for row in rows]
    hashes = [leaf_hash(data) for _, data, _ in found]
    assert [leaf for _, _, leaf in found] == hashes
    assert Frontier().extend(hashes).root() == Frontier.from_bytes(bytes(frontier)).root()
    for _, data, _ in found:
        parse_entry(data)
    return found


def assert_views_follow(ledger: Ledger) -> None:
    """A rebuild makes the rows that are there."""
    models = read_models(blind=ledger.blind)
    source = LedgerSource(ledger.engine, ledger.opener, opened_events(models))
    assert rebuild(models, source).differing == ()


def represented(coalition: Coalition, name: str = QUILLONIA) -> tuple[PartyId, PersonId]:
    """Return an organisation and the person who speaks for it."""
    submitted = coalition.submit(NETWORK, organisation(PARTY))
    person = PersonId(new_id())
    coalition.must(
        AppointRepresentative(
            party=submitted.party,
            person=person,
            capacity="director",
            name=name,
            email="quillonia@unrepeatable.example",
        ),
        Role.DIRECTOR,
    )
    return submitted.party, person


def holding(folders: list[Path], needle: bytes) -> list[Path]:
    """Return the files below some folders that hold some bytes."""
    return [
        file
        for folder in folders
        for file in sorted(folder.rglob("*"))
        if file.is_file() and needle in file.read_bytes()
    ]
