"""What was measured, as JSON for machines and as Markdown for people."""

from __future__ import annotations

import dataclasses
from dataclasses import dataclass, field
from typing import Any, Final

TIMES: Final = "\N{MULTIPLICATION SIGN}"


@dataclass(slots=True)
class Table:
    """Contestants that did the same work; the first is ours.

    Attributes:
        title: which work.
        unit: of the medians.
        rows: ``name``, ``median``, ``min``, ``max``, ``cpu_ms`` and ``ours_over_this``.
        note: what to know when reading it.
        ratio: what the last column is; without one it compares ours with the others.
    """

    title: str
    unit: str
    rows: list[dict[str, Any]] = field(default_factory=list)
    note: str = ""
    ratio: str = "ours ÷ this"


@dataclass(frozen=True, slots=True)
class Target:
    """A ratio that we want; at least ``wanted``, or less than it when ``at_most``."""

    text: str
    wanted: float
    got: float
    at_most: bool = False

    @property
    def met(self) -> bool:
        """Whether it was reached in this run."""
        return self.got < self.wanted if self.at_most else self.got >= self.wanted

    def __str__(self) -> str:
        sign = "<" if self.at_most else "≥"
        verdict = "met" if self.met else "NOT MET"
        return (
            f"{self.text}: {self.got:.2f}{TIMES} (target {sign} {self.wanted:g}{TIMES}) {verdict}"
        )


@dataclass(slots=True)
class Section:
    """One suite of the run."""

    name: str
    title: str
    tables: list[Table] = field(default_factory=list)
    targets: list[Target] = field(default_factory=list)
    note: str = ""

    def as_json(self) -> dict[str, Any]:
        """Return it with the verdicts."""
        plain = dataclasses.asdict(self)
        for target, each in zip(plain["targets"], self.targets, strict=True):
            target["met"] = each.met
        return plain

    def lines(self) -> list[str]:
        """Return it as Markdown."""
        lines = [f"## {self.title}", ""]
        if self.note:
            lines += [self.note, ""]
        for table in self.tables:
            lines += [f"### {table.title}", ""]
            if table.note:
                lines += [table.note, ""]
            lines += [
                f"| | {table.unit}, median [min … max] | CPU, ms each | {table.ratio} |",
                "| --- | ---: | ---: | ---: |",
            ]
            lines += [_row(row) for row in table.rows]
            lines.append("")
        if self.targets:
            lines += [f"- {target}" for target in self.targets]
            lines.append("")
        return lines


def document(results: dict[str, Any], sections: list[Section]) -> str:
    """Return the page of a run."""
    machine = results["machine"]
    lines = [
        "# Benchmarks",
        "",
        "Made by `make bench`; do not edit. How to read it: `benchmarks/README.md`.",
        "",
        f"Run on {results['date']}, in {results['took_s']:.0f} s, {results['rounds']} rounds each:",
        "",
    ]
    lines += [f"- {name.replace('_', ' ')}: {value}" for name, value in machine.items()]
    lines.append("")
    for section in sections:
        lines += section.lines()
    return "\n".join(lines)


def _row(row: dict[str, Any]) -> str:
    spread = f"{_number(row['median'])} [{_number(row['min'])} … {_number(row['max'])}]"
    cpu = "" if row.get("cpu_ms") is None else f"{row['cpu_ms']:.3f}"
    return f"| {row['name']} | {spread} | {cpu} | {row['ours_over_this']:.2f}{TIMES} |"


def _number(value: float) -> str:
    return f"{value:,.0f}" if abs(value) >= 100 else f"{value:,.1f}"
