"""Mutations of workgroups, and of what the coalition publishes."""

from __future__ import annotations

from typing import Annotated, TypeAlias

import strawberry

from domain.coalition import publications, workgroup
from domain.terms import DatePrecision, PublicationKind
from service.graphql.context import Info
from service.graphql.declare import input_type, mutation, object_type
from service.graphql.ids import NodeKind
from service.graphql.mutations.answers import COMMAND
from service.graphql.mutations.records import recorded
from service.graphql.mutations.submitting import (
    CommandInput,
    command_of,
    fresh_id,
    named,
    perform,
    refuse_many,
)
from service.graphql.receipts import (
    Accepted,
    CommandIdReused,
    Conflict,
    NotAllowed,
    Refused,
    receipt_of,
)
from service.graphql.scalars import Sha256
from service.graphql.types.record import Publication, Workgroup


@input_type
class FormWorkgroupInput(CommandInput):
    """Lets a workgroup begin."""

    name: str = strawberry.field(description="What it is called: up to 200 characters, no person.")
    purpose: str | None = strawberry.field(default=None, description="What it is for.")
    source: str | None = strawberry.field(default=None, description="Where it is documented.")
    precision: DatePrecision = strawberry.field(
        default=DatePrecision.DAY,
        description="How exactly `effectiveOn` is known; of a year, that is its first day, and of "
        "what is undated, a day by which it was so.",
    )


@input_type
class DissolveWorkgroupInput(CommandInput):
    """Lets a workgroup end."""

    workgroup: strawberry.ID = strawberry.field(description="The workgroup.")


@input_type
class PublishStandardsInput(CommandInput):
    """Puts a wave of the standards into the library."""

    wave: int = strawberry.field(description="Which wave it is, from 1.")
    title: str = strawberry.field(description="What it is called: up to 500 characters.")
    sha256: Sha256 | None = strawberry.field(
        default=None, description="The SHA-256 of the document."
    )
    link: str | None = strawberry.field(
        default=None, description="Where it can be read: an address that begins with https://."
    )
    supersedes: strawberry.ID | None = strawberry.field(
        default=None, description="The standards that it takes the place of."
    )
    workgroup: strawberry.ID | None = strawberry.field(
        default=None, description="The workgroup that worked it out."
    )
    based_on: list[str] = strawberry.field(
        default_factory=list, description="Titles of what it rests on, up to 20."
    )
    source: str | None = strawberry.field(default=None, description="Where it is documented.")
    precision: DatePrecision = strawberry.field(
        default=DatePrecision.DAY,
        description="How exactly `effectiveOn` is known; of a year, that is its first day, and of "
        "what is undated, a day by which it was so.",
    )


@input_type
class PublishLibraryItemInput(CommandInput):
    """Puts a toolkit, report, guide or plan into the library."""

    kind: PublicationKind = strawberry.field(description="What it is; no standards.")
    title: str = strawberry.field(description="What it is called: up to 500 characters.")
    sha256: Sha256 | None = strawberry.field(
        default=None, description="The SHA-256 of the document."
    )
    link: str | None = strawberry.field(
        default=None, description="Where it can be read: an address that begins with https://."
    )
    wave: int | None = strawberry.field(
        default=None, description="The wave of the standards that it goes with."
    )
    supersedes: strawberry.ID | None = strawberry.field(
        default=None, description="What it takes the place of; no standards."
    )
    source: str | None = strawberry.field(default=None, description="Where it is documented.")
    precision: DatePrecision = strawberry.field(
        default=DatePrecision.DAY,
        description="How exactly `effectiveOn` is known; of a year, that is its first day, and of "
        "what is undated, a day by which it was so.",
    )


@object_type
class FormWorkgroupAccepted(Accepted):
    """The workgroup was formed."""

    workgroup: Workgroup | None = strawberry.field(description="The workgroup.")


@object_type
class DissolveWorkgroupAccepted(Accepted):
    """The workgroup has ended."""

    workgroup: Workgroup | None = strawberry.field(description="The workgroup.")


@object_type
class PublishStandardsAccepted(Accepted):
    """The standards are in the library."""

    publication: Publication | None = strawberry.field(description="The standards.")


