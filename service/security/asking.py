"""Asking for a link to sign in, by an e-mail address.

Whoever asks is told the same at once, whether the address is known or not: that is looked up
afterwards, in a thread that nobody waits for, and all that can be seen of it is a mail.
"""

from __future__ import annotations

import asyncio
import time
from typing import Final

from sqlalchemy.exc import SQLAlchemyError

from service.contact.links import LinkMail
from service.faults import UnavailableError
from service.graphql.budget import Budget
from service.graphql.workers import Workers
from service.ledger.engine import begin_writing
from service.ledger.ledger import Ledger
from service.logs import get_logger
from service.security import addresses
from service.security.api_keys import KeyRefusedError

AN_HOUR: Final = 20
"""How often one client may ask within an hour."""

_MINUTES_AN_HOUR: Final = 60

_log = get_logger(__name__)


class Asking:
    """Sends links to those who may ask for them.

    Args:
        ledger: keeps links, and who may ask.
        workers: the threads to do it in, which nothing else uses: what waited for them would tell
            how long the mail server took, and so whether a mail was sent.
        mail: sends them.
    """

    def __init__(self, ledger: Ledger, workers: Workers, mail: LinkMail) -> None:
        self._ledger = ledger
        self._workers = workers
        self._mail = mail
        # A budget counts by the minute; here its minutes are hours.
        self._budget = Budget(lambda: time.monotonic() / _MINUTES_AN_HOUR)
        # asyncio itself would forget them.
        self._tasks: set[asyncio.Task[None]] = set()

    def count(self, client: str) -> None:
        """Count that somebody asks.

        Args:
            client: who, by their IP address.

        Raises:
            OverBudgetError: the client has asked as often as may be; in hours for minutes.
        """
        self._budget.spend(client, 1, AN_HOUR)

    async def begin(self, address: str) -> None:
        """Begin to send a link, if the address is one that leads to a key, and do not wait for it.

        It is for when the answer has gone out, which it would slow down by what it finds.

        Args:
            address: what `service.contact.mailbox.is_email` holds for an address.
        """
        task = asyncio.create_task(self._do(address))
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)

    async def _do(self, address: str) -> None:
        try:
            await self._workers.run(lambda: self._send(address))
        except (UnavailableError, SQLAlchemyError, KeyRefusedError, TimeoutError) as error:
            _log.warning("a link to sign in was not sent", exc_info=error)

    def _send(self, address: str) -> None:
        with self._ledger.engine.connect() as connection:
            prefix = addresses.find(connection, addresses.index_of(self._ledger.blind, address))
        if prefix is None:
            return
        with begin_writing(self._ledger.engine) as connection:
            secret = addresses.make_link(connection, prefix, now=self._ledger.clock())
        if secret is not None:
            # As the operator wrote it or not, letters of one size lead to whoever was meant.
            self._mail.send(address.lower(), secret)
