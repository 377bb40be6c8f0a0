"""Parties, applications, reviews and memberships: one decider a concept."""
