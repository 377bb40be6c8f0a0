"""Plans: for each command who may give it, about what, and the decider with its states."""
