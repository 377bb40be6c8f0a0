"""The types of the schema, one module for each concept."""

# Enums are described before a type names them: strawberry would make them up otherwise.
import service.graphql.enums  # noqa: F401
