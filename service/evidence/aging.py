"""How long files of evidence are kept: of what came to nothing, until no appeal is to come."""

from __future__ import annotations

import uuid
from collections.abc import Iterable
from datetime import date, timedelta

import sqlalchemy as sa
from sqlalchemy.engine import Connection

from domain.membership.deleting_evidence import OVER
from domain.membership.evidence_files import DeleteEvidenceFiles
from domain.terms import ApplicationId
from projections.as_of import holds_now
from projections.tables import applications
from service.due import Policies
from service.evidence.folder import Folder
from service.evidence.store import EvidenceStore
from service.ledger import tables
from service.ledger.ledger import Ledger
from service.ledger.request import Accepted, Request
from service.security.principal import Principal

_files = tables.evidence_files.c


def kept_in(ledger: Ledger, folder: Folder) -> EvidenceStore:
    """Return the store of a ledger's files; from now on what is deleted is deleted here, too.

    Whatever a crash left of files that were deleted goes at once.
    """
    store = EvidenceStore(ledger.engine, ledger.keys, folder)
    ledger.finish_deletions = store.finish
    store.finish()
    return store


def old(connection: Connection, policies: Policies, today: date) -> dict[str, int]:
    """Return how many files are kept of each application whose days are over on a day.

    Args:
        connection: the transaction to read in.
        policies: every policy that was in force.
        today: the day.
    """
    columns = applications.c
    found = connection.execute(
        sa.select(_files.application, columns.phase_since, sa.func.count())
        .join(applications, columns.id == _files.application)
        .where(holds_now(applications), columns.phase.in_([phase.value for phase in OVER]))
        .group_by(_files.application, columns.phase_since)
        .order_by(_files.application)
    )
    return {
        application: count
        for application, since, count in found
        if today > since + timedelta(days=_days(policies, since))
    }


def delete_old(ledger: Ledger, principal: Principal, applications: Iterable[str]) -> int:
    """Delete the files of applications; one that is not over after all keeps its own.

    Args:
        ledger: whose files they are.
        principal: in whose name.
        applications: as `old` found them.

    Returns:
        How many files were deleted.

    Raises:
        LedgerFaultError: those of some applications were not, and are found again.
    """
    deleted = 0
    for application in applications:
        request = Request(
            principal=principal,
            command=DeleteEvidenceFiles(application=ApplicationId(application)),
            command_id=str(uuid.uuid4()),
            content=b"",
        )
        outcome = ledger.execute(request)
        if isinstance(outcome, Accepted):
            deleted += len(outcome.entries)
    return deleted


def _days(policies: Policies, day: date) -> int:
    """Return how many days an appeal may take of what was decided on a day."""
    in_force = [policy for since, policy in policies if since <= day] or [policies[0][1]]
    return in_force[-1].deadlines.appeal_window_days
