"""What a document may ask for: depth, fields, aliases, directives and cost, in one walk.

Every fragment is measured once, whatever spreads it, so that the walk is linear in the document
while what it counts is what would be executed. It comes before validation, some rules of which
compare every pair of fields.
"""

from __future__ import annotations

import functools
from collections import Counter
from collections.abc import Mapping
from typing import Any, Final

import msgspec
from graphql import (
    DocumentNode,
    FieldNode,
    FragmentDefinitionNode,
    FragmentSpreadNode,
    GraphQLField,
    GraphQLNamedType,
    GraphQLObjectType,
    GraphQLSchema,
    IntValueNode,
    ListValueNode,
    ObjectValueNode,
    OperationDefinitionNode,
    SelectionSetNode,
    ValueNode,
    VariableNode,
    get_named_type,
    get_nullable_type,
    is_list_type,
)

from service.graphql.errors import ErrorCode, RequestError
from service.graphql.paging import DEFAULT_PAGE, LARGEST_PAGE

LISTED: Final = 10
"""How long a list that has no pages is taken to be. Some lead back to themselves, as from a region
to its counties and from each to its region: they would multiply, and cost nothing."""


class Limits(msgspec.Struct, frozen=True):
    """The most that one operation may have, fragments counted wherever they are spread.

    Attributes:
        depth: fields inside fields.
        fields: fields, whether or not lists repeat them.
        aliases: fields with an alias.
        directives: uses of directives.
        inputs: values inside lists and input objects that stand in the document.
        repeats: fields of one name in one selection; each pair of them is compared.
        spreads: spreads of fragments in one selection; each pair of them is compared too.
        fragments: fragments that the document defines.
        operations: operations that the document has, of which one is executed.
        cost: fields, each as often as the pages around it are long, and the lists, of which
            each counts as `LISTED`.
    """

    depth: int = 20
    fields: int = 2_000
    aliases: int = 100
    directives: int = 100
    inputs: int = 100
    repeats: int = 16
    spreads: int = 16
    fragments: int = 64
    operations: int = 16
    cost: int = 20_000


LIMITS: Final = Limits()


class _Found(msgspec.Struct):
    """What a selection has, by the names of `Limits`."""

    depth: int = 0
    fields: int = 0
    aliases: int = 0
    directives: int = 0
    inputs: int = 0
    repeats: int = 0
    spreads: int = 0
    cost: int = 0

    def take(self, other: _Found, *, pages: int = 1, below: int = 0) -> None:
        """Take in what is spread here, or stands below a field, on a page of so many."""
        self.depth = max(self.depth, below + other.depth)
        self.fields += other.fields
        self.aliases += other.aliases
        self.directives += other.directives
        self.inputs += other.inputs
        self.repeats = max(self.repeats, other.repeats)
        self.spreads = max(self.spreads, other.spreads)
        self.cost += pages * other.cost


class Measured(msgspec.Struct, frozen=True):
    """What a document asks for.

    Attributes:
        exceeded: what it has too much of, if anything.
        costs: of each operation, by its name; "" for one without.
        varies: the costs depend on variables.
        unknown: it names a field that there is not, so that validation will refuse it.
    """

    exceeded: RequestError | None
    costs: dict[str, int]
    varies: bool
    unknown: bool


def measure(
    schema: GraphQLSchema,
    document: DocumentNode,
    variables: Mapping[str, Any] | None,
    limits: Limits = LIMITS,
) -> Measured:
    """Measure a parsed document, before it is validated.

    Args:
        schema: says which fields are lists in pages.
        document: valid or not; what is not is left to validation.
        variables: the lengths of pages may stand there; ``None`` takes the longest page.
        limits: the most of each.

    Raises:
        RecursionError: fragments are nested more deeply than can be measured.
    """
    walk = _Walk(schema, document, variables)
    operations = [
        node for node in document.definitions if isinstance(node, OperationDefinitionNode)
    ]
    counts = {"fragments": len(walk.fragments), "operations": len(operations)}
    costs: dict[str, int] = {}
    exceeded = _over(limits, counts)
    for node in operations if exceeded is None else ():
        found = walk.measure(node.selection_set, schema.get_root_type(node.operation))
        found.directives += len(node.directives or ())
        costs["" if node.name is None else node.name.value] = found.cost
        exceeded = exceeded or _over(limits, msgspec.structs.asdict(found))
    return Measured(exceeded, costs, walk.varies, walk.unknown)


def _inside(value: ValueNode) -> int:
    """Return how many values there are inside one."""
    if isinstance(value, ListValueNode):
        return sum(1 + _inside(each) for each in value.values)
    if isinstance(value, ObjectValueNode):
        return sum(1 + _inside(each.value) for each in value.fields)
    return 0


def is_cost(exceeded: RequestError) -> bool:
    """Whether it is the cost that is too high, for which shorter pages might do."""
    return bool((exceeded.extensions or {})["limit"] == "cost")


def _over(limits: Limits, counts: Mapping[str, int]) -> RequestError | None:
    for name, count in counts.items():
        most = getattr(limits, name)
        if count > most:
            return exceeded_limit(name, count, most)
    return None


