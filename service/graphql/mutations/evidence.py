"""Mutations of applicants who show that requirements are met."""

from __future__ import annotations

from datetime import date
from typing import Annotated, TypeAlias

import strawberry

from domain.membership import application as commands
from domain.membership.evidence_files import DeleteEvidenceFile
from service.graphql.context import Info
from service.graphql.declare import input_type, mutation, object_type
from service.graphql.ids import NodeKind
from service.graphql.mutations.answers import COMMAND, with_application
from service.graphql.mutations.submitting import CommandInput, command_of, named, perform
from service.graphql.receipts import Accepted, CommandIdReused, Conflict, NotAllowed, Refused
from service.graphql.scalars import Sha256
from service.graphql.types.application import Application


@input_type
class AttachEvidenceInput(CommandInput):
    """Gives something that shows that a requirement is met, until the application is decided."""

    application: strawberry.ID = strawberry.field(description="The application.")
    requirement: str = strawberry.field(description="The policy clause that it is for.")
    description: str = strawberry.field(description="What it is: up to 4,000 characters.")
    sha256: Sha256 | None = strawberry.field(
        default=None,
        description=(
            "The SHA-256 of a file that was sent to `/evidence/<application>`; it stays outside "
            "the ledger."
        ),
    )


@input_type
class DeleteEvidenceFileInput(CommandInput):
    """Deletes a file of evidence, for good."""

    application: strawberry.ID = strawberry.field(description="The application.")
    sha256: Sha256 = strawberry.field(description="The SHA-256 of the file.")
    reason: str | None = strawberry.field(
        default=None, description="Why, for staff: up to 4,000 characters."
    )


@input_type
class AttestPopulationShareInput(CommandInput):
    """States which share of the people served belongs to a population."""

    application: strawberry.ID = strawberry.field(description="The application.")
    requirement: str = strawberry.field(description="The policy clause that it is for.")
    numerator: int = strawberry.field(description="How many of them belong to the population.")
    denominator: int = strawberry.field(description="How many people were served.")
    basis: str = strawberry.field(description="How they were counted: up to 500 characters.")
    period_start: date = strawberry.field(description="The first day of the period.")
    period_end: date = strawberry.field(description="The last day of the period.")


@object_type
class AttachEvidenceAccepted(Accepted):
    """The evidence is in the ledger."""

    application: Application | None = strawberry.field(description="The application.")


@object_type
class DeleteEvidenceFileAccepted(Accepted):
    """Nobody reads the file any more."""

    application: Application | None = strawberry.field(description="The application.")


@object_type
class AttestPopulationShareAccepted(Accepted):
    """The population share is in the ledger."""

    application: Application | None = strawberry.field(description="The application.")


AttachEvidenceResult: TypeAlias = Annotated[
    AttachEvidenceAccepted | Refused | NotAllowed | Conflict | CommandIdReused,
    strawberry.union("AttachEvidenceResult", description="What came of `attachEvidence`."),
]
DeleteEvidenceFileResult: TypeAlias = Annotated[
    DeleteEvidenceFileAccepted | Refused | NotAllowed | Conflict | CommandIdReused,
    strawberry.union("DeleteEvidenceFileResult", description="What came of `deleteEvidenceFile`."),
]
AttestPopulationShareResult: TypeAlias = Annotated[
    AttestPopulationShareAccepted | Refused | NotAllowed | Conflict | CommandIdReused,
    strawberry.union(
        "AttestPopulationShareResult", description="What came of `attestPopulationShare`."
    ),
]


@strawberry.type
class EvidenceMutations:
    """Mutations of applicants who show that requirements are met."""

    @mutation
    def attach_evidence(
        self,
        info: Info,
        given: Annotated[AttachEvidenceInput, COMMAND],
    ) -> AttachEvidenceResult:
        """Give something that shows that a requirement is met."""
        return perform(
            info,
            given,
            lambda: command_of(
                commands.AttachEvidence,
                given,
                application=named(NodeKind.APPLICATION, given.application),
            ),
            with_application(AttachEvidenceAccepted),
        )

    @mutation
    def delete_evidence_file(
        self,
        info: Info,
        given: Annotated[DeleteEvidenceFileInput, COMMAND],
    ) -> DeleteEvidenceFileResult:
        """Delete a file of evidence; while a recommendation rests on it the director alone can."""
        return perform(
            info,
            given,
            lambda: command_of(
                DeleteEvidenceFile,
                given,
                application=named(NodeKind.APPLICATION, given.application),
            ),
            with_application(DeleteEvidenceFileAccepted),
        )

    @mutation
    def attest_population_share(
        self,
        info: Info,
        given: Annotated[AttestPopulationShareInput, COMMAND],
    ) -> AttestPopulationShareResult:
        """State a population share; the last statement counts."""
        return perform(
            info,
            given,
            lambda: command_of(
                commands.AttestPopulationShare,
                given,
                application=named(NodeKind.APPLICATION, given.application),
            ),
            with_application(AttestPopulationShareAccepted),
        )
