"""The transparency log: what hashing costs a command; audit, proofs, export of a long one."""

from __future__ import annotations

import hashlib
import json
import os
import statistics
import subprocess
import sys
import time
from collections.abc import Callable, Sequence
from contextlib import closing
from pathlib import Path
from typing import Any, Final

import sqlalchemy as sa
from sqlalchemy.engine import Engine

from benchmarks import audit
from benchmarks.append_ours import SendAgreements
from benchmarks.databases import DATABASES, Databases
from benchmarks.founded import found_ledger
from benchmarks.machine import peak_kib
from benchmarks.measure import timed
from benchmarks.report import Section, Table, Target
from domain.ledger.checkpoint import Checkpoint, SigningKey
from domain.ledger.merkle import Tree, leaf_hash
from domain.ledger.note import Algorithm, Note
from projections import schema
from service.ledger import tables
from service.ledger.engine import begin_writing, create_engine
from service.transparency.export import export
from service.transparency.published import prove_inclusion, publish

ENTRIES: Final = 1_000_000
QUICK_ENTRIES: Final = 20_000

_ENTRY_BYTES: Final = 700
_CHUNK: Final = 10_000
_PROOFS: Final = 1_000
_COMMANDS: Final = 512
_CALLERS: Final = 8
_PROOF_MS: Final = 1.0
_EXPORT_MIB: Final = 300 * 1_000_000 / 1_048_576
_KEY: Final = SigningKey("bench.example/log", Algorithm.ED25519, bytes(32))


def measure(databases: Databases, rounds: int, *, quick: bool) -> Section:
    """Measure hashing beside commands, and a log of a million entries on both databases."""
    section = Section("log", "The transparency log")
    _hashing(section, databases, rounds)
    count = QUICK_ENTRIES if quick else ENTRIES
    audit.measure(section, databases.folder, count)
    for kind in DATABASES:
        with databases.fresh(kind) as url:
            engine = create_engine(url)
            _fill(engine, count)
            _proofs(section, kind, engine, count)
            engine.dispose()
            if kind == "sqlite":
                _export(section, url, databases.folder / "export", count)
    return section


def _hashing(section: Section, databases: Databases, rounds: int) -> None:
    """Compare leaf hash, frontier and tiles of one entry with the command that appends it."""
    table = Table("A command that appends one entry", "µs", ratio="hashing ÷ this")
    tree = Tree().extend(leaf_hash(bytes([place % 256])) for place in range(100_255))[0]
    entry = os.urandom(_ENTRY_BYTES)
    hashing = [1e6 * _per_call(lambda: _append(tree, entry), 2_000) for _ in range(rounds)]
    alone = statistics.median(hashing)
    table.rows.append(_figures("leaf hash, frontier and tiles", hashing, 1.0))
    for kind in DATABASES:
        with (
            databases.fresh(kind) as url,
            closing(found_ledger(url, databases.folder, partners=_COMMANDS)) as ledger,
        ):
            commands = SendAgreements(ledger)
            took = []
            for _ in range(rounds):
                shares = commands.shares(_CALLERS, _COMMANDS)
                took.append(1e6 / timed(shares, _COMMANDS).rate)
                commands.check()
        share = alone / statistics.median(took)
        table.rows.append(_figures(f"{kind}, {_CALLERS} callers: the whole command", took, share))
        section.targets.append(
            Target(f"{kind}: hashing and frontier in a command", 0.15, share, at_most=True)
        )
    section.tables.append(table)


def _append(tree: Tree, entry: bytes) -> None:
    grown, _ = tree.extend([leaf_hash(entry)])
    grown.frontier.to_bytes()


