"""Mutations that are no commands of the ledger: they append nothing, and have no receipt.

Who may is decided by the same function, from a table of its own (docs/adr/0022).
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from typing import TypeVar

import strawberry

from service.graphql.context import Info
from service.graphql.declare import interface
from service.graphql.enums import RejectionCode
from service.graphql.ids import OtherIdError, refuse_id
from service.graphql.mutations.submitting import NothingSuchError, RefusedInputError
from service.graphql.receipts import NOT_ALLOWED, NotAllowed, Refused, refused
from service.security.access import Resource, may, may_ever
from service.security.scopes import refuse_scope


@interface
class Done:
    """Something that was done and is no command of the ledger: nothing was appended, and so there
    is no receipt.
    """

    done_at: datetime = strawberry.field(description="When it was done.")


DoneT = TypeVar("DoneT", bound=Done)


def act(info: Info, given: object, do: Callable[[], DoneT]) -> DoneT | Refused | NotAllowed:
    """Do something, and answer with what came of it.

    Args:
        info: the mutation's, whose name is that of the action.
        given: its input.
        do: does it; it calls `require` with what it is about before it tells anything of that. It
            may raise `NothingSuchError`, `RefusedInputError` and `OtherIdError`: nothing has
            changed then.
    """
    if refusal := refuse_scope(info.context.principal, _action(info)):
        return refused(refusal)
    # Whoever may not do it to anything costs no transaction.
    granted = may_ever(info.context.principal, info.field_name)
    try:
        return do() if granted else _not_allowed()
    except NothingSuchError:
        return _not_allowed()
    except RefusedInputError as error:
        return refused(error.refusal)
    except OtherIdError as error:
        return refused(refuse_id(vars(given), error))


def require(info: Info, resource: Resource) -> None:
    """Go on only where the caller may do this to a thing.

    Raises:
        NothingSuchError: they may not, which looks as if there were no such thing.
    """
    if not may(info.context.principal, _action(info), resource):
        raise NothingSuchError


def _action(info: Info) -> str:
    name = info.field_name
    return name[0].upper() + name[1:]


def _not_allowed() -> NotAllowed:
    return NotAllowed(code=RejectionCode.NOT_ALLOWED, message=NOT_ALLOWED)
