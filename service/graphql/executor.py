"""Execution of operations whose resolvers are functions: what graphql-core does, without waiting.

graphql-core asks of each value whether it can be awaited, of each type what kind it is, and of
each object which fields are selected. Nothing here can be awaited, and the rest is the same for
every object that a selection meets: so it is found out once an operation and kept as functions, one
a field. What comes out, values and errors alike, is what graphql-core gives, from which the rest
(variables, fragments, arguments, places of errors) comes.
"""

from __future__ import annotations

from collections.abc import Callable
from enum import Enum
from typing import TYPE_CHECKING, Any, Final

from graphql import (
    GraphQLEnumType,
    GraphQLError,
    GraphQLList,
    GraphQLNonNull,
    GraphQLObjectType,
    Undefined,
    is_abstract_type,
    is_leaf_type,
)
from graphql.execution.executor import invalid_return_type_error, to_nodes
from graphql.execution.values import get_argument_values
from graphql.pyutils import Path, is_iterable
from strawberry.schema.schema import StrawberryGraphQLCoreExecutionContext
from strawberry.schema.schema_converter import GraphQLCoreConverter

from service.graphql.guard import Guarded
from service.graphql.resolving import Direct

if TYPE_CHECKING:
    from graphql import (
        GraphQLAbstractType,
        GraphQLField,
        GraphQLLeafType,
        GraphQLOutputType,
        GraphQLResolveInfo,
    )
    from graphql.execution.collect_fields import FieldDetailsList, GroupedFieldSet

Fetch = Callable[[Any, "Path | None"], Any]
"""Makes of an object what one of its fields is in the response; given the object's path."""

Complete = Callable[[Any], Any]
"""Makes of a value what it is in the response."""

CompleteAt = Callable[[Any, Path], Any]
"""The same of a value that has parts, at a path."""

_AS_THEY_ARE: Final = {"String": str, "ID": str, "Boolean": bool}
"""Scalars, and the type of which values are in the response as they are."""


class _GivenUpError(BaseException):
    """The time is over. No field takes it for an error of its own."""


class _Field:
    """A selected field of a type of objects: what its values are in the response.

    Attributes:
        details: where it is selected.
        name: the field of the schema, as messages have it.
    """

    __slots__ = ("definition", "details", "key", "name", "nodes", "parent")

    def __init__(
        self,
        parent: GraphQLObjectType,
        key: str,
        details: FieldDetailsList,
        definition: GraphQLField,
    ) -> None:
        self.parent = parent
        self.key = key
        self.details = details
        self.definition = definition
        self.nodes = to_nodes(details)
        self.name = f"{parent.name}.{self.nodes[0].name.value}"


