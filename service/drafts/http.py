"""Drafts over HTTP: ``/drafts``, for applicants, each for their own.

``POST /drafts`` keeps a new one, ``GET``, ``PUT`` and ``DELETE /drafts/<id>`` read, replace and
delete one, and ``POST /drafts/<id>/submission`` makes an application of it. Every answer with a
draft says what its tier asks and what is missing, in the names that the schema has for values.
"""

from __future__ import annotations

import re
from collections.abc import Awaitable, Callable
from typing import Any, Final

import msgspec
from starlette.requests import ClientDisconnect, Request
from starlette.responses import Response
from starlette.routing import Route

from domain.decision import Refusal, Unmet
from domain.membership.draft import Draft, questions
from domain.policy import PartyType, Policy
from service.bearer import bearer_key
from service.drafts.aging import policy_in_force
from service.drafts.store import MOST_DRAFTS, DraftStore, Kept, TooManyError
from service.drafts.submission import application_of, lacks, submit, tells
from service.faults import UnavailableError
from service.graphql.execution import Engine, UnauthenticatedError
from service.graphql.ids import NodeKind, global_id
from service.graphql.mutations.submitting import refusal_of
from service.graphql.receipts import in_schema_names
from service.graphql.workers import Workers
from service.json_answers import PRIVATE, json_answer, refusal
from service.ledger.ledger import Ledger
from service.ledger.request import Accepted, Outcome
from service.security.principal import Principal, Role

LARGEST_BODY_BYTES: Final = 256 * 1024

_WITH_TYPES: Final = frozenset({"sponsoredBy", "unlisted"})
"""The parts of a draft in which a type of party may stand."""

_OF_A_TEXT: Final = re.compile("Expected `str` (of length|matching)")

_Handler = Callable[[Request, Principal], Awaitable[Response]]


class Drafts:
    """Answers for drafts.

    Args:
        ledger: what applications are submitted to.
        engine: knows who has an API key.
        workers: the threads to work in.
    """

    def __init__(self, ledger: Ledger, engine: Engine, workers: Workers) -> None:
        self._ledger = ledger
        self._engine = engine
        self._workers = workers
        self._store = DraftStore(ledger.engine, ledger.keys)

    def routes(self) -> list[Route]:
        """Return where drafts are found."""
        one = "/drafts/{draft:str}"
        return [
            Route("/drafts", self._for_applicants(self._list), methods=["GET"]),
            Route("/drafts", self._for_applicants(self._create), methods=["POST"]),
            Route(one, self._for_applicants(self._get), methods=["GET"]),
            Route(one, self._for_applicants(self._replace), methods=["PUT"]),
            Route(one, self._for_applicants(self._delete), methods=["DELETE"]),
            Route(f"{one}/submission", self._for_applicants(self._submit), methods=["POST"]),
        ]

    def _for_applicants(self, handler: _Handler) -> Callable[[Request], Awaitable[Response]]:
        async def answered(request: Request) -> Response:
            try:
                key = bearer_key(request)
                principal = await self._workers.run(lambda: self._engine.principal(key))
                if principal.role is not Role.APPLICANT:
                    message = "Drafts are for applicants, each for their own."
                    return refusal(401 if key is None else 403, "NOT_ALLOWED", message)
                return await handler(request, principal)
            except UnauthenticatedError:
                return refusal(401, "UNAUTHENTICATED", "The API key is not accepted.")
            except UnavailableError as error:
                return refusal(503, "UNAVAILABLE", str(error))
            except msgspec.DecodeError as error:
                if _OF_A_TEXT.match(str(error)):
                    return _refused(refusal_of(str(error)), 400)
                return refusal(400, "INVALID_INPUT", str(error))

        return answered

    async def _list(self, _: Request, principal: Principal) -> Response:
        def found() -> list[Any]:
            policy = policy_in_force(self._ledger)
            return [self._shown(each, policy) for each in self._store.of(principal.id)]

        return json_answer(200, {"drafts": await self._workers.run(found)})

    async def _create(self, request: Request, principal: Principal) -> Response:
        draft = await _draft(request)
        if draft is None:
            return _too_large()
        try:
            kept = await self._workers.run(
                lambda: self._store.create(principal.id, draft, self._ledger.clock())
            )
        except TooManyError:
            return refusal(409, "TOO_MANY", f"One may keep {MOST_DRAFTS} drafts: delete one.")
        return await self._with(kept, 201)

    async def _get(self, request: Request, principal: Principal) -> Response:
        draft_id: str = request.path_params["draft"]
        return await self._with(
            await self._workers.run(lambda: self._store.get(principal.id, draft_id)), 200
        )

    async def _replace(self, request: Request, principal: Principal) -> Response:
        draft_id: str = request.path_params["draft"]
        draft = await _draft(request)
        if draft is None:
            return _too_large()
        kept = await self._workers.run(
            lambda: self._store.replace(principal.id, draft_id, draft, self._ledger.clock())
        )
        return await self._with(kept, 200)

    async def _delete(self, request: Request, principal: Principal) -> Response:
        draft_id: str = request.path_params["draft"]
        if await self._workers.run(lambda: self._store.delete(principal.id, draft_id)):
            return Response(status_code=204, headers=PRIVATE)
        return _absent()

    async def _submit(self, request: Request, principal: Principal) -> Response:
        draft_id: str = request.path_params["draft"]
        kept = await self._workers.run(lambda: self._store.get(principal.id, draft_id))
        if kept is None:
            return _absent()
        return await self._workers.run(lambda: self._submitted(principal, kept))

    def _submitted(self, principal: Principal, kept: Kept) -> Response:
        policy = policy_in_force(self._ledger)
        if unmet := lacks(self._ledger, kept, policy):
            return refusal(
                422,
                "INCOMPLETE",
                "The draft is not complete yet.",
                unmet=[_unmet(each) for each in unmet],
            )
        outcome = submit(self._ledger, principal, kept, policy)
        if not isinstance(outcome, Accepted):
            return _refused(outcome)
        self._store.delete(principal.id, kept.id)
        application = global_id(NodeKind.APPLICATION, application_of(kept.id))
        return json_answer(201, {"application": application})

    async def _with(self, kept: Kept | None, status: int) -> Response:
        if kept is None:
            return _absent()
        shown = await self._workers.run(lambda: self._shown(kept, policy_in_force(self._ledger)))
        return json_answer(status, shown)

    def _shown(self, kept: Kept, policy: Policy) -> dict[str, object]:
        return {
            "id": kept.id,
            "updatedAt": kept.updated_at,
            "draft": _as_sent(msgspec.to_builtins(kept.draft)),
            "questions": [
                {"requirement": each.id, "kind": each.kind.name, "text": each.text}
                for each in questions(kept.draft, policy)
            ],
            "missing": [
                _unmet(each) for each in (*lacks(self._ledger, kept, policy), *tells(kept))
            ],
        }


