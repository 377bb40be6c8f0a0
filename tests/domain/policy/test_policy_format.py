"""A policy that is written out reads back the same."""

import msgspec
import pytest

from domain.policy import Policy, Share, format_policy, parse_policy
from tests.domain.policy.files import CATE, SMALL


@pytest.mark.parametrize("policy", [CATE, SMALL], ids=["cate", "small"])
def test_a_policy_that_is_written_reads_back_equal_but_for_its_digest(policy: Policy) -> None:
    again = parse_policy(format_policy(policy))
    assert msgspec.structs.replace(again, sha256=policy.sha256) == policy


@pytest.mark.parametrize("policy", [CATE, SMALL], ids=["cate", "small"])
def test_writing_what_was_read_changes_no_byte(policy: Policy) -> None:
    written = format_policy(policy)
    assert format_policy(parse_policy(written)) == written


def test_quotation_marks_and_backslashes_survive() -> None:
    policy = msgspec.structs.replace(SMALL, mission='We say "no" \\ and mean it: ¿qué? [x] # {y}')
    assert parse_policy(format_policy(policy)).mission == policy.mission


def test_every_setting_survives() -> None:
    rules = [msgspec.structs.replace(rule, tally_minimum_electorate=7) for rule in SMALL.votes]
    rules[0] = msgspec.structs.replace(
        rules[0], threshold=Share(numerator=3, denominator=5, strict=True), director_votes=False
    )
    rules[1] = msgspec.structs.replace(rules[1], required=True)
    policy = msgspec.structs.replace(SMALL, votes=tuple(rules))
    assert parse_policy(format_policy(policy)).votes == policy.votes
