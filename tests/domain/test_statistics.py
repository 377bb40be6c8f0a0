"""Statistics of what is not public: whoever solves for the rest finds no small count."""

from __future__ import annotations

import itertools
from collections import Counter
from collections.abc import Iterator, Sequence

import hypothesis.strategies as st
import msgspec
from hypothesis import HealthCheck, given, settings

from domain.statistics import Quarter, Shown, Table, counts_by_type, is_safe, publish

TYPES = ("education", "government", "individual")


def quarter(
    counts: dict[str, int], *, smallest: int = 5, allowed: frozenset[str] | None = None
) -> Quarter:
    """Return a quarter with one tier, which admits every type."""
    return Quarter(
        members={("community", kind): number for kind, number in counts.items()},
        allowed={"community": allowed or frozenset(counts)},
        smallest=smallest,
    )


def told(*counts: dict[str, int]) -> list[dict[str, int]]:
    """Return what is told at the end of each quarter."""
    return [
        {kind: shown.count for kind, shown in table.items()}
        for table in publish([quarter(each) for each in counts])
    ]


def test_what_is_large_is_told_when_all_is() -> None:
    assert told({"a": 5, "b": 9}) == [{"a": 5, "b": 9}]


def test_a_small_number_is_not_told_nor_one_from_which_it_would_follow() -> None:
    assert told({"a": 2, "b": 9, "c": 20}) == [{"c": 20}]


def test_two_small_numbers_whose_sum_is_small_hide_behind_a_third() -> None:
    assert told({"a": 1, "b": 1, "c": 9, "d": 20}) == [{"d": 20}]


def test_two_small_numbers_hide_each_other() -> None:
    assert told({"a": 3, "b": 4, "c": 9, "d": 20}) == [{"c": 9, "d": 20}]


def test_nobody_is_told_from_what_is_absent() -> None:
    # To tell all others would tell that there is none of the third.
    assert told({"a": 9, "b": 20, "c": 0}) == [{"b": 20}]


def test_nothing_is_told_of_few() -> None:
    assert told({"a": 2, "b": 1}, {"a": 3, "b": 1}) == [{}, {}]


def test_a_number_changes_by_so_many_at_least_or_not_at_all() -> None:
    before, after = {"a": 3, "b": 4, "c": 9, "d": 20}, {"a": 3, "b": 4, "c": 13, "d": 25}
    assert told(before, after) == [{"c": 9, "d": 20}, {"c": 9, "d": 25}]


def test_no_two_numbers_told_of_a_type_differ_by_little() -> None:
    counts = [{"a": 3, "b": 4, "c": number, "d": 20} for number in (9, 14, 7, 15, 19)]
    assert [each["c"] for each in told(*counts)] == [9, 14, 14, 14, 19]


def test_a_type_that_was_not_told_at_first_never_is() -> None:
    before, after = {"a": 3, "b": 4, "c": 9, "d": 20}, {"a": 30, "b": 4, "c": 9, "d": 20}
    assert told(before, after)[1] == {"c": 9, "d": 20}


def test_a_number_that_became_small_is_told_no_more_once_that_says_little() -> None:
    before = {"a": 3, "b": 4, "c": 9, "d": 20}
    assert told(before, before | {"c": 5}, before | {"c": 4}) == [
        {"c": 9, "d": 20},
        {"c": 9, "d": 20},
        {"d": 20},
    ]


def test_a_number_says_in_which_quarter_it_was_counted() -> None:
    tables = publish([quarter({"a": 5, "b": 9}), quarter({"a": 5, "b": 19})])
    assert tables[1] == {"a": Shown(5, 0), "b": Shown(19, 1)}


def test_what_a_tier_admits_counts_as_known() -> None:
    # Five of the six that are not told are in a tier for them alone.
    crowd = Quarter(
        members={("ally", "group"): 5, ("community", "school"): 1, ("community", "office"): 20},
        allowed={
            "ally": frozenset({"group"}),
            "community": frozenset({"group", "school", "office"}),
        },
        smallest=5,
    )
    assert not is_safe(crowd, {"office"})
    assert publish([crowd]) == [{}]


