"""Mutations of what the coalition writes down of itself: funding, history, corrections."""

from __future__ import annotations

from datetime import date
from typing import Annotated, Literal, TypeAlias, TypeVar

import strawberry

from domain.coalition import correction, funding, history
from domain.terms import DatePrecision
from service.graphql.context import Context, Info
from service.graphql.declare import input_type, mutation, object_type
from service.graphql.entries import by_ids
from service.graphql.ids import NodeKind
from service.graphql.mutations.answers import COMMAND
from service.graphql.mutations.submitting import (
    CommandInput,
    Done,
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
from service.graphql.types.entry import Entry, EntryBatch
from service.graphql.types.record import Funding, HistoricalClaim, Record, records_by_id

RecordT = TypeVar("RecordT", bound=Record)


@input_type
class RecordFundingInput(CommandInput):
    """Writes down who funds the coalition, and on what conditions."""

    funder: str = strawberry.field(description="Who pays: up to 200 characters.")
    stipulations: str | None = strawberry.field(
        default=None, description="What is asked in return."
    )
    source: str | None = strawberry.field(default=None, description="Where it is documented.")
    precision: DatePrecision = strawberry.field(
        default=DatePrecision.DAY,
        description="How exactly `effectiveOn` is known; of a year, that is its first day, and of "
        "what is undated, a day by which it was so.",
    )
    until: date | None = strawberry.field(
        default=None, description="The last day, as exactly as it is known; left out if it is not."
    )
    until_precision: DatePrecision = strawberry.field(
        default=DatePrecision.DAY,
        description="How exactly `until` is known; of a year, that is its first day, and of what "
        "is undated, a day by which it had ended.",
    )


@input_type
class EndFundingInput(CommandInput):
    """Writes down that a funding has ended: `effectiveOn` is the last day, as exactly as it is
    known.
    """

    funding: strawberry.ID = strawberry.field(description="The funding.")
    source: str | None = strawberry.field(default=None, description="Where it is documented.")
    precision: DatePrecision = strawberry.field(
        default=DatePrecision.DAY,
        description="How exactly `effectiveOn` is known; of a year, that is its first day, and of "
        "what is undated, a day by which it had ended.",
    )


@input_type
class RecordHistoryInput(CommandInput):
    """Writes down what a source says happened.

    `effectiveOn` is when, and may lie before the founding. Name organisations if the source does,
    and people never.
    """

    text: str = strawberry.field(description="What happened: up to 4,000 characters.")
    source: str = strawberry.field(description="Where the source says so: up to 500 characters.")
    precision: DatePrecision = strawberry.field(
        description="How exactly `effectiveOn` is known; of a year, that is its first day, and of "
        "what is undated, a day by which it was so."
    )
    contradicts: list[strawberry.ID] = strawberry.field(
        default_factory=list,
        description="Claims of other sources that cannot be true together with it, up to 20.",
    )


@input_type
class CorrectEntryInput(CommandInput):
    """Lets a text of an earlier entry read otherwise.

    The entry stays as it is; decisions are answered by other decisions.
    """

    entry: strawberry.ID = strawberry.field(description="The entry that has it wrong.")
    field: str = strawberry.field(description="The field, by its name in the entry.")
    value: str = strawberry.field(description="What it should have said.")
    reason: str | None = strawberry.field(default=None, description="Why, for staff.")


@input_type
class WithdrawEntryInput(CommandInput):
    """Takes what an entry recorded out of the coalition's record: a workgroup, a publication, a
    funding or a claim. What is right is recorded anew, and the entry stays in the log.

    `effectiveOn` is the first day on which it stands no more: of what was wrong all along, as one
    with a wrong day, the day from which the entry holds.
    """

    entry: strawberry.ID = strawberry.field(description="The entry that recorded it.")
    reason: str = strawberry.field(description="Why, for staff.")


@object_type
class RecordFundingAccepted(Accepted):
    """The funding is recorded."""

    funding: Funding | None = strawberry.field(description="The funding.")


@object_type
class EndFundingAccepted(Accepted):
    """The funding has ended."""

    funding: Funding | None = strawberry.field(description="The funding.")


@object_type
class RecordHistoryAccepted(Accepted):
    """The claim is recorded."""

    claim: HistoricalClaim | None = strawberry.field(description="The claim.")


@object_type
class CorrectEntryAccepted(Accepted):
    """The text reads otherwise from now on."""

    entry: Entry | None = strawberry.field(description="The entry that was corrected.")


@object_type
class WithdrawEntryAccepted(Accepted):
    """What the entry recorded stands no more."""

    entry: Entry | None = strawberry.field(description="The entry that was withdrawn.")


RecordFundingResult: TypeAlias = Annotated[
    RecordFundingAccepted | Refused | NotAllowed | Conflict | CommandIdReused,
    strawberry.union("RecordFundingResult", description="What came of `recordFunding`."),
]
EndFundingResult: TypeAlias = Annotated[
    EndFundingAccepted | Refused | NotAllowed | Conflict | CommandIdReused,
    strawberry.union("EndFundingResult", description="What came of `endFunding`."),
]
RecordHistoryResult: TypeAlias = Annotated[
    RecordHistoryAccepted | Refused | NotAllowed | Conflict | CommandIdReused,
    strawberry.union("RecordHistoryResult", description="What came of `recordHistory`."),
]
CorrectEntryResult: TypeAlias = Annotated[
    CorrectEntryAccepted | Refused | NotAllowed | Conflict | CommandIdReused,
    strawberry.union("CorrectEntryResult", description="What came of `correctEntry`."),
]

WithdrawEntryResult: TypeAlias = Annotated[
    WithdrawEntryAccepted | Refused | NotAllowed | Conflict | CommandIdReused,
    strawberry.union("WithdrawEntryResult", description="What came of `withdrawEntry`."),
]


@strawberry.type
class RecordMutations:
    """Mutations of what the coalition writes down of itself."""

    @mutation
    def record_funding(
        self, info: Info, given: Annotated[RecordFundingInput, COMMAND]
    ) -> RecordFundingResult:
        """Write down who funds the coalition, and on what conditions."""
        return perform(
            info,
            given,
            lambda: command_of(funding.RecordFunding, given, funding=fresh_id()),
            lambda context, done: RecordFundingAccepted(
                receipt=receipt_of(context, done.accepted),
                funding=recorded(context, done, NodeKind.FUNDING, Funding),
            ),
        )

    @mutation
    def end_funding(
        self, info: Info, given: Annotated[EndFundingInput, COMMAND]
    ) -> EndFundingResult:
        """Write down that a funding has ended."""
        return perform(
            info,
            given,
            lambda: command_of(
                funding.EndFunding, given, funding=named(NodeKind.FUNDING, given.funding)
            ),
            lambda context, done: EndFundingAccepted(
                receipt=receipt_of(context, done.accepted),
                funding=recorded(context, done, NodeKind.FUNDING, Funding),
            ),
        )

    @mutation
    def record_history(
        self, info: Info, given: Annotated[RecordHistoryInput, COMMAND]
    ) -> RecordHistoryResult:
        """Write down what a source says happened."""
        return perform(
            info,
            given,
            lambda: _history(given),
            lambda context, done: RecordHistoryAccepted(
                receipt=receipt_of(context, done.accepted),
                claim=recorded(context, done, NodeKind.HISTORICAL_CLAIM, HistoricalClaim),
            ),
        )

    @mutation
    def correct_entry(
        self, info: Info, given: Annotated[CorrectEntryInput, COMMAND]
    ) -> CorrectEntryResult:
        """Let a text of an earlier entry read otherwise."""
        return perform(
            info,
            given,
            lambda: command_of(
                correction.CorrectEntry, given, entry=named(NodeKind.ENTRY, given.entry)
            ),
            lambda context, done: CorrectEntryAccepted(
                receipt=receipt_of(context, done.accepted), entry=_corrected(context, done)
            ),
        )

    @mutation
    def withdraw_entry(
        self, info: Info, given: Annotated[WithdrawEntryInput, COMMAND]
    ) -> WithdrawEntryResult:
        """Take what an entry recorded out of the coalition's record."""
        return perform(
            info,
            given,
            lambda: command_of(
                correction.WithdrawEntry, given, entry=named(NodeKind.ENTRY, given.entry)
            ),
            lambda context, done: WithdrawEntryAccepted(
                receipt=receipt_of(context, done.accepted), entry=_corrected(context, done)
            ),
        )


def recorded(
    context: Context,
    done: Done,
    kind: Literal[
        NodeKind.WORKGROUP, NodeKind.PUBLICATION, NodeKind.FUNDING, NodeKind.HISTORICAL_CLAIM
    ],
    expected: type[RecordT],
) -> RecordT | None:
    """Return the record that a command was about."""
    subject = done.accepted.subject
    found = records_by_id(context, kind, [subject], done.as_of).get(subject)
    return found if isinstance(found, expected) else None


def _history(given: RecordHistoryInput) -> history.RecordHistory:
    refuse_many("contradicts", given.contradicts, history.MOST_CONTRADICTED)
    contradicts = [named(NodeKind.HISTORICAL_CLAIM, each) for each in given.contradicts]
    return command_of(history.RecordHistory, given, claim=fresh_id(), contradicts=contradicts)


def _corrected(context: Context, done: Done) -> Entry | None:
    batch = EntryBatch(context, by_ids(context.connection, [done.accepted.subject]))
    return next(iter(batch.objects.values()), None)
