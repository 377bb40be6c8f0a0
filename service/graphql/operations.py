"""What a request asks for, and documents made ready to run: parsed, validated, kept."""

from __future__ import annotations

import re
import threading
from collections import OrderedDict
from typing import Any, Final

import msgspec
import orjson
from graphql import (
    DocumentNode,
    FieldsOnCorrectTypeRule,
    GraphQLError,
    GraphQLSchema,
    OperationDefinitionNode,
    OperationType,
    TokenKind,
    parse,
    specified_rules,
    validate,
)
from starlette.datastructures import QueryParams
from strawberry.schema.validation_rules.maybe_null import MaybeNullValidationRule
from strawberry.schema.validation_rules.one_of import OneOfInputValidationRule

from service.graphql import limits
from service.graphql.errors import ErrorCode, RequestError
from service.graphql.limits import LIMITS, Limits
from service.graphql.trusted import Trusted

CACHED_DOCUMENTS: Final = 512
CACHED_CHARACTERS: Final = 16_384
MOST_CHARACTERS: Final = 65_536
MOST_TOKENS: Final = 800
MOST_ERRORS: Final = 3
MOST_DIGITS: Final = 300
MOST_NESTED: Final = 50
"""How deep variables may be nested: far deeper than any input object, so that nothing that looks
at them comes to an end of its own."""

_RULES: Final = (*specified_rules, MaybeNullValidationRule, OneOfInputValidationRule)
_LONG_NUMBER: Final = re.compile(rf"[0-9]{{{MOST_DIGITS + 1}}}")
_PARAMETERS: Final = ("query", "documentId", "operationName", "variables", "extensions")


class BadRequestError(Exception):
    """The request is no GraphQL request; the message says why, for its sender."""


class UnknownDocumentError(BadRequestError):
    """No document of that id is known; its text may be sent instead."""

    def __init__(self) -> None:
        super().__init__("No document of that id is known here: send its text as query.")


class Parameters(msgspec.Struct, frozen=True):
    """What a request asks for.

    Attributes:
        query: the text of the document.
        operation: which of its operations; ``None`` where it has one.
        variables: by name.
    """

    query: str
    operation: str | None
    variables: dict[str, Any]


def from_body(body: bytes, trusted: Trusted) -> Parameters:
    """Read the parameters of a POST.

    Raises:
        BadRequestError: the body is no JSON object, or a parameter is of another type.
        UnknownDocumentError: no document of that id is known.
    """
    try:
        content = orjson.loads(body)
    except orjson.JSONDecodeError:
        raise BadRequestError("The body must be JSON, in UTF-8.") from None
    if isinstance(content, list):
        raise BadRequestError("Send one operation a request: there are no batches.")
    if not isinstance(content, dict):
        raise BadRequestError("The body must be a JSON object.")
    return from_content(content, trusted)


def from_query(query: QueryParams, trusted: Trusted) -> Parameters:
    """Read the parameters of a GET, in which maps are JSON.

    Raises:
        BadRequestError: a parameter is repeated, is no JSON, or is of another type.
        UnknownDocumentError: no document of that id is known.
    """
    content: dict[str, Any] = {}
    for name in _PARAMETERS:
        values = query.getlist(name)
        if len(values) > 1:
            raise BadRequestError(f"The parameter {name} stands there {len(values)} times.")
        if not values or (not values[0] and name != "query"):
            continue
        content[name] = values[0]
        if name in ("variables", "extensions"):
            try:
                content[name] = orjson.loads(values[0])
            except orjson.JSONDecodeError:
                raise BadRequestError(f"The parameter {name} must be JSON.") from None
    return from_content(content, trusted)


def from_content(content: dict[str, Any], trusted: Trusted) -> Parameters:
    """Read parameters from the object that has them.

    Raises:
        BadRequestError: one is missing, or of another type.
        UnknownDocumentError: no document of that id is known.
    """
    query, document = content.get("query"), content.get("documentId")
    if not isinstance(document, str | None):
        raise BadRequestError("The parameter documentId must be text or null.")
    if document is not None:
        if query is not None:
            raise BadRequestError("Send query or documentId, not both.")
        query = trusted.text(document)
        if query is None:
            raise UnknownDocumentError
    if query is None:
        raise BadRequestError("The parameter query is missing: it holds the GraphQL document.")
    if not isinstance(query, str):
        raise BadRequestError("The parameter query must be text.")
    if not query.strip():
        raise BadRequestError("The parameter query is empty: it holds the GraphQL document.")
    operation = content.get("operationName")
    if not isinstance(operation, str | None):
        raise BadRequestError("The parameter operationName must be text or null.")
    for name in ("variables", "extensions"):
        if not isinstance(content.get(name), dict | None):
            raise BadRequestError(f"The parameter {name} must be an object or null.")
    variables = content.get("variables") or {}
    if _is_deep(variables):
        raise BadRequestError(f"The parameter variables is nested more than {MOST_NESTED} deep.")
    return Parameters(query, operation or None, variables)


