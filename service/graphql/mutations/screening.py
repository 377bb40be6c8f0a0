"""The mutation that lets a text pass the screening."""

from __future__ import annotations

from typing import Annotated, TypeAlias

import strawberry

from domain.coalition import clearing
from service.graphql.context import Info
from service.graphql.declare import input_type, mutation, object_type
from service.graphql.mutations.answers import COMMAND
from service.graphql.mutations.submitting import CommandInput, command_of, perform
from service.graphql.receipts import (
    Accepted,
    CommandIdReused,
    Conflict,
    NotAllowed,
    Refused,
    receipt_of,
)


@input_type
class ClearTextInput(CommandInput):
    """Lets a text pass that the screening took for data about a survivor or client.

    The text is not kept; who let it pass, and why, is recorded confidentially.
    """

    text: str = strawberry.field(description="The text, word for word: up to 4,000 characters.")
    reason: str = strawberry.field(
        description="Why it is no such data, for staff: up to 500 characters."
    )


@object_type
class ClearTextAccepted(Accepted):
    """The text passes, wherever it is written."""


ClearTextResult: TypeAlias = Annotated[
    ClearTextAccepted | Refused | NotAllowed | Conflict | CommandIdReused,
    strawberry.union("ClearTextResult", description="What came of `clearText`."),
]


@strawberry.type
class ScreeningMutations:
    """The mutation that lets a text pass."""

    @mutation
    def clear_text(self, info: Info, given: Annotated[ClearTextInput, COMMAND]) -> ClearTextResult:
        """Let a text pass that was refused by mistake. See docs/screening.md."""
        return perform(
            info,
            given,
            lambda: command_of(clearing.ClearText, given),
            lambda context, done: ClearTextAccepted(receipt=receipt_of(context, done.accepted)),
        )
