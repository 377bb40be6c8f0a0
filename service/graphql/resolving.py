"""How fields find their values: by one function each, where strawberry has eight.

For each field with a resolver strawberry makes eight functions, and calls five of them for each
value, for the sake of extensions and handlers of errors, which no field here has. Six hundred
fields are in memory all day, and a page has thousands of values, so we go straight to the resolver.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import cache, cached_property
from operator import attrgetter
from typing import TYPE_CHECKING, Any, Final

from strawberry.schema.schema_converter import GraphQLCoreConverter
from strawberry.types.arguments import convert_arguments
from strawberry.types.fields.resolver import StrawberryResolver

if TYPE_CHECKING:
    from graphql import GraphQLResolveInfo
    from strawberry.types.field import StrawberryField

Resolve = Callable[..., Any]

_COMPUTED: Final = frozenset(
    name for name, value in vars(StrawberryResolver).items() if isinstance(value, cached_property)
)


class Direct:
    """A resolver that looks at its source alone.

    Attributes:
        find: gives the value of a source.
    """

    __slots__ = ("find",)

    def __init__(self, find: Callable[[Any], Any]) -> None:
        self.find = find

    def __call__(self, source: object, _info: GraphQLResolveInfo[Any]) -> object:
        """Resolve, as graphql-core calls it."""
        return self.find(source)


class Converter(GraphQLCoreConverter):
    """Makes graphql-core's types of strawberry's, with resolvers that do no more than they must."""

    def from_resolver(self, field: StrawberryField) -> Resolve:
        """Return what finds the field's value in its source."""
        resolver = field.base_resolver
        if field.extensions or field.is_async or self.exception_handlers:
            return super().from_resolver(field)
        if resolver is None:
            return _attribute(field.python_name)
        method = resolver.wrapped_func
        if (
            isinstance(method, staticmethod | classmethod)
            or resolver.self_parameter is None
            or resolver.root_parameter is not None
            or resolver.parent_parameter is not None
        ):
            return super().from_resolver(field)
        asks = None if resolver.info_parameter is None else resolver.info_parameter.name
        if field.arguments:
            return self._with_arguments(field, method, asks)
        return Direct(method) if asks is None else self._with_info(field, method, asks)

    def _with_arguments(self, field: StrawberryField, method: Resolve, asks: str | None) -> Resolve:
        config, scalars, info_class = self.config, self.scalar_registry, self.config.info_class

        def with_arguments(source: object, raw: GraphQLResolveInfo[Any], **given: object) -> object:
            info = info_class(_raw_info=raw, _field=field)
            named = convert_arguments(
                given, field.arguments, scalar_registry=scalars, config=config, info=info
            )
            if asks is not None:
                named[asks] = info
            return method(source, **named)

        return with_arguments

    def _with_info(self, field: StrawberryField, method: Resolve, asks: str) -> Resolve:
        info_class = self.config.info_class

        def with_info(source: object, raw: GraphQLResolveInfo[Any]) -> object:
            return method(source, **{asks: info_class(_raw_info=raw, _field=field)})

        return with_info

    def forget(self) -> None:
        """Drop what strawberry computed of resolvers to make the types; it can do so again."""
        for made in self.type_map.values():
            for field in getattr(made.definition, "fields", ()):
                resolver = getattr(field, "base_resolver", None)
                if resolver is not None:
                    resolver.__dict__ = {
                        name: value
                        for name, value in vars(resolver).items()
                        if name not in _COMPUTED
                    }


@cache
def _attribute(name: str) -> Resolve:
    return Direct(attrgetter(name))
