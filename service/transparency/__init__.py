"""What makes the log checkable from outside: signed checkpoints, tiles, proofs, witnesses."""
