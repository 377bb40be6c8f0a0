"""A seeded coalition in which everything happens; see `tests.projections.streams`."""
