"""Mutations that erase: what is personal to somebody, or one value that should not be there."""

from __future__ import annotations

from typing import Annotated, TypeAlias

import strawberry

from domain.coalition import erasure
from service.graphql.context import Context, Info
from service.graphql.declare import input_type, mutation, object_type
from service.graphql.entries import by_ids
from service.graphql.ids import NodeKind, parse_global_id
from service.graphql.mutations.answers import COMMAND
from service.graphql.mutations.submitting import CommandInput, Done, command_of, named, perform
from service.graphql.receipts import (
    Accepted,
    CommandIdReused,
    Conflict,
    NotAllowed,
    Refused,
    receipt_of,
)
from service.graphql.types.entry import Entry, EntryBatch


@input_type
class ErasePersonInput(CommandInput):
    """Lets nobody read what is personal to somebody, for ever.

    The entries stay, and so does every proof; names and contacts in them cannot be opened any more.
    """

    person: strawberry.ID = strawberry.field(
        description="The person: `Representative.person`, or the `id` of an individual."
    )


@input_type
class ExpungeValueInput(CommandInput):
    """Lets nobody read one hidden value of an entry, for ever: for what should never have been
    written. What is public was published, and what rules go by stays.
    """

    entry: strawberry.ID = strawberry.field(description="The entry.")
    field: str = strawberry.field(description="The field, by its name in the entry.")


@object_type
class ErasePersonAccepted(Accepted):
    """The person is erased: their key is destroyed."""

    person: strawberry.ID | None = strawberry.field(description="The person.")


@object_type
class ExpungeValueAccepted(Accepted):
    """The value is expunged: the key that hid it is destroyed."""

    entry: Entry | None = strawberry.field(description="The entry, which stays as it is.")


ErasePersonResult: TypeAlias = Annotated[
    ErasePersonAccepted | Refused | NotAllowed | Conflict | CommandIdReused,
    strawberry.union("ErasePersonResult", description="What came of `erasePerson`."),
]
ExpungeValueResult: TypeAlias = Annotated[
    ExpungeValueAccepted | Refused | NotAllowed | Conflict | CommandIdReused,
    strawberry.union("ExpungeValueResult", description="What came of `expungeValue`."),
]


@strawberry.type
class ErasureMutations:
    """Mutations that erase."""

    @mutation
    def erase_person(
        self, info: Info, given: Annotated[ErasePersonInput, COMMAND]
    ) -> ErasePersonResult:
        """Let nobody read what is personal to somebody, for ever.

        They are a member no more nor ask to be one, speak for nobody, hold no office, and are not
        listed. Of a member who has not left by their own word the operator asks the director; and
        while a vote on ending the membership is open or passed, or has just not ended it, it is
        refused.
        """
        return perform(
            info,
            given,
            lambda: command_of(
                erasure.ErasePerson,
                given,
                person=_person(given.person),
            ),
            lambda context, done: ErasePersonAccepted(
                receipt=receipt_of(context, done.accepted), person=given.person
            ),
        )

    @mutation
    def expunge_value(
        self, info: Info, given: Annotated[ExpungeValueInput, COMMAND]
    ) -> ExpungeValueResult:
        """Let nobody read one hidden value of an entry, for ever."""
        return perform(
            info,
            given,
            lambda: command_of(
                erasure.ExpungeValue, given, entry=named(NodeKind.ENTRY, given.entry)
            ),
            lambda context, done: ExpungeValueAccepted(
                receipt=receipt_of(context, done.accepted), entry=_entry(context, done)
            ),
        )


def _person(given: str) -> str:
    """Return the person; an individual is a party, which has a global id, and others have none."""
    return given if parse_global_id(given) is None else named(NodeKind.PARTY, given)


def _entry(context: Context, done: Done) -> Entry | None:
    batch = EntryBatch(context, by_ids(context.connection, [done.accepted.subject]))
    return next(iter(batch.objects.values()), None)