class Executor(StrawberryGraphQLCoreExecutionContext):
    """Executes one operation, in the thread that asks, until its time is over."""

    def execute_operation(self, serially: bool | None = None) -> Any:  # noqa: ANN401, FBT001
        """Execute the operation; raise graphql-core's error of that kind when it takes too long."""
        try:
            return super().execute_operation(serially)
        except _GivenUpError:
            raise self.create_aborted_execution_error(None) from None

    def execute_fields(
        self,
        parent_type: GraphQLObjectType,
        source_value: Any,  # noqa: ANN401 - as graphql-core's
        path: Path | None,
        grouped_field_set: GroupedFieldSet,
        position_context: object,  # noqa: ARG002
    ) -> dict[str, Any]:
        """Return the fields of the root of a query."""
        fields = self._fields(parent_type, grouped_field_set)
        return {key: fetch(source_value, path) for key, fetch in fields}

    def execute_field(
        self,
        parent_type: GraphQLObjectType,
        source: Any,  # noqa: ANN401 - as graphql-core's
        field_details_list: FieldDetailsList,
        path: Path,
        position_context: object,  # noqa: ARG002
    ) -> Any:  # noqa: ANN401
        """Return one field of the root of a mutation."""
        for _, fetch in self._fields(parent_type, {str(path.key): field_details_list}):
            return fetch(source, path.prev)
        return Undefined

    def _fields(
        self, parent: GraphQLObjectType, grouped: GroupedFieldSet
    ) -> list[tuple[str, Fetch]]:
        """Return what finds each selected field of a type of objects, by response key."""
        found = []
        for key, details in grouped.items():
            definition = self.schema.get_field(parent, details[0].node.name.value)
            if definition is not None:
                found.append((key, self._fetch(_Field(parent, key, details, definition))))
        return found

    def _fetch(self, field: _Field) -> Fetch:
        """Return what finds a field, and puts its errors where they belong."""
        key, typename, details = field.key, field.parent.name, field.details
        return_type = field.definition.type
        fail = self.handle_field_error
        find = self._find(field)
        at = self._complete_at(return_type, field)
        if at is None:
            complete = self._complete(return_type, field)

            def leaf(source: object, prev: Path | None) -> object:
                try:
                    return complete(find(source, prev))
                except Exception as error:  # noqa: BLE001 - it is the field's
                    fail(error, return_type, details, Path(prev, key, typename))
                    return None

            return leaf
        complete_at = at

        def composite(source: object, prev: Path | None) -> object:
            path = Path(prev, key, typename)
            try:
                return complete_at(find(source, prev), path)
            except Exception as error:  # noqa: BLE001 - it is the field's
                fail(error, return_type, details, path)
                return None

        return composite

    def _find(self, field: _Field) -> Fetch:
        """Return what resolves a field for those who may read it."""
        resolve: Any = field.definition.resolve or self.field_resolver
        guard = resolve if isinstance(resolve, Guarded) else None
        find = self._resolve(field, resolve if guard is None else guard.resolve)
        if guard is None:
            return find
        context, key, typename = self.context_value, field.key, field.parent.name
        allows, redact = guard.allows, guard.redact

        def guarded(source: object, prev: Path | None) -> object:
            if allows(context, source):
                return find(source, prev)
            redact(context, Path(prev, key, typename))
            return None

        return guarded

    def _resolve(self, field: _Field, resolve: Any) -> Fetch:  # noqa: ANN401 - graphql-core's
        if isinstance(resolve, Direct):
            look = resolve.find
            return lambda source, _: look(source)
        info = self._info
        definition = field.definition
        try:
            arguments = get_argument_values(
                definition,
                field.nodes[0],
                self.variable_values,
                field.details[0].fragment_variable_values,
                self.hide_suggestions,
            )
        except GraphQLError as error:
            return _failing(error)
        key, typename = field.key, field.parent.name
        return lambda source, prev: resolve(
            source, info(field, Path(prev, key, typename)), **arguments
        )

    def _info(self, field: _Field, path: Path) -> GraphQLResolveInfo[Any]:
        return self.build_resolve_info(field.definition, field.nodes, field.parent, path)

    def _complete(self, of: GraphQLOutputType, field: _Field) -> Complete:
        """Return what completes values of a leaf type."""
        if isinstance(of, GraphQLNonNull):
            return _never_null(self._complete(of.of_type, field), field.name)
        assert is_leaf_type(of)  # noqa: S101 - narrows for mypy
        return _leaf(of, self.complete_leaf_value)

    def _complete_at(self, of: GraphQLOutputType, field: _Field) -> CompleteAt | None:
        """Return what completes values of a type that has parts; nothing for leaf types."""
        if isinstance(of, GraphQLNonNull):
            inner = self._complete_at(of.of_type, field)
            return None if inner is None else _never_null_at(inner, field.name)
        if isinstance(of, GraphQLList):
            return self._list(of.of_type, field)
        if is_leaf_type(of):
            return None
        if isinstance(of, GraphQLObjectType):
            return self._object(of, field)
        assert is_abstract_type(of)  # noqa: S101 - narrows for mypy
        return self._abstract(of, field)

    def _list(self, of: GraphQLOutputType, field: _Field) -> CompleteAt:
        fail, details = self.handle_field_error, field.details
        at = self._complete_at(of, field)
        complete = at or _anywhere(self._complete(of, field))
        expected = f"Expected Iterable, but did not find one for field '{field.name}'."

        def complete_list(value: Any, path: Path) -> list[Any] | None:  # noqa: ANN401
            if value is None or value is Undefined:
                return None
            if isinstance(value, Exception):
                raise value
            if not is_iterable(value):
                raise GraphQLError(expected)
            completed = []
            for index, item in enumerate(value):
                item_path = Path(path, index, None)
                try:
                    completed.append(complete(item, item_path))
                except Exception as error:  # noqa: BLE001 - it is the item's
                    fail(error, of, details, item_path)
                    completed.append(None)
            return completed

        return complete_list

    def _object(self, of: GraphQLObjectType, field: _Field) -> CompleteAt:
        is_type_of = of.is_type_of
        own = getattr(of.extensions.get(GraphQLCoreConverter.DEFINITION_BACKREF), "origin", None)
        deadline = self.abort_signal
        fields: list[tuple[str, Fetch]] | None = None

        def complete_object(value: Any, path: Path) -> dict[str, Any] | None:  # noqa: ANN401
            nonlocal fields
            if value is None or value is Undefined:
                return None
            if type(value) is not own:
                if isinstance(value, Exception):
                    raise value
                if is_type_of is not None and not is_type_of(value, self._info(field, path)):
                    raise invalid_return_type_error(of, value, field.details)
            if fields is None:
                selected = self.collect_subfields(of, field.details)
                fields = self._fields(of, selected.grouped_field_set)
            if deadline is not None and deadline.aborted:
                raise _GivenUpError
            return {key: fetch(value, path) for key, fetch in fields}

        return complete_object

    def _abstract(self, of: GraphQLAbstractType, field: _Field) -> CompleteAt:
        resolve_type: Any = of.resolve_type or self.type_resolver
        objects: dict[str, CompleteAt] = {}

        def complete_abstract(value: Any, path: Path) -> Any:  # noqa: ANN401
            if value is None or value is Undefined:
                return None
            if isinstance(value, Exception):
                raise value
            info = self._info(field, path)
            name = resolve_type(value, info, of)
            complete = objects.get(name)
            if complete is None:
                found = self.ensure_valid_runtime_type(name, of, field.details, info, value)
                complete = objects[name] = self._object(found, field)
            return complete(value, path)

        return complete_abstract


