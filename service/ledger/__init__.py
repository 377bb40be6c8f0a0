"""The ledger's store: recorder, writer, keys. The only importer of `eventsourcing`."""
