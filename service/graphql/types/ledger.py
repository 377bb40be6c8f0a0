"""The ledger itself: its origin, its head and its entries."""

from __future__ import annotations

import math
from collections.abc import Sequence
from datetime import date, datetime
from typing import Annotated

import sqlalchemy as sa
import strawberry

from domain.catalog import EVENT_TYPES
from domain.ledger.merkle import Frontier
from projections import votes
from projections.as_of import position_at
from service.graphql import entries
from service.graphql.context import Context, Info
from service.graphql.declare import field, object_type
from service.graphql.entries import EntryFilter
from service.graphql.errors import InvalidArgumentError
from service.graphql.filters import check_filter
from service.graphql.history import BY_POSITION
from service.graphql.ids import NodeKind, own_id
from service.graphql.paging import (
    After,
    Before,
    Connection,
    First,
    Last,
    PageArguments,
    Paged,
    window_of,
)
from service.graphql.scalars import Sha256
from service.graphql.types.entry import Entry, EntryBatch
from service.graphql.types.proof import (
    Attestation,
    Checkpoint,
    ConsistencyProof,
    InclusionProof,
    PublicKey,
    attestations,
    consistent,
    included,
    newest_checkpoint,
    public_key,
)
from service.ledger import tables
from service.security.access import READ, Kind, Resource, may


@strawberry.input(
    name="EntryFilter", description="Which entries are wanted. Leave a field out to want any."
)
class EntryFilterInput:
    """Restrictions that hold together."""

    types: list[str] | None = strawberry.field(
        default=None,
        description=(
            "Stored names of what happened, such as `membership.admitted.v1`. Entries that hide "
            "what happened are not found by it."
        ),
    )
    streams: list[strawberry.ID] | None = strawberry.field(
        default=None, description="Ids of streams, as `Entry.stream` gives them."
    )
    recorded_from: datetime | None = strawberry.field(
        default=None,
        description=(
            "The first time of recording. As with `AsOfPoint.recordedAt`, no entry is earlier than "
            "those before it: where a clock went back, their latest time counts."
        ),
    )
    recorded_until: datetime | None = strawberry.field(
        default=None, description="The last time of recording, likewise."
    )
    effective_from: date | None = strawberry.field(
        default=None,
        description="The first day that `effectiveOn` may be. Entries that hide it are not found.",
    )
    effective_until: date | None = strawberry.field(
        default=None, description="The last day that it may be, likewise."
    )


@strawberry.input(
    one_of=True, name="EntryKey", description="One entry, named in one of three ways."
)
class EntryKey:
    """Exactly one of the three is given."""

    position: int | None = strawberry.field(
        default=strawberry.UNSET, description="Its place in the log, from 1."
    )
    id: strawberry.ID | None = strawberry.field(
        default=strawberry.UNSET, description="Its global id."
    )
    leaf_hash: Sha256 | None = strawberry.field(
        default=strawberry.UNSET, description="Its leaf hash."
    )


@object_type
class Head:
    """The end of the log that this answer was read at."""

    position: int = strawberry.field(description="The last position: how many entries there are.")
    root_hash: Sha256 = strawberry.field(
        description="The root of the Merkle tree over them (RFC 6962)."
    )
    recorded_at: datetime = strawberry.field(description="The latest recorded time among them.")


