"""The composition root: the only place where the parts of the service are put together."""

from __future__ import annotations

import contextlib
from collections.abc import AsyncIterator, Callable
from typing import TYPE_CHECKING, Final

from starlette.applications import Starlette
from starlette.concurrency import run_in_threadpool
from starlette.middleware import Middleware
from starlette.middleware.trustedhost import TrustedHostMiddleware
from starlette.requests import Request
from starlette.responses import JSONResponse, PlainTextResponse, Response
from starlette.routing import BaseRoute, Route, WebSocketRoute

from service.contact.http import ContactForm
from service.contact.links import LinkMail
from service.contact.mailbox import Mailbox
from service.drafts.http import Drafts
from service.edge import Edge
from service.evidence.aging import kept_in
from service.evidence.http import Evidence
from service.graphql.budget import Allowance
from service.graphql.connections import Connections
from service.graphql.execution import Engine as GraphQL
from service.graphql.feed import Feed
from service.graphql.http import Endpoint
from service.graphql.limits import Limits
from service.graphql.schema import Schema, build_schema
from service.graphql.trusted import Trusted, read_folder
from service.graphql.websocket import Sockets
from service.graphql.workers import Workers
from service.ledger.ledger import Ledger
from service.opening import evidence_folder, open_ledger, reminder_mail
from service.partners.http import Exports
from service.partners.telling import Teller
from service.readiness import Readiness
from service.reminding.http import Choice
from service.security.asking import Asking
from service.security.http import SignIn
from service.server import Server, address_of, configuration, listen
from service.settings import Settings
from service.sweep import Sweeper
from service.transparency.http import LogFiles
from service.transparency.signer import Signer, signed_file
from service.transparency.witnesses import Witnesses, witness_places
from service.web import graphiql

if TYPE_CHECKING:
    from service.security.tokens import Tokens

ISSUER_PATH: Final = "/.well-known/jwt-vc-issuer"
"""Where verifiers find the key of credentials; followed by the path of the issuer's name."""


LIVE_THREADS: Final = 4
"""What subscriptions are told is made in so many threads."""

MAIL_THREADS: Final = 2
"""Mails are handed on in so many: a server that is slow holds up other mails, and nothing else."""


def build_app(
    ledger: Ledger,
    settings: Settings,
    readiness: Readiness | None = None,
    connections: Connections | None = None,
) -> Starlette:
    """Return the ASGI application over an open ledger, which it does not close.

    Args:
        ledger: what it serves.
        settings: limits and names.
        readiness: to be told that the process is stopping; the application makes its own
            when there is none.
        connections: to be told that those that stay open are to end; likewise.
    """
    ready = readiness or Readiness(ledger)
    waiting, timeout_s = settings.waiting_requests, settings.request_timeout_s
    workers = Workers(settings.worker_threads, waiting, timeout_s)
    mail_workers, links = (Workers(MAIL_THREADS, waiting, timeout_s) for _ in range(2))
    live_workers = Workers(LIVE_THREADS, 2 * settings.live_connections, timeout_s)
    connections = connections or Connections(settings.live_connections)
    schema = build_schema()
    engine = GraphQL(
        schema,
        ledger,
        limits=Limits(depth=settings.max_depth, cost=settings.max_cost),
        allowance=Allowance(settings.cost_a_minute, settings.public_cost_a_minute),
        timeout_s=timeout_s,
        tokens=_tokens(settings),
        trusted=_trusted(settings, schema),
    )

    @contextlib.asynccontextmanager
    async def lifespan(_app: Starlette) -> AsyncIterator[None]:
        yield
        for each in (workers, mail_workers, links, live_workers):
            each.close()

    return Starlette(
        routes=[
            *_graphql_routes(ledger, engine, settings, workers, live_workers, connections),
            *LogFiles(ledger, workers).routes(),
            *_contact_routes(settings, mail_workers),
            *Exports(engine, workers, ledger.origin).routes(),
            *_sign_in_routes(ledger, settings, workers, links),
            *Drafts(ledger, engine, workers).routes(),
            *_evidence_routes(ledger, engine, settings, workers),
            *_plain_routes(ledger, ready),
        ],
        middleware=[
            Middleware(Edge),
            Middleware(TrustedHostMiddleware, allowed_hosts=list(settings.allowed_hosts)),
        ],
        lifespan=lifespan,
    )


def _evidence_routes(
    ledger: Ledger, engine: GraphQL, settings: Settings, workers: Workers
) -> list[BaseRoute]:
    folder = evidence_folder(settings)
    if folder is None:
        return []
    store = kept_in(ledger, folder)
    store.tidy()
    evidence = Evidence(ledger, store, engine, workers, idle_s=settings.receive_timeout_s)
    return [*evidence.routes()]


