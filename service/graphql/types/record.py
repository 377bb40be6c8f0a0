"""What the coalition keeps of itself: workgroups, library, funding, and history as claims."""

from __future__ import annotations

import functools
from collections.abc import Iterable, Mapping, Sequence
from datetime import date
from typing import Final, Literal, TypeAlias

import strawberry
from strawberry.utils.str_converters import to_camel_case

from domain.terms import PublicationKind
from projections import governance
from projections.as_of import AsOf
from projections.governance import ClaimRow, FundingRow, PublicationRow, WorkgroupRow
from service.graphql.context import Context
from service.graphql.declare import field, interface, object_type
from service.graphql.hidden import HiddenValues
from service.graphql.ids import NodeKind, global_id
from service.graphql.scalars import Sha256
from service.graphql.types.described import COALITION, Correction, PartialDate, Texts, Withdrawal
from service.graphql.types.entry import Entry
from service.graphql.types.node import Node
from service.graphql.voters import of_member
from service.security.access import Resource

# A day by which everything has taken effect; the last day of all is no day's successor.
_AFTER_ALL: Final = date(9999, 12, 30)

AnyRow: TypeAlias = WorkgroupRow | PublicationRow | FundingRow | ClaimRow


class RecordBatch:
    """Records that are siblings in a response; what one of them needs is read for all.

    Args:
        context: the request.
        rows: their rows, all of one kind.
        as_of: what the rows describe.
        fields: by field of the event, the field of the schema that shows its text.
    """

    def __init__(
        self,
        context: Context,
        rows: Sequence[AnyRow],
        as_of: AsOf,
        fields: Mapping[str, str],
    ) -> None:
        self.context = context
        self.rows = rows
        self.as_of = as_of
        self.texts = Texts(context, rows, as_of, fields)

    @functools.cached_property
    def claims(self) -> dict[str, HistoricalClaim]:
        """Every claim known by then, by id, whatever day it is about."""
        rows = governance.all_claims(self.context.connection, self._ever)
        return claims_of(self.context, rows, self.as_of)

    @functools.cached_property
    def publications(self) -> dict[str, Publication]:
        """Everything known of the library by then, by id."""
        rows = governance.library(self.context.connection, self._ever)
        return publications_of(self.context, rows, self.as_of)

    @functools.cached_property
    def workgroups(self) -> dict[str, Workgroup]:
        """Every workgroup known by then, by id."""
        rows = governance.all_workgroups(self.context.connection, self._ever)
        return workgroups_of(self.context, rows, self.as_of)

    @functools.cached_property
    def ends(self) -> HiddenValues:
        """What the entries say that wrote down the ends of fundings."""
        ended = (row.ended_position for row in self.rows if isinstance(row, FundingRow))
        resource = of_member(self.context, COALITION)
        positions = dict.fromkeys((each for each in ended if each is not None), resource)
        return HiddenValues(self.context, positions, {"data.source": "Funding.endSource"})

    @property
    def _ever(self) -> AsOf:
        return AsOf(self.as_of.position, _AFTER_ALL, self.as_of.current)


@interface
class Record(Node):
    """Something that the coalition recorded of itself."""

    row: strawberry.Private[AnyRow]
    batch: strawberry.Private[RecordBatch]
    resource: strawberry.Private[Resource]

    @field
    def corrections(self) -> list[Correction]:
        """What in its entry reads otherwise now."""
        return self.batch.texts.corrections(self.row)

    def stands(self) -> bool:
        """Whether it was not withdrawn by the day."""
        return self.batch.texts.stands(self.row)

    @field
    def withdrawal(self) -> Withdrawal | None:
        """By what it was taken out of the record; null while it stands there."""
        return self.batch.texts.withdrawal(self.row)

    @field
    def entry(self) -> Entry | None:
        """The entry by which it was recorded."""
        return self.batch.texts.entry(self.row)

    @field
    def version(self) -> int:
        """How many entries are about it: what `expectedVersion` means."""
        return self.row.version