@object_type
class Ledger:
    """The append-only log that everything else is made from."""

    @field
    def origin(self, info: Info) -> str:
        """The log's name, as its checkpoints bear it."""
        return info.context.ledger.origin

    @field
    def head(self, info: Info) -> Head:
        """Where the log ends."""
        snapshot = info.context.snapshot
        frontier = snapshot.connection.execute(sa.select(tables.head.c.frontier)).scalar_one()
        return Head(
            position=snapshot.position,
            root_hash=Sha256(Frontier.from_bytes(bytes(frontier)).root().hex()),
            recorded_at=snapshot.recorded_at,
        )

    @field
    def checkpoint(self, info: Info) -> Checkpoint | None:
        """What is signed and published of it; null until something is."""
        return newest_checkpoint(info.context)

    @field
    def public_keys(self, info: Info) -> list[PublicKey]:
        """The keys that sign its checkpoints."""
        return [public_key(key.verifier) for key in info.context.ledger.signing_keys]

    @field
    def attestations(self, info: Info) -> list[Attestation]:
        """What read models were last attested to hold, by the model's name."""
        return attestations(info.context)

    @field
    def inclusion_proof(
        self,
        info: Info,
        position: Annotated[int, strawberry.argument(description="Of the entry, from 1.")],
        tree_size: Annotated[
            int | None,
            strawberry.argument(
                description="Of the tree to prove it in; the newest checkpoint's without this."
            ),
        ] = None,
    ) -> InclusionProof:
        """That an entry stands in the log."""
        return included(info.context, position, tree_size)

    @field
    def consistency_proof(
        self,
        info: Info,
        from_size: Annotated[int, strawberry.argument(description="The earlier size, from 1.")],
        to_size: Annotated[int, strawberry.argument(description="The later size.")],
    ) -> ConsistencyProof:
        """That the log has only grown between two sizes."""
        return consistent(info.context, from_size, to_size)

    @field
    def entries(
        self,
        info: Info,
        filter: Annotated[  # noqa: A002 - the argument's name in the schema
            EntryFilterInput | None,
            strawberry.argument(description="Which entries are wanted."),
        ] = None,
        first: First = None,
        after: After = None,
        last: Last = None,
        before: Before = None,
    ) -> Connection[Entry]:
        """The entries, in order."""
        context = info.context
        wanted = wanted_entries(context, filter)
        connection = context.connection
        return Connection[Entry](
            paged=Paged(
                context,
                BY_POSITION,
                window_of(context, BY_POSITION, PageArguments(first, after, last, before)),
                read=lambda window: entries.page(connection, wanted, window),
                nodes=lambda rows: list(EntryBatch(context, rows).objects.values()),
                count=lambda: entries.total(connection, wanted),
            )
        )

    @field
    def entry(
        self,
        info: Info,
        by: Annotated[EntryKey, strawberry.argument(description="Which one.")],
    ) -> Entry | None:
        """One entry; null where there is none."""
        context = info.context
        connection = context.connection
        if isinstance(by.position, int):
            rows = entries.by_positions(connection, [by.position])
        elif isinstance(by.leaf_hash, str):
            rows = entries.by_leaf_hash(connection, bytes.fromhex(by.leaf_hash))
        else:
            entry_id = own_id(NodeKind.ENTRY, str(by.id))
            rows = [] if entry_id is None else entries.by_ids(connection, [entry_id])
        return next(iter(EntryBatch(context, rows).objects.values()), None)


def _unsealed(context: Context, streams: Sequence[str] | None) -> Sequence[str] | None:
    """Leave out streams whose entries nobody may tell apart yet: the ballots of open votes."""
    if not streams:
        return streams
    sealed = votes.sealed_among(context.connection, streams)
    return [stream for stream in streams if stream not in sealed]


def wanted_entries(context: Context, given: EntryFilterInput | None) -> EntryFilter:
    """Return which entries a filter finds for the viewer.

    Raises:
        InvalidArgumentError: the filter names what entries do not show.
    """
    if given is None:
        return EntryFilter()
    check_filter(given)
    for name in given.types or ():
        event = EVENT_TYPES.get(name)
        if event is None or event.confidential:
            message = f"{name!r} is no stored name that entries show."
            raise InvalidArgumentError("filter.types", "known-type", message)
    anyone_elses = Resource(kind=Kind.ENTRY)
    connection, since, until = context.connection, given.recorded_from, given.recorded_until
    confidential = may(context.principal, READ, anyone_elses, "ConfidentialEntry.stream")
    by_day = (given.effective_from, given.effective_until) != (None, None)
    return EntryFilter(
        types=given.types,
        streams=_unsealed(context, given.streams),
        # Whole seconds are recorded.
        after=0 if since is None else position_at(connection, math.ceil(since.timestamp()) - 1),
        upto=None if until is None else position_at(connection, math.floor(until.timestamp())),
        effective_from=given.effective_from,
        effective_until=given.effective_until,
        confidential=confidential,
        sealed=votes.sealed(connection) if confidential and by_day else (),
    )
