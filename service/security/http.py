"""Signing in and out over HTTP, without a script.

A link shows a page whose button signs in, so that programs that look at links in messages do not
use them up.
"""

from __future__ import annotations

from html import escape
from typing import Final
from urllib.parse import parse_qsl

from sqlalchemy.exc import SQLAlchemyError
from starlette.background import BackgroundTask
from starlette.requests import ClientDisconnect, Request
from starlette.responses import HTMLResponse, RedirectResponse, Response
from starlette.routing import Route

from service.contact.mailbox import is_email
from service.graphql.budget import OverBudgetError
from service.graphql.negotiation import same_origin
from service.graphql.workers import Workers
from service.ledger.engine import begin_writing
from service.ledger.ledger import Ledger
from service.logs import get_logger
from service.security import sessions
from service.security.asking import Asking
from service.security.sessions import COOKIE, SIGN_IN

SIGN_OUT: Final = "/sign-out"
MOST_BYTES: Final = 1_024

_log = get_logger(__name__)

_PAGE: Final = """<!doctype html>
<html lang="en">
<meta charset="utf-8">
<meta name="viewport" content="width=device-width">
<title>{title}</title>
<h1>{title}</h1>
{body}
</html>
"""
_FORM: Final = """<form method="post" action="{action}">
<input type="hidden" name="token" value="{token}"><button>{button}</button></form>"""
_ASK: Final = f"""<p>If links may be sent to your e-mail address, ask for one here.</p>
<p lang="es">Pida aquí un enlace para entrar, si tiene permiso.</p>
<form method="post" action="{SIGN_IN}">
<p><label>E-mail / Correo electrónico<br>
<input name="address" type="email" autocomplete="email" required maxlength="254"></label></p>
<p><button>Send me a link / Enviar un enlace</button></p>
</form>"""
_ASKED: Final = f"""<p>If links may be sent to this address, one is on its way. It is good once, for
{sessions.LINK_S // 60} minutes.</p>
<p lang="es">Si la dirección tiene permiso, el enlace va en camino.</p>"""
_HEADERS: Final = {
    "Cache-Control": "no-store",
    "Content-Security-Policy": (
        "default-src 'none'; base-uri 'none'; form-action 'self'; frame-ancestors 'none'"
    ),
}


class SignIn:
    """The pages of signing in and out.

    Args:
        ledger: keeps links and sessions.
        workers: the threads to look at them in.
        home: where to go then.
        asking: sends links to those who ask; ``None`` where nobody may ask.
    """

    def __init__(
        self, ledger: Ledger, workers: Workers, home: str, asking: Asking | None = None
    ) -> None:
        self._ledger = ledger
        self._workers = workers
        self._home = home
        self._asking = asking

    def routes(self) -> list[Route]:
        """Return where they are found."""
        return [
            Route(SIGN_IN, self._ask, methods=["GET", "HEAD"]),
            Route(SIGN_IN, self._sign_in, methods=["POST"]),
            Route(SIGN_OUT, self._ask_out, methods=["GET", "HEAD"]),
            Route(SIGN_OUT, self._sign_out, methods=["POST"]),
        ]

    async def _ask(self, request: Request) -> Response:
        if self._asking is not None and "token" not in request.query_params:
            return page(200, "Sign in", _ASK)
        token = escape(request.query_params.get("token", ""), quote=True)
        return page(200, "Sign in", _FORM.format(action=SIGN_IN, token=token, button="Sign in"))

    async def _ask_out(self, _request: Request) -> Response:
        return page(200, "Sign out", _FORM.format(action=SIGN_OUT, token="", button="Sign out"))

    async def _sign_in(self, request: Request) -> Response:
        fields = await _fields(request)
        if fields is None:
            return page(403, "Sign in", "<p>This was not sent from here.</p>")
        if self._asking is not None and "address" in fields:
            return _asked(self._asking, request, fields["address"])
        token = fields.get("token", "")
        try:
            before = request.cookies.get(COOKIE, "")
            session = await self._workers.run(lambda: self._begin(token, before))
        except SQLAlchemyError as error:
            _log.warning("unavailable", exc_info=error)
            return page(503, "Sign in", "<p>The ledger does not answer: try again later.</p>")
        if session is None:
            said = "<p>This link was used, or has expired: ask for another.</p>"
            return page(403, "Sign in", said if self._asking is None else said + _ASK)
        response = self._going_home()
        response.set_cookie(
            COOKIE,
            session,
            max_age=sessions.SESSION_S,
            secure=True,
            httponly=True,
            samesite="strict",
        )
        return response

    async def _sign_out(self, request: Request) -> Response:
        session = request.cookies.get(COOKIE, "")
        if await _fields(request) is None:
            return page(403, "Sign out", "<p>This was not sent from here.</p>")
        try:
            await self._workers.run(lambda: self._end(session))
        except SQLAlchemyError as error:
            _log.warning("unavailable", exc_info=error)
            return page(503, "Sign out", "<p>The ledger does not answer: try again later.</p>")
        response = self._going_home()
        response.delete_cookie(COOKIE, secure=True, httponly=True, samesite="strict")
        return response

    def _going_home(self) -> Response:
        return RedirectResponse(self._home, 303, headers={"Cache-Control": "no-store"})

    def _begin(self, token: str, before: str) -> str | None:
        """Begin a session, and end the one that the browser had."""
        with begin_writing(self._ledger.engine) as connection:
            session = sessions.begin(connection, token, now=self._ledger.clock())
            if session is not None:
                sessions.end(connection, before)
            return session

    def _end(self, session: str) -> None:
        with begin_writing(self._ledger.engine) as connection:
            sessions.end(connection, session)


def _asked(asking: Asking, request: Request, address: str) -> Response:
    """Answer whoever asks for a link, by what they wrote and nothing that is known of it."""
    address = address.strip()
    if not is_email(address):
        return page(422, "Sign in", f'<p role="alert">This is no e-mail address.</p>{_ASK}')
    try:
        asking.count(request.client.host if request.client else "")
    except OverBudgetError as error:
        later = {"Retry-After": str(error.retry_after_s * 60)}
        return page(429, "Sign in", "<p>You have asked often: ask again later.</p>", later)
    response = page(202, "Sign in", _ASKED)
    response.background = BackgroundTask(asking.begin, address)
    return response


async def _fields(request: Request) -> dict[str, str] | None:
    """Return the form's fields; ``None`` for what is no form of ours."""
    if not same_origin(request.headers) or "urlencoded" not in request.headers.get(
        "content-type", ""
    ):
        return None
    body = bytearray()
    try:
        async for part in request.stream():
            body += part
            if len(body) > MOST_BYTES:
                return None
    except ClientDisconnect:
        return None
    try:
        pairs = parse_qsl(body.decode("ascii", "replace"), keep_blank_values=True, max_num_fields=8)
    except ValueError:
        return None
    return dict(pairs)


def page(status: int, title: str, body: str, headers: dict[str, str] | None = None) -> Response:
    """Return a small page that no script and no other site has a part in.

    Args:
        status: the HTTP status.
        title: what it is, in HTML.
        body: the rest, in HTML.
        headers: further headers.
    """
    content = _PAGE.format(title=title, body=body)
    return HTMLResponse(content, status, headers=_HEADERS | (headers or {}))