def _fill(engine: Engine, count: int) -> None:
    """Make a log of so many entries of plain bytes, signed and published."""
    tree = Tree()
    with begin_writing(engine) as connection:
        schema.upgrade(connection)
    for first in range(0, count, _CHUNK):
        data = [_entry(place) for place in range(first, min(first + _CHUNK, count))]
        hashes = [leaf_hash(each) for each in data]
        tree, changes = tree.extend(hashes)
        with begin_writing(engine) as connection:
            connection.execute(
                sa.insert(tables.entries),
                [
                    _row(first + place, each, leaf)
                    for place, (each, leaf) in enumerate(zip(data, hashes, strict=True), 1)
                ],
            )
            for change in changes:
                where = (tables.tiles.c.level == change.tile.level) & (
                    tables.tiles.c.tile == change.tile.number
                )
                connection.execute(sa.delete(tables.tiles).where(where))
                connection.execute(
                    sa.insert(tables.tiles).values(
                        level=change.tile.level, tile=change.tile.number, hashes=change.hashes
                    )
                )
    checkpoint = Checkpoint(_KEY.name, tree.size, tree.frontier.root())
    with begin_writing(engine) as connection:
        connection.execute(
            sa.insert(tables.head).values(
                id=1, size=tree.size, frontier=tree.frontier.to_bytes(), recorded_max=0
            )
        )
        publish(connection, Note(str(checkpoint), (_KEY.sign(checkpoint, 0),)))


def _entry(place: int) -> bytes:
    return hashlib.shake_128(place.to_bytes(8, "big")).digest(_ENTRY_BYTES)


def _row(position: int, data: bytes, leaf: bytes) -> dict[str, Any]:
    return {
        "position": position,
        "stream": f"{position:032x}",
        "version": 1,
        "type": "bench",
        "entry_id": None,
        "recorded_at": 0,
        "recorded_max": 0,
        "effective": None,
        "data": data,
        "leaf_hash": leaf,
    }


def _proofs(section: Section, kind: str, engine: Engine, count: int) -> None:
    step = count // _PROOFS
    with engine.connect() as connection:
        for position in range(1, 50):
            prove_inclusion(connection, position, count)
        took = []
        for position in range(1, count, step):
            began_s = time.perf_counter()
            prove_inclusion(connection, position, count)
            took.append(1e3 * (time.perf_counter() - began_s))
    median = statistics.median(took)
    table = Table(f"{kind}: an inclusion proof in {count:,} entries", "ms", ratio="of 1 ms")
    table.rows.append(_figures("proof, read and made", took, median / _PROOF_MS))
    section.tables.append(table)
    section.targets.append(
        Target(f"{kind}: a proof in {count:,} entries, of 1 ms", 1.0, median, at_most=True)
    )


def _export(section: Section, url: str, folder: Path, count: int) -> None:
    """Export in a process of its own, and look at its greatest memory."""
    done = subprocess.run(
        [sys.executable, "-m", "benchmarks.log", url, str(folder)],
        check=True,
        stdout=subprocess.PIPE,
    )
    found = json.loads(done.stdout)
    assert found["size"] == count
    table = Table(f"sqlite: export of {count:,} entries", "MiB", ratio="of 300 MB")
    share = found["mib"] / _EXPORT_MIB
    table.rows.append(_figures("greatest resident memory", [found["mib"]], share))
    table.note = (
        f"It took {found['took_s']:.0f} s, {count / found['took_s']:,.0f} entries a second."
    )
    section.tables.append(table)
    section.targets.append(
        Target(f"memory of an export of {count:,} entries, of 300 MB", 1.0, share, at_most=True)
    )


def _per_call(work: Callable[[], None], calls: int) -> float:
    began_s = time.perf_counter()
    for _ in range(calls):
        work()
    return (time.perf_counter() - began_s) / calls


def _figures(name: str, values: Sequence[float], ratio: float) -> dict[str, Any]:
    return {
        "name": name,
        "median": statistics.median(values),
        "min": min(values),
        "max": max(values),
        "cpu_ms": None,
        "ours_over_this": ratio,
    }


def _main(url: str, folder: str) -> None:
    began_s = time.perf_counter()
    engine = create_engine(url)
    size = export(engine, Path(folder)).size
    engine.dispose()
    kib = peak_kib()
    print(json.dumps({"size": size, "mib": kib / 1024, "took_s": time.perf_counter() - began_s}))


if __name__ == "__main__":
    _main(*sys.argv[1:])