def _is_deep(value: object) -> bool:
    """Whether a value of JSON is nested more deeply than `MOST_NESTED`."""
    level = [value]
    for _ in range(MOST_NESTED + 1):
        below: list[object] = []
        for each in level:
            if isinstance(each, dict):
                below += each.values()
            elif isinstance(each, list):
                below += each
        if not below:
            return False
        level = below
    return True


class Prepared(msgspec.Struct, frozen=True):
    """A valid document.

    Attributes:
        kinds: its operations by name, in order; "" for one without a name.
        costs: what each of them costs, with the longest pages that variables can ask for.
        varies: variables may ask for shorter ones, so they are to be looked at.
    """

    document: DocumentNode
    kinds: dict[str, OperationType]
    costs: dict[str, int]
    varies: bool

    def kind(self, operation: str | None) -> OperationType | None:
        """Return what the chosen operation is; ``None`` when there is none to choose."""
        if operation is not None:
            return self.kinds.get(operation)
        return next(iter(self.kinds.values())) if len(self.kinds) == 1 else None


class Documents:
    """Parses and validates, and remembers what was valid; safe to use from many threads.

    Args:
        schema: what documents are validated against.
        most: the most of anything that an operation may have.
    """

    def __init__(self, schema: GraphQLSchema, most: Limits = LIMITS) -> None:
        self._schema = schema
        self._limits = most
        self._kept: OrderedDict[str, Prepared] = OrderedDict()
        self._lock = threading.Lock()

    def prepare(self, text: str) -> Prepared | list[GraphQLError]:
        """Return the document of a text, or what is wrong with it."""
        with self._lock:
            prepared = self._kept.get(text)
            if prepared is not None:
                self._kept.move_to_end(text)
                return prepared
        found = self._prepare(text)
        if isinstance(found, Prepared) and len(text) <= CACHED_CHARACTERS:
            with self._lock:
                self._kept[text] = found
                while len(self._kept) > CACHED_DOCUMENTS:
                    self._kept.popitem(last=False)
        return found

    def cost(
        self, prepared: Prepared, operation: str | None, variables: dict[str, Any]
    ) -> int | RequestError:
        """Return what an operation costs with these variables, or what it has too much of."""
        costs = prepared.costs
        if prepared.varies:
            measured = limits.measure(self._schema, prepared.document, variables, self._limits)
            if measured.exceeded is not None:
                return measured.exceeded
            costs = measured.costs
        return costs[next(iter(costs)) if operation is None else operation]

    def _prepare(self, text: str) -> Prepared | list[GraphQLError]:
        if len(text) > MOST_CHARACTERS:
            return [limits.exceeded_limit("characters", len(text), MOST_CHARACTERS)]
        try:
            document = parse(text, max_lexical_tokens=MOST_TOKENS, max_comments=MOST_TOKENS)
            measured = limits.measure(self._schema, document, None, self._limits)
            exceeded = measured.exceeded or _long_number(text, document)
            if exceeded is not None and not (measured.varies and limits.is_cost(exceeded)):
                return [exceeded]
            # Whoever names fields that there are not is told of these first, and cheaply.
            errors = measured.unknown and validate(
                self._schema, document, [FieldsOnCorrectTypeRule], max_errors=MOST_ERRORS
            )
            errors = errors or validate(self._schema, document, _RULES, max_errors=MOST_ERRORS)
        except GraphQLError as error:
            return [error]
        except RecursionError:
            return [GraphQLError("The document is nested too deeply.")]
        if errors:
            return [_of_document(error) for error in errors]
        kinds = {
            "" if node.name is None else node.name.value: node.operation
            for node in document.definitions
            if isinstance(node, OperationDefinitionNode)
        }
        return Prepared(document, kinds, measured.costs, measured.varies)


def _long_number(text: str, document: DocumentNode) -> RequestError | None:
    """Return the error of a number that Python would not read, where a document has one."""
    token = document.loc.start_token if document.loc and _LONG_NUMBER.search(text) else None
    while token is not None:
        if token.kind in (TokenKind.INT, TokenKind.FLOAT) and len(token.value or "") > MOST_DIGITS:
            message = f"A number has {MOST_DIGITS} digits at most."
            most = str(MOST_DIGITS)
            return RequestError(ErrorCode.LIMIT_EXCEEDED, message, limit="digits", most=most)
        token = token.next
    return None


def _of_document(error: GraphQLError) -> GraphQLError:
    """Return an error of validation, which is the document's also where it is about a variable."""
    if error.original_error is not None:
        return error
    cause = RequestError(ErrorCode.VALIDATION_FAILED, error.message)
    return GraphQLError(error.message, error.nodes, original_error=cause)
