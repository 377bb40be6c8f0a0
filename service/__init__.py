"""Everything with effects: the ledger's store and writer, GraphQL, the command line."""
