"""The reference of the API is what the schema says."""

from __future__ import annotations

import re
from pathlib import Path

from graphql import GraphQLInputObjectType, GraphQLObjectType

from service.graphql.reference_page import page
from service.graphql.schema import build_schema

PAGE = Path(__file__).parents[3] / "docs" / "reference.md"


def test_the_page_is_printed_from_the_schema() -> None:
    assert PAGE.read_text() == page(), "run `make schema`"


def test_every_type_and_field_is_in_it_with_a_description() -> None:
    text = PAGE.read_text()
    titles = set(re.findall(r"^### (\w+)$", text, re.MULTILINE))
    schema = build_schema()._schema
    for name, kind in schema.type_map.items():
        if name.startswith("__") or name in {"Boolean", "Float", "ID", "Int", "String"}:
            continue
        if name in {"Query", "Mutation", "Subscription"}:
            assert isinstance(kind, GraphQLObjectType)
            assert set(kind.fields) <= titles
            continue
        assert name in titles
        section = text.partition(f"\n### {name}\n")[2].partition("\n### ")[0]
        assert section.strip().splitlines()[0], name
        if isinstance(kind, GraphQLObjectType | GraphQLInputObjectType):
            assert all(f"| `{field}` |" in section for field in kind.fields)
