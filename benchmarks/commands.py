"""Every kind of command: what each takes, beside the cheapest."""

from __future__ import annotations

import statistics
import time
from collections import defaultdict
from pathlib import Path
from typing import Final

from benchmarks.databases import DATABASES, Databases
from benchmarks.founded import new_id
from benchmarks.report import Section, Table, Target
from service.demo.seed import rehearse
from service.security.access import COMMANDS
from service.settings import Settings

_SEED: Final = 2026
_LEAST: Final = 8
"""Kinds that come less often in all rounds together are shown and not judged."""

Taken = dict[str, list[tuple[float, float]]]
"""By kind of command: milliseconds on the clock, and of this process's time."""


def measure(databases: Databases, rounds: int, *, quick: bool) -> Section:
    """Play the demonstration once a round on each database."""
    section = Section(
        "commands",
        "Every kind of command, one caller",
        note="The three years of the demonstration, command by command. A command that is "
        "refused on purpose counts as its kind does.",
    )
    for kind in DATABASES:
        taken: Taken = defaultdict(list)
        for _ in range(1 if quick else rounds):
            with databases.fresh(kind) as url:
                _play(url, databases.folder, taken)
        section.tables.append(_table(kind, taken))
        section.targets.append(_target(kind, taken))
        if untold := sorted(COMMANDS.keys() - taken):
            section.note += f" Not in the story, so not measured on {kind}: {', '.join(untold)}."
    return section


def _play(url: str, folder: Path, taken: Taken) -> None:
    settings = Settings(
        database_url=url,
        keys_url=f"sqlite:///{folder / f'keys-{new_id()}.db'}",
        kek_file=folder / "kek",
    )
    rehearsed = rehearse(settings, _SEED)
    try:
        for step in rehearsed.script.steps:
            cpu_s, began_s = time.process_time(), time.perf_counter()
            # The player raises unless the outcome is the one that the script says.
            rehearsed.player.perform(step)
            elapsed_s = time.perf_counter() - began_s
            taken[step.kind.__name__].append(
                (1000 * elapsed_s, 1000 * (time.process_time() - cpu_s))
            )
    finally:
        rehearsed.ledger.close()


def _medians(taken: Taken) -> dict[str, float]:
    return {kind: statistics.median(clock for clock, _ in times) for kind, times in taken.items()}


def _cheapest(taken: Taken) -> float:
    often = {kind: times for kind, times in taken.items() if len(times) >= _LEAST}
    return min(_medians(often or taken).values())


def _table(kind: str, taken: Taken) -> Table:
    medians, cheapest = _medians(taken), _cheapest(taken)
    table = Table(kind, "ms a command", ratio="this ÷ cheapest")
    for name in sorted(medians, key=medians.__getitem__):
        clocks = [clock for clock, _ in taken[name]]
        table.rows.append(
            {
                "name": f"{name}, {len(clocks)} times",
                "median": medians[name],
                "min": min(clocks),
                "max": max(clocks),
                "cpu_ms": statistics.median(cpu for _, cpu in taken[name]),
                "ours_over_this": medians[name] / cheapest,
            }
        )
    return table


def _target(kind: str, taken: Taken) -> Target:
    medians, cheapest = _medians(taken), _cheapest(taken)
    judged = {name: each for name, each in medians.items() if len(taken[name]) >= _LEAST}
    dearest = max(judged or medians, key=medians.__getitem__)
    return Target(
        f"{kind}: the dearest command, {dearest}, against the cheapest",
        2.0,
        medians[dearest] / cheapest,
        at_most=True,
    )
