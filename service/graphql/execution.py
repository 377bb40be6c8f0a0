"""From the parameters of a request to its result, in the thread of a worker."""

from __future__ import annotations

import base64
import hashlib
from collections.abc import Collection
from typing import TYPE_CHECKING, Any, Final

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
from service.graphql.budget import Allowance, Budget, Rate
from service.graphql.context import Context, Deadline
from service.graphql.cursors import CursorCipher
from service.graphql.errors import ErrorCode, RequestError, code_of, present
from service.graphql.executor import Executor
from service.graphql.limits import LIMITS, Limits, more_than_a_minute
from service.graphql.operations import Documents, Parameters
from service.graphql.trusted import Trusted
from service.ledger.ledger import Ledger
from service.logs import get_logger
from service.security.key_ring import KeyRing
from service.security.principal import ANYONE, Principal

if TYPE_CHECKING:
    from service.security.tokens import Tokens

OUT_OF_REACH: Final = (
    UnavailableError,
    OperationalError,
    InterfaceError,
    PoolTimeoutError,
    TimeoutError,
)
"""What is raised when a database does not answer, or not in time: worth another try."""

NONE_TRUSTED: Final = Trusted()
NO_END: Final = Allowance()
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
        address: where it came from, by which those are told apart who do not say who they are.
    """

    request_id: str
    parameters: Parameters
    key: str | None = None
    safe: bool = False
    tags: Collection[str] = ()
    form: str = ""
    after: int | None = None
    address: str = ""


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


class Ready(msgspec.Struct, frozen=True):
    """An operation that may be executed.

    Attributes:
        principal: who asks.
        rate: what they have left; ``None`` where there is no end of it.
    """

    principal: Principal
    document: DocumentNode
    kind: OperationType
    rate: Rate | None


class Engine:
    """Executes operations against a ledger; safe to use from many threads.

    Args:
        schema: what is executed.
        ledger: what it is executed against.
        limits: the most that an operation may have.
        allowance: what callers may spend.
        timeout_s: after this an operation is given up, wherever it is.
        tokens: checks access tokens of an issuer, where there is one.
        trusted: the documents that are known beforehand.

    Attributes:
        schema: what is executed.
        trusted: the documents that are known beforehand.
    """

    def __init__(
        self,
        schema: strawberry.Schema,
        ledger: Ledger,
        *,
        limits: Limits = LIMITS,
        allowance: Allowance = NO_END,
        timeout_s: float = 15.0,
        tokens: Tokens | None = None,
        trusted: Trusted = NONE_TRUSTED,
    ) -> None:
        self.schema = schema._schema  # noqa: SLF001 - strawberry has no other name for it
        self._ledger = ledger
        self._keys = KeyRing(ledger.engine, tokens=tokens)
        self._cursors = CursorCipher(ledger.keys.named_key("cursors"))
        self._documents = Documents(self.schema, limits)
        self.trusted = trusted
        self._budget = Budget()
        self._allowance = allowance
        self._timeout_s = timeout_s

    def answer(self, call: Call) -> Answer:
        """Authenticate, prepare, and execute in one read transaction.

        Raises:
            UnauthenticatedError: a key was presented that is not accepted.
            OverBudgetError: the caller has spent what they may.
            MutationByGetError: the method allows queries only.
            UnavailableError: the ledger does not answer, whether before or during execution.
        """
        ready = self.prepare(call)
        if isinstance(ready, list):
            return refused(ready, call)
        if ready.kind is OperationType.SUBSCRIPTION:
            message = "Subscriptions are followed over WebSocket or server-sent events."
            return refused([GraphQLError(message)], call)
        return self.run(ready, call)

    def run(self, ready: Ready, call: Call) -> Answer:
        """Execute a query or mutation in one read transaction.

        Raises:
            MutationByGetError, UnavailableError: as for `answer`.
        """
        if ready.kind is OperationType.MUTATION and call.safe:
            raise MutationByGetError
        try:
            with self.context(ready.principal, call, ready.rate) as context:
                tag = _tag(context, call) if call.safe else None
                if tag is not None and (tag in call.tags or "*" in call.tags):
                    return Answer(body=None, tag=tag)
                result = self.execute(ready.document, call.parameters, context)
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

    def prepare(self, call: Call) -> Ready | list[GraphQLError]:
        """Return the call's operation, valid and paid for, or what is wrong with it.

        Raises:
            UnauthenticatedError, OverBudgetError, UnavailableError: as for `answer`.
        """
        principal = self.principal(call.key)
        caller, limit = self._paying(principal, call)
        if limit:
            # Whoever has spent everything is refused without looking at what they sent.
            self._budget.spend(caller, 0, limit)
        found = self._prepare(principal, call.parameters)
        if limit and not isinstance(found, list) and found[-1] > limit:
            found = [more_than_a_minute(found[-1], limit)]
        if isinstance(found, list):
            if limit:
                self._budget.fine(caller, limit)
            return found
        document, kind, cost = found
        rate = self._budget.spend(caller, cost, limit) if limit else None
        return Ready(principal, document, kind, rate)

    def _paying(self, principal: Principal, call: Call) -> tuple[str, int]:
        if principal is ANYONE:
            return f"@{call.address}", self._allowance.public
        return principal.id, self._allowance.caller

    def _prepare(
        self, principal: Principal, parameters: Parameters
    ) -> tuple[DocumentNode, OperationType, int] | list[GraphQLError]:
        trusted = self.trusted
        if trusted.public_only and principal is ANYONE and parameters.query not in trusted:
            message = "Without a key, only documents that are known here may be sent."
            return [RequestError(ErrorCode.UNTRUSTED_DOCUMENT, message)]
        prepared = self._documents.prepare(parameters.query)
        if isinstance(prepared, list):
            return prepared
        kind = prepared.kind(parameters.operation)
        if kind is None:
            return [GraphQLError("Name one of the document's operations, as operationName.")]
        cost = self._documents.cost(prepared, parameters.operation, parameters.variables)
        return [cost] if isinstance(cost, RequestError) else (prepared.document, kind, cost)

    def context(self, principal: Principal, call: Call, rate: Rate | None = None) -> Context:
        """Return the context to answer a call in."""
        return Context(
            self._ledger,
            principal,
            request_id=call.request_id,
            cursors=self._cursors,
            rate=rate,
            deadline=Deadline(self._timeout_s),
        )

    def principal(self, key: str | None) -> Principal:
        """Return whose key it is.

        Raises:
            UnauthenticatedError: it is not accepted, or no longer.
            UnavailableError: the ledger does not answer.
        """
        if key is None:
            return ANYONE
        try:
            principal = self._keys.authenticate(key)
        except OUT_OF_REACH as error:
            raise UnavailableError(UNREACHED) from error
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
            executor_class=Executor,
            is_awaitable=optimized_is_awaitable,  # type: ignore[arg-type]  # no TypeGuard
            is_async_iterable=assume_not_async_iterable,
            operation_extensions=None,
            abort_signal=context.deadline,  # type: ignore[arg-type]  # it looks at two attributes
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
        return Answer(body=body, tag=None if errors or context.beside_ledger else tag)


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
        (principal.id, principal.role, principal.party, sorted(principal.scopes or ())),
        (parameters.query, parameters.operation, parameters.variables),
        call.form,
    )
    digest = hashlib.sha256(_canonical.encode(parts)).digest()[:16]
    return f'W/"{base64.urlsafe_b64encode(digest).decode().rstrip("=")}"'