@object_type
class PublishLibraryItemAccepted(Accepted):
    """It is in the library."""

    publication: Publication | None = strawberry.field(description="What was published.")


FormWorkgroupResult: TypeAlias = Annotated[
    FormWorkgroupAccepted | Refused | NotAllowed | Conflict | CommandIdReused,
    strawberry.union("FormWorkgroupResult", description="What came of `formWorkgroup`."),
]
DissolveWorkgroupResult: TypeAlias = Annotated[
    DissolveWorkgroupAccepted | Refused | NotAllowed | Conflict | CommandIdReused,
    strawberry.union("DissolveWorkgroupResult", description="What came of `dissolveWorkgroup`."),
]
PublishStandardsResult: TypeAlias = Annotated[
    PublishStandardsAccepted | Refused | NotAllowed | Conflict | CommandIdReused,
    strawberry.union("PublishStandardsResult", description="What came of `publishStandards`."),
]
PublishLibraryItemResult: TypeAlias = Annotated[
    PublishLibraryItemAccepted | Refused | NotAllowed | Conflict | CommandIdReused,
    strawberry.union("PublishLibraryItemResult", description="What came of `publishLibraryItem`."),
]


@strawberry.type
class LibraryMutations:
    """Mutations of workgroups and of the library."""

    @mutation
    def form_workgroup(
        self, info: Info, given: Annotated[FormWorkgroupInput, COMMAND]
    ) -> FormWorkgroupResult:
        """Let a workgroup begin."""
        return perform(
            info,
            given,
            lambda: command_of(workgroup.FormWorkgroup, given, workgroup=fresh_id()),
            lambda context, done: FormWorkgroupAccepted(
                receipt=receipt_of(context, done.accepted),
                workgroup=recorded(context, done, NodeKind.WORKGROUP, Workgroup),
            ),
        )

    @mutation
    def dissolve_workgroup(
        self, info: Info, given: Annotated[DissolveWorkgroupInput, COMMAND]
    ) -> DissolveWorkgroupResult:
        """Let a workgroup end."""
        return perform(
            info,
            given,
            lambda: command_of(
                workgroup.DissolveWorkgroup,
                given,
                workgroup=named(NodeKind.WORKGROUP, given.workgroup),
            ),
            lambda context, done: DissolveWorkgroupAccepted(
                receipt=receipt_of(context, done.accepted),
                workgroup=recorded(context, done, NodeKind.WORKGROUP, Workgroup),
            ),
        )

    @mutation
    def publish_standards(
        self, info: Info, given: Annotated[PublishStandardsInput, COMMAND]
    ) -> PublishStandardsResult:
        """Put a wave of the standards into the library."""
        return perform(
            info,
            given,
            lambda: _standards(given),
            lambda context, done: PublishStandardsAccepted(
                receipt=receipt_of(context, done.accepted),
                publication=recorded(context, done, NodeKind.PUBLICATION, Publication),
            ),
        )

    @mutation
    def publish_library_item(
        self, info: Info, given: Annotated[PublishLibraryItemInput, COMMAND]
    ) -> PublishLibraryItemResult:
        """Put a toolkit, report, guide or plan into the library."""
        return perform(
            info,
            given,
            lambda: _item(given),
            lambda context, done: PublishLibraryItemAccepted(
                receipt=receipt_of(context, done.accepted),
                publication=recorded(context, done, NodeKind.PUBLICATION, Publication),
            ),
        )


def _standards(given: PublishStandardsInput) -> publications.PublishStandards:
    refuse_many("basedOn", given.based_on, publications.MOST_SOURCES)
    before, by = given.supersedes, given.workgroup
    return command_of(
        publications.PublishStandards,
        given,
        publication=fresh_id(),
        supersedes=None if before is None else named(NodeKind.PUBLICATION, before),
        workgroup=None if by is None else named(NodeKind.WORKGROUP, by),
    )


def _item(given: PublishLibraryItemInput) -> publications.PublishLibraryItem:
    before = given.supersedes
    return command_of(
        publications.PublishLibraryItem,
        given,
        publication=fresh_id(),
        supersedes=None if before is None else named(NodeKind.PUBLICATION, before),
    )
