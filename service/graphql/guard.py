"""Authorization of fields at run time, by the table of `service.security.fields`.

Every field of the schema that is not public is wrapped once, when the schema is built; public
ones run as they are. A field that the table does not name is wrapped too, and denied to all.
What a source object is to the viewer, it says itself in its ``resource``.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Final

from graphql import GraphQLObjectType, GraphQLResolveInfo, GraphQLSchema
from graphql.pyutils import Path

from service.graphql.context import Context, Redaction
from service.graphql.errors import NotReadableError
from service.security.access import READ, Resource, may, readers, reads
from service.security.audiences import Audience
from service.security.fields import FIELDS

NOBODY: Final = "nobody"
"""What a field requires that nobody decided about."""

Resolve = Callable[..., Any]


def guard_fields(schema: GraphQLSchema) -> None:
    """Wrap every field of the schema that is not public."""
    for type_name, graphql_type in schema.type_map.items():
        if not isinstance(graphql_type, GraphQLObjectType) or type_name.startswith("__"):
            continue
        for field_name, field in graphql_type.fields.items():
            name = f"{type_name}.{field_name}"
            if FIELDS.get(name) is not Audience.PUBLIC and field.resolve is not None:
                field.resolve = Guarded(name, field.resolve)


class Guarded:
    """A resolver that answers null, and says so, to whom the field is not for.

    Args:
        name: the field of the schema, such as ``Membership.party``.
        resolve: finds the value for those whom it is for.
    """

    __slots__ = ("_grants", "_name", "_requires", "resolve")

    def __init__(self, name: str, resolve: Resolve) -> None:
        audience = FIELDS.get(name)
        self._name = name
        self._requires = NOBODY if audience is None else audience.value
        self._grants = readers(name)
        self.resolve = resolve

    def __call__(
        self, source: object, info: GraphQLResolveInfo[Any], **arguments: object
    ) -> object:
        """Resolve, as graphql-core calls it."""
        context: Context = info.context
        if self.allows(context, source):
            return self.resolve(source, info, **arguments)
        self.redact(context, info.path)
        return None

    def allows(self, context: Context, source: object) -> bool:
        """Whether the viewer may read the field of a source."""
        resource: Resource | None = getattr(source, "resource", None)
        return reads(context.principal, self._grants, resource)

    def redact(self, context: Context, path: Path) -> None:
        """Say that the field was left out at a path."""
        context.redact(Redaction(path_of(path), self._name, self._requires))


def require_readable(
    context: Context, argument: str, field: str, resource: Resource | None = None
) -> None:
    """Refuse to filter, order or count by a field that the viewer may not read.

    Args:
        context: the request.
        argument: the argument that asks for it.
        field: the field of the schema, such as ``Membership.party``.
        resource: what the argument restricts the list to, if that is one thing.

    Raises:
        NotReadableError: the viewer may not read the field of everything in the list.
    """
    if not may(context.principal, READ, resource, field):
        raise NotReadableError(argument, field)


def path_of(path: Path) -> str:
    """Return the pattern of a path: response keys, and ``*`` for each place of a list."""
    return ".".join("*" if isinstance(key, int) else key for key in path.as_list())
