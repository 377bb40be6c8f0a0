"""The ledger's format: entry bytes, disclosure levels, the Merkle tree."""
