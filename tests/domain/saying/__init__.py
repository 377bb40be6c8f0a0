"""What the state machine of `tests.domain.test_rules_hold` says, by what it is about."""
