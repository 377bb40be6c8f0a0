"""Drafts of applications: kept outside the ledger, each under a key of its own."""
