"""The schema: built from the types, guarded, and printed to ``schema.graphql``."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

import strawberry
from graphql import ExecutionResult as GraphQLExecutionResult
from graphql import GraphQLError
from strawberry.extensions import SchemaExtension
from strawberry.printer import print_schema as print_strawberry_schema
from strawberry.schema.config import StrawberryConfig
from strawberry.schema.schema_converter import GraphQLCoreConverter
from strawberry.types import ExecutionContext, ExecutionResult

from service.graphql.context import Context
from service.graphql.errors import published
from service.graphql.guard import guard_fields
from service.graphql.mutations import Mutation
from service.graphql.queries import Query
from service.graphql.resolving import Converter
from service.graphql.scalars import SCALARS
from service.graphql.subscriptions import Subscription
from service.graphql.types.entry import ConfidentialEntry, OpenEntry
from service.graphql.types.party import Individual, Organisation

_HEADER: Final = (
    "# Printed from the code by `make schema`; a test finds it out of date. Do not edit.\n\n"
)


class PublishedErrors(SchemaExtension):
    """Codes and masks the errors of whatever runs through strawberry's own execution."""

    def on_operation(self) -> Iterator[None]:
        """Replace the errors of the result when the operation is over."""
        yield
        result = self.execution_context.result
        if isinstance(result, GraphQLExecutionResult | ExecutionResult) and result.errors:
            context = self.execution_context.context
            request_id = context.request_id if isinstance(context, Context) else None
            result.errors = [published(error, request_id) for error in result.errors]


class Schema(strawberry.Schema):
    """The schema, which logs no query: whoever serves it logs faults, by the request's id."""

    @property
    def schema_converter(self) -> Converter:
        """What makes graphql-core's types; strawberry sets its own, and lets none be given."""
        return self._converter

    @schema_converter.setter
    def schema_converter(self, converter: GraphQLCoreConverter) -> None:
        self._converter = Converter(
            converter.config,
            scalar_overrides={},
            scalar_map=self.config.scalar_map,
            get_fields=converter.get_fields,
            exception_handlers=converter.exception_handlers,
        )

    def process_errors(
        self, errors: list[GraphQLError], execution_context: ExecutionContext | None = None
    ) -> None:
        """Do nothing; strawberry would log the source of the query, with what was in it."""


def build_schema() -> Schema:
    """Return the schema, with every field guarded that is not public."""
    schema = Schema(
        query=Query,
        mutation=Mutation,
        subscription=Subscription,
        types=[Organisation, Individual, OpenEntry, ConfidentialEntry],
        extensions=[PublishedErrors],
        config=StrawberryConfig(scalar_map=SCALARS),
    )
    guard_fields(schema._schema)  # noqa: SLF001 - strawberry has no other name for it
    schema.schema_converter.forget()
    return schema


def print_schema() -> str:
    """Return the text of ``schema.graphql``."""
    return _HEADER + print_strawberry_schema(build_schema()) + "\n"
