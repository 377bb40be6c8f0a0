"""Evidence files: encrypted in a folder beside the ledger, which has salted hashes of them."""
