"""Entries: what stands in the log, and as much of what is hidden as the viewer may read."""

from __future__ import annotations

import functools
from collections.abc import Iterable, Sequence
from datetime import UTC, date, datetime
from typing import Final, TypeAlias, TypeVar

import strawberry

from domain.ledger import entry as format_of_entries
from domain.ledger.disclosure import Level
from domain.ledger.entry import PublicEntry, parse_entry
from domain.terms import PrincipalId
from projections import corrections, reviews, votes
from service.faults import CorruptLedgerError
from service.graphql import entries
from service.graphql.context import Context, Info, Redaction
from service.graphql.declare import field, interface, object_type
from service.graphql.entries import EntryRow
from service.graphql.guard import path_of
from service.graphql.hidden import HiddenValues
from service.graphql.ids import NodeKind, global_id
from service.graphql.readable import readable_paths
from service.graphql.recused import recused_from
from service.graphql.scalars import Base64, Json, Sha256
from service.graphql.types.node import Node
from service.security.access import Kind, Resource, may_open
from service.security.principal import Role

_ENVELOPE: Final = {
    path: f"ConfidentialEntry.{field}"
    for path, field in {
        "type": "type",
        "stream": "stream",
        "version": "version",
        "actor": "actor",
        "policy": "policy",
        "effective": "effectiveOn",
    }.items()
}

ValueT = TypeVar("ValueT")

# Inside the types here, `type` is the name of a field.
KindOf: TypeAlias = type[ValueT]


class EntryBatch:
    """Entries that are siblings in a response; what one of them needs is read for all."""

    def __init__(self, context: Context, rows: Sequence[EntryRow]) -> None:
        self.context = context
        self.rows = rows

    @functools.cached_property
    def objects(self) -> dict[int, Entry]:
        """The entries, by position."""
        return {row.position: self._object(row) for row in self.rows}

    @functools.cached_property
    def resources(self) -> dict[int, Resource]:
        """What each entry is to the viewer, by position.

        Ballots of an open vote are sealed to everybody. Only to a reviewer does it matter
        which review a confidential entry belongs to.
        """
        reviewed = {row.stream for row in self.rows if row.is_confidential}
        # Whatever is asked about, seals are judged now.
        sealed = votes.sealed_among(self.context.connection, reviewed) if reviewed else ()
        assigned: dict[str, frozenset[PrincipalId]] = {}
        if reviewed and self.context.principal.role is Role.REVIEWER:
            found = reviews.by_ids(self.context.connection, self.context.now, reviewed)
            assigned = {
                review: frozenset(map(PrincipalId, row.reviewers)) for review, row in found.items()
            }
        nobody = frozenset[PrincipalId]()
        return {
            row.position: Resource(kind=Kind.BALLOT, sealed=True)
            if row.stream in sealed
            else Resource(
                kind=Kind.ENTRY,
                reviewers=assigned.get(row.stream, nobody),
                recused=recused_from(self.context, row.stream),
            )
            for row in self.rows
        }

    @functools.cached_property
    def envelopes(self) -> HiddenValues:
        """What confidential entries say of themselves to those who may know."""
        positions = {
            row.position: self.resources[row.position] for row in self.rows if row.is_confidential
        }
        return HiddenValues(self.context, positions, _ENVELOPE)

    @functools.cached_property
    def disclosures(self) -> dict[int, list[Disclosure]]:
        """The hidden values that the viewer may read, by position."""
        return {
            position: [
                Disclosure(
                    resource=self.resources[position],
                    path=opened.path,
                    salt=opened.salt,
                    value=Json(opened.value),
                    encoded=opened.encoded(),
                    digest=opened.digest(),
                )
                for opened in sorted(values.values(), key=lambda each: each.path)
            ]
            for position, values in self._opened.items()
        }

    @functools.cached_property
    def erased(self) -> dict[int, list[str]]:
        """The places of values that were erased, of those that the viewer could read."""
        paths = {row.position: self._paths(row) for row in self.rows}
        found = self.context.ledger.erased(
            self.context.connection, [position for position, some in paths.items() if some]
        )
        return {position: sorted(each & paths[position]) for position, each in found.items()}

    @functools.cached_property
    def corrections(self) -> dict[str, list[Entry]]:
        """The entries that correct or withdraw these, by the id of the entry."""
        context = self.context
        ids = [row.entry_id for row in self.rows]
        found = corrections.by_entries(context.connection, context.now, ids)
        positions = [made.position for row in found.values() for made in row.made]
        batch = entries_at(context, positions)
        return {
            entry: [batch.objects[made.position] for made in row.made]
            for entry, row in found.items()
        }

    @functools.cached_property
    def _opened(self) -> dict[int, dict[str, format_of_entries.Disclosure]]:
        by_paths: dict[frozenset[str], list[int]] = {}
        for row in self.rows:
            paths = self._paths(row)
            if paths:
                by_paths.setdefault(paths, []).append(row.position)
        opened: dict[int, dict[str, format_of_entries.Disclosure]] = {}
        for paths, positions in by_paths.items():
            opened |= self.context.ledger.disclosures(self.context.connection, positions, paths)
        return opened

    def _paths(self, row: EntryRow) -> frozenset[str]:
        """Return which hidden values of an entry the viewer may read."""
        readable = frozenset(
            level
            for level in Level
            if may_open(self.context.principal, level, self.resources[row.position])
        )
        return readable_paths(None if row.is_confidential else row.type, readable)

    def _object(self, row: EntryRow) -> Entry:
        kind = ConfidentialEntry if row.is_confidential else OpenEntry
        return kind(
            id=global_id(NodeKind.ENTRY, row.entry_id),
            row=row,
            batch=self,
            resource=self.resources[row.position],
        )


