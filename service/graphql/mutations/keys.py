"""Mutations of API keys, which are kept beside the ledger and not in it (docs/adr/0022)."""

from __future__ import annotations

import contextlib
import secrets
from collections.abc import Callable, Iterator
from datetime import timedelta
from typing import Annotated, Final, TypeAlias

import strawberry
from sqlalchemy.engine import Connection

from domain.terms import PartyId, PersonId, PrincipalId
from service.graphql.context import Context, Info
from service.graphql.declare import input_type, mutation, object_type
from service.graphql.ids import NodeKind
from service.graphql.mutations.acting import Done, DoneT, act, require
from service.graphql.mutations.answers import COMMAND, is_party
from service.graphql.mutations.submitting import (
    NothingSuchError,
    RefusedInputError,
    named,
    refuse,
    refuse_long,
    sign_in,
)
from service.graphql.receipts import NotAllowed, Refused
from service.graphql.types.api_key import ApiKey, key_of, key_resource
from service.security import api_keys, issuing
from service.security.api_keys import KeyRefusedError
from service.security.principal import Principal, Role, Scope

LONGEST_DAYS: Final = 3_650

_AT_THE_MACHINE: Final = frozenset({Role.DIRECTOR, Role.OPERATOR})
"""Roles whose keys are made at the command line: a stolen key is not to make its successors."""


@input_type
class CreateKeyInput:
    """Makes a key for somebody, or for a system."""

    role: Role = strawberry.field(
        description=(
            "The role in which it acts. Keys of the director and of operators are made at the "
            "command line."
        )
    )
    label: str = strawberry.field(
        description="What you call it: a line of up to 200 characters, kept in clear. No names."
    )
    days: int = strawberry.field(
        default=365, description=f"Days until it expires, from 1 to {LONGEST_DAYS:,}."
    )
    principal: strawberry.ID | None = strawberry.field(
        default=None, description="The sign-in that it acts as; a new one if left out."
    )
    party: strawberry.ID | None = strawberry.field(
        default=None, description="The party that a representative speaks for."
    )
    person: strawberry.ID | None = strawberry.field(
        default=None, description="The representative whose it is: it ends with their term."
    )
    scopes: list[Scope] | None = strawberry.field(
        default=None,
        description="What a portal's key may do beyond what is public; everything without it.",
    )
    belongs_to: strawberry.ID | None = strawberry.field(
        default=None,
        description="The party that a reviewer or somebody of the committee works for, leads or "
        "is: they do not review or decide in its cause.",
    )


@input_type
class RotateKeyInput:
    """Makes a second key beside one that is in use, which stays good until it is revoked.

    It expires when that one does.
    """

    prefix: str = strawberry.field(description="The prefix of the one that is in use.")


@input_type
class RevokeKeyInput:
    """Has a key refused from now on, and whatever was begun by it."""

    prefix: str = strawberry.field(description="The prefix of the key.")


_SHOWN_ONCE: Final = (
    "The key itself, to be sent as `Authorization: Bearer`. It is shown here and never again: "
    "where the answer is lost, revoke it by its prefix, which `keys` has, and make another."
)


@object_type
class CreateKeyDone(Done):
    """The key is good from now on."""

    key: ApiKey = strawberry.field(description="The key.")
    secret: str = strawberry.field(description=_SHOWN_ONCE)


@object_type
class RotateKeyDone(Done):
    """The second key is good from now on, and so is the first."""

    key: ApiKey = strawberry.field(description="The second key.")
    secret: str = strawberry.field(description=_SHOWN_ONCE)


@object_type
class RevokeKeyDone(Done):
    """The key is refused, everywhere within three seconds."""

    key: ApiKey = strawberry.field(description="The key.")


CreateKeyResult: TypeAlias = Annotated[
    CreateKeyDone | Refused | NotAllowed,
    strawberry.union("CreateKeyResult", description="What came of `createKey`."),
]
RotateKeyResult: TypeAlias = Annotated[
    RotateKeyDone | Refused | NotAllowed,
    strawberry.union("RotateKeyResult", description="What came of `rotateKey`."),
]
RevokeKeyResult: TypeAlias = Annotated[
    RevokeKeyDone | Refused | NotAllowed,
    strawberry.union("RevokeKeyResult", description="What came of `revokeKey`."),
]


