"""A sweep of a large coalition, beside that of a small one in which as much is due."""

from __future__ import annotations

import statistics
import time
from collections.abc import Iterator
from contextlib import ExitStack, closing
from datetime import UTC, date, datetime, timedelta
from typing import Final

import sqlalchemy as sa

from benchmarks.databases import DATABASES, Databases
from benchmarks.founded import DIRECTOR, POLICY, TIER, found_ledger, publish_template, request
from benchmarks.founded import principal as somebody
from benchmarks.members import copied, run_all
from benchmarks.report import Section, Table, Target
from domain.membership.membership import SendAgreement, SignAgreement
from domain.terms import MembershipId, PartyId, PersonId
from projections.tables import memberships
from service import due, sweep
from service.demo.player import StoryClock
from service.ledger.ledger import Ledger
from service.ledger.request import Request
from service.security.principal import Role
from tests.reads import counted

LARGE: Final = 10_000
SMALL: Final = 1_000
_QUICK: Final = 10
"""How much smaller both are in a quick run."""

_DUE: Final = 8
"""Memberships that have not signed in time, in each round others."""

_BEGINS: Final = datetime(2023, 3, 1, 12, tzinfo=UTC)
_DAYS: Final = POLICY.deadlines.agreement_signing_days
# The terms that all have in common are not open for renewal before the last round.
_MOST_ROUNDS: Final = 8

Member = tuple[MembershipId, PartyId]


class _Coalition:
    """A ledger with many members who have signed, and a few in each round who will not."""

    def __init__(self, ledger: Ledger, clock: StoryClock, late: list[MembershipId]) -> None:
        self.ledger = ledger
        self.taken_ms: list[float] = []
        self.cpu_ms: list[float] = []
        self.work: list[int] = []
        self.statements: list[int] = []
        self._clock = clock
        self._late = iter(late)

    def round(self) -> None:
        """Let agreements run out, count what finding that reads, and sweep."""
        late = {next(self._late) for _ in range(_DUE)}
        run_all(self.ledger, (_sending(each) for each in sorted(late)))
        self._clock.now += timedelta(days=_DAYS + 1)
        with self.ledger.read() as snapshot, counted(snapshot.connection) as read:
            policies = [(date.min, POLICY)]
            found = list(due.overdue(snapshot.connection, policies, self._clock.now.date()))
        assert {each.about for each in found} == late
        self.work.append(read["work"])
        self.statements.append(read["statements"])
        cpu_s, began_s = time.process_time(), time.perf_counter()
        swept = sweep.sweep(self.ledger)
        self.taken_ms.append(1000 * (time.perf_counter() - began_s))
        self.cpu_ms.append(1000 * (time.process_time() - cpu_s))
        assert ({each.about for each in swept.done}, swept.failed) == (late, ())


def measure(databases: Databases, rounds: int, *, quick: bool) -> Section:
    """Sweep both coalitions in turn, on each database."""
    rounds = min(rounds, _MOST_ROUNDS)
    section = Section("sweep", "A sweep")
    sizes = [size // (_QUICK if quick else 1) for size in (LARGE, SMALL)]
    with ExitStack() as stack:
        made = {size: _made(databases, stack, size, rounds) for size in sizes}
        for kind in DATABASES:
            large, small = (made[size][kind] for size in sizes)
            for _ in range(rounds + 1):
                small.round()
                large.round()
            assert large.statements == small.statements
            section.tables += _tables(kind, dict(zip(sizes, (large, small), strict=True)))
            section.targets += _targets(kind, large, small)
            section.note = (
                f"{_DUE} members have not signed their agreement in time, and lapse. What else "
                f"there is, is no work: {large.statements[-1]} statements find what is due of "
                "every kind."
            )
    return section


def _made(
    databases: Databases, stack: ExitStack, members: int, rounds: int
) -> dict[str, _Coalition]:
    """Return a coalition of so many members on both databases, each with a clock of its own."""
    clock = StoryClock(_BEGINS)
    late = _DUE * (rounds + 1)
    url = stack.enter_context(databases.fresh("sqlite"))
    ledger = found_ledger(url, databases.folder, partners=members + late, clock=clock)
    stack.enter_context(closing(ledger))
    agreement = POLICY.agreement_for(TIER).id
    sha256 = publish_template(ledger, agreement)
    with ledger.read() as snapshot:
        columns = memberships.c
        rows = snapshot.connection.execute(sa.select(columns.id, columns.party)).all()
    everybody: list[Member] = [(MembershipId(row.id), PartyId(row.party)) for row in rows]
    run_all(ledger, (each for member in everybody[late:] for each in _signing(member, sha256)))
    own = StoryClock(_BEGINS)
    copy = copied(ledger, stack.enter_context(databases.fresh("postgresql")), clock=own)
    stack.enter_context(closing(copy))
    names = [membership for membership, _ in everybody[:late]]
    return {
        "sqlite": _Coalition(ledger, clock, names),
        "postgresql": _Coalition(copy, own, names),
    }


def _sending(membership: MembershipId) -> Request:
    return request(SendAgreement(membership=membership), DIRECTOR)


def _signing(member: Member, sha256: str) -> Iterator[Request]:
    membership, party = member
    yield _sending(membership)
    sign = SignAgreement(
        membership=membership,
        agreement=POLICY.agreement_for(TIER).id,
        version=1,
        sha256=sha256,
        signatory=PersonId(party),
        signatory_name="Avery Invented",
        capacity="executive director",
    )
    yield request(sign, somebody(Role.REPRESENTATIVE, party))


def _tables(kind: str, coalitions: dict[int, _Coalition]) -> list[Table]:
    ours = next(iter(coalitions.values()))
    taken = Table(f"{kind}: a sweep of {_DUE}", "ms")
    read = Table(
        f"{kind}: what is read to find them",
        "steps of the virtual machine" if kind == "sqlite" else "rows",
    )
    for size, each in coalitions.items():
        for table, mine, its in (
            (taken, ours.taken_ms, each.taken_ms),
            (read, ours.work, each.work),
        ):
            # The first round warms up.
            table.rows.append(
                {
                    "name": f"{'ours: ' if each is ours else ''}among {size:,} members",
                    "median": statistics.median(its[1:]),
                    "min": min(its[1:]),
                    "max": max(its[1:]),
                    "cpu_ms": statistics.median(each.cpu_ms[1:]) if table is taken else None,
                    "ours_over_this": _ratio(mine, its),
                }
            )
    return [taken, read]


def _targets(kind: str, large: _Coalition, small: _Coalition) -> list[Target]:
    text = f"{kind}: {_DUE} due among ten times as many members,"
    return [
        Target(f"{text} time", 1.5, _ratio(large.taken_ms, small.taken_ms), at_most=True),
        Target(f"{text} what is read", 1.1, _ratio(large.work, small.work), at_most=True),
    ]


def _ratio(ours: list[float] | list[int], its: list[float] | list[int]) -> float:
    """Return the median of the ratios in the same round, without the first."""
    return statistics.median(one / other for one, other in zip(ours[1:], its[1:], strict=True))