@object_type
class Disclosure:
    """A hidden value with the salt that commits to it (RFC 9901): base64url of the SHA-256 of
    `encoded` stands among the digests of the entry.
    """

    resource: strawberry.Private[Resource]
    path: str = strawberry.field(description="The value's place in the entry, as `data.name`.")
    salt: str = strawberry.field(description="The salt, base64url.")
    value: Json | None = strawberry.field(description="The value.")
    encoded: str = strawberry.field(
        description="Salt, name and value as base64url of a JSON array: what is hashed."
    )
    digest: str = strawberry.field(
        description="Base64url of the SHA-256 of `encoded`: what stands in the entry."
    )


@interface
class Entry(Node):
    """An entry of the log. Its position is its place, from 1."""

    row: strawberry.Private[EntryRow]
    batch: strawberry.Private[EntryBatch]
    resource: strawberry.Private[Resource]

    @field
    def position(self) -> int:
        """Its place in the log, from 1. The leaf index is one less."""
        return self.row.position

    @field
    def leaf_hash(self) -> Sha256:
        """Its leaf in the Merkle tree (RFC 6962): hash of 0x00 and bytes."""
        return Sha256(self.row.leaf_hash.hex())

    @field
    def bytes(self) -> Base64:
        """Its bytes, of which the leaf is the hash."""
        return Base64(self.row.data)

    @field
    def recorded_on(self) -> date:
        """The day on which it was recorded, UTC."""
        return datetime.fromtimestamp(self.row.recorded_at, UTC).date()

    @field
    def recorded_at(self) -> datetime | None:
        """When it was recorded."""
        return datetime.fromtimestamp(self.row.recorded_at, UTC)

    @field
    def effective_on(self) -> date | None:
        """The day from which it counts."""
        raise NotImplementedError

    @field
    def type(self) -> str | None:
        """The stored name of what happened, with its version."""
        raise NotImplementedError

    @field
    def stream(self) -> strawberry.ID | None:
        """What it is about: the id of its stream, as in the bytes."""
        raise NotImplementedError

    @field
    def version(self) -> int | None:
        """Its place in its stream, from 1."""
        raise NotImplementedError

    @field
    def actor(self) -> Role | None:
        """The role in which somebody acted."""
        raise NotImplementedError

    @field
    def policy(self) -> str | None:
        """The policy version that it was decided under, as `cate@3`."""
        raise NotImplementedError

    @field
    def public_data(self) -> Json | None:
        """The fields of the event that stand in the bytes in clear."""
        raise NotImplementedError

    @field
    def disclosures(self, info: Info) -> list[Disclosure] | None:
        """Its hidden values, as far as you may read them."""
        _mark_withheld(self, info)
        return self.batch.disclosures.get(self.row.position, [])

    @field
    def erased(self) -> list[str] | None:
        """The places of hidden values that were erased: nobody can read them."""
        return self.batch.erased.get(self.row.position, [])


