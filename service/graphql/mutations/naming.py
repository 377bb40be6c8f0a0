"""Mutations of what a party is called, and of who speaks for it no longer."""

from __future__ import annotations

from collections.abc import Callable
from typing import Annotated, TypeAlias, TypeVar

import strawberry

from domain.decision import Command
from domain.membership.name_correction import CorrectPartyName
from domain.membership.names import AddAlias, RenameParty
from domain.membership.party import EndRepresentation
from service.graphql.context import Context, Info
from service.graphql.declare import input_type, mutation, object_type
from service.graphql.ids import NodeKind
from service.graphql.mutations.answers import COMMAND, changed_party
from service.graphql.mutations.submitting import CommandInput, Done, command_of, named, perform
from service.graphql.receipts import (
    Accepted,
    CommandIdReused,
    Conflict,
    NotAllowed,
    Refused,
    receipt_of,
)
from service.graphql.types.party import Party

AcceptedT = TypeVar("AcceptedT", bound=Accepted)


@input_type
class EndRepresentationInput(CommandInput):
    """Lets a person speak for an organisation no longer."""

    party: strawberry.ID = strawberry.field(description="The organisation.")
    person: strawberry.ID = strawberry.field(description="One of its representatives.")


@input_type
class RenamePartyInput(CommandInput):
    """Calls a party by another name. It publishes nothing: see `publishListing`."""

    party: strawberry.ID = strawberry.field(description="The party.")
    name: str = strawberry.field(description="What it is called: up to 200 characters.")


@input_type
class AddAliasInput(CommandInput):
    """Says by what other name an organisation is known."""

    party: strawberry.ID = strawberry.field(description="The organisation.")
    alias: str = strawberry.field(description="The other name: up to 200 characters.")


@input_type
class CorrectPartyNameInput(CommandInput):
    """Lets a name read otherwise than the entry that gave it, which stays as it is.

    A name that is another from some day on is no correction: see `renameParty`.
    """

    party: strawberry.ID = strawberry.field(description="The party.")
    entry: strawberry.ID = strawberry.field(
        description="The entry that gave it the name, as `nameEntry` shows it."
    )
    name: str = strawberry.field(description="What it should have said: up to 200 characters.")
    reason: str | None = strawberry.field(
        default=None, description="Why: a line, for the staff and the party."
    )


@object_type
class EndRepresentationAccepted(Accepted):
    """The person speaks for the organisation no longer."""

    party: Party | None = strawberry.field(description="The organisation.")


@object_type
class RenamePartyAccepted(Accepted):
    """The party has the name."""

    party: Party | None = strawberry.field(description="The party.")


@object_type
class AddAliasAccepted(Accepted):
    """The organisation is known by the name."""

    party: Party | None = strawberry.field(description="The organisation.")


@object_type
class CorrectPartyNameAccepted(Accepted):
    """The name reads so."""

    party: Party | None = strawberry.field(description="The party.")


EndRepresentationResult: TypeAlias = Annotated[
    EndRepresentationAccepted | Refused | NotAllowed | Conflict | CommandIdReused,
    strawberry.union("EndRepresentationResult", description="What came of `endRepresentation`."),
]
RenamePartyResult: TypeAlias = Annotated[
    RenamePartyAccepted | Refused | NotAllowed | Conflict | CommandIdReused,
    strawberry.union("RenamePartyResult", description="What came of `renameParty`."),
]
AddAliasResult: TypeAlias = Annotated[
    AddAliasAccepted | Refused | NotAllowed | Conflict | CommandIdReused,
    strawberry.union("AddAliasResult", description="What came of `addAlias`."),
]

CorrectPartyNameResult: TypeAlias = Annotated[
    CorrectPartyNameAccepted | Refused | NotAllowed | Conflict | CommandIdReused,
    strawberry.union("CorrectPartyNameResult", description="What came of `correctPartyName`."),
]


@strawberry.type
class NamingMutations:
    """Mutations of names, and of representatives who leave."""

    @mutation
    def end_representation(
        self, info: Info, given: Annotated[EndRepresentationInput, COMMAND]
    ) -> EndRepresentationResult:
        """Let a person speak for an organisation no longer."""
        return perform(
            info,
            given,
            lambda: _about(EndRepresentation, given, given.party),
            _with_party(EndRepresentationAccepted),
        )

    @mutation
    def rename_party(
        self, info: Info, given: Annotated[RenamePartyInput, COMMAND]
    ) -> RenamePartyResult:
        """Call a party by another name from now on."""
        return perform(
            info,
            given,
            lambda: _about(RenameParty, given, given.party),
            _with_party(RenamePartyAccepted),
        )

    @mutation
    def add_alias(self, info: Info, given: Annotated[AddAliasInput, COMMAND]) -> AddAliasResult:
        """Say by what other name an organisation is known."""
        return perform(
            info,
            given,
            lambda: _about(AddAlias, given, given.party),
            _with_party(AddAliasAccepted),
        )

    @mutation
    def correct_party_name(
        self, info: Info, given: Annotated[CorrectPartyNameInput, COMMAND]
    ) -> CorrectPartyNameResult:
        """Let a name of a party read otherwise than the entry that gave it."""
        return perform(
            info,
            given,
            lambda: command_of(
                CorrectPartyName,
                given,
                party=named(NodeKind.PARTY, given.party),
                entry=named(NodeKind.ENTRY, given.entry),
            ),
            _with_party(CorrectPartyNameAccepted),
        )


def _about(command_type: type[Command], given: CommandInput, party: str) -> Command:
    return command_of(command_type, given, party=named(NodeKind.PARTY, party))


def _with_party(accepted_type: Callable[..., AcceptedT]) -> Callable[[Context, Done], AcceptedT]:
    def accept(context: Context, done: Done) -> AcceptedT:
        return accepted_type(
            receipt=receipt_of(context, done.accepted), party=changed_party(context, done)
        )

    return accept
