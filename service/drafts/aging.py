"""How long drafts are kept: as long as an application may wait for its decision."""

from __future__ import annotations

from datetime import date, datetime

from domain.policy import Policy
from projections import coalition as coalition_model
from projections.as_of import AsOf
from service.drafts.store import DraftStore
from service.faults import CorruptLedgerError
from service.ledger.ledger import Ledger


def policy_in_force(ledger: Ledger) -> Policy:
    """Return the policy in force, by which drafts are judged and kept.

    Raises:
        CorruptLedgerError: the ledger has no coalition.
    """
    with ledger.read() as snapshot:
        head = AsOf(snapshot.position, date.max, current=True)
        row = coalition_model.at(snapshot.connection, head)
        if row is None or row.policy_sha256 is None:
            raise CorruptLedgerError("the ledger has no coalition")
        return ledger.policy(snapshot.connection, row.policy_sha256)


def purge(ledger: Ledger) -> int:
    """Delete the drafts that nobody saved for the policy's ``application_expiry_days``.

    Returns:
        How many they were.

    Raises:
        KeyStoreUnavailable: their keys could not be destroyed; nothing is deleted.
    """
    days = policy_in_force(ledger).deadlines.application_expiry_days
    return DraftStore(ledger.engine, ledger.keys).purge(ledger.clock(), days)


def stale(ledger: Ledger, at: datetime) -> int:
    """Return how many drafts `purge` would delete at a time, were none saved until then."""
    days = policy_in_force(ledger).deadlines.application_expiry_days
    return DraftStore(ledger.engine, ledger.keys).stale(at, days)
