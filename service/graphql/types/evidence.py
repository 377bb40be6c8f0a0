"""What an applicant gives to show that a requirement is met."""

from __future__ import annotations

import functools
from collections.abc import Mapping
from datetime import date
from typing import Final, TypeVar

import strawberry

from service.graphql.context import Context
from service.graphql.declare import field, object_type
from service.graphql.hidden import HiddenValues
from service.graphql.scalars import Sha256
from service.graphql.types.entry import Entry, EntryBatch, OpenEntry, entries_at
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
        evidence: positions of evidence, with what each application is to the viewer.
        shares: positions of population shares, likewise.
    """

    def __init__(
        self,
        context: Context,
        evidence: Mapping[int, Resource],
        shares: Mapping[int, Resource],
    ) -> None:
        self.context = context
        self._evidence = evidence
        self._shares = shares

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