def exceeded_limit(name: str, found: int, most: int) -> RequestError:
    """Return the error that names a limit."""
    # Doubled fragments make numbers that nobody reads.
    amount = str(found) if found < 10**9 else "more than a thousand million"
    message = f"The {name} of an operation may be {most} at most, and of this it is {amount}."
    return RequestError(ErrorCode.LIMIT_EXCEEDED, message, limit=name, most=str(most))


def more_than_a_minute(cost: int, most: int) -> RequestError:
    """Return the error of an operation that costs more than its caller gets: no waiting helps."""
    message = (
        f"This costs {cost}, and what you get within a minute is {most}, so it is never answered: "
        "ask for shorter pages (first), or for fewer fields, in several requests."
    )
    return RequestError(ErrorCode.LIMIT_EXCEEDED, message, limit="cost", most=str(most))


@functools.cache
def _pages(schema: GraphQLSchema) -> frozenset[str]:
    """Return the types of pages, which are what fields with the argument ``first`` return."""
    return frozenset(
        get_named_type(field.type).name
        for each in schema.type_map.values()
        if isinstance(each, GraphQLObjectType)
        for field in each.fields.values()
        if "first" in field.args
    )


class _Walk:
    def __init__(
        self, schema: GraphQLSchema, document: DocumentNode, variables: Mapping[str, Any] | None
    ) -> None:
        self._schema = schema
        self._variables = variables
        self.fragments = {
            node.name.value: node
            for node in document.definitions
            if isinstance(node, FragmentDefinitionNode)
        }
        self.varies = False
        self.unknown = False
        self._measured: dict[str, _Found] = {}

    def measure(self, selected: SelectionSetNode, parent: GraphQLNamedType | None) -> _Found:
        found, names = _Found(), Counter[str]()
        self._add(found, names, selected, parent)
        found.repeats = max([found.repeats, *names.values()])
        spread = sum(name.startswith("...") for name in names)
        found.spreads = max(found.spreads, spread)
        return found

    def _add(
        self,
        found: _Found,
        names: Counter[str],
        selected: SelectionSetNode,
        parent: GraphQLNamedType | None,
    ) -> None:
        for node in selected.selections:
            found.directives += len(node.directives or ())
            if isinstance(node, FieldNode):
                names[(node.alias or node.name).value] += 1
                self._add_field(found, node, parent)
            elif isinstance(node, FragmentSpreadNode):
                names[f"...{node.name.value}"] += 1
                found.take(self._fragment(node.name.value))
            else:
                condition = node.type_condition  # type: ignore[attr-defined]  # what is left
                inside = self._schema.get_type(condition.name.value) if condition else parent
                self._add(found, names, node.selection_set, inside)  # type: ignore[attr-defined]

    def _add_field(self, found: _Found, node: FieldNode, parent: GraphQLNamedType | None) -> None:
        found.fields += 1
        found.cost += 1
        found.depth = max(found.depth, 1)
        found.aliases += node.alias is not None
        found.inputs += sum(_inside(argument.value) for argument in node.arguments or ())
        fields = getattr(parent, "fields", {})
        field = fields.get(node.name.value)
        if field is None and fields and not node.name.value.startswith("__"):
            self.unknown = True
        if node.selection_set is None:
            return
        inside = get_named_type(field.type) if field is not None else None
        times = 1 if field is None else self._times(node, field, parent)
        found.take(self.measure(node.selection_set, inside), pages=times, below=1)

    def _fragment(self, name: str) -> _Found:
        if name not in self._measured:
            # What spreads itself, or is not there, counts nothing: validation refuses it.
            self._measured[name] = _Found()
            fragment = self.fragments.get(name)
            if fragment is not None:
                inside = self._schema.get_type(fragment.type_condition.name.value)
                self._measured[name] = self.measure(fragment.selection_set, inside)
        return self._measured[name]

    def _times(self, node: FieldNode, field: GraphQLField, parent: GraphQLNamedType | None) -> int:
        """Return how often what stands below a field may be asked for."""
        if "first" in field.args:
            return self._page(node)
        if not is_list_type(get_nullable_type(field.type)):
            return 1
        # The list of a page has been counted, where the page was asked for.
        return 1 if parent is None or parent.name in _pages(self._schema) else LISTED

    def _page(self, node: FieldNode) -> int:
        """Return how long a page may be; a longer one than the longest is refused elsewhere."""
        given = [
            self._length(argument.value)
            for argument in node.arguments or ()
            if argument.name.value in ("first", "last")
        ]
        return max(given, default=DEFAULT_PAGE)

    def _length(self, value: object) -> int:
        length: object = None
        if isinstance(value, IntValueNode):
            # Python reads no number of thousands of digits.
            length = int(value.value) if len(value.value) < len("1000000000") else LARGEST_PAGE
        elif isinstance(value, VariableNode):
            self.varies = True
            if self._variables is None:
                return LARGEST_PAGE
            length = self._variables.get(value.name.value, LARGEST_PAGE)
        # ``null`` asks for as many as come by themselves.
        if length is None:
            return DEFAULT_PAGE
        return min(max(length, 0), LARGEST_PAGE) if isinstance(length, int) else LARGEST_PAGE
