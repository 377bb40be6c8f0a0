"""What the coalition's own records have in common: texts that are shown as corrected."""

from __future__ import annotations

import functools
from collections.abc import Mapping, Sequence
from datetime import date
from typing import Final, Protocol

import strawberry

from domain.coalition import partial_date
from domain.terms import DatePrecision
from projections import corrections as corrections_model
from projections.as_of import AsOf
from projections.corrections import CorrectionsRow, Made
from service.graphql.context import Context
from service.graphql.declare import field, object_type
from service.graphql.hidden import HiddenValues
from service.graphql.types.entry import Entry, EntryBatch, entries_at
from service.graphql.voters import of_member
from service.security.access import Kind, Resource

COALITION: Final = Resource(kind=Kind.COALITION)


class DescribedRow(Protocol):
    """A row whose texts are hidden in one entry."""

    @property
    def entry(self) -> str:
        """The id of the entry."""
        ...

    @property
    def position(self) -> int:
        """The position of the entry."""
        ...


@object_type
class PartialDate:
    """A date that is known to the year, the month or the day, or not at all."""

    value: strawberry.Private[partial_date.PartialDate]

    @classmethod
    def of(cls, first_day: date, precision: DatePrecision) -> PartialDate:
        """Return the object of a date."""
        return cls(value=partial_date.PartialDate(first_day, precision))

    @field
    def first_day(self) -> date | None:
        """The first day that it may be; null where nothing says how early it was."""
        return None if self.value.precision is DatePrecision.UNDATED else self.value.first_day

    @field
    def last_day(self) -> date:
        """The last day that it may be."""
        return self.value.last_day

    @field
    def precision(self) -> DatePrecision:
        """How exactly it is known."""
        return self.value.precision

    @field
    def text(self) -> str:
        """The date as ISO 8601 has it: `2005`, `2018-03` or `2018-03-15`; what is undated was so
        by a day, `../2018-12-31`.
        """
        return str(self.value)


@object_type
class Correction:
    """That a text reads otherwise than its entry says. The entry stays as it is."""

    field: str = strawberry.field(description="The field, by its name in the entry.")
    original: Entry | None = strawberry.field(description="The entry that had it wrong.")
    entry: Entry | None = strawberry.field(description="The entry that corrects it.")


@object_type
class Withdrawal:
    """That what an entry recorded stands no more. The entry stays as it is."""

    on: date = strawberry.field(
        description="The first day on which it stands no more; its own first day if it was wrong "
        "all along."
    )
    reason: str | None = strawberry.field(description="Why.")
    entry: Entry | None = strawberry.field(description="The entry that withdraws it.")


class Texts:
    """The texts of siblings, opened for all of them at once, each as it was last corrected.

    Args:
        context: the request.
        rows: the siblings.
        as_of: up to where corrections are taken into account.
        fields: by field of the event, the field of the schema that shows it.
    """

    def __init__(
        self,
        context: Context,
        rows: Sequence[DescribedRow],
        as_of: AsOf,
        fields: Mapping[str, str],
    ) -> None:
        self._context = context
        self._rows = rows
        self._as_of = as_of
        self._fields = fields
        self._resource = of_member(context, COALITION)
        self._by_field: dict[str, HiddenValues] = {}

    def text(self, row: DescribedRow, name: str) -> str | None:
        """Return what a field says; ``None`` where it says nothing, or nothing to this viewer."""
        corrected = self._corrections.get(row.entry)
        made = None if corrected is None else corrected.of(name)
        if made is not None:
            return self._corrected(name).value(made.position, "data.value", str)
        return self._originals.value(row.position, f"data.{name}", str)

    def texts(self, row: DescribedRow, name: str) -> list[str]:
        """Return the texts of a field that holds several, none of which can be corrected."""
        return self._originals.value(row.position, f"data.{name}", list[str]) or []

    def corrections(self, row: DescribedRow) -> list[Correction]:
        """Return the corrections of a row's entry, in their order."""
        corrected = self._corrections.get(row.entry)
        if corrected is None:
            return []
        entries = self._entries.objects
        return [
            Correction(
                field=made.field,
                original=entries.get(row.position),
                entry=entries.get(made.position),
            )
            for made in corrected.made
            if made.field is not None
        ]

    def stands(self, row: DescribedRow) -> bool:
        """Whether what a row's entry recorded was not withdrawn by the day."""
        return self._withdrawn(row) is None

    def withdrawal(self, row: DescribedRow) -> Withdrawal | None:
        """Return by what a row's entry was withdrawn by the day, if it was."""
        made = self._withdrawn(row)
        if made is None or made.withdrawn_on is None:
            return None
        return Withdrawal(
            on=made.withdrawn_on,
            reason=self._reasons.value(made.position, "data.reason", str),
            entry=self._entries.objects.get(made.position),
        )

    def entry(self, row: DescribedRow) -> Entry | None:
        """Return the entry that a row is made from."""
        return self._entries.objects.get(row.position)

    def _withdrawn(self, row: DescribedRow) -> Made | None:
        corrected = self._corrections.get(row.entry)
        made = None if corrected is None else corrected.withdrawn
        if made is None or made.withdrawn_on is None:
            return None
        return made if made.withdrawn_on <= self._as_of.effective else None

    @functools.cached_property
    def _reasons(self) -> HiddenValues:
        positions = {
            row.withdrawn.position: self._resource
            for row in self._corrections.values()
            if row.withdrawn is not None
        }
        return HiddenValues(self._context, positions, {"data.reason": "Withdrawal.reason"})

    @functools.cached_property
    def _corrections(self) -> dict[str, CorrectionsRow]:
        entries = [row.entry for row in self._rows]
        return corrections_model.by_entries(self._context.connection, self._as_of, entries)

    @functools.cached_property
    def _originals(self) -> HiddenValues:
        positions = dict.fromkeys((row.position for row in self._rows), self._resource)
        paths = {f"data.{name}": shown for name, shown in self._fields.items()}
        return HiddenValues(self._context, positions, paths)

    @functools.cached_property
    def _entries(self) -> EntryBatch:
        positions = {row.position for row in self._rows}
        positions |= {made.position for row in self._corrections.values() for made in row.made}
        return entries_at(self._context, sorted(positions))

    def _corrected(self, name: str) -> HiddenValues:
        # A corrected text is for those who may read the field that it corrects.
        if name not in self._by_field:
            positions = {
                made.position: self._resource
                for row in self._corrections.values()
                for made in row.made
                if made.field == name
            }
            shown = {"data.value": self._fields[name]}
            self._by_field[name] = HiddenValues(self._context, positions, shown)
        return self._by_field[name]
