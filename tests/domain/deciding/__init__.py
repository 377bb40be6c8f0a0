"""Decides a command by its rule, on the states that the rule says it looks at."""
