"""What comes of a mutation: a receipt, or one of four rejections."""

from __future__ import annotations

import re
from enum import StrEnum
from typing import Final

import strawberry
from msgspec.structs import replace

from domain.decision import Refusal, Unmet
from service.graphql import enums
from service.graphql.context import Context
from service.graphql.declare import field, interface, object_type
from service.graphql.enums import RejectionCode
from service.graphql.ids import NodeKind, global_id
from service.graphql.scalars import Sha256
from service.graphql.types.entry import Entry, EntryBatch, entries_at
from service.ledger import request as outcomes

_CODED: Final = re.compile("`([a-z0-9-]+)`")
_NAMES: Final = {
    member.value: member.name
    for kind in vars(enums).values()
    if isinstance(kind, type) and issubclass(kind, StrEnum)
    for member in kind
}

NOT_ALLOWED: Final = "You may not do this, or there is no such thing."


@object_type
class Receipt:
    """Where an accepted command went. With leaf hash and position it can be proved."""

    batch: strawberry.Private[EntryBatch]
    accepted: strawberry.Private[outcomes.Accepted]

    @field
    def position(self) -> int | None:
        """The last position appended; null where it had already happened."""
        return max((entry.position for entry in self.accepted.entries), default=None)

    @field
    def entry_ids(self) -> list[strawberry.ID]:
        """The global ids of the entries, in order."""
        return [global_id(NodeKind.ENTRY, entry.entry_id) for entry in self.accepted.entries]

    @field
    def leaf_hashes(self) -> list[Sha256]:
        """The leaf hashes of the entries, in order."""
        return [Sha256(entry.leaf_hash) for entry in self.accepted.entries]

    @field
    def entries(self) -> list[Entry]:
        """The entries, in order."""
        return list(self.batch.objects.values())


def receipt_of(context: Context, accepted: outcomes.Accepted) -> Receipt:
    """Return the receipt of an accepted command."""
    positions = [entry.position for entry in accepted.entries]
    return Receipt(batch=entries_at(context, positions), accepted=accepted)


@interface
class Accepted:
    """A command that was accepted: it is in the ledger, durably."""

    receipt: Receipt = strawberry.field(description="Where it went.")


@interface
class Rejection:
    """A command that was not accepted: it changed nothing."""

    code: RejectionCode = strawberry.field(description="The kind of rejection, for programs.")
    message: str = strawberry.field(description="Why, in a sentence, for people.")


@object_type
class UnmetRequirement:
    """One thing that is missing."""

    clause: str = strawberry.field(description="The policy clause or rule.")
    message: str = strawberry.field(description="What is missing, in a sentence.")
    satisfied_by: str = strawberry.field(description="What would satisfy it, in a sentence.")


@object_type
class Refused(Rejection):
    """A rule said no."""

    rule: str = strawberry.field(description="The policy clause or rule that refused.")
    field: str | None = strawberry.field(description="The input field that is wrong, if one is.")
    unmet: list[UnmetRequirement] = strawberry.field(
        description="All that is missing, with what would satisfy it."
    )


@object_type
class NotAllowed(Rejection):
    """You may not do this, or there is no such thing: they look the same."""


@object_type
class Conflict(Rejection):
    """The object is not at the version that you expected: read it again."""

    expected_version: int = strawberry.field(description="The version that you expected.")
    actual_version: int = strawberry.field(description="The version that it is at.")


@object_type
class CommandIdReused(Rejection):
    """The command id was accepted before, for other content."""


def refused(refusal: Refusal) -> Refused:
    """Return the object of a refusal."""
    return Refused(
        code=RejectionCode(refusal.code.value),
        message=refusal.message,
        rule=refusal.rule,
        field=refusal.field,
        unmet=[_object(each) for each in refusal.unmet],
    )


def unmet_requirement(unmet: Unmet) -> UnmetRequirement:
    """Return the object of something that the rules say is missing."""
    return _object(_with_names(unmet))


def _object(unmet: Unmet) -> UnmetRequirement:
    return UnmetRequirement(
        clause=unmet.clause, message=unmet.message, satisfied_by=unmet.satisfied_by
    )


def _with_names(unmet: Unmet) -> Unmet:
    return Unmet(unmet.clause, in_schema_names(unmet.message), in_schema_names(unmet.satisfied_by))


def in_schema_names(text: str) -> str:
    """Return a text of the rules with the schema's names for the values that it has in quotes."""
    return _CODED.sub(lambda value: _NAMES.get(value[1], value[0]), text)


def rejection_of(
    outcome: Refusal | outcomes.NotAllowed | outcomes.Conflict | outcomes.CommandIdReused,
) -> Refused | NotAllowed | Conflict | CommandIdReused:
    """Return the object of an outcome that is not accepted."""
    match outcome:
        case Refusal():
            unmet = tuple(map(_with_names, outcome.unmet))
            return refused(replace(outcome, message=in_schema_names(outcome.message), unmet=unmet))
        case outcomes.NotAllowed():
            return NotAllowed(code=RejectionCode.NOT_ALLOWED, message=NOT_ALLOWED)
        case outcomes.Conflict():
            return Conflict(
                code=RejectionCode.CONFLICT,
                message=f"You expected version {outcome.expected}; it is at {outcome.actual}.",
                expected_version=outcome.expected,
                actual_version=outcome.actual,
            )
        case outcomes.CommandIdReused():
            return CommandIdReused(
                code=RejectionCode.COMMAND_ID_REUSED,
                message="This command id was accepted before, for other content: draw a new one.",
            )