def test_what_is_told_later_tells_nothing_of_a_quarter_with_few() -> None:
    # The nine of today are those of the first quarter, of whom then all but one would be known.
    few = {"a": 1, "b": 9, "c": 0}
    assert told(few, {"a": 4, "b": 9, "c": 4}) == [{}, {}]


TIERS = {
    "ally": frozenset({"education", "government"}),
    "community": frozenset(TYPES),
    "member": frozenset({"individual"}),
}


class Person(msgspec.Struct, frozen=True):
    """A member, of whom everything but the type is in the public log."""

    tier: str
    kind: str
    first: int
    last: int


@st.composite
def histories(draw: st.DrawFn) -> tuple[list[Person], int]:
    """Draw up to eight members over three quarters, and the smallest count."""
    people = []
    for _ in range(draw(st.integers(3, 8))):
        tier = draw(st.sampled_from(["community", "community", "ally", "member"]))
        first = draw(st.sampled_from([0, 0, 1, 2]))
        kind = draw(st.sampled_from(sorted(TIERS[tier])))
        people.append(Person(tier, kind, first, draw(st.integers(first, 2))))
    return people, draw(st.sampled_from([2, 3]))


def quarters_of(people: Sequence[Person], smallest: int) -> list[Quarter]:
    return [
        Quarter(
            members=Counter(
                (each.tier, each.kind) for each in people if each.first <= place <= each.last
            ),
            allowed=TIERS,
            smallest=smallest,
        )
        for place in range(3)
    ]


def suspects(people: Sequence[Person]) -> Iterator[list[dict[str, int]]]:
    """Yield the counts of each quarter for every way in which types may be given to members."""
    for kinds in itertools.product(*(sorted(TIERS[each.tier]) for each in people)):
        yield [
            Counter(
                kind
                for each, kind in zip(people, kinds, strict=True)
                if each.first <= place <= each.last
            )
            for place in range(3)
        ]


def agrees(counts: Sequence[dict[str, int]], tables: Sequence[Table]) -> bool:
    """Whether counts bear out every number that was ever told."""
    return all(
        counts[shown.quarter].get(kind, 0) == shown.count
        for table in tables
        for kind, shown in table.items()
    )


@settings(max_examples=150, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(histories())
def test_whoever_solves_for_the_rest_learns_of_no_type_how_many_few_there_are(
    drawn: tuple[list[Person], int],
) -> None:
    people, smallest = drawn
    quarters = quarters_of(people, smallest)
    tables = publish(quarters)
    everything = list(suspects(people))
    left = [each for each in everything if agrees(each, tables)]
    assert counts_by_type(quarters[0].members) in [dict(each[0]) for each in left]
    ever = {kind for table in tables for kind in table}
    for place, kind in itertools.product(range(3), TYPES):
        if kind in ever or not is_safe(quarters[place], ever):
            # Where so many left that it could not be told any more, nothing is: see the decision.
            continue
        before = {each[place].get(kind, 0) for each in everything}
        after = {each[place].get(kind, 0) for each in left}
        # As uncertain as the smallest count, or as uncertain as the log alone leaves it.
        wide = min(smallest, max(before) - min(before))
        assert max(after) - min(after) >= wide, (place, kind, tables)


@settings(max_examples=150, deadline=None)
@given(histories())
def test_no_number_is_small_and_no_two_differ_by_little(drawn: tuple[list[Person], int]) -> None:
    people, smallest = drawn
    tables = publish(quarters_of(people, smallest))
    for kind in TYPES:
        numbers = [table[kind].count for table in tables if kind in table]
        assert all(number >= smallest for number in numbers)
        for one, other in itertools.combinations(numbers, 2):
            assert one == other or abs(one - other) >= smallest
