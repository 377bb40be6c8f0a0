"""Mutations of grievances: complaining, and answering."""

from __future__ import annotations

from typing import Annotated, TypeAlias

import strawberry

from domain.membership import grievance as commands
from domain.terms import GrievanceOutcome, StaffRole
from service.graphql.context import Context, Info
from service.graphql.declare import input_type, mutation, object_type
from service.graphql.ids import NodeKind
from service.graphql.mutations.answers import COMMAND
from service.graphql.mutations.submitting import (
    CommandInput,
    Done,
    command_of,
    fresh_id,
    named,
    perform,
)
from service.graphql.receipts import (
    Accepted,
    CommandIdReused,
    Conflict,
    NotAllowed,
    Refused,
    receipt_of,
)
from service.graphql.types.grievance import Grievance, grievances_by_id


@input_type
class FileGrievanceInput(CommandInput):
    """Complains of a member's conduct, of a decision, or of how somebody acts in a role.

    Name one of the three.
    """

    membership: strawberry.ID = strawberry.field(
        description="The membership of the party that you speak for."
    )
    text: str = strawberry.field(
        description="What you complain of: up to 4,000 characters. Only the staff read it."
    )
    against: strawberry.ID | None = strawberry.field(
        default=None, description="The membership of the member whose conduct it is about."
    )
    entry: strawberry.ID | None = strawberry.field(
        default=None, description="The entry of the decision that it is about."
    )
    role: StaffRole | None = strawberry.field(
        default=None, description="In which role somebody acts as it is about."
    )


@input_type
class ResolveGrievanceInput(CommandInput):
    """Answers a grievance."""

    grievance: strawberry.ID = strawberry.field(description="The grievance.")
    outcome: GrievanceOutcome = strawberry.field(description="What comes of it.")
    resolution: str = strawberry.field(
        description="The answer: up to 4,000 characters, for everybody who has a part in it."
    )


@object_type
class FileGrievanceAccepted(Accepted):
    """The grievance is filed."""

    grievance: Grievance | None = strawberry.field(description="The grievance.")


@object_type
class ResolveGrievanceAccepted(Accepted):
    """The grievance is answered."""

    grievance: Grievance | None = strawberry.field(description="The grievance.")


FileGrievanceResult: TypeAlias = Annotated[
    FileGrievanceAccepted | Refused | NotAllowed | Conflict | CommandIdReused,
    strawberry.union("FileGrievanceResult", description="What came of `fileGrievance`."),
]
ResolveGrievanceResult: TypeAlias = Annotated[
    ResolveGrievanceAccepted | Refused | NotAllowed | Conflict | CommandIdReused,
    strawberry.union("ResolveGrievanceResult", description="What came of `resolveGrievance`."),
]


@strawberry.type
class GrievanceMutations:
    """Mutations of grievances."""

    @mutation
    def file_grievance(
        self, info: Info, given: Annotated[FileGrievanceInput, COMMAND]
    ) -> FileGrievanceResult:
        """Complain of a decision or of conduct. Nothing of it is public."""
        return perform(
            info,
            given,
            lambda: command_of(
                commands.FileGrievance,
                given,
                grievance=fresh_id(),
                membership=named(NodeKind.MEMBERSHIP, given.membership),
                against=_named_or_none(NodeKind.MEMBERSHIP, given.against),
                entry=_named_or_none(NodeKind.ENTRY, given.entry),
            ),
            lambda context, done: FileGrievanceAccepted(
                receipt=receipt_of(context, done.accepted), grievance=_grievance(context, done)
            ),
        )

    @mutation
    def resolve_grievance(
        self, info: Info, given: Annotated[ResolveGrievanceInput, COMMAND]
    ) -> ResolveGrievanceResult:
        """Answer a grievance that is not about you."""
        principal = info.context.principal
        return perform(
            info,
            given,
            lambda: command_of(
                commands.ResolveGrievance,
                given,
                grievance=named(NodeKind.GRIEVANCE, given.grievance),
                resolver=principal.id,
                role=next((each for each in StaffRole if each.value == principal.role.value), None),
            ),
            lambda context, done: ResolveGrievanceAccepted(
                receipt=receipt_of(context, done.accepted), grievance=_grievance(context, done)
            ),
        )


def _named_or_none(kind: NodeKind, text: str | None) -> str | None:
    return None if text is None else named(kind, text)


def _grievance(context: Context, done: Done) -> Grievance | None:
    subject = done.accepted.subject
    return grievances_by_id(context, [subject], done.as_of).get(subject)