def _graphql_routes(
    ledger: Ledger,
    engine: GraphQL,
    settings: Settings,
    workers: Workers,
    live_workers: Workers,
    connections: Connections,
) -> list[BaseRoute]:
    feed = Feed(ledger, engine, workers, live_workers)
    endpoint = Endpoint(
        engine,
        workers,
        feed,
        connections,
        max_body_bytes=settings.max_body_bytes,
        receive_timeout_s=settings.receive_timeout_s,
    )
    return [
        Route("/graphql", endpoint),
        WebSocketRoute("/graphql", Sockets(feed, connections)),
        *graphiql.routes(),
    ]


def _trusted(settings: Settings, schema: Schema) -> Trusted:
    if settings.documents is None:
        return Trusted(public_only=settings.public_documents_only)
    graphql = schema._schema  # noqa: SLF001 - strawberry has no other name for it
    known = read_folder(settings.documents, graphql).values()
    return Trusted(known, public_only=settings.public_documents_only)


def _tokens(settings: Settings) -> Tokens | None:
    if settings.token_issuer is None or settings.token_audience is None:
        return None
    # Whoever serves without an issuer has none of it in memory.
    from service.security.tokens import Tokens  # noqa: PLC0415

    return Tokens(settings.token_issuer, settings.token_audience)


def _contact_routes(settings: Settings, workers: Workers) -> list[BaseRoute]:
    if settings.mailbox is None:
        return []
    mailbox = Mailbox(settings.mailbox, settings.smtp_url, settings.mail_folder)
    return [*ContactForm(mailbox, workers, settings.receive_timeout_s).routes()]


def _sign_in_routes(
    ledger: Ledger, settings: Settings, workers: Workers, links: Workers
) -> list[BaseRoute]:
    asking = None
    if settings.public_url and settings.smtp_url and settings.mailbox:
        mail = LinkMail(settings.smtp_url, settings.mailbox, settings.public_url)
        asking = Asking(ledger, links, mail)
    routes = SignIn(ledger, workers, "/graphql", asking).routes()
    return [*routes, *(Choice(ledger, workers).routes() if asking else [])]


def _plain_routes(ledger: Ledger, ready: Readiness) -> list[BaseRoute]:
    async def readyz(_request: Request) -> Response:
        reasons = await ready.reasons()
        status = "unready" if reasons else "ready"
        return _uncached(
            JSONResponse({"status": status, "reasons": reasons}, 503 if reasons else 200)
        )

    async def livez(_request: Request) -> Response:
        return _uncached(PlainTextResponse("alive\n"))

    async def issuer(_request: Request) -> Response:
        # The key is read at the first call, which may make it.
        metadata = await run_in_threadpool(lambda: ledger.issuer.metadata)
        return JSONResponse(metadata, headers={"Cache-Control": "public, max-age=3600"})

    return [
        Route("/livez", livez),
        Route("/readyz", readyz),
        Route(ISSUER_PATH, issuer),
        Route(f"{ISSUER_PATH}/{ledger.origin.partition('/')[2]}", issuer),
    ]


def serve(settings: Settings, on_start: Callable[[str], None] = lambda _: None) -> None:
    """Serve until a signal asks to stop, then answer what is open and close the ledger.

    Args:
        settings: what to serve, and where.
        on_start: called with the address when connections are accepted.

    Raises:
        NotReadyError: the address cannot be listened on.
        LedgerFaultError: the ledger cannot be opened; see `service.opening.open_ledger`. Or
            signing its end would contradict a checkpoint that was signed before.
    """
    with listen(settings.host, settings.port) as listener, contextlib.ExitStack() as opened:
        ledger = open_ledger(settings)
        opened.callback(ledger.close)
        ledger.prepare()
        signer = Signer(
            ledger,
            signed_file(settings),
            every_s=settings.sign_every_s,
            after=Witnesses(ledger, witness_places(settings)).cosign,
        )
        if settings.sign_every_s:
            signer.check()
        readiness = Readiness(ledger, lambda: signer.refused)
        signer.start()
        opened.callback(signer.close)
        teller = Teller(ledger, private=settings.webhooks_private)
        teller.start()
        opened.callback(teller.close)
        connections = Connections(settings.live_connections)
        # Whatever the sweep deletes, the application knows where it is.
        app = build_app(ledger, settings, readiness, connections)
        sweeper = Sweeper(ledger, every_s=settings.sweep_every_s, mail=reminder_mail(settings))
        sweeper.start()
        opened.callback(sweeper.close)
        server = Server(
            configuration(app, settings),
            drain_s=settings.drain_s,
            on_stop=readiness.stop,
            on_drained=connections.end,
            on_start=lambda: on_start(address_of(listener)),
        )
        server.run(sockets=[listener])


def _uncached(response: Response) -> Response:
    response.headers["Cache-Control"] = "no-store"
    return response
