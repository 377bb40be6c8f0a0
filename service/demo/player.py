"""The player: gives each step to the ledger at its time, and sees that it goes as written."""

from __future__ import annotations

import secrets
import uuid
from collections import defaultdict
from collections.abc import Callable
from datetime import datetime
from typing import Final

import msgspec

from domain.decision import Command, Refusal
from domain.membership.application import SubmitApplication
from domain.membership.details import OrganisationDetails, Sponsor
from domain.terms import PartyId, PrincipalId
from service.demo.scene import SWEEP, Chore, Scene, Step
from service.evidence.store import EvidenceStore
from service.ledger.ledger import Ledger
from service.ledger.request import Accepted, Outcome, Request
from service.security.principal import Principal

_NAMED: Final = frozenset(
    {
        "affiliate",
        "against",
        "applicant",
        "application",
        "ballots",
        "claim",
        "contradicts",
        "declarer",
        "entry",
        "fiscal_sponsor",
        "funding",
        "grievance",
        "home",
        "membership",
        "merged",
        "party",
        "person",
        "publication",
        "resolver",
        "review",
        "reviewer",
        "signatory",
        "supersedes",
        "survivor",
        "term",
        "vote",
        "webhook",
        "workgroup",
    }
)
_CONTENT: Final = msgspec.json.Encoder(order="deterministic")


class StoryClock:
    """A clock that stands still until somebody sets it.

    Attributes:
        now: the time that it shows.
    """

    def __init__(self, now: datetime) -> None:
        self.now = now

    def __call__(self) -> datetime:
        """Return the time that it shows."""
        return self.now


class StoryError(Exception):
    """A step did not go as written: the story and the rules have come apart."""

    def __init__(self, step: Step, outcome: Outcome) -> None:
        super().__init__(f"{step}: {outcome}")
        self.step = step
        self.outcome = outcome


class Player:
    """Plays scenes on a ledger.

    Attributes:
        ids: the random id that each name of the script stands for, drawn when it is needed.
    """

    def __init__(
        self, ledger: Ledger, clock: StoryClock, files: EvidenceStore | None = None
    ) -> None:
        self._ledger = ledger
        self._files = files
        self._clock = clock
        self.ids: defaultdict[str, str] = defaultdict(lambda: secrets.token_hex(16))
        self.ids[SWEEP.id] = SWEEP.id

    def play(self, steps: tuple[Step, ...], progress: Callable[[float], object]) -> None:
        """Play steps in their order.

        Raises:
            StoryError: the ledger refused what the script allows, or the other way round.
        """
        for played, step in enumerate(steps, start=1):
            self.perform(step)
            progress(played / len(steps))

    def perform(self, step: Step) -> None:
        """Play the next step.

        Raises:
            StoryError: as `play`.
        """
        self._clock.now = step.at
        if isinstance(step, Scene) and step.file is not None and self._files is not None:
            application = self.ids[getattr(step.command, "application", "")]
            self._files.put(application, "text/plain", [step.file])
        if isinstance(step, Chore):
            outcome = step.do(self._ledger)
        else:
            outcome = self._ledger.execute(self._request(step))
        if not _is_as_written(step, outcome):
            raise StoryError(step, outcome)
        if isinstance(step, Scene) and step.entry is not None and isinstance(outcome, Accepted):
            self.ids[step.entry] = outcome.entries[0].entry_id

    def principal(self, named: Principal) -> Principal:
        """Return a figure of the script as the ledger knows it."""
        party = None if named.party is None else PartyId(self.ids[named.party])
        return Principal(PrincipalId(self.ids[named.id]), named.role, party)

    def _request(self, scene: Scene) -> Request:
        return Request(
            principal=self.principal(scene.by),
            command=self._with_ids(scene.command),
            command_id=str(uuid.uuid4()),
            content=_CONTENT.encode(scene.command),
            effective_on=scene.effective_on,
            documents=scene.documents,
        )

    def _with_ids(self, command: Command) -> Command:
        if isinstance(command, SubmitApplication) and command.organisation is not None:
            details = self._with_sponsor(command.organisation)
            command = msgspec.structs.replace(command, organisation=details)
        names = _NAMED.intersection(command.__struct_fields__)
        ids = {name: self._ids_of(getattr(command, name)) for name in sorted(names)}
        return msgspec.structs.replace(command, **ids)

    def _with_sponsor(self, details: OrganisationDetails) -> OrganisationDetails:
        if details.sponsored_by is None:
            return details
        sponsor = Sponsor(party=PartyId(self.ids[details.sponsored_by.party]))
        return msgspec.structs.replace(details, sponsored_by=sponsor)

    def _ids_of(self, named: str | list[str] | None) -> str | list[str] | None:
        if isinstance(named, list):
            return [self.ids[each] for each in named]
        return None if named is None else self.ids[named]


def _is_as_written(step: Step, outcome: Outcome) -> bool:
    if isinstance(step, Scene) and step.refused is not None:
        return isinstance(outcome, Refusal) and outcome.code is step.refused
    # Every step is news: one that appends nothing is a mistake in the script.
    return isinstance(outcome, Accepted) and bool(outcome.entries)
