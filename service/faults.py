"""Faults: what went wrong with the machinery. Refusals are values, never these."""

from __future__ import annotations


class LedgerFaultError(Exception):
    """The service cannot do its work.

    The message is for an operator: it says what is wrong and, where there is one, the
    next command to run. It never holds a value from an entry.
    """


class UnavailableError(LedgerFaultError):
    """The ledger cannot be reached, or sheds load; the same command may be sent again."""


class CorruptLedgerError(LedgerFaultError):
    """What is stored contradicts itself."""


class NotReadyError(LedgerFaultError):
    """The ledger, its key store or its schema is missing, half-made or mismatched."""


class NotInstalledError(LedgerFaultError):
    """An extra of the package is needed that is not installed."""
