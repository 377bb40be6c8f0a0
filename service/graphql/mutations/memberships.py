"""Mutations of memberships: sending and signing agreements."""

from __future__ import annotations

from typing import Annotated, TypeAlias

import strawberry

from domain.membership import membership as commands
from service.graphql.context import Context, Info
from service.graphql.declare import input_type, mutation, object_type
from service.graphql.ids import NodeKind
from service.graphql.mutations.answers import COMMAND, people_of, with_membership
from service.graphql.mutations.submitting import (
    CommandInput,
    NothingSuchError,
    command_of,
    fresh_id,
    named,
    perform,
    refuse,
)
from service.graphql.receipts import Accepted, CommandIdReused, Conflict, NotAllowed, Refused
from service.graphql.scalars import Sha256
from service.graphql.types.membership import Membership


@input_type
class SendAgreementInput(CommandInput):
    """Sends the current text of the tier's agreement to be signed."""

    membership: strawberry.ID = strawberry.field(description="The membership.")


@input_type
class SignAgreementInput(CommandInput):
    """Signs one version of an agreement."""

    membership: strawberry.ID = strawberry.field(description="The membership.")
    agreement: str = strawberry.field(description="The key of the agreement that was read.")
    version: int = strawberry.field(description="The version that was read.")
    sha256: Sha256 = strawberry.field(description="The SHA-256 of the text that was read.")
    signatory_name: str = strawberry.field(description="Who signs: up to 200 characters.")
    capacity: str = strawberry.field(
        description="What entitles them to sign: up to 500 characters."
    )
    signatory: strawberry.ID | None = strawberry.field(
        default=None,
        description="The representative who signs; left out for somebody who is none.",
    )


@object_type
class SendAgreementAccepted(Accepted):
    """The agreement is sent."""

    membership: Membership | None = strawberry.field(description="The membership.")


@object_type
class SignAgreementAccepted(Accepted):
    """The agreement is signed."""

    membership: Membership | None = strawberry.field(description="The membership.")


SendAgreementResult: TypeAlias = Annotated[
    SendAgreementAccepted | Refused | NotAllowed | Conflict | CommandIdReused,
    strawberry.union("SendAgreementResult", description="What came of `sendAgreement`."),
]
SignAgreementResult: TypeAlias = Annotated[
    SignAgreementAccepted | Refused | NotAllowed | Conflict | CommandIdReused,
    strawberry.union("SignAgreementResult", description="What came of `signAgreement`."),
]


@strawberry.type
class MembershipMutations:
    """Mutations of memberships."""

    @mutation
    def send_agreement(
        self, info: Info, given: Annotated[SendAgreementInput, COMMAND]
    ) -> SendAgreementResult:
        """Send the current text of the tier's agreement to be signed."""
        return perform(
            info,
            given,
            lambda: command_of(
                commands.SendAgreement,
                given,
                membership=named(NodeKind.MEMBERSHIP, given.membership),
            ),
            with_membership(SendAgreementAccepted),
        )

    @mutation
    def sign_agreement(
        self, info: Info, given: Annotated[SignAgreementInput, COMMAND]
    ) -> SignAgreementResult:
        """Sign the text that was sent: also one that another took the place of while it waits."""
        return perform(
            info,
            given,
            lambda: command_of(
                commands.SignAgreement,
                given,
                membership=named(NodeKind.MEMBERSHIP, given.membership),
                signatory=_signatory(info.context, given.signatory),
            ),
            with_membership(SignAgreementAccepted),
        )


def _signatory(context: Context, given: str | None) -> str:
    """Return the id of the person who signs, under whose key their name is hidden."""
    party = context.principal.party
    if party is None:
        raise NothingSuchError
    people = people_of(context, party)
    if people is None:
        raise NothingSuchError
    if given is not None and given not in people:
        raise refuse(
            "signatory",
            "known-representative",
            "There is no such representative.",
            "The id of one of the member's representatives, or none.",
        )
    # A person signs as themself, so that their erasure takes the signed name too.
    return given or (party if party in people else fresh_id())
