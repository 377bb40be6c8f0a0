"""Backups: the ledger and its key store, each in a file of its own, and both restored."""
