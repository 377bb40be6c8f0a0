"""Queries and mutations against a coalition of a test, the way each role would send them."""

from __future__ import annotations

import uuid
from typing import Any

import msgspec

from service.graphql.context import Context
from service.graphql.cursors import CursorCipher
from service.graphql.schema import Schema, build_schema
from service.security.principal import Principal, Role
from tests.service.coalition import Coalition

SCHEMA: Schema = build_schema()

RECEIPT = "receipt { position entryIds leafHashes entries { position type } }"
REJECTIONS = """
... on Rejection { code message }
... on Refused { rule field unmet { clause message satisfiedBy } }
... on Conflict { expectedVersion actualVersion }
"""


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
        """Send one mutation, and return what came of it.

        Args:
            mutation: its name.
            given: its input; a command id is drawn unless one is given.
            who: who sends it.
            returning: fields of the accepted type besides the receipt.
            command_id: the command id.
        """
        name = mutation[0].upper() + mutation[1:]
        query = (
            f"mutation ($input: {name}Input!) {{ {mutation}(input: $input) {{ __typename "
            f"... on {name}Accepted {{ {RECEIPT} {returning} }} {REJECTIONS} }} }}"
        )
        envelope = {"commandId": command_id or str(uuid.uuid4())}
        answer: dict[str, Any] = self.ask(query, who, input=envelope | given)[mutation]
        return answer
