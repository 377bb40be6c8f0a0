"""From the parameters of a request to its result, in the thread of a worker."""

from __future__ import annotations

import base64
import hashlib
from collections.abc import Collection
from typing import Any, Final

import msgspec
import strawberry
from graphql import (
    DocumentNode,
    ExecutionResult,
    GraphQLError,
    OperationType,
    execute,
)
from graphql.execution.execute import assume_not_async_iterable
from sqlalchemy.exc import InterfaceError, OperationalError
from sqlalchemy.exc import TimeoutError as PoolTimeoutError
from strawberry.execution import optimized_is_awaitable

from service.faults import UnavailableError
from service.graphql.context import Context
from service.graphql.cursors import CursorCipher
from service.graphql.errors import ErrorCode, code_of, present
from service.graphql.operations import Documents, Parameters, Prepared
from service.ledger.ledger import Ledger
from service.logs import get_logger
from service.security.api_keys import KeyRing
from service.security.principal import ANYONE, Principal

OUT_OF_REACH: Final = (
    UnavailableError,
    OperationalError,
    InterfaceError,
    PoolTimeoutError,
    TimeoutError,
)
"""What is raised when a database does not answer, or not in time: worth another try."""

UNREACHED: Final = "The ledger does not answer."

_log = get_logger(__name__)
_canonical = msgspec.json.Encoder(order="sorted")


class UnauthenticatedError(Exception):
    """The key that was presented is none, or is no longer accepted."""


class MutationByGetError(Exception):
    """A mutation was asked for by a method that must not change anything."""


class Call(msgspec.Struct, frozen=True, kw_only=True):
    """A request, as far as its result depends on it.

    Attributes:
        key: the API key that was presented; ``None`` for nobody's.
        safe: whether it came by a method that must not change anything.
        tags: what the client has already, as entity tags; ``*`` is anything.
        form: the media type of the answer, which its entity tag depends on.
        after: where a subscription goes on, whatever its document says.
    """

    request_id: str
    parameters: Parameters
    key: str | None = None
    safe: bool = False
    tags: Collection[str] = ()
    form: str = ""
    after: int | None = None


class Answer(msgspec.Struct, frozen=True, kw_only=True):
    """What came of it.

    Attributes:
        body: the response, with ``data`` when it was executed; ``None`` when the client has
            it already.
        tag: names the answer, where it may be asked for again by that name.
    """

    body: dict[str, Any] | None
    tag: str | None = None

    @property
    def executed(self) -> bool:
        """Whether execution began: else the document or its variables are to blame."""
        return self.body is None or "data" in self.body


