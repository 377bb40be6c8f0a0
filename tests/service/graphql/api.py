"""Queries and mutations against a coalition of a test, the way each role would send them."""

from __future__ import annotations

import contextlib
import uuid
from collections.abc import Iterator
from typing import Any, ClassVar

import msgspec
from graphql import GraphQLError
from strawberry.extensions import ParserCache, SchemaExtension
from strawberry.schema.schema import validate_document

from service.graphql.context import Context
from service.graphql.cursors import CursorCipher
from service.graphql.schema import Schema, build_schema
from service.ledger.engine import begin_writing
from service.security import issuing
from service.security.access import ACTIONS
from service.security.principal import Principal, Role
from tests.service.coalition import Coalition


class Parsed(ParserCache):
    """Remembers documents, and leaves what cannot be parsed to be refused as ever."""

    def on_parse(self) -> Iterator[None]:
        """Parse, or leave it."""
        context = self.execution_context
        with contextlib.suppress(GraphQLError):
            context.graphql_document = self.cached_parse_document(
                context.query, **context.parse_options
            )
        yield


class Validated(SchemaExtension):
    """Remembers what is wrong with a document by its text.

    Of a document of a megabyte even the hash, which strawberry's own cache asks for, takes as long
    as the answer.
    """

    known: ClassVar[dict[tuple[object, ...], list[GraphQLError]]] = {}

    def on_validate(self) -> Iterator[None]:
        """Validate, or remember."""
        context = self.execution_context
        asked = (context.query, *context.validation_rules)
        if asked not in self.known:
            assert context.graphql_document is not None
            self.known[asked] = validate_document(
                context.schema._schema, context.graphql_document, context.validation_rules
            )
        context.pre_execution_errors = self.known[asked]
        yield


SCHEMA: Schema = build_schema()
# Some tests send a document of a megabyte as every role.
SCHEMA.extensions = (*SCHEMA.extensions, lambda: Parsed(maxsize=512), Validated)

RECEIPT = "receipt { position entryIds leafHashes entries { position type } }"
ACTION_REJECTIONS = """
... on Rejection { code message }
... on Refused { rule field unmet { clause message satisfiedBy } }
"""
REJECTIONS = f"{ACTION_REJECTIONS} ... on Conflict {{ expectedVersion actualVersion }}"


class Reply(msgspec.Struct, frozen=True):
    """What came back.

    Attributes:
        data: ``None`` when nothing was executed.
        errors: as clients see them.
        extensions: of the response.
    """

    data: dict[str, Any] | None
    errors: list[dict[str, Any]]
    extensions: dict[str, Any]

    @property
    def redacted(self) -> set[tuple[str, str, str]]:
        """Path, field and audience of what was redacted."""
        return {
            (each["path"], each["field"], each["requires"])
            for each in self.extensions.get("redacted", [])
        }


class Api:
    """The schema over a coalition."""

    def __init__(self, coalition: Coalition) -> None:
        self.coalition = coalition
        self.cursors = CursorCipher(coalition.ledger.keys.named_key("cursors"))
        # Only somebody who can sign in as a reviewer is assigned.
        self.give_key(coalition.principals[Role.REVIEWER])

    def give_key(self, principal: Principal) -> None:
        """Make an API key for somebody."""
        with begin_writing(self.coalition.ledger.engine) as connection:
            issuing.create(connection, principal, "A test", now=self.coalition.clock())

    def send(
        self, query: str, who: Role | Principal = Role.PUBLIC, /, **variables: object
    ) -> Reply:
        """Send a document as somebody, and return whatever comes back."""
        principal = self.coalition.principals[who] if isinstance(who, Role) else who
        with Context(
            self.coalition.ledger, principal, request_id="test-request", cursors=self.cursors
        ) as context:
            result = SCHEMA.execute_sync(query, variable_values=variables, context_value=context)
            errors = [dict(error.formatted) for error in result.errors or []]
            return Reply(result.data, errors, context.extensions())

    def ask(
        self, query: str, who: Role | Principal = Role.PUBLIC, /, **variables: object
    ) -> dict[str, Any]:
        """Send a document that is to succeed, and return its data."""
        reply = self.send(query, who, **variables)
        assert not reply.errors, reply.errors
        assert reply.data is not None
        return reply.data

    def refused(
        self, query: str, who: Role | Principal = Role.PUBLIC, /, **variables: object
    ) -> dict[str, Any]:
        """Send a document that is to fail with one error, and return that."""
        reply = self.send(query, who, **variables)
        assert len(reply.errors) == 1, reply
        return reply.errors[0]

    def do(
        self,
        mutation: str,
        given: dict[str, Any],
        who: Role | Principal,
        *,
        returning: str = "",
        command_id: str | None = None,
    ) -> dict[str, Any]:
        """Send one mutation, a command or an action, and return what came of it.

        Args:
            mutation: its name.
            given: its input; a command id is drawn unless one is given.
            who: who sends it.
            returning: fields of the accepted type besides the receipt.
            command_id: the command id.
        """
        name = mutation[0].upper() + mutation[1:]
        done = f"... on {name}Accepted {{ {RECEIPT} {returning} }} {REJECTIONS}"
        envelope = {"commandId": command_id or str(uuid.uuid4())}
        if name in ACTIONS:
            done = f"... on {name}Done {{ doneAt {returning} }} {ACTION_REJECTIONS}"
            envelope = {}
        query = (
            f"mutation ($input: {name}Input!) {{ {mutation}(input: $input) "
            f"{{ __typename {done} }} }}"
        )
        answer: dict[str, Any] = self.ask(query, who, input=envelope | given)[mutation]
        return answer
