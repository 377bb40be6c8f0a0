"""An audit of a million entries, against the hashing that nobody can do without."""

from __future__ import annotations

import itertools
import json
import os
import subprocess
import sys
import time
from collections.abc import Iterator
from datetime import UTC, date, datetime
from hashlib import sha256
from pathlib import Path
from typing import Any, Final

from benchmarks.machine import peak_kib
from benchmarks.report import Section, Table, Target
from domain.audit.bundle import END, header, padding
from domain.audit.log import Trust, audit_log
from domain.audit.rows import MODELS
from domain.audit.state import PublicState
from domain.coalition.coalition import CoalitionFounded, PolicyAdopted
from domain.coalition.custody import StateAttested
from domain.ledger.checkpoint import Checkpoint, SigningKey
from domain.ledger.commitment import salts_from
from domain.ledger.disclosure import Event
from domain.ledger.entry import Envelope, encode_entry
from domain.ledger.merkle import TILE_HASHES, Frontier, Tree, leaf_hash
from domain.ledger.note import Algorithm, Note
from domain.ledger.tiles import TilePath, encode_bundle, entries_of, tiles_of
from domain.membership.membership import AgreementSent, AgreementSigned, MemberAdmitted
from domain.membership.review import ReviewerAssigned
from domain.terms import ApplicationId, Basis, PartyId, PersonId, PrincipalId
from service.auditing.sources import opened

_KEY: Final = SigningKey("bench.example/log", Algorithm.ED25519, bytes(32))
_AT: Final = datetime(2026, 3, 1, 12, tzinfo=UTC)
_DAY: Final = date(2026, 3, 1)
_SHA256: Final = "0" * 64
_ATTESTED_EVERY: Final = 65_536
_TIMES_HASHING: Final = 6.0
_MOST_MIB: Final = 300.0


def measure(section: Section, folder: Path, count: int) -> None:
    """Audit a bundle of so many entries in a process of its own."""
    file = folder / "audit.tar"
    _write(file, count)
    done = subprocess.run(
        [sys.executable, "-m", "benchmarks.audit", str(file)], check=True, stdout=subprocess.PIPE
    )
    found = json.loads(done.stdout)
    assert found["size"] == count
    table = Table(f"An audit of a bundle of {count:,} entries", "s, processor", ratio="of hashing")
    for name in ("hashing", "audit"):
        table.rows.append(_figures(name, found[name], found[name] / found["hashing"]))
    table.note = (
        f"{count / found['audit']:,.0f} entries a second on one core; greatest resident memory "
        f"{found['mib']:.0f} MiB. Hashing reads the same bundle and makes its root."
    )
    section.tables.append(table)
    section.targets += [
        Target(
            f"an audit of {count:,} entries against hashing them",
            _TIMES_HASHING,
            found["audit"] / found["hashing"],
            at_most=True,
        ),
        Target(
            f"memory of an audit of {count:,} entries, of {_MOST_MIB:.0f} MiB",
            1.0,
            found["mib"] / _MOST_MIB,
            at_most=True,
        ),
    ]


def _facts() -> Iterator[tuple[str, int, Event]]:
    """Yield the founding, and then members who come and sign, each reviewed in between."""
    coalition = f"{1:032x}"
    yield coalition, 1, CoalitionFounded(name="Bench", time_zone="UTC")
    yield (
        *(coalition, 2),
        PolicyAdopted(policy="bench", version=1, sha256=_SHA256, basis=Basis.FOUNDING),
    )
    for number in itertools.count(1):
        stream, review, application = (_id(number, kind) for kind in range(3))
        yield (
            *(stream, 1),
            MemberAdmitted(
                basis=Basis.APPLICATION,
                tier="collaborative-partner",
                membership_class="full",
                agreement="partner-agreement",
                application=ApplicationId(application),
                clauses=[],
                party=PartyId(stream),
                standards={},
            ),
        )
        yield review, 1, ReviewerAssigned(reviewer=PrincipalId(stream))
        yield (
            *(stream, 2),
            AgreementSent(agreement="partner-agreement", version=1, sha256=_SHA256),
        )
        yield (
            *(stream, 3),
            AgreementSigned(
                agreement="partner-agreement",
                version=1,
                sha256=_SHA256,
                signatory=PersonId(stream),
                signatory_name="Somebody Invented",
                capacity="director",
            ),
        )