@object_type
class Workgroup(Record):
    """A group of members with a task."""

    row: strawberry.Private[WorkgroupRow]

    @field
    def name(self) -> str | None:
        """What it is called."""
        return self.batch.texts.text(self.row, "name")

    @field
    def purpose(self) -> str | None:
        """What it is for."""
        return self.batch.texts.text(self.row, "purpose")

    @field
    def source(self) -> str | None:
        """Where it is documented."""
        return self.batch.texts.text(self.row, "source")

    @field
    def formed_on(self) -> PartialDate:
        """When it was formed."""
        return PartialDate.of(self.row.formed_on, self.row.precision)

    @field
    def dissolved_on(self) -> date | None:
        """The day of its end; null while it is at work."""
        return self.row.dissolved_on


@object_type
class Publication(Record):
    """Something in the coalition's library: standards, a toolkit, a report."""

    row: strawberry.Private[PublicationRow]

    @field
    def kind(self) -> PublicationKind:
        """What it is."""
        return self.row.kind

    @field
    def title(self) -> str | None:
        """What it is called."""
        return self.batch.texts.text(self.row, "title")

    @field
    def wave(self) -> int | None:
        """Of standards, which wave they are; of others, which wave they go with."""
        return self.row.wave

    @field
    def link(self) -> str | None:
        """Where it can be read."""
        return self.batch.texts.text(self.row, "link")

    @field
    def sha256(self) -> Sha256 | None:
        """The SHA-256 of the document, by which a copy can be checked."""
        return None if self.row.sha256 is None else Sha256(self.row.sha256)

    @field
    def source(self) -> str | None:
        """Where it is documented."""
        return self.batch.texts.text(self.row, "source")

    @field
    def published_on(self) -> PartialDate:
        """When it came out."""
        return PartialDate.of(self.row.published_on, self.row.precision)

    @field
    def supersedes(self) -> Publication | None:
        """What it takes the place of."""
        before = self.row.supersedes
        return None if before is None else self.batch.publications.get(before)

    @field
    def superseded_by(self) -> list[Publication]:
        """What took the place of it, and was out on the day."""
        day = self.batch.as_of.effective
        return [
            each
            for each in self.batch.publications.values()
            if each.row.supersedes == self.row.id and each.row.published_on <= day and each.stands()
        ]

    @field
    def workgroup(self) -> Workgroup | None:
        """The workgroup that worked it out."""
        by = self.row.workgroup
        return None if by is None else self.batch.workgroups.get(by)

    @field
    def based_on(self) -> list[str]:
        """What it rests on, by title."""
        return self.batch.texts.texts(self.row, "based_on")


@object_type
class Funding(Record):
    """Money that comes with conditions, for a time."""

    row: strawberry.Private[FundingRow]

    @field
    def funder(self) -> str | None:
        """Who pays."""
        return self.batch.texts.text(self.row, "funder")

    @field
    def stipulations(self) -> str | None:
        """What is asked in return."""
        return self.batch.texts.text(self.row, "stipulations")

    @field
    def source(self) -> str | None:
        """Where it is documented."""
        return self.batch.texts.text(self.row, "source")

    @field
    def end_source(self) -> str | None:
        """Where it is documented that it has ended; null also if that is in `source`."""
        position = self.row.ended_position
        if position is None:
            return None
        return self.batch.ends.value(position, "data.source", str)

    @field
    def since(self) -> PartialDate:
        """When it begins."""
        return PartialDate.of(self.row.since, self.row.precision)

    @field
    def until(self) -> PartialDate | None:
        """When it ends; null while no end is known."""
        if self.row.until is None or self.row.until_precision is None:
            return None
        return PartialDate.of(self.row.until, self.row.until_precision)