@strawberry.type
class KeyMutations:
    """Mutations of API keys."""

    @mutation
    def create_key(self, info: Info, given: Annotated[CreateKeyInput, COMMAND]) -> CreateKeyResult:
        """Make an API key.

        For the operator. Nothing is appended to the ledger: there is no receipt, and the key says
        who made it.
        """
        return act(info, given, lambda: _create(info, given))

    @mutation
    def rotate_key(self, info: Info, given: Annotated[RotateKeyInput, COMMAND]) -> RotateKeyResult:
        """Make a second key beside one, to change over to.

        For the operator, and for portals of their own. Nothing is appended to the ledger: there is
        no receipt, and the key says who made it.
        """

        def rotate(connection: Connection, key: api_keys.ApiKey) -> RotateKeyDone:
            if key.principal.role in _AT_THE_MACHINE:
                raise _kept_at_the_machine("prefix")
            context = info.context
            now = context.ledger.clock()
            made = issuing.rotate(
                connection, key.prefix, now=now, expires=key.expires, by=context.principal.id
            )
            return RotateKeyDone(done_at=now, key=key_of(context, made.key), secret=made.text)

        return act(info, given, lambda: _change(info, given.prefix, rotate))

    @mutation
    def revoke_key(self, info: Info, given: Annotated[RevokeKeyInput, COMMAND]) -> RevokeKeyResult:
        """Have a key refused from now on, and end the sessions and subscriptions that it began;
        with a portal's last key, its webhooks are told nothing more. For the operator, and for
        portals of their own. Nothing is appended to the ledger: there is no receipt, and the key
        says who revoked it.
        """

        def revoke(connection: Connection, key: api_keys.ApiKey) -> RevokeKeyDone:
            context = info.context
            now = context.ledger.clock()
            revoked = api_keys.revoke(connection, key.prefix, now=now, by=context.principal.id)
            return RevokeKeyDone(done_at=now, key=key_of(context, revoked))

        return act(info, given, lambda: _change(info, given.prefix, revoke))


@contextlib.contextmanager
def _refusing(field: str | None = None) -> Iterator[None]:
    """Refuse the input for what cannot be done to a key: by the field given, or its own."""
    try:
        yield
    except KeyRefusedError as error:
        raise refuse(field or error.field, "key", error.problem, error.remedy) from None


def _create(info: Info, given: CreateKeyInput) -> CreateKeyDone:
    context = info.context
    who = _principal(context, given)
    require(info, key_resource(who))
    if who.role in _AT_THE_MACHINE:
        raise _kept_at_the_machine("role")
    if not 1 <= given.days <= LONGEST_DAYS:
        wanted = f"A number from 1 to {LONGEST_DAYS:,}."
        raise refuse("days", "range", "days is out of range.", wanted)
    refuse_long("label", given.label, issuing.LONGEST_LABEL)
    now = context.ledger.clock()
    with _refusing(), context.writing() as connection:
        made = issuing.create(
            connection,
            who,
            given.label,
            now=now,
            expires=now + timedelta(days=given.days),
            person=None if given.person is None else PersonId(given.person),
            by=context.principal.id,
        )
    return CreateKeyDone(done_at=now, key=key_of(context, made.key), secret=made.text)


def _principal(context: Context, given: CreateKeyInput) -> Principal:
    id_ = None if given.principal is None else sign_in("principal", given.principal)
    return Principal(
        PrincipalId(id_ or secrets.token_hex(16)),
        given.role,
        _party(context, given.party),
        _party(context, given.belongs_to),
        None if given.scopes is None else frozenset(given.scopes),
    )


def _party(context: Context, given: str | None) -> PartyId | None:
    party = None if given is None else PartyId(named(NodeKind.PARTY, given))
    if party is not None and not is_party(context, party):
        raise NothingSuchError
    return party


def _change(
    info: Info, prefix: str, change: Callable[[Connection, api_keys.ApiKey], DoneT]
) -> DoneT:
    """Change a key, if the caller may; a key that they may not change is absent for them."""
    refuse_long("prefix", prefix, api_keys.LONGEST_PREFIX)
    with _refusing("prefix"), info.context.writing() as connection:
        try:
            key = api_keys.find(connection, prefix)
        except KeyRefusedError:
            raise NothingSuchError from None
        require(info, key_resource(key.principal))
        return change(connection, key)


def _kept_at_the_machine(field: str) -> RefusedInputError:
    return refuse(
        field,
        "command-line",
        "Keys of the director and of operators are not made here.",
        "Make it where the service runs, by `coalition keys`.",
    )
