"""Hidden values of entries, opened for a whole page at once and for whoever may read them."""

from __future__ import annotations

import functools
from collections.abc import Mapping
from typing import TypeVar

import msgspec

from domain.ledger.entry import Disclosure
from service.graphql.context import Context
from service.security.access import READ, Resource, may

ValueT = TypeVar("ValueT")


class HiddenValues:
    """Hidden values of sibling entries.

    Nothing is opened that the viewer may not read, and everything else in one go when the
    first value is asked for.

    Args:
        context: the request.
        entries: positions of the entries, with what each is to the viewer.
        fields: by path in the entry, such as ``data.name``, the field of the schema that shows it.
    """

    def __init__(
        self, context: Context, entries: Mapping[int, Resource], fields: Mapping[str, str]
    ) -> None:
        self._context = context
        self._entries = entries
        self._fields = fields

    def value(self, position: int, path: str, kind: type[ValueT]) -> ValueT | None:
        """Return a value; ``None`` where the viewer may not read it, or it was erased.

        Args:
            position: the entry.
            path: the value's place in it.
            kind: what the value is, such as ``str``, ``date`` or an enum.
        """
        if path not in self._readable.get(position, ()):
            return None
        disclosure = self._opened.get(position, {}).get(path)
        if disclosure is None or disclosure.value is None:
            return None
        return msgspec.convert(disclosure.value, kind)

    def is_erased(self, position: int) -> bool:
        """Whether a value of an entry was erased; to know that, nobody need be able to read it."""
        return not self._erased.get(position, frozenset()).isdisjoint(self._fields)

    @functools.cached_property
    def _readable(self) -> dict[int, frozenset[str]]:
        """The paths that the viewer may read, by position."""
        principal = self._context.principal
        by_resource = {
            resource: frozenset(
                path
                for path, field in self._fields.items()
                if may(principal, READ, resource, field)
            )
            for resource in set(self._entries.values())
        }
        return {position: by_resource[resource] for position, resource in self._entries.items()}

    @functools.cached_property
    def _erased(self) -> dict[int, frozenset[str]]:
        return self._context.ledger.erased(self._context.connection, sorted(self._entries))

    @functools.cached_property
    def _opened(self) -> dict[int, dict[str, Disclosure]]:
        paths = frozenset[str]().union(*self._readable.values())
        positions = sorted(position for position, some in self._readable.items() if some)
        return self._context.ledger.disclosures(self._context.connection, positions, paths)
