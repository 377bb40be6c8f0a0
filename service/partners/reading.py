"""A list read to its end through the API, page by page.

Whatever a field is to somebody, the API decides, and so it does for a file. Each page is a request
of its own: the list is as of the position of the first one, while what may be shown is judged
when a page is read, so that a listing that is taken down in the middle is not in the rest.
"""

from __future__ import annotations

import secrets
from collections.abc import Collection, Iterator
from typing import Any

import msgspec

from service.graphql.execution import Answer, Call, Engine
from service.graphql.operations import Parameters


class RefusedError(Exception):
    """What was asked for is not answered; `errors` are those of GraphQL, for who asked."""

    def __init__(self, errors: list[dict[str, Any]]) -> None:
        super().__init__(errors[0]["message"])
        self.errors = errors


class Wanted(msgspec.Struct, frozen=True, kw_only=True):
    """What is to be read.

    Attributes:
        document: a query of one connection ``rows``, with ``nodes`` and ``pageInfo`` and maybe
            inside of other fields, that takes ``$after``, and ``$asOf`` where it can be dated.
        arguments: the values of its other variables.
        as_of: the value of ``$asOf``.
        dated: whether the document takes ``$asOf``.
        logged: whether each row has a ``position``, and those after the reading's are left out.
        form: what is made of it, which its entity tag depends on.
        key: the API key of who asks.
        address: where they ask from.
    """

    document: str
    arguments: dict[str, Any]
    as_of: dict[str, Any] | None
    dated: bool
    logged: bool = False
    form: str
    key: str | None = None
    address: str = ""


class Reading:
    """Reads the first page when it is made, and the others when they are asked for.

    Args:
        engine: what answers.
        wanted: what is to be read.
        tags: what the client has already, as entity tags.

    Attributes:
        tag: names what is read.
        unchanged: the client has it already, and nothing was read.
        position: of the ledger, that the list is as of.
        recorded_at: when that was recorded.

    Raises:
        RefusedError: it cannot be asked like that.
        UnauthenticatedError: the key is not accepted.
        OverBudgetError: who asks has spent what they may.
        UnavailableError: the ledger does not answer.
    """

    def __init__(self, engine: Engine, wanted: Wanted, tags: Collection[str] = ()) -> None:
        self._engine = engine
        self._wanted = wanted
        self._as_of = wanted.as_of
        self._request_id = secrets.token_hex(8)
        first = self._ask(None, tags)
        self.tag = first.tag
        self.unchanged = first.body is None
        self._page: dict[str, Any] | None = None
        if first.body is None:
            return
        self._page = _connection(first.body)
        read = first.body["extensions"]["ledger"]
        self.position: int = read["position"]
        self.recorded_at: str = read["recordedAt"]
        if wanted.dated:
            dated = read.get("asOf", {}).get("rows", read)
            self.position = dated["position"]
            self._as_of = {
                "at": {"position": dated["position"]},
                "effectiveOn": dated["effectiveOn"],
            }

    def next(self) -> list[dict[str, Any]] | None:
        """Return the rows of the next page; ``None`` after the last one.

        Raises:
            RefusedError: a page could not be read, so that this is not all of the list.
            OverBudgetError: who asks has spent what they may; ask again later.
            UnauthenticatedError: the key is not accepted any more.
            UnavailableError: the ledger does not answer.
        """
        page = self._page
        if page is None:
            return None
        rows: list[dict[str, Any]] = page["nodes"]
        following: dict[str, Any] | None = None
        if page["pageInfo"]["hasNextPage"]:
            body = self._ask(page["pageInfo"]["endCursor"]).body
            following = None if body is None else _connection(body)
        self._page = following
        if self._wanted.logged and rows and rows[-1]["position"] > self.position:
            # The log has grown since the first page.
            self._page = None
            return [row for row in rows if row["position"] <= self.position]
        return rows

    def __iter__(self) -> Iterator[list[dict[str, Any]]]:
        """Yield the pages."""
        while (rows := self.next()) is not None:
            yield rows

    def _ask(self, after: str | None, tags: Collection[str] = ()) -> Answer:
        wanted = self._wanted
        variables = {**wanted.arguments, "after": after}
        if wanted.dated:
            variables["asOf"] = self._as_of
        call = Call(
            request_id=self._request_id,
            parameters=Parameters(wanted.document, None, variables),
            key=wanted.key,
            address=wanted.address,
            safe=True,
            tags=tags,
            form=wanted.form,
        )
        answer = self._engine.answer(call)
        if answer.body is not None and "errors" in answer.body:
            raise RefusedError(answer.body["errors"])
        return answer


def _connection(body: dict[str, Any]) -> dict[str, Any] | None:
    """Return the page in an answer; ``None`` where the list is not for who asks."""
    found: dict[str, Any] = body["data"]
    while "rows" not in found:
        (found,) = found.values()
    page: dict[str, Any] | None = found["rows"]
    return page
