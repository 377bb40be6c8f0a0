"""Our execution gives what graphql-core's gives, where resolvers behave and where they do not."""

from __future__ import annotations

from collections.abc import Iterator
from types import SimpleNamespace

import pytest
from graphql import (
    ExecutionResult,
    GraphQLSchema,
    build_schema,
    execute,
    parse,
    validate,
)
from graphql.execution import AbortedGraphQLExecutionError
from strawberry.execution import optimized_is_awaitable
from strawberry.schema.schema import StrawberryGraphQLCoreExecutionContext

from service.faults import UnavailableError
from service.graphql.executor import Executor

SCHEMA: GraphQLSchema = build_schema(
    """
    enum Colour { RED GREEN }
    interface Named { name: String! }
    type Person implements Named { name: String! friends(first: Int! = 2): [Person!]! age: Int }
    type Place implements Named { name: String! within: Place colour: Colour }
    union Found = Person | Place
    type Query {
      person: Person
      must: Person!
      found: [Found]
      named: [Named!]
      texts: [String!]
      grid: [[Int!]]
      colour: Colour
      flag: Boolean
      number: Float
      id: ID
      echo(text: String! = "so", n: Int): String
    }
    type Mutation { one: Int two: Int! three: Int }
    """
)


def named(typename: str, **fields: object) -> dict[str, object]:
    return {"__typename": typename, **fields}


def fails(*_: object, **__: object) -> object:
    raise ValueError("no")


def items() -> Iterator[object]:
    yield "one"
    raise ValueError("no more")


SOUND = named(
    "Query",
    person=named(
        "Person",
        name="Ada",
        age=36,
        friends=lambda _, first: [named("Person", name=f"friend {n}") for n in range(first)],
    ),
    must=named("Person", name="Grace", friends=[]),
    found=[named("Person", name="Ada"), named("Place", name="Here", colour="RED"), None],
    named=(named("Place", name="There", within=named("Place", name="World")),),
    texts=["a", 1, True, 2.5],
    grid=[[1, 2], [], None],
    colour="GREEN",
    flag=1,
    number=3,
    id=7,
    echo=lambda _, text, n=None: f"{text} {n}",
    one=1,
    two=2,
    three=3,
)

DOCUMENTS = [
    "{ person { name age friends { name } } must { name } }",
    "{ person { friends(first: 1) { name } more: friends(first: 3) { name age } } }",
    "{ person { ...f friends { ...f } } } fragment f on Person { name __typename }",
    "{ found { __typename ... on Person { name } ... on Place { title: name colour } } }",
    "{ named { name __typename ... on Place { within { name within { name } } } } }",
    "{ texts grid colour flag number id }",
    "{ person { name } person { age } }",
    "query ($a: Boolean!) { person { name @skip(if: $a) age @include(if: $a) } id @skip(if: $a) }",
    "query ($t: String, $n: Int) { echo(text: $t, n: $n) id }",
    'query ($n: Int) { echo(n: $n) other: echo(text: "x", n: 2) }',
    '{ __schema { queryType { name } } __type(name: "Place") { fields { name } } }',
    "mutation { one two three }",
]

BROKEN: dict[str, object] = {
    "a resolver raises": {"person": fails, "must": fails, "texts": fails, "one": fails},
    "a value is an exception": {
        "person": ValueError("no"),
        "found": [ValueError("no"), SOUND["person"]],
        "texts": ["a", ValueError("no")],
        "colour": ValueError("no"),
        "two": ValueError("no"),
    },
    "a part is null that never is": {
        "person": named("Person", name=None, friends=[None]),
        "must": None,
        "texts": ["a", None],
        "named": [named("Place", name="a"), None],
        "grid": [[1, None], [2]],
        "two": None,
    },
    "a friend has no name": {
        "person": named(
            "Person",
            name="Ada",
            friends=[named("Person", name="a"), named("Person"), named("Person", name=fails)],
        )
    },
    "no list": {"found": 1, "named": "text", "texts": {"a": 1}, "grid": [1, [2]]},
    "no member": {"colour": [], "found": [named("Place", name="a", colour={})]},
    "a list breaks off": {"texts": items, "found": items},
    "of no type": {"found": [{"name": "x"}, named("Query")], "named": [named("Nothing"), 1]},
    "of another type": {"person": 5, "must": "text"},
    "no such value": {
        "colour": "BLUE",
        "flag": "perhaps",
        "number": "x",
        "id": [],
        "texts": [{}],
        "grid": [[2**31]],
        "one": "x",
    },
}


def run(executor: type, document: str, source: object, signal: object = None) -> ExecutionResult:
    parsed = parse(document)
    assert validate(SCHEMA, parsed) == []
    result = execute(
        SCHEMA,
        parsed,
        source,
        variable_values={"a": True, "t": None},
        executor_class=executor,
        is_awaitable=optimized_is_awaitable,  # type: ignore[arg-type]
        operation_extensions=None,
        abort_signal=signal,  # type: ignore[arg-type]
    )
    assert isinstance(result, ExecutionResult)
    return result


@pytest.mark.parametrize("document", DOCUMENTS)
@pytest.mark.parametrize("source", [SOUND, *[SOUND | each for each in BROKEN.values()]])  # type: ignore[operator]
def test_values_and_errors_are_those_of_graphql_core(document: str, source: object) -> None:
    ours = run(Executor, document, source)
    theirs = run(StrawberryGraphQLCoreExecutionContext, document, source)
    assert ours.formatted == theirs.formatted
    assert list(ours.data or {}) == list(theirs.data or {})


def test_what_takes_too_long_is_given_up_between_two_objects() -> None:
    asked: list[object] = []

    class Signal:
        reason = UnavailableError("this took too long")

        @property
        def aborted(self) -> bool:
            return len(asked) > 2

    def name(info: object) -> str:
        asked.append(info)
        return "Ada"

    people = [SimpleNamespace(name=name) for _ in range(9)]
    person = SimpleNamespace(name="Ada", friends=lambda _, first: people[: 9 * first])
    with pytest.raises(AbortedGraphQLExecutionError) as raised:
        run(Executor, "{ person { friends { name } } }", {"person": person}, Signal())
    assert len(asked) == 3
    assert raised.value.reason is Signal.reason
