"""Gathering: who took part in the coalition's yearly days."""

from __future__ import annotations

from domain.membership.term import RecordParticipation, WithdrawParticipation
from domain.terms import EntryId
from service.demo.scene import DIRECTOR, Scene
from service.demo.stage import Stage

_OCCASIONS = {
    "2023-11": "Training day: what an agreement asks of staff",
    "2024-05": "Yearly meeting of the members",
    "2025-05": "Yearly meeting of the members",
    "2026-05": "Yearly meeting of the members",
}
_MISTAKEN = "2025-05"
"""When the last of those who are written down was not there after all."""

_WRITTEN_DOWN = 6
"""How many of those who were there the director writes down each time."""


def tell(stage: Stage) -> None:
    """Add, for each of the days, that some members took part in it."""
    for month, occasion in _OCCASIONS.items():
        held_at = stage.diary.within(month)
        at = stage.diary.later(held_at, 1, 2)
        there = [each for each in stage.lives if each.lasts(held_at) and each.lasts(at)]
        written_down = stage.rng.sample(there, _WRITTEN_DOWN)
        for life in written_down:
            at = stage.diary.next(at)
            took_part = RecordParticipation(
                membership=life.member.membership,
                took_part_on=stage.diary.day(held_at),
                occasion=occasion,
            )
            named = f"{life.member.key}/{month}"
            stage.steps.append(Scene(at=at, by=DIRECTOR, command=took_part, entry=named))
        if month == _MISTAKEN:
            absent = written_down[-1].member
            withdraw = WithdrawParticipation(
                membership=absent.membership,
                entry=EntryId(f"{absent.key}/{month}"),
                reason="They had excused themselves; the list of those who came shows it.",
            )
            stage.add(stage.diary.next(at), DIRECTOR, withdraw)