class Engine:
    """Executes operations against a ledger; safe to use from many threads.

    Attributes:
        schema: what is executed.
    """

    def __init__(self, schema: strawberry.Schema, ledger: Ledger) -> None:
        self.schema = schema._schema  # noqa: SLF001 - strawberry has no other name for it
        self._executor_class = schema.execution_context_class
        self._ledger = ledger
        self._keys = KeyRing(ledger.engine)
        self._cursors = CursorCipher(ledger.keys.named_key("cursors"))
        self._documents = Documents(self.schema)

    def answer(self, call: Call) -> Answer:
        """Authenticate, prepare, and execute in one read transaction.

        Raises:
            UnauthenticatedError: a key was presented that is not accepted.
            MutationByGetError: the method allows queries only.
            UnavailableError: the ledger does not answer, whether before or during execution.
        """
        try:
            principal = self.principal(call.key)
            prepared = self.prepare(call)
            if isinstance(prepared, list):
                return refused(prepared, call)
            kind = prepared.kind(call.parameters.operation)
            if kind is OperationType.SUBSCRIPTION:
                message = "Subscriptions are followed over WebSocket or server-sent events."
                return refused([GraphQLError(message)], call)
            if kind is OperationType.MUTATION and call.safe:
                raise MutationByGetError
            with self.context(principal, call) as context:
                tag = _tag(context, call) if call.safe else None
                if tag is not None and (tag in call.tags or "*" in call.tags):
                    return Answer(body=None, tag=tag)
                result = self.execute(prepared.document, call.parameters, context)
                return self.result(result, context, call, tag)
        except OUT_OF_REACH as error:
            raise UnavailableError(UNREACHED) from error

    def end(self) -> int:
        """Return the last position of the log.

        Raises:
            UnavailableError: the ledger does not answer.
        """
        try:
            with self._ledger.read() as snapshot:
                return snapshot.position
        except OUT_OF_REACH as error:
            raise UnavailableError(UNREACHED) from error

    def prepare(self, call: Call) -> Prepared | list[GraphQLError]:
        """Return the call's document, valid and within all limits, or what is wrong with it."""
        prepared = self._documents.prepare(call.parameters.query)
        if isinstance(prepared, list):
            return prepared
        if prepared.kind(call.parameters.operation) is None:
            return [GraphQLError("Name one of the document's operations, as operationName.")]
        exceeded = self._documents.exceeded(prepared, call.parameters.variables)
        return prepared if exceeded is None else [exceeded]

    def context(self, principal: Principal, call: Call) -> Context:
        """Return the context to answer a call in."""
        return Context(self._ledger, principal, request_id=call.request_id, cursors=self._cursors)

    def principal(self, key: str | None) -> Principal:
        """Return whose key it is.

        Raises:
            UnauthenticatedError: it is not accepted, or no longer.
        """
        if key is None:
            return ANYONE
        principal = self._keys.authenticate(key)
        if principal is None:
            raise UnauthenticatedError
        return principal

    def execute(
        self,
        document: DocumentNode,
        parameters: Parameters,
        context: Context,
        root: object = None,
    ) -> ExecutionResult:
        """Execute an operation of a prepared document."""
        result = execute(
            self.schema,
            document,
            root,
            context_value=context,
            variable_values=parameters.variables,
            operation_name=parameters.operation,
            executor_class=self._executor_class,
            is_awaitable=optimized_is_awaitable,  # type: ignore[arg-type]  # no TypeGuard
            is_async_iterable=assume_not_async_iterable,
            operation_extensions=None,
        )
        if not isinstance(result, ExecutionResult):
            raise TypeError("a resolver is a coroutine, and execution here is synchronous")
        return result

    def result(
        self, result: ExecutionResult, context: Context, call: Call, tag: str | None = None
    ) -> Answer:
        """Return what a client sees of a result.

        Raises:
            UnavailableError: the ledger did not answer, or not for all of it.
        """
        errors = result.errors or []
        codes = [code_of(error) for error in errors]
        if ErrorCode.UNAVAILABLE in codes:
            # Part of an answer would look like all of it; asking again is safe, since a
            # repeated command gives its first outcome.
            raise UnavailableError(UNREACHED) from errors[codes.index(ErrorCode.UNAVAILABLE)]
        for error, code in zip(errors, codes, strict=True):
            if code is ErrorCode.INTERNAL:
                _log.error("fault", request_id=call.request_id, exc_info=error.original_error)
        # What is wrong with variables is found before any field, so it has no path.
        if result.data is None and all(error.path is None for error in errors):
            return refused(errors, call)
        body: dict[str, Any] = {"data": result.data}
        if errors:
            body["errors"] = [present(error, call.request_id) for error in errors]
        extensions = context.extensions()
        if extensions:
            body["extensions"] = extensions
        return Answer(body=body, tag=None if errors else tag)


def refused(errors: list[GraphQLError], call: Call) -> Answer:
    """Return the answer to a call that is not executed."""
    return Answer(body={"errors": [present(error, call.request_id) for error in errors]})


def _tag(context: Context, call: Call) -> str:
    """Return the entity tag: it changes with everything that an answer depends on.

    It is a weak one, since an answer says when it was read in words that may differ.
    """
    principal, parameters = context.principal, call.parameters
    parts = (
        context.snapshot.position,
        context.today.isoformat(),
        (principal.id, principal.role, principal.party),
        (parameters.query, parameters.operation, parameters.variables),
        call.form,
    )
    digest = hashlib.sha256(_canonical.encode(parts)).digest()[:16]
    return f'W/"{base64.urlsafe_b64encode(digest).decode().rstrip("=")}"'
