"""The contact form: a message to the coalition, of which nothing enters the ledger."""