async def _draft(request: Request) -> Draft | None:
    """Return the draft that a request brings; ``None`` where it is too large.

    Raises:
        msgspec.DecodeError: it is none.
    """
    body = bytearray()
    try:
        async for chunk in request.stream():
            body += chunk
            if len(body) > LARGEST_BODY_BYTES:
                return None
    except ClientDisconnect:
        raise msgspec.DecodeError("the body broke off") from None
    try:
        return msgspec.convert(_as_kept(msgspec.json.decode(body)), Draft)
    except UnicodeDecodeError:
        raise msgspec.DecodeError("The body must be JSON, in UTF-8.") from None
    except RecursionError:
        raise msgspec.DecodeError("The body is nested too deep for a draft.") from None


def _as_kept(given: Any) -> Any:  # noqa: ANN401 - whatever JSON holds
    """Return what a request says with stored values for the names that the schema has.

    Raises:
        msgspec.ValidationError: a type of party is none of them.
    """
    return _with_types(given, _type_named)


def _as_sent(draft: Any) -> Any:  # noqa: ANN401 - likewise
    """Return a draft with the schema's names for stored values."""
    return _with_types(draft, lambda kept: PartyType(kept).name)


def _with_types(given: Any, turned: Callable[[Any], Any]) -> Any:  # noqa: ANN401 - likewise
    """Return a draft, or a part of one, with each type of party turned into something else."""
    if not isinstance(given, dict):
        return given
    inside = {name: _with_types(given[name], turned) for name in _WITH_TYPES & given.keys()}
    kind = given.get("partyType")
    return given | inside | ({} if kind is None else {"partyType": turned(kind)})


def _type_named(name: object) -> PartyType:
    for each in PartyType:
        if each.name == name:
            return each
    allowed = ", ".join(each.name for each in PartyType)
    raise msgspec.ValidationError(f"A partyType is one of {allowed}.")


def _refused(outcome: Outcome, status: int = 422) -> Response:
    if isinstance(outcome, Refusal):
        return refusal(
            status,
            outcome.code.name,
            in_schema_names(outcome.message),
            rule=outcome.rule,
            field=outcome.field,
            unmet=[_unmet(each) for each in outcome.unmet],
        )
    return refusal(409, "NOT_ALLOWED", "The application cannot be submitted like this.")


def _unmet(unmet: Unmet) -> dict[str, str]:
    return {
        "clause": unmet.clause,
        "message": in_schema_names(unmet.message),
        "satisfiedBy": in_schema_names(unmet.satisfied_by),
    }


def _absent() -> Response:
    return refusal(404, "NOT_FOUND", "You have no such draft.")


def _too_large() -> Response:
    return refusal(413, "TOO_LARGE", f"A draft is at most {LARGEST_BODY_BYTES} bytes.")
