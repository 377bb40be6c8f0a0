"""The page on which somebody says whether they want reminders, from the link in one."""

from __future__ import annotations

import re
from typing import Final

from sqlalchemy.exc import SQLAlchemyError
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from service.contact.reminder import CHOICE
from service.graphql.negotiation import same_origin
from service.graphql.workers import Workers
from service.ledger.engine import begin_writing
from service.ledger.ledger import Ledger
from service.logs import get_logger
from service.reminding.holders import choose
from service.security.http import page

_TITLE: Final = "Reminders"
_TOKEN: Final = re.compile(r"[A-Za-z0-9_-]{43}", re.ASCII)
_log = get_logger(__name__)

_FORM: Final = """<form method="post" action="{choice}?token={token}{query}">
<button>{button}</button></form>"""
_STOP: Final = "Send me no reminders / No enviar avisos"
_AGAIN: Final = "Send me reminders again / Enviar avisos de nuevo"
_NOWHERE: Final = "<p>This link is not good any more. / Este enlace ya no sirve.</p>"


class Choice:
    """The page.

    Args:
        ledger: keeps what is chosen.
        workers: the threads to write it in.
    """

    def __init__(self, ledger: Ledger, workers: Workers) -> None:
        self._ledger = ledger
        self._workers = workers

    def routes(self) -> list[Route]:
        """Return where it is found."""
        return [
            Route(CHOICE, self._ask, methods=["GET", "HEAD"]),
            Route(CHOICE, self._choose, methods=["POST"]),
        ]

    async def _ask(self, request: Request) -> Response:
        """Show a button: programs that look at links in mails choose nothing."""
        token = request.query_params.get("token", "")
        if not _TOKEN.fullmatch(token):
            return page(403, _TITLE, _NOWHERE)
        return page(200, _TITLE, _form(token, "", _STOP))

    async def _choose(self, request: Request) -> Response:
        """Do what was chosen. All is in the URL, since mail programs send a body of their own."""
        token = request.query_params.get("token", "")
        wanted = request.query_params.get("again") == "yes"
        if not _TOKEN.fullmatch(token) or not same_origin(request.headers):
            return page(403, _TITLE, _NOWHERE)
        try:
            found = await self._workers.run(lambda: self._write(token, wanted=wanted))
        except SQLAlchemyError as error:
            _log.warning("unavailable", exc_info=error)
            return page(503, _TITLE, "<p>The ledger does not answer: try again later.</p>")
        if not found:
            return page(403, _TITLE, _NOWHERE)
        if wanted:
            return page(200, _TITLE, "<p>You are sent reminders. / Recibirá avisos.</p>")
        said = "<p>You are sent no reminders. / No recibirá avisos.</p>"
        return page(200, _TITLE, said + _form(token, "&amp;again=yes", _AGAIN))

    def _write(self, token: str, *, wanted: bool) -> bool:
        with begin_writing(self._ledger.engine) as connection:
            return choose(connection, token, wanted=wanted)


def _form(token: str, query: str, button: str) -> str:
    return _FORM.format(choice=CHOICE, token=token, query=query, button=button)
