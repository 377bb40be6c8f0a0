"""What an applicant gives to show that a requirement is met."""

from __future__ import annotations

import functools
from collections.abc import Mapping, Sequence
from datetime import date
from typing import Final, TypeVar

import sqlalchemy as sa
import strawberry

from projections import deleted_files
from projections.application_folds import ApplicationRow
from projections.deleted_files import DeletedFilesRow
from projections.tables import deleted_files as gone_files
from service.graphql.context import Context
from service.graphql.declare import field, object_type
from service.graphql.hidden import HiddenValues
from service.graphql.scalars import Sha256
from service.graphql.types.entry import Entry, EntryBatch, OpenEntry, entries_at
from service.ledger import tables
from service.security.access import Resource

_EVIDENCE: Final = {
    "data.clause": "Evidence.requirement",
    "data.description": "Evidence.description",
    "data.sha256": "Evidence.sha256",
}
_SHARE: Final = {
    "data.clause": "PopulationShare.requirement",
    "data.numerator": "PopulationShare.numerator",
    "data.denominator": "PopulationShare.denominator",
    "data.basis": "PopulationShare.basis",
    "data.period_start": "PopulationShare.periodStart",
    "data.period_end": "PopulationShare.periodEnd",
}

ValueT = TypeVar("ValueT")


class GivenBatch:
    """What was given for applications that are siblings in a response.

    Args:
        context: the request.
        rows: the applications.
        resources: what each is to the viewer, by id.
    """

    def __init__(
        self,
        context: Context,
        rows: Sequence[ApplicationRow],
        resources: Mapping[str, Resource],
    ) -> None:
        self.context = context
        self._resources = {row.id: resources[row.id] for row in rows}
        self._given_for = {position: row.id for row in rows for position in row.evidence}
        self._evidence = {
            position: resources[application] for position, application in self._given_for.items()
        }
        self._shares = {position: resources[row.id] for row in rows for position in row.shares}

    @functools.cached_property
    def evidence(self) -> HiddenValues:
        """Hidden values of what was attached."""
        return HiddenValues(self.context, self._evidence, _EVIDENCE)

    @functools.cached_property
    def shares(self) -> HiddenValues:
        """Hidden values of the population shares."""
        return HiddenValues(self.context, self._shares, _SHARE)

    @functools.cached_property
    def entries(self) -> EntryBatch:
        """The entries of both."""
        return entries_at(self.context, [*self._evidence, *self._shares])

    def requirement(self, position: int, hidden: HiddenValues) -> str | None:
        """Return what something was given for, which entries of the first releases say openly."""
        if (clause := hidden.value(position, "data.clause", str)) is not None:
            return clause
        entry = self.entries.objects[position]
        return entry.parsed.data.get("requirement") if isinstance(entry, OpenEntry) else None

    def is_kept(self, position: int) -> bool | None:
        """Whether a piece of evidence has its file still; ``None`` where it is, or shows, none."""
        sha256 = self.evidence.value(position, "data.sha256", str)
        return None if sha256 is None else (self._given_for[position], sha256) in self._kept

    def deletion(self, position: int) -> Entry | None:
        """Return the last entry by which the file of a piece of evidence was deleted."""
        sha256 = self.evidence.value(position, "data.sha256", str)
        deleted = self._deleted.get(self._given_for[position])
        if sha256 is None or deleted is None:
            return None
        found = [
            each
            for each in deleted.entries
            if self._deleted_hashes.value(each, "data.sha256", str) == sha256
        ]
        return self._deletions.objects[found[-1]] if found else None

    @functools.cached_property
    def _kept(self) -> set[tuple[str, str]]:
        """Which files are kept, by application and hash, of those that were not deleted."""
        files = tables.evidence_files.c
        asked = sa.select(files.id, files.application, files.sha256)
        kept = self.context.connection.execute(
            asked.where(files.application.in_(set(self._given_for.values())))
        )
        # What a crash left of a deleted file is none.
        gone = {file for row in self._deleted.values() for file in row.files}
        return {(each.application, each.sha256) for each in kept if each.id not in gone}

    @functools.cached_property
    def _deleted(self) -> dict[str, DeletedFilesRow]:
        of_these = gone_files.c.application.in_(set(self._given_for.values()))
        return {
            row.application: row for row in deleted_files.rows(self.context.connection, of_these)
        }

    @functools.cached_property
    def _deleted_hashes(self) -> HiddenValues:
        positions = {
            each: self._resources[row.application]
            for row in self._deleted.values()
            for each in row.entries
        }
        return HiddenValues(self.context, positions, {"data.sha256": "Evidence.sha256"})

    @functools.cached_property
    def _deletions(self) -> EntryBatch:
        positions = [each for row in self._deleted.values() for each in row.entries]
        return entries_at(self.context, positions)


@object_type
class Evidence:
    """Something that was given to show that a requirement is met."""

    position: strawberry.Private[int]
    batch: strawberry.Private[GivenBatch]
    resource: strawberry.Private[Resource]

    @field
    def requirement(self) -> str | None:
        """The policy clause that it is for."""
        return self.batch.requirement(self.position, self.batch.evidence)

    @field
    def description(self) -> str | None:
        """What it is."""
        return self.batch.evidence.value(self.position, "data.description", str)

    @field
    def sha256(self) -> Sha256 | None:
        """The SHA-256 of the file, which stays outside; null for none."""
        found = self.batch.evidence.value(self.position, "data.sha256", str)
        return None if found is None else Sha256(found)

    @field
    def kept(self) -> bool | None:
        """Whether the file can be read now, or was deleted; null for none."""
        return self.batch.is_kept(self.position)

    @field
    def deletion(self) -> Entry | None:
        """The entry that records who deleted the file, the last time; null unless it was."""
        return self.batch.deletion(self.position)

    @field
    def entry(self) -> Entry:
        """The entry that records it."""
        return self.batch.entries.objects[self.position]


@object_type
class PopulationShare:
    """The share of a population among all served, as it was stated."""

    position: strawberry.Private[int]
    batch: strawberry.Private[GivenBatch]
    resource: strawberry.Private[Resource]

    @field
    def requirement(self) -> str | None:
        """The policy clause that it is for."""
        return self.batch.requirement(self.position, self.batch.shares)

    @field
    def numerator(self) -> int | None:
        """How many of the people served belong to the population."""
        return self._value("numerator", int)

    @field
    def denominator(self) -> int | None:
        """How many people were served."""
        return self._value("denominator", int)

    @field
    def basis(self) -> str | None:
        """How they were counted."""
        return self._value("basis", str)

    @field
    def period_start(self) -> date | None:
        """The first day of the period."""
        return self._value("period_start", date)

    @field
    def period_end(self) -> date | None:
        """The last day of the period."""
        return self._value("period_end", date)

    @field
    def entry(self) -> Entry:
        """The entry that records it."""
        return self.batch.entries.objects[self.position]

    def _value(self, name: str, kind: type[ValueT]) -> ValueT | None:
        return self.batch.shares.value(self.position, f"data.{name}", kind)
