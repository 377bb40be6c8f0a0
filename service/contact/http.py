"""The contact form over HTTP: a page, and what becomes of what is written there."""

from __future__ import annotations

import asyncio
import time
from html import escape
from typing import Final

from starlette.requests import ClientDisconnect, Request
from starlette.responses import HTMLResponse, Response
from starlette.routing import Route

from service.contact.mailbox import Mailbox
from service.contact.message import MOST_BYTES, TRAP, MessageError, parse_form
from service.faults import UnavailableError
from service.graphql.budget import Budget, OverBudgetError
from service.graphql.workers import Workers
from service.logs import get_logger

PATH: Final = "/contact"
FORM: Final = "application/x-www-form-urlencoded"

AN_HOUR: Final = 5
"""How many messages one address may send within an hour."""

EVERYBODY_AN_HOUR: Final = 100
"""How many messages are taken within an hour, from whomever."""

_MINUTES_AN_HOUR: Final = 60

_log = get_logger(__name__)

_PAGE: Final = """<!doctype html>
<html lang="en">
<meta charset="utf-8">
<meta name="viewport" content="width=device-width">
<title>Contact</title>
<h1>Write to the coalition</h1>
<p lang="es">Escriba a la coalición, también en español.</p>
<p><a href="https://www.weather.gov/" rel="noreferrer">Leave this page now /
<span lang="es">Salir de esta página ahora</span></a></p>
<p>Your message goes to the coalition's mailbox. This site keeps nothing of it. If somebody is in
danger now, call 911.</p>
<p lang="es">Su mensaje va al buzón de la coalición. Este sitio no guarda nada de él. Si alguien
está en peligro ahora, llame al 911.</p>
{problem}<form method="post" action="/contact">
<p><label>Message / <span lang="es">Mensaje</span><br>
<textarea name="text" required maxlength="4000" rows="10" cols="60"></textarea></label></p>
<p><label>Name, if you like / <span lang="es">Nombre, si quiere</span><br>
<input name="name" maxlength="200"></label></p>
<p><label>How to answer, if you like / <span lang="es">Cómo responderle, si quiere</span><br>
<input name="reply" maxlength="254"></label></p>
<p hidden><label>Leave this empty / <span lang="es">Deje esto vacío</span>
<input name="{trap}" tabindex="-1" autocomplete="off"></label></p>
<p><button>Send / <span lang="es">Enviar</span></button></p>
</form>
</html>
"""
_THANKS: Final = """<!doctype html>
<html lang="en">
<meta charset="utf-8">
<meta name="viewport" content="width=device-width">
<title>Contact</title>
<h1>Your message is on its way</h1>
<p lang="es">Su mensaje va en camino.</p>
<p><a href="https://www.weather.gov/" rel="noreferrer">Leave this page now /
<span lang="es">Salir de esta página ahora</span></a></p>
</html>
"""
_HEADERS: Final = {
    "Cache-Control": "no-store",
    "Content-Security-Policy": (
        "default-src 'none'; base-uri 'none'; form-action 'self'; frame-ancestors 'none'"
    ),
}


class ContactForm:
    """Takes messages for a mailbox.

    Args:
        mailbox: where they go.
        workers: the threads to hand them on in.
        receive_timeout_s: how long a message may take to arrive.
    """

    def __init__(self, mailbox: Mailbox, workers: Workers, receive_timeout_s: float) -> None:
        self._mailbox = mailbox
        self._workers = workers
        self._receive_timeout_s = receive_timeout_s
        # A budget counts by the minute; here its minutes are hours.
        self._budget = Budget(lambda: time.monotonic() / _MINUTES_AN_HOUR)

    def routes(self) -> list[Route]:
        """Return where the form is found."""
        return [
            Route(PATH, self._show, methods=["GET", "HEAD"]),
            Route(PATH, self._take, methods=["POST"]),
        ]

    async def _show(self, _request: Request) -> Response:
        return _page(200)

    async def _take(self, request: Request) -> Response:
        try:
            self._spend(request.client.host if request.client else "")
            message = parse_form(await self._body(request))
            # A program is told what everybody is told, and learns nothing by it.
            if not message.is_by_a_program:
                await self._workers.run(lambda: self._mailbox.deliver(message))
        except MessageError as error:
            return _page(_STATUS.get(error.rule, 422), str(error), error.rule)
        except OverBudgetError as error:
            later = {"Retry-After": str(error.retry_after_s * _MINUTES_AN_HOUR)}
            return _page(429, "That is many messages: send it again later.", "budget", later)
        except UnavailableError as error:
            _log.warning("unavailable", exc_info=error)
            return _page(503, str(error), "unavailable", {"Retry-After": "600"})
        except ClientDisconnect:
            return Response(status_code=400)
        return HTMLResponse(_THANKS, 202, headers=_HEADERS)

    def _spend(self, address: str) -> None:
        """Count a message before it is read.

        Raises:
            OverBudgetError: the address, or everybody together, has sent as many as may be.
        """
        self._budget.spend(f"from {address}", 1, AN_HOUR)
        self._budget.spend("everybody", 1, EVERYBODY_AN_HOUR)

    async def _body(self, request: Request) -> bytes:
        if request.headers.get("content-type", "").partition(";")[0].strip().lower() != FORM:
            raise MessageError("", "content-type", f"A form is sent as {FORM}.")
        body = bytearray()
        try:
            async with asyncio.timeout(self._receive_timeout_s):
                async for part in request.stream():
                    body += part
                    if len(body) > MOST_BYTES:
                        raise MessageError("", "max-length", "The message is too long.")
        except TimeoutError:
            raise MessageError("", "timeout", "The message took too long to arrive.") from None
        return bytes(body)


_STATUS: Final = {"content-type": 415, "timeout": 408}


_IN_SPANISH: Final = {
    "budget": "Son muchos mensajes: envíelo más tarde.",
    "content-type": "Envíe el formulario de esta página.",
    "form": "Envíe el formulario de esta página.",
    "max-length": "Es demasiado largo.",
    "pattern": "Hay caracteres que no son texto.",
    "required": "Diga de qué se trata.",
    "timeout": "El mensaje tardó demasiado en llegar.",
    "unavailable": "Ahora no se puede entregar: envíelo más tarde.",
}
"""What is wrong, by rule."""


def _page(
    status: int, problem: str = "", rule: str = "", headers: dict[str, str] | None = None
) -> Response:
    shown = (
        f'<p role="alert">{escape(problem)} <span lang="es">{_IN_SPANISH[rule]}</span></p>\n'
        if problem
        else ""
    )
    page = _PAGE.format(problem=shown, trap=TRAP)
    return HTMLResponse(page, status, headers=_HEADERS | (headers or {}))