def _failing(error: GraphQLError) -> Fetch:
    def fail(_source: object, _prev: Path | None) -> object:
        raise error

    return fail


def _anywhere(complete: Complete) -> CompleteAt:
    return lambda value, _: complete(value)


def _leaf(of: GraphQLLeafType, coerce: Callable[[GraphQLLeafType, Any], Any]) -> Complete:
    as_it_is = _AS_THEY_ARE.get(of.name)
    members = isinstance(of, GraphQLEnumType)
    known: dict[object, object] = {}

    def complete(value: Any) -> Any:  # noqa: ANN401
        if type(value) is as_it_is or value is None or value is Undefined:
            return None if value is Undefined else value
        if isinstance(value, Exception):
            raise value
        return coerce(of, value)

    def complete_member(value: Any) -> Any:  # noqa: ANN401
        if not isinstance(value, Enum):
            return complete(value)
        found = known.get(value)
        if found is None:
            found = known[value] = complete(value)
        return found

    return complete_member if members else complete


def _never_null(complete: Complete, name: str) -> Complete:
    def never_null(value: object) -> object:
        completed = complete(value)
        if completed is None:
            raise TypeError(_NULL.format(name))
        return completed

    return never_null


def _never_null_at(complete: CompleteAt, name: str) -> CompleteAt:
    def never_null(value: object, path: Path) -> object:
        completed = complete(value, path)
        if completed is None:
            raise TypeError(_NULL.format(name))
        return completed

    return never_null


_NULL: Final = "Cannot return null for non-nullable field {}."
