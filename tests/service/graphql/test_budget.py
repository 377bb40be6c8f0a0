"""What callers may spend, and what is left to them."""

from __future__ import annotations

import pytest

from service.graphql.budget import KEPT_CALLERS, REFUSED_COST, Budget, OverBudgetError


class Clock:
    """Seconds that pass when the test says so."""

    now = 1_000.0

    def __call__(self) -> float:
        return self.now


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def budget(clock: Clock) -> Budget:
    return Budget(clock)


def test_what_is_spent_comes_back_within_a_minute(budget: Budget, clock: Clock) -> None:
    rate = budget.spend("somebody", 400, 600)
    assert (rate.cost, rate.limit, rate.remaining, rate.restored_in_s) == (400, 600, 200, 40)
    clock.now += 10
    assert budget.spend("somebody", 0, 600).remaining == 300
    clock.now += 1_000
    assert budget.spend("somebody", 0, 600).remaining == 600


def test_whoever_has_not_enough_is_told_when(budget: Budget, clock: Clock) -> None:
    budget.spend("somebody", 500, 600)
    with pytest.raises(OverBudgetError) as refused:
        budget.spend("somebody", 200, 600)
    assert refused.value.retry_after_s == 10
    clock.now += 10
    assert budget.spend("somebody", 200, 600).remaining == 0
    assert budget.spend("somebody else", 200, 600).remaining == 400


def test_what_is_refused_is_paid_for_too(budget: Budget, clock: Clock) -> None:
    for _ in range(7):
        budget.fine("somebody", 6 * REFUSED_COST)
    with pytest.raises(OverBudgetError):
        budget.spend("somebody", 0, 6 * REFUSED_COST)
    clock.now += 11
    budget.spend("somebody", 1, 6 * REFUSED_COST)


def test_so_many_callers_are_remembered(budget: Budget) -> None:
    budget.spend("first", 600, 600)
    for number in range(KEPT_CALLERS):
        budget.spend(str(number), 1, 600)
    assert budget.spend("first", 600, 600).remaining == 0
