"""A simulated coalition: its clock, its random sources, its entries, and how it is governed."""

from __future__ import annotations

import random
from datetime import UTC, date, datetime, timedelta
from typing import Final

import msgspec

from domain.coalition.clearing import TextCleared
from domain.coalition.coalition import (
    AgreementTemplatePublished,
    CoalitionFounded,
    HomeTransferred,
    PersonErased,
    PolicyAdopted,
    SeatsSet,
    ValueExpunged,
)
from domain.ledger.disclosure import Event
from domain.ledger.entry import Envelope
from domain.ledger.recorded import Recorded
from domain.terms import Basis, EntryId, PartyId, PersonId
from tests.projections.records import Records

HIDDEN: Final = "HIDDEN"
PERSONAL: Final = "PERSONAL"
REVIEWERS: Final = tuple(f"reviewer-{number}" for number in range(5))
COUNTIES: Final = ("17119", "17163", "29095", "29189", "29510")
POPULATIONS: Final = ("labor trafficking", "sex trafficking", "youth")
SERVICES: Final = ("advocacy", "housing", "legal aid", "training")
WORDS: Final = ("Arbor", "Bridge", "Cedar", "Delta", "Élan", "Fern", "Ólafur's", "harbor", "Tern")
AGREEMENTS: Final = {
    "collaborative-partner": "partner",
    "coalition-member": "coalition-member",
    "community-network": "network-member",
    "ally-network": "network-member",
}
TIERS: Final = tuple(AGREEMENTS)


class Case(msgspec.Struct):
    """An application on its way."""

    id: str
    review: str
    party: str
    tier: str
    membership: str | None
    steps: int = 0


class Member(msgspec.Struct):
    """A membership, and what it signed."""

    id: str
    party: str
    organisation: bool
    tier: str
    asked: bool = False
    listed: bool = False
    held: bool = False
    renumbered: bool = False


class Simulation:
    """Appends entries to a list in memory, one thing happening after another."""

    def __init__(self, seed: int) -> None:
        self.random = random.Random(seed)  # noqa: S311 - reproducible, nothing is protected by it
        self.now = datetime(2021, 3, 1, 9, 0, tzinfo=UTC)
        self.appended: list[Recorded] = []
        self.position = 0
        self.coalition = self.new_id()
        self._versions: dict[str, int] = {}
        self._templates = dict.fromkeys(AGREEMENTS.values(), 0)
        self._policy_version = 0
        self._cases: list[Case] = []
        self._members: list[Member] = []
        self._organisations: set[str] = set()
        # A source of its own, so that what happens to members does not depend on it.
        self._records = Records(random.Random(seed + 1), self.append)  # noqa: S311 - as above
        self._standing = random.Random(seed + 2)  # noqa: S311 - as above

    def new_id(self) -> str:
        return f"{self.random.getrandbits(128):032x}"

    def sha256(self) -> str:
        return f"{self.random.getrandbits(256):064x}"

    def append(self, stream: str, event: Event, effective: date | None = None) -> None:
        self.position += 1
        version = self._versions[stream] = self._versions.get(stream, 0) + 1
        envelope = Envelope(
            entry_id=self.new_id(),
            stream=stream,
            version=version,
            at=self.now,
            effective=effective or self.now.date(),
            actor="director",
            actor_id=f"{HIDDEN}-actor",
            policy="cate@1",
        )
        self.appended.append(Recorded(self.position, self.now, envelope, event))

    def some_day_of(self, source: random.Random) -> date:
        """Draw an effective date from a source: mostly today, sometimes earlier."""
        return self.now.date() - timedelta(days=max(0, source.randint(-20, 10)))

    def some_day(self) -> date:
        """Draw an effective date: mostly today, sometimes earlier or later."""
        drawn = self.random.random()
        days = 0 if drawn < 0.7 else self.random.randint(-90, -1)
        return self.now.date() + timedelta(days=days if drawn < 0.9 else -days)

    def found(self) -> None:
        founded = CoalitionFounded(
            name="Tern Coalition", time_zone="America/Chicago", source=f"{HIDDEN} minutes"
        )
        self.append(self.coalition, founded)
        self.adopt_policy(Basis.FOUNDING)
        for agreement in self._templates:
            self.publish_template(agreement)
        self.set_seats()

    def adopt_policy(self, basis: Basis = Basis.DIRECTOR) -> None:
        self._policy_version += 1
        adopted = PolicyAdopted(
            policy="cate", version=self._policy_version, sha256=self.sha256(), basis=basis
        )
        self.append(self.coalition, adopted)

    def publish_template(self, agreement: str) -> None:
        version = self._templates[agreement] = self._templates[agreement] + 1
        tiers = [tier for tier, asked in AGREEMENTS.items() if asked == agreement]
        published = AgreementTemplatePublished(
            agreement=agreement, version=version, sha256=self.sha256(), tiers=tiers
        )
        self.append(self.coalition, published)

    def set_seats(self) -> None:
        seats = self.random.randint(5, 30)
        self.append(
            self.coalition,
            SeatsSet(tier="collaborative-partner", seats=seats, basis=Basis.DIRECTOR),
        )

    def transfer_home(self) -> None:
        host = PartyId(self._members[0].party) if self._members else None
        moved = HomeTransferred(home=host, fiscal_sponsor=None, source=f"{HIDDEN} minutes")
        self.append(self.coalition, moved)
        self.append(self.coalition, PersonErased(person=PersonId(self.new_id())))
        expunged = ValueExpunged(entry=EntryId(self.new_id()), field=f"{HIDDEN} field")
        self.append(self.coalition, expunged)
        cleared = TextCleared(digest=f"{HIDDEN} digest", reason=f"{HIDDEN} reason")
        self.append(self.coalition, cleared)
