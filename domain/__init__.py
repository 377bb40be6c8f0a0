"""The coalition's rules and the ledger's format: pure functions over plain values.

Nothing below this package reads a clock, draws a random number, opens a file or
knows a framework. Time, ids, salts and policy come in as arguments.
"""
