"""`python -m benchmarks`: measure, print, and write down."""

from __future__ import annotations

import argparse
import gc
import json
import sys
import time
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, Final

from benchmarks import (
    abuse,
    append,
    commands,
    directory,
    live,
    log,
    memory,
    rebuild,
    sweep,
    webhooks,
)
from benchmarks.databases import Databases, databases
from benchmarks.machine import facts
from benchmarks.report import Section, document

ROOT: Final = Path(__file__).parents[1]
SUITES: Final[dict[str, Callable[..., Section]]] = {
    "append": append.measure,
    "commands": commands.measure,
    "directory": directory.measure,
    "rebuild": rebuild.measure,
    "log": log.measure,
    "abuse": abuse.measure,
    "live": live.measure,
    "sweep": sweep.measure,
    "memory": memory.measure,
    "webhooks": webhooks.measure,
}


def main() -> int:
    """Run the suites asked for."""
    options = _options()
    began_s = time.monotonic()
    now = datetime.now(UTC)
    sections: list[Section] = []
    with databases() as given:
        machine = facts(given)
        for name in options.only or SUITES:
            section = _run(name, given, options)
            print("\n".join(section.lines()), flush=True)
            sections.append(section)
    results: dict[str, Any] = {
        "date": now.date().isoformat(),
        "rounds": options.rounds,
        "quick": options.quick,
        "took_s": round(time.monotonic() - began_s, 1),
        "machine": machine,
        "sections": [section.as_json() for section in sections],
    }
    if options.only or options.quick:
        print("A part of the whole, or a quick run: nothing was written.", file=sys.stderr)
        return 0
    folder = ROOT / "benchmarks" / "results"
    folder.mkdir(exist_ok=True)
    (folder / f"{results['date']}.json").write_text(json.dumps(results, indent=1) + "\n")
    (ROOT / "docs" / "benchmarks.md").write_text(document(results, sections))
    return 0


def _run(name: str, given: Databases, options: argparse.Namespace) -> Section:
    print(f"… {name}", file=sys.stderr, flush=True)
    # What earlier suites keep would be looked through for garbage in the midst of this one.
    gc.collect()
    gc.freeze()
    return SUITES[name](given, options.rounds, quick=options.quick)


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m benchmarks", description=__doc__)
    parser.add_argument("--only", action="append", choices=SUITES, help="a suite; may be repeated")
    parser.add_argument("--rounds", type=int, default=5, help="rounds that count (5)")
    parser.add_argument("--quick", action="store_true", help="less work a round; writes nothing")
    return parser.parse_args()


if __name__ == "__main__":
    sys.exit(main())
