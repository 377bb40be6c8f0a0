"""Every kind of command: what each takes, beside the cheapest."""

from __future__ import annotations

import statistics
import time
from collections import defaultdict
from pathlib import Path
from typing import Any, Final

from benchmarks.databases import DATABASES, Databases
from benchmarks.founded import new_id
from benchmarks.report import Section, Table, Target
from domain.coalition.coalition import SetSeats
from service.demo.scene import DIRECTOR, Scene
from service.demo.seed import Rehearsed, rehearse
from service.demo.storyboard import FOUNDING_SEATS, PARTNER
from service.security.access import COMMANDS
from service.settings import Settings

_SEED: Final = 2026
_LEAST: Final = 16
"""Rounds at least: some kinds come once in the story, so that a round has one time of them."""

_DOES_MORE: Final = {
    "AttestState": "compares every row with the entries first",
    "AddSigningKey": "makes a key durable in the key store first",
    "DeleteEvidenceFile": "destroys the file's key and deletes the file after the entry",
    "DeleteEvidenceFiles": "does likewise",
    "ErasePerson": "destroys keys and overwrites where they were, and then lets every process "
    "know, in two more transactions that wait for the disk",
    "ExpungeValue": "seals again what else the key hides, makes its stream's views anew, destroys "
    "the key, and lets every process know, in three more such transactions",
    "MergeParties": "appends three entries or more, of both organisations and of what they hold, "
    "where others append one or two",
    "SeparateParties": "does likewise",
    "WithdrawMembership": "ends besides what hangs on the membership, in the story an application "
    "for another tier and a listing, in three entries",
}
"""Kinds that are shown and not judged, with what they do that no other does."""

_DELETING: Final = {"DeleteEvidenceFile", "DeleteEvidenceFiles"}
"""Kinds after which the next command is not counted."""

_NOT_TOLD: Final = {"FoundCoalition": "makes the ledger that the others are given to"}
"""Kinds that are not in the story, and why."""


class _Compiled(dict[Any, Any]):
    """Statements that earlier rounds have compiled, for SQLAlchemy to find in every round.

    A service compiles them once in its life, but each round begins another ledger: the engine's
    own dialect, which stands first in a key, is left out of it.
    """

    def get(self, key: Any, default: Any = None) -> Any:  # noqa: ANN401 - as a dict's
        return super().get(key[1:], default)

    def __setitem__(self, key: Any, value: Any) -> None:  # noqa: ANN401 - as a dict's
        super().__setitem__(key[1:], value)


Taken = dict[str, list[tuple[float, float]]]
"""By kind of command: milliseconds on the clock, and of this process's time."""


def measure(databases: Databases, rounds: int, *, quick: bool) -> Section:
    """Play the demonstration once a round on each database, and once before that to warm up."""
    section = Section(
        "commands",
        "Every kind of command, one caller",
        note="The three years of the demonstration, command by command. A command that is "
        "refused on purpose counts as its kind does. The first of a kind, which writes into tables "
        "that are still empty, is left out where the story has another. Before the story the seats "
        "are set some times, each round more often, so that it is not in every round the same "
        "command that fills a page of the coalition's table. "
        + _listed("Shown and not judged", _DOES_MORE)
        + _listed("Not in the story", _NOT_TOLD)
        + "The erasures are the story's last: after one the process has forgotten what it knew, "
        "and the commands that come then read it again, which is not measured here. Nor is the one "
        "after a deletion of files: another connection has written, so that the writer reads its "
        "pages again. ",
    )
    for kind in DATABASES:
        taken: Taken = {}
        compiled = _Compiled()
        for number in range((1 if quick else max(rounds, _LEAST)) + 1):
            if number <= 1:
                taken = defaultdict(list)
            with databases.fresh(kind) as url:
                _play(url, databases.folder, taken, compiled, before=number)
        if untold := sorted(COMMANDS.keys() - taken.keys() - _NOT_TOLD.keys()):
            section.note += f"Neither in the story, on {kind}: {', '.join(untold)}. "
        section.tables.append(_table(kind, taken))
        section.targets.append(_target(kind, taken))
    return section


def _listed(title: str, kinds: dict[str, str]) -> str:
    return f"{title}: {'; '.join(f'{kind}, which {why}' for kind, why in kinds.items())}. "


def _play(url: str, folder: Path, taken: Taken, compiled: _Compiled, *, before: int) -> None:
    """Play the story once.

    Args:
        url: an empty database.
        folder: for the keys.
        taken: gets the times, of a kind that comes more than once without the first: its tables
            are empty once in the life of a ledger.
        compiled: the statements that earlier rounds have compiled.
        before: how often the seats are changed before it, and changed back.
    """
    settings = Settings(
        database_url=url,
        keys_url=f"sqlite:///{folder / f'keys-{new_id()}.db'}",
        kek_file=folder / "kek",
        evidence_folder=folder / "evidence",
    )
    rehearsed = rehearse(settings, _SEED)
    rehearsed.ledger.engine.update_execution_options(compiled_cache=compiled)
    # As a service does when it starts.
    rehearsed.ledger.prepare()
    times: Taken = defaultdict(list)
    deleted = False
    try:
        _change_seats(rehearsed, before)
        for step in rehearsed.script.steps:
            cpu_s, began_s = time.process_time(), time.perf_counter()
            # The player raises unless the outcome is the one that the script says.
            rehearsed.player.perform(step)
            elapsed_s = time.perf_counter() - began_s
            cpu_s = time.process_time() - cpu_s
            kind = step.kind.__name__
            if not deleted:
                times[kind].append((1000 * elapsed_s, 1000 * cpu_s))
            deleted = kind in _DELETING
    finally:
        rehearsed.ledger.close()
    for kind, found in times.items():
        taken[kind] += found[1:] or found


def _change_seats(rehearsed: Rehearsed, times: int) -> None:
    at = rehearsed.script.steps[0].at
    for seats in (FOUNDING_SEATS + 1, FOUNDING_SEATS) * times:
        command = SetSeats(tier=PARTNER, seats=seats)
        rehearsed.player.perform(Scene(at=at, by=DIRECTOR, command=command))


def _medians(taken: Taken) -> dict[str, float]:
    return {kind: statistics.median(clock for clock, _ in times) for kind, times in taken.items()}


def _table(kind: str, taken: Taken) -> Table:
    medians = _medians(taken)
    cheapest = min(medians.values())
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
    medians = _medians(taken)
    dearest = max(medians.keys() - _DOES_MORE.keys(), key=medians.__getitem__)
    return Target(
        f"{kind}: the dearest command, {dearest}, against the cheapest",
        2.0,
        medians[dearest] / min(medians.values()),
        at_most=True,
    )
