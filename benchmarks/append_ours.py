"""Appending, our way: whole commands through the ledger's writer."""

from __future__ import annotations

from collections.abc import Sequence

import sqlalchemy as sa

from benchmarks.founded import (
    DIRECTOR,
    POLICY,
    TIER,
    ein,
    membership_ids,
    new_id,
    principal,
    publish_template,
    request,
)
from benchmarks.measure import Share
from domain.membership.application import SubmitApplication
from domain.membership.details import OrganisationDetails
from domain.membership.membership import SendAgreement
from domain.terms import ApplicationId, PartyId, ReviewId
from projections.tables import OPEN, applications, memberships
from service.ledger import tables
from service.ledger.ledger import Ledger
from service.ledger.request import Accepted, Request
from service.security.principal import Role


class _Commands:
    """Commands with what each of them leaves behind, and the means to see whether it did."""

    def __init__(self, ledger: Ledger, name: str, entries_each: int) -> None:
        self.name = name
        self._ledger = ledger
        self._entries_each = entries_each
        self._before = 0
        self._asked: list[Request] = []

    def begin(self, callers: int, asked: Sequence[Request]) -> list[Share]:
        """Return the shares of a round of commands."""
        self._before = self._size()
        self._asked = list(asked)
        return [_share(self._ledger, asked[place::callers]) for place in range(callers)]

    def check(self) -> None:
        """Assert that every entry is there, once, without a gap, and every outcome stored."""
        appended = len(self._asked) * self._entries_each
        assert self._size() == self._before + appended
        with self._ledger.read() as snapshot:
            entries = tables.entries.c
            count, first, last = snapshot.connection.execute(
                sa.select(
                    sa.func.count(), sa.func.min(entries.position), sa.func.max(entries.position)
                ).where(entries.position > self._before)
            ).one()
            assert (count, first, last) == (appended, self._before + 1, self._before + appended)
            assert self.view_rows(snapshot.connection, self._before) == len(self._asked)
            outcomes = snapshot.connection.scalar(
                sa.select(sa.func.count()).select_from(tables.outcomes)
            )
            assert outcomes is not None
            assert outcomes >= len(self._asked)

    def view_rows(self, connection: sa.Connection, after: int) -> int:
        """Return how many rows hold since the round that the commands were to make."""
        raise NotImplementedError

    def _size(self) -> int:
        with self._ledger.read() as snapshot:
            return snapshot.position


class SendAgreements(_Commands):
    """One entry a command, one stream each, one hidden value, and a row of a view renewed.

    The cheapest command there is that changes a view: whoever decides to send an agreement sends
    the new text to every member.
    """

    def __init__(self, ledger: Ledger) -> None:
        super().__init__(ledger, "ours: sendAgreement, 1 entry", entries_each=1)
        self._memberships = membership_ids(ledger)

    def shares(self, callers: int, operations: int) -> list[Share]:
        """Publish a new text, so that it can be sent."""
        assert operations <= len(self._memberships)
        publish_template(self._ledger, POLICY.agreement_for(TIER).id)
        chosen = self._memberships[:operations]
        asked = [request(SendAgreement(membership=each), DIRECTOR) for each in chosen]
        return self.begin(callers, asked)

    def view_rows(self, connection: sa.Connection, after: int) -> int:
        """Count the memberships renewed."""
        return _rows_since(connection, memberships, after)


class SubmitApplications(_Commands):
    """Two entries a command, two new streams and their keys, and rows in two views."""

    def __init__(self, ledger: Ledger) -> None:
        super().__init__(ledger, "ours: submitApplication, 2 entries", entries_each=2)
        self._serial = 1_000_000

    def shares(self, callers: int, operations: int) -> list[Share]:
        """Make up applicants."""
        asked = []
        for _ in range(operations):
            self._serial += 1
            applicant = principal(Role.APPLICANT)
            command = SubmitApplication(
                application=ApplicationId(new_id()),
                review=ReviewId(new_id()),
                party=PartyId(new_id()),
                applicant=applicant.id,
                tier=TIER,
                organisation=OrganisationDetails(
                    name="Harbour Light Cooperative",
                    party_type="nonprofit-501c3",
                    ein=ein(self._serial),
                    counties=["29510"],
                ),
                statement="We would like to take part.",
            )
            asked.append(request(command, applicant))
        return self.begin(callers, asked)

    def view_rows(self, connection: sa.Connection, after: int) -> int:
        """Count the applications made."""
        return _rows_since(connection, applications, after)


def _share(ledger: Ledger, asked: Sequence[Request]) -> Share:
    def run() -> None:
        for each in asked:
            outcome = ledger.execute(each, timeout_s=60.0)
            assert isinstance(outcome, Accepted), outcome

    return run


def _rows_since(connection: sa.Connection, table: sa.Table, after: int) -> int:
    rows = connection.scalar(
        sa.select(sa.func.count(sa.distinct(table.c.id))).where(
            table.c.from_position > after, table.c.to_position == OPEN
        )
    )
    assert rows is not None
    return int(rows)
