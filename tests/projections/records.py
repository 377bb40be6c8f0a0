"""What the generated coalition keeps of itself; see `tests.projections.streams`."""

from __future__ import annotations

import random
from collections.abc import Callable
from datetime import date

from domain.coalition.correction import EntryCorrected, EntryWithdrawn
from domain.coalition.funding import FundingEnded, FundingRecorded
from domain.coalition.history import HistoryRecorded
from domain.coalition.leadership import (
    DirectorAppointed,
    NamingChanged,
    PartnerLeaderNamed,
    TermEnded,
)
from domain.coalition.publications import (
    LibraryItemPublished,
    LineageRecorded,
    StandardsPublished,
)
from domain.coalition.webhook import (
    WebhookRegistered,
    WebhookRemoved,
    WebhookReplayed,
    WebhookSecretRotated,
)
from domain.coalition.workgroup import WorkgroupDissolved, WorkgroupFormed
from domain.ledger.disclosure import Event
from domain.terms import (
    ClaimId,
    DatePrecision,
    EntryId,
    PartyId,
    PersonId,
    PrincipalId,
    PublicationId,
    PublicationKind,
    WorkgroupId,
)

HIDDEN = "HIDDEN"
PERSONAL = "PERSONAL"


class Records:
    """Draws events of the coalition's own records, in an order that rules allow.

    Args:
        rng: the source of every choice.
        append: takes a stream, an event, and the day from which it holds.
    """

    def __init__(
        self, rng: random.Random, append: Callable[[str, Event, date | None], None]
    ) -> None:
        self._rng = rng
        self._append = append
        self._terms: list[str] = []
        self._workgroups: list[str] = []
        self._standards: list[str] = []
        self._claims: list[str] = []
        self._webhooks: list[str] = []
        self._items: list[str] = []
        self._withdrawn: set[str] = set()

    def draw(self) -> None:
        """Let one thing happen now and then; members do more than the coalition writes down."""
        if self._rng.random() < 0.7:
            return
        self._rng.choice(
            (
                self.lead,
                self.group,
                self.publish,
                self.fund,
                self.remember,
                self.correct,
                self.tell,
            )
        )()

    def lead(self) -> None:
        kind = self._rng.randrange(4)
        named = self._rng.random() < 0.5
        if kind < 2 or not self._terms:
            term = self._new_id()
            person = PersonId(self._new_id())
            event: Event = DirectorAppointed(named=named, person=person, name=f"{PERSONAL} name")
            if kind == 1:
                event = PartnerLeaderNamed(
                    named=named,
                    party=PartyId(self._new_id()),
                    person=person,
                    name=f"{PERSONAL} name",
                )
            self._terms.append(term)
            self._append(term, event, None)
        elif kind == 2:
            self._append(self._rng.choice(self._terms), NamingChanged(named=named), None)
        else:
            term = self._terms.pop(self._rng.randrange(len(self._terms)))
            self._append(term, TermEnded(), None)

    def group(self) -> None:
        if self._workgroups and self._rng.random() < 0.4:
            self._append(self._workgroups.pop(), WorkgroupDissolved(), None)
            return
        self._workgroups.append(self._new_id())
        formed = WorkgroupFormed(
            precision=DatePrecision.YEAR,
            name=f"{HIDDEN} workgroup",
            purpose=f"{HIDDEN} purpose",
            source=f"{HIDDEN} source",
        )
        self._append(self._workgroups[-1], formed, date(2019, 1, 1))

    def tell(self) -> None:
        kind = self._rng.randrange(6)
        if kind and self._webhooks:
            known = self._webhooks
            if kind < 3:
                self._append(known[-1], WebhookSecretRotated(), None)
            elif kind < 5:
                self._append(known[-1], WebhookReplayed(since=self._rng.choice([None, 1])), None)
            else:
                self._append(known.pop(), WebhookRemoved(), None)
            return
        self._webhooks.append(self._new_id())
        registered = WebhookRegistered(
            owner=PrincipalId(self._new_id()),
            url=f"https://{HIDDEN}.example",
            types=[f"{HIDDEN} type"],
        )
        self._append(self._webhooks[-1], registered, None)

    def publish(self) -> None:
        publication = self._new_id()
        if self._rng.random() < 0.5:
            item = LibraryItemPublished(
                kind=PublicationKind.REPORT,
                wave=None,
                sha256=None,
                precision=DatePrecision.UNDATED,
                title=f"{HIDDEN} title",
                link=None,
                source=f"{HIDDEN} source",
            )
            self._append(publication, item, None)
            if self._items and self._rng.random() < 0.5:
                lineage = LineageRecorded(supersedes=PublicationId(self._items[-1]))
                self._append(publication, lineage, None)
            self._items.append(publication)
            return
        before = self._standards[-1] if self._standards else None
        self._standards.append(publication)
        standards = StandardsPublished(
            wave=len(self._standards),
            sha256=f"{self._rng.getrandbits(256):064x}",
            supersedes=None if before is None else PublicationId(before),
            workgroup=WorkgroupId(self._workgroups[-1]) if self._workgroups else None,
            precision=DatePrecision.MONTH,
            title=f"{HIDDEN} title",
            link=f"https://{HIDDEN}.example",
            based_on=[f"{HIDDEN} principles"],
            source=f"{HIDDEN} source",
        )
        self._append(publication, standards, date(2021, self._rng.randint(1, 12), 1))

    def fund(self) -> None:
        funding = FundingRecorded(
            precision=DatePrecision.YEAR,
            until=date(2022, 1, 1),
            until_precision=DatePrecision.YEAR,
            funder=f"{HIDDEN} funder",
            stipulations=f"{HIDDEN} stipulations",
            source=None,
        )
        stream = self._new_id()
        self._append(stream, funding, date(2020, 1, 1))
        if self._rng.random() < 0.3:
            ended = FundingEnded(precision=DatePrecision.MONTH, source=f"{HIDDEN} source")
            self._append(stream, ended, date(2021, 5, 1))

    def remember(self) -> None:
        contradicts = self._claims[-1:] if self._rng.random() < 0.3 else []
        self._claims.append(self._new_id())
        recorded = HistoryRecorded(
            precision=DatePrecision.YEAR,
            contradicts=[ClaimId(each) for each in contradicts],
            text=f"{HIDDEN} claim",
            source=f"{HIDDEN} source",
        )
        self._append(self._claims[-1], recorded, date(self._rng.randint(2005, 2020), 1, 1))

    def correct(self) -> None:
        # Which entry is corrected is no concern of the view.
        entry = f"{self._rng.randrange(20):032x}"
        if entry not in self._withdrawn and self._rng.random() < 0.2:
            self._withdrawn.add(entry)
            withdrawn = EntryWithdrawn(entry=EntryId(entry), reason=f"{HIDDEN} reason")
            self._append(entry, withdrawn, None)
            return
        corrected = EntryCorrected(
            entry=EntryId(entry), field="text", value=f"{HIDDEN} value", reason=f"{HIDDEN} reason"
        )
        self._append(entry, corrected, None)

    def _new_id(self) -> str:
        return f"{self._rng.getrandbits(128):032x}"
