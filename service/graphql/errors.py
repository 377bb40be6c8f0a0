"""Errors of GraphQL: faults and invalid requests, each with a code from a fixed list.

Refusals are data, never errors. `docs/errors.md` lists the codes; a test holds both together.
What is not known to be meant for a client is masked, and named by the request's id only.
"""

from __future__ import annotations

from enum import StrEnum
from typing import Any, Final

from graphql import GraphQLError, GraphQLSyntaxError, VariableDefinitionNode
from sqlalchemy.exc import InterfaceError, OperationalError
from sqlalchemy.exc import TimeoutError as PoolTimeoutError

from service.faults import UnavailableError
from service.ledger.writer import is_unavailable

_UNAVAILABLE: Final = "The ledger cannot be reached right now: send this again later."
_INTERNAL: Final = "Something went wrong here; the request id names it in the logs."

LONGEST_MESSAGE: Final = 1_000

_OUT_OF_REACH: Final = (
    UnavailableError,
    OperationalError,
    InterfaceError,
    PoolTimeoutError,
    TimeoutError,
)


class ErrorCode(StrEnum):
    """What ``extensions.code`` of an error may be, besides what HTTP alone knows."""

    PARSE_FAILED = "PARSE_FAILED"
    VALIDATION_FAILED = "VALIDATION_FAILED"
    LIMIT_EXCEEDED = "LIMIT_EXCEEDED"
    INVALID_VARIABLES = "INVALID_VARIABLES"
    INVALID_ARGUMENT = "INVALID_ARGUMENT"
    NOT_READABLE = "NOT_READABLE"
    UNAUTHENTICATED = "UNAUTHENTICATED"
    UNTRUSTED_DOCUMENT = "UNTRUSTED_DOCUMENT"
    OVER_BUDGET = "OVER_BUDGET"
    TOO_SLOW = "TOO_SLOW"
    UNAVAILABLE = "UNAVAILABLE"
    INTERNAL = "INTERNAL"


class RequestError(GraphQLError):
    """An error that is meant for whoever sent the request.

    Args:
        code: the kind of error, for programs.
        message: what is wrong, in a sentence, for people.
        extensions: further keys for programs, such as ``field`` and ``rule``.
    """

    def __init__(self, code: ErrorCode, message: str, **extensions: str) -> None:
        super().__init__(message, extensions={"code": code.value, **extensions})


class InvalidArgumentError(RequestError):
    """An argument has a value that it cannot have.

    Args:
        field: the argument, with its place inside an input object, such as ``asOf.at.position``.
        rule: the rule that it breaks, in short.
        message: what is wrong and what would be right, in a sentence.
    """

    def __init__(self, field: str, rule: str, message: str) -> None:
        super().__init__(ErrorCode.INVALID_ARGUMENT, message, field=field, rule=rule)


class NotReadableError(RequestError):
    """A list was to be filtered, ordered or counted by a field that the viewer may not read.

    Args:
        argument: the argument that asked for it.
        field: the field of the schema, such as ``Membership.party``.
    """

    def __init__(self, argument: str, field: str) -> None:
        message = f"{argument} goes by {field}, which you may not read."
        super().__init__(ErrorCode.NOT_READABLE, message, field=argument, reads=field)


def present(error: GraphQLError, request_id: str | None) -> dict[str, Any]:
    """Return an error as clients may see it: coded, masked, and with the request's id."""
    return dict(published(error, request_id).formatted)


def published(error: GraphQLError, request_id: str | None) -> GraphQLError:
    """Return an error as clients may see it; see `present`."""
    code = code_of(error)
    extensions: dict[str, Any] = {"code": code.value}
    message = error.message
    cause = _cause(error)
    if isinstance(cause, RequestError):
        extensions = dict(cause.extensions or {})
    elif code is ErrorCode.UNAVAILABLE:
        message = _UNAVAILABLE
        extensions["retryable"] = True
    elif code is ErrorCode.INTERNAL:
        message = _INTERNAL
    if request_id is not None:
        extensions["requestId"] = request_id
    if len(message) > LONGEST_MESSAGE:
        # It repeats what was sent.
        message = f"{message[: LONGEST_MESSAGE - 1]}…"
    return GraphQLError(
        message,
        nodes=error.nodes,
        source=error.source,
        positions=error.positions,
        path=error.path,
        extensions=extensions,
    )


def code_of(error: GraphQLError) -> ErrorCode:
    """Return the code of an error. `ErrorCode.INTERNAL` is one that an operator must hear of."""
    cause = _cause(error)
    if isinstance(cause, RequestError):
        return ErrorCode((cause.extensions or {})["code"])
    # What the driver raises on its own cursors comes as it is.
    if isinstance(cause, _OUT_OF_REACH) or is_unavailable(cause):
        return ErrorCode.UNAVAILABLE
    if isinstance(error, GraphQLSyntaxError):
        return ErrorCode.PARSE_FAILED
    # Errors of fields have a path. Without one, the document or its variables are wrong.
    if error.path is not None or not isinstance(cause, GraphQLError):
        return ErrorCode.INTERNAL
    if error.nodes and isinstance(error.nodes[0], VariableDefinitionNode):
        return ErrorCode.INVALID_VARIABLES
    return ErrorCode.VALIDATION_FAILED


def _cause(error: GraphQLError) -> Exception:
    """Return the exception that was raised, from under graphql-core's wrapping."""
    cause: Exception = error
    while isinstance(cause, GraphQLError) and cause.original_error is not None:
        cause = cause.original_error
    return cause