def _id(number: int, kind: int) -> str:
    return sha256(b"%d %d" % (number, kind)).hexdigest()[:32]


def _entries(count: int) -> Iterator[bytes]:
    state, facts, ledger = PublicState(), _facts(), itertools.count(1)
    for position in range(1, count + 1):
        model = sorted(MODELS)[position % _ATTESTED_EVERY - 1 : position % _ATTESTED_EVERY]
        if position > _ATTESTED_EVERY and model:
            stream, version, event = (
                f"{2:032x}",
                next(ledger),
                _attestation(state, position, *model),
            )
        else:
            stream, version, event = next(facts)
        drawn = os.urandom(16 * 24)
        envelope = Envelope(
            entry_id=drawn[-16:].hex(),
            stream=stream,
            version=version,
            at=_AT,
            effective=_DAY,
            actor="director",
            actor_id="somebody",
            policy="bench@1",
        )
        if not event.confidential:
            state.take(position, envelope, event)
        yield encode_entry(envelope, event, salts_from(drawn)).data


def _attestation(state: PublicState, position: int, model: str) -> Event:
    rows, digest = state.digest(model)
    return StateAttested(
        model=model,
        version=MODELS[model].version,
        position=position - 1,
        rows=rows,
        digest=digest,
    )


def _write(file: Path, count: int) -> None:
    entries = _entries(count)
    tree = Tree()
    upper: dict[Any, bytes] = {}
    with file.open("wb") as target:

        def add(name: str, content: bytes) -> None:
            target.write(header(name, len(content)) + content + padding(len(content)))

        for number in range(-(-count // TILE_HASHES)):
            bundle = list(itertools.islice(entries, TILE_HASHES))
            leaves = [leaf_hash(each) for each in bundle]
            tree, changes = tree.extend(leaves)
            upper.update((each.tile, each.hashes) for each in changes)
            add(str(TilePath(0, number, len(bundle))), b"".join(leaves))
            add(str(TilePath(0, number, len(bundle), entries=True)), encode_bundle(bundle))
        for tile in tiles_of(count):
            if tile.level:
                add(str(tile), upper[tile.level, tile.number])
        checkpoint = Checkpoint(_KEY.name, count, tree.frontier.root())
        add("checkpoint", Note(str(checkpoint), (_KEY.sign(checkpoint, 0),)).to_bytes())
        target.write(END)


def _hash(file: Path, count: int) -> bytes:
    frontier = Frontier()
    with opened(str(file)) as read:
        for number in range(-(-count // TILE_HASHES)):
            width = min(TILE_HASHES, count - number * TILE_HASHES)
            content = read(str(TilePath(0, number, width, entries=True)), 2**25)
            frontier = frontier.extend(map(leaf_hash, entries_of(content or b"")))
    return frontier.root()


def _figures(name: str, value: float, ratio: float) -> dict[str, Any]:
    return {
        "name": name,
        "median": value,
        "min": value,
        "max": value,
        "cpu_ms": None,
        "ours_over_this": ratio,
    }


def _main(file: Path) -> None:
    began_s = time.process_time()
    with opened(str(file)) as read:
        audited = audit_log(read, Trust(keys=[_KEY.verifier], now=0))
    audit_s = time.process_time() - began_s
    kib = peak_kib()
    began_s = time.process_time()
    assert _hash(file, audited.size) == audited.checkpoint.root
    hashing_s = time.process_time() - began_s
    print(
        json.dumps(
            {
                "size": audited.size,
                "audit": audit_s,
                "hashing": hashing_s,
                "mib": kib / 1024,
            }
        )
    )


if __name__ == "__main__":
    _main(Path(sys.argv[1]))