@object_type
class HistoricalClaim(Record):
    """What a source says happened. Sources that disagree are kept side by side."""

    row: strawberry.Private[ClaimRow]

    @field
    def text(self) -> str | None:
        """What happened, as the source has it."""
        return self.batch.texts.text(self.row, "text")

    @field
    def source(self) -> str | None:
        """Where the source says so."""
        return self.batch.texts.text(self.row, "source")

    @field
    def happened_on(self) -> PartialDate:
        """When it happened, as exactly as the source says."""
        return PartialDate.of(self.row.happened_on, self.row.precision)

    @field
    def contradicts(self) -> list[HistoricalClaim]:
        """The claims that cannot be true together with it, as it was recorded."""
        known = self.batch.claims
        return [known[each] for each in self.row.contradicts if each in known]

    @field
    def contradicted_by(self) -> list[HistoricalClaim]:
        """The claims recorded later that say so of it."""
        return [
            each
            for each in self.batch.claims.values()
            if self.row.id in each.row.contradicts and each.stands()
        ]


def workgroups_of(
    context: Context, rows: Sequence[WorkgroupRow], as_of: AsOf
) -> dict[str, Workgroup]:
    """Return workgroups by id, in the order of their rows."""
    batch = RecordBatch(context, rows, as_of, _shown("Workgroup", "name", "purpose", "source"))
    return {
        row.id: Workgroup(
            id=global_id(NodeKind.WORKGROUP, row.id), row=row, batch=batch, resource=COALITION
        )
        for row in rows
    }


def publications_of(
    context: Context, rows: Sequence[PublicationRow], as_of: AsOf
) -> dict[str, Publication]:
    """Return publications by id, in the order of their rows."""
    fields = _shown("Publication", "title", "link", "based_on", "source")
    batch = RecordBatch(context, rows, as_of, fields)
    return {
        row.id: Publication(
            id=global_id(NodeKind.PUBLICATION, row.id), row=row, batch=batch, resource=COALITION
        )
        for row in rows
    }


def fundings_of(context: Context, rows: Sequence[FundingRow], as_of: AsOf) -> dict[str, Funding]:
    """Return fundings by id, in the order of their rows."""
    fields = _shown("Funding", "funder", "stipulations", "source")
    batch = RecordBatch(context, rows, as_of, fields)
    resource = of_member(context, COALITION)
    return {
        row.id: Funding(
            id=global_id(NodeKind.FUNDING, row.id), row=row, batch=batch, resource=resource
        )
        for row in rows
    }


def claims_of(
    context: Context, rows: Sequence[ClaimRow], as_of: AsOf
) -> dict[str, HistoricalClaim]:
    """Return claims by id, in the order of their rows."""
    fields = _shown("HistoricalClaim", "text", "source")
    batch = RecordBatch(context, rows, as_of, fields)
    return {
        row.id: HistoricalClaim(
            id=global_id(NodeKind.HISTORICAL_CLAIM, row.id),
            row=row,
            batch=batch,
            resource=COALITION,
        )
        for row in rows
    }


def _shown(type_name: str, *fields: str) -> dict[str, str]:
    return {field: f"{type_name}.{to_camel_case(field)}" for field in fields}


def records_by_id(
    context: Context,
    kind: Literal[
        NodeKind.WORKGROUP, NodeKind.PUBLICATION, NodeKind.FUNDING, NodeKind.HISTORICAL_CLAIM
    ],
    ids: Iterable[str],
    as_of: AsOf,
) -> Mapping[str, Record]:
    """Return records of one kind by id; ids without one are left out."""
    connection = context.connection
    match kind:
        case NodeKind.WORKGROUP:
            workgroups = governance.WORKGROUP_VIEW.by_ids(connection, as_of, ids)
            return workgroups_of(context, [*workgroups.values()], as_of)
        case NodeKind.PUBLICATION:
            publications = governance.PUBLICATION_VIEW.by_ids(connection, as_of, ids)
            return publications_of(context, [*publications.values()], as_of)
        case NodeKind.FUNDING:
            fundings = governance.FUNDING_VIEW.by_ids(connection, as_of, ids)
            return fundings_of(context, [*fundings.values()], as_of)
        case NodeKind.HISTORICAL_CLAIM:
            claims = governance.CLAIM_VIEW.by_ids(connection, as_of, ids)
            return claims_of(context, [*claims.values()], as_of)