@object_type
class OpenEntry(Entry):
    """An entry that shows what happened; names and texts are hidden."""

    @functools.cached_property
    def parsed(self) -> PublicEntry:
        """What stands in the bytes."""
        return parse_entry(self.row.data)

    @field
    def recorded_at(self) -> datetime:
        """When it was recorded."""
        return datetime.fromtimestamp(self.row.recorded_at, UTC)

    @field
    def effective_on(self) -> date:
        """The day from which it counts."""
        return _envelope(self).effective

    @field
    def type(self) -> str:
        """The stored name of what happened, with its version."""
        return self.row.type

    @field
    def stream(self) -> strawberry.ID:
        """What it is about: the id of its stream, as in the bytes."""
        return strawberry.ID(_envelope(self).stream)

    @field
    def version(self) -> int:
        """Its place in its stream, from 1."""
        return _envelope(self).version

    @field
    def actor(self) -> Role:
        """The role in which somebody acted."""
        return Role(_envelope(self).actor)

    @field
    def policy(self) -> str:
        """The policy version that it was decided under, as `cate@3`."""
        return _envelope(self).policy

    @field
    def public_data(self) -> Json:
        """The fields of the event that stand in the bytes in clear."""
        return Json(self.parsed.data)

    @field
    def corrections(self) -> list[Entry]:
        """The entries by which its texts read otherwise now."""
        return self.batch.corrections.get(self.row.entry_id, [])


@object_type
class ConfidentialEntry(Entry):
    """An entry that hides what happened: anybody sees its day and its digests only."""

    @field
    def recorded_at(self) -> datetime | None:
        """When it was recorded; others see the day only."""
        return datetime.fromtimestamp(self.row.recorded_at, UTC)

    @field
    def effective_on(self) -> date | None:
        """The day from which it counts."""
        return self._value("effective", date)

    @field
    def type(self) -> str | None:
        """The stored name of what happened, with its version."""
        return self._value("type", str)

    @field
    def stream(self) -> strawberry.ID | None:
        """What it is about: the id of its stream."""
        found = self._value("stream", str)
        return None if found is None else strawberry.ID(found)

    @field
    def version(self) -> int | None:
        """Its place in its stream, from 1."""
        return self._value("version", int)

    @field
    def actor(self) -> Role | None:
        """The role in which somebody acted."""
        return self._value("actor", Role)

    @field
    def policy(self) -> str | None:
        """The policy version that it was decided under, as `cate@3`."""
        return self._value("policy", str)

    @field
    def public_data(self) -> Json | None:
        """Always null: nothing of it stands in the bytes in clear."""
        return None

    def _value(self, path: str, kind: KindOf[ValueT]) -> ValueT | None:
        return self.batch.envelopes.value(self.row.position, path, kind)


def entries_at(context: Context, positions: Iterable[int]) -> EntryBatch:
    """Return the entries at these positions as siblings, read in one statement."""
    wanted = list(positions)
    return EntryBatch(context, entries.by_positions(context.connection, wanted) if wanted else [])


def _envelope(entry: OpenEntry) -> format_of_entries.Envelope:
    envelope = entry.parsed.envelope
    if envelope is None:
        message = f"the entry at {entry.row.position} is confidential, and its row says otherwise"
        raise CorruptLedgerError(message)
    return envelope


def _mark_withheld(entry: Entry, info: Info) -> None:
    """Say that some values were left out, whether or not the entry has any such."""
    context = info.context
    if not may_open(context.principal, Level.PERSONAL, entry.resource):
        field = f"{type(entry).__name__}.disclosures"
        context.redact(Redaction(path_of(info.path), field, Level.PERSONAL.value))
