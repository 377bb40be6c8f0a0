"""Subscriptions, one window of the log after another, in the thread of a worker.

See `service.graphql.subscriptions` for what a window is. Nothing is remembered between two
windows but the position at which the last one ended: whoever asks is judged again each time.
"""

from __future__ import annotations

from typing import Any, Final

import msgspec
import orjson
from graphql import (
    DocumentNode,
    FieldNode,
    GraphQLError,
    GraphQLObjectType,
    OperationType,
    VariableNode,
)
from graphql.execution import Executor
from graphql.execution.collect_fields import collect_fields
from graphql.execution.values import get_argument_values

from service.faults import UnavailableError
from service.graphql.errors import InvalidArgumentError, NotReadableError
from service.graphql.execution import (
    OUT_OF_REACH,
    UNREACHED,
    Answer,
    Call,
    Engine,
    refused,
)
from service.graphql.subscriptions import NothingNewError, Subscription, Window
from service.security.access import READ, may

_AFTER: Final = "after"


class Followed(msgspec.Struct, frozen=True):
    """A subscription that may begin.

    Attributes:
        after: where it begins: the position before the first that is told.
        field: the field of the root.
        variable: the variable that holds its ``after``, if one does.
        group: what it has in common with others that are told the same after the same position.
    """

    call: Call
    document: DocumentNode
    after: int
    field: str
    variable: str | None
    group: bytes


class Batch(msgspec.Struct, frozen=True):
    """What there is to tell of a window.

    Attributes:
        position: where the next window begins.
        body: the response as JSON; ``None`` where there is nothing to tell.
        ended: it is the last: the response has errors and no data.
    """

    position: int
    body: str | None = None
    ended: bool = False


class Follower:
    """Begins subscriptions, and answers them window by window; safe to use from many threads."""

    def __init__(self, engine: Engine) -> None:
        self._engine = engine
        root = engine.schema.subscription_type
        if not isinstance(root, GraphQLObjectType):
            raise TypeError("the schema has no subscriptions")
        self._root = root

    def begin(self, call: Call) -> Answer | Followed:
        """Authenticate and check; return the answer at once where there is nothing to follow.

        Raises:
            UnauthenticatedError, MutationByGetError, UnavailableError: as for `Engine.answer`.
        """
        ready = self._engine.prepare(call)
        if isinstance(ready, list):
            return refused(ready, call)
        if ready.kind is not OperationType.SUBSCRIPTION:
            return self._engine.run(ready, call)
        found = self._root_field(ready.document, call)
        if isinstance(found, list):
            return refused(found, call)
        node, after = found
        after = after if call.after is None else call.after
        variable = _variable(node)
        end = self._engine.end()
        if after is not None and not 0 <= after <= end:
            message = f"after is a position up to the log's end, which is {end}: {after} is not."
            return refused([InvalidArgumentError(_AFTER, "known-position", message)], call)
        parameters = call.parameters
        common = {name: value for name, value in parameters.variables.items() if name != variable}
        return Followed(
            call,
            ready.document,
            end if after is None else after,
            node.name.value,
            variable,
            msgspec.msgpack.encode((call.key, parameters.query, parameters.operation, common)),
        )

    def batch(self, followed: Followed, after: int) -> Batch:
        """Tell what there is after a position.

        Raises:
            UnauthenticatedError: the key is no longer accepted.
            UnavailableError: the ledger does not answer; to ask again is safe.
        """
        call, engine = followed.call, self._engine
        parameters = call.parameters
        if followed.variable is not None:
            # As it would be for somebody who subscribes only now.
            variables = {**parameters.variables, followed.variable: after}
            parameters = msgspec.structs.replace(parameters, variables=variables)
        try:
            with engine.context(engine.principal(call.key), call) as context:
                field = f"Subscription.{followed.field}"
                if not may(context.principal, READ, None, field):
                    answer = refused([NotReadableError("subscription", field)], call)
                    return as_batch(answer, after)
                window = Window(after, context.snapshot.position)
                result = engine.execute(
                    followed.document, parameters, context, Subscription(window=window)
                )
                if any(
                    isinstance(error.original_error, NothingNewError)
                    for error in result.errors or ()
                ):
                    return Batch(window.upto)
                return as_batch(engine.result(result, context, call), window.upto)
        except OUT_OF_REACH as error:
            raise UnavailableError(UNREACHED) from error

    def _root_field(
        self, document: DocumentNode, call: Call
    ) -> tuple[FieldNode, int | None] | list[GraphQLError]:
        """Return the one field of the root, and its argument ``after``."""
        schema = self._engine.schema
        executor = Executor.build(
            schema,
            document,
            raw_variable_values=call.parameters.variables,
            operation_name=call.parameters.operation,
        )
        if isinstance(executor, list):
            return executor
        fields = collect_fields(
            schema,
            executor.fragments,
            executor.variable_values,
            self._root,
            executor.operation,
            False,  # noqa: FBT003 - the library's parameter has no other way in
        ).grouped_field_set
        details = next(iter(fields.values()), None)
        definition = None if details is None else self._root.fields.get(details[0].node.name.value)
        if details is None or definition is None:
            return [GraphQLError("A subscription has one field, which is not left out.")]
        arguments = get_argument_values(definition, details[0].node, executor.variable_values)
        return details[0].node, arguments.get(_AFTER)


def _variable(node: FieldNode) -> str | None:
    for argument in node.arguments or ():
        if argument.name.value == _AFTER and isinstance(argument.value, VariableNode):
            return argument.value.name.value
    return None


def as_batch(answer: Answer, position: int) -> Batch:
    """Return an answer as what there is to tell, after which the next window begins."""
    body: dict[str, Any] = answer.body or {}
    # Where the one field of the root is null, it has failed.
    told = any((body.get("data") or {}).values())
    return Batch(position, orjson.dumps(body).decode(), ended=not told)
