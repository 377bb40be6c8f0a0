"""Requests that `schema.graphql` allows, or nearly allows, drawn by `hypothesis-graphql`."""

from __future__ import annotations

import uuid
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import graphql
import msgspec
from hypothesis import strategies as st
from hypothesis_graphql import Mode, mutations, nodes, queries

ROOT = Path(__file__).parents[2]
SCHEMA = graphql.build_schema((ROOT / "schema.graphql").read_text(encoding="utf-8"))
QUERY, MUTATION = SCHEMA.query_type, SCHEMA.mutation_type
assert QUERY is not None
assert MUTATION is not None
QUERIES = sorted(QUERY.fields)
MUTATIONS = sorted(MUTATION.fields)

WORDS = [
    "collaborative-partner",
    "coalition-member",
    "community-network",
    "shared-agreement",
    "standard-1",
    "shelter",
    "St. Louis",
    "2023",
    "2023-03-01",
    "source",
    "somebody@example.org",
    "https://example.org",
    "+1 314 555 0142",
    "\x00",
    "\u202eevil\u202c",
    "'; DROP TABLE entries; --",
    "{{7*7}}",
    "",
]
DAYS = ["2023-03-01", "2023-03-02", "2023-06-30", "2024-02-29", "2030-01-01"]
BY_SCALAR: dict[str, tuple[list[str], list[str]]] = {
    "Date": (DAYS, ["0001-01-01", "9999-12-31", "2023-02-29", "today"]),
    "DateTime": (
        [f"{day}T18:00:00Z" for day in DAYS],
        ["0001-01-01T00:00:00+14:00", "9999-12-31T23:59:59-12:00", "2023-03-01"],
    ),
    "Fips": (["29510", "29189", "29095"], ["00000", "2951"]),
    "Ein": (["431300999", "431309999"], ["43-1300999", "000000000", "٤٣١٣٠٠٩٩٩"]),
    "Sha256": (["0" * 64, "f" * 64], ["F" * 64]),
    "Base64": (["AAAA"], ["="]),
    "JSON": (["{}"], ["null"]),
    "Jwk": (["a key"], ["{}"]),
}
"""Values of a scalar that there may be, and such as are rare or none; the latter come seldom."""


class Pool(msgspec.Struct, frozen=True):
    """What a generated request may name.

    Attributes:
        ids: global ids of what is there.
        texts: texts that mean something there, besides `WORDS`.
    """

    ids: Sequence[str]
    texts: Sequence[str] = ()

    def scalars(self) -> dict[str, st.SearchStrategy[graphql.ValueNode]]:
        """Return a strategy for each scalar: mostly what is there, or is meant to be odd."""
        known = st.sampled_from([*self.texts, *WORDS])
        numbers = st.sampled_from([0, 1, 2, 3, 25, 50, 100, 101, -1, 2**31 - 1, -(2**31)])
        made = {name: st.sampled_from(usual * 20 + odd) for name, (usual, odd) in BY_SCALAR.items()}
        # Of few, so that some come twice.
        commands = st.integers(0, 400).map(lambda number: str(uuid.UUID(int=number)))
        return {name: strategy.map(nodes.String) for name, strategy in made.items()} | {
            "CommandId": commands.map(nodes.String),
            "ID": st.one_of(st.sampled_from(self.ids), st.text(max_size=12)).map(nodes.String),
            "String": st.one_of(known, st.text(max_size=30)).map(nodes.String),
            "Int": st.one_of(st.integers(1, 120), numbers).map(nodes.Int),
        }

    def plain(self) -> dict[str, st.SearchStrategy[Any]]:
        """Return the same as values of JSON, for variables."""
        scalars = self.scalars()
        values = {name: scalars[name].map(graphql.value_from_ast_untyped) for name in scalars}
        return values | {"Boolean": st.booleans()}


def any_query(pool: Pool, mode: Mode = Mode.POSITIVE) -> st.SearchStrategy[str]:
    """Return a strategy of queries that ask for something of one field of the root."""
    if mode is Mode.NEGATIVE:
        # Some fields leave nothing to be wrong.
        return queries(SCHEMA, custom_scalars=pool.scalars(), mode=mode)
    return st.sampled_from(QUERIES).flatmap(
        lambda name: queries(SCHEMA, fields=[name], custom_scalars=pool.scalars(), mode=mode)
    )


def any_mutation(pool: Pool, mode: Mode = Mode.POSITIVE) -> st.SearchStrategy[str]:
    """Return a strategy of documents with one mutation."""
    return st.sampled_from(MUTATIONS).flatmap(
        lambda name: mutations(SCHEMA, fields=[name], custom_scalars=pool.scalars(), mode=mode)
    )
