"""Submitting a draft: the commands that it stands for, given one after the other.

Ids and command ids follow from the draft's own, so that a submission that was broken off goes on
where it stopped when it is sent again.
"""

from __future__ import annotations

import hashlib
import uuid
from typing import Final

import sqlalchemy as sa

from domain.decision import Command, Unmet
from domain.membership.application import SubmitApplication
from domain.membership.draft import DraftIds, commands_of, missing
from domain.policy import Policy
from domain.screening.commands import survivor_data
from domain.terms import ApplicationId, PartyId, PartyKind, ReviewId
from projections import directory
from service.drafts.store import Kept
from service.graphql.ids import NodeKind, own_id
from service.ledger import tables
from service.ledger.ledger import Ledger
from service.ledger.request import Accepted, Outcome, Request
from service.planning.screening import screen
from service.security.principal import Principal

_IDS: Final = uuid.UUID("0d9f5c1e-2a44-4f0e-8f2d-1b1c5a7d9e60")


def application_of(draft_id: str) -> ApplicationId:
    """Return the id that the application of a draft has."""
    return ApplicationId(_derived(draft_id, "application"))


def lacks(ledger: Ledger, kept: Kept, policy: Policy) -> list[Unmet]:
    """Return what is to be filled in before a draft can be submitted.

    Every file that it names is looked for, so that none is missed half-way.
    """
    files = tables.evidence_files.c
    asked = sa.select(files.sha256).where(files.application == application_of(kept.id))
    with ledger.read() as snapshot:
        sent = frozenset(snapshot.connection.scalars(asked))
        shown = directory.listings_of(snapshot.connection, [_listed(kept) or ""]).values()
    is_shown = any(each.kind is PartyKind.ORGANISATION for each in shown)
    return [*missing(kept.draft, policy, sent, is_shown=is_shown)]


def tells(kept: Kept) -> list[Unmet]:
    """Return which texts of a draft will be refused for what they seem to tell of survivors.

    Whether the staff let one pass is seen when it is submitted.
    """
    refusals = survivor_data(screen(), frozenset(), kept.draft)
    return [unmet for refusal in refusals for unmet in refusal.unmet]


def submit(ledger: Ledger, principal: Principal, kept: Kept, policy: Policy) -> Outcome:
    """Give the commands of a draft that lacks nothing; return the first outcome that is no yes.

    Where all are accepted, the outcome is that of the application. What was accepted stays:
    the same draft, corrected, may be submitted again.

    Raises:
        UnavailableError: the ledger does not answer; the draft may be submitted again.
    """
    ids = DraftIds(
        application=application_of(kept.id),
        review=ReviewId(_derived(kept.id, "review")),
        party=PartyId(_derived(kept.id, "party")),
        applicant=principal.id,
        sponsor=PartyId(_listed(kept) or _derived(kept.id, "sponsor")),
    )
    submitted: Outcome | None = None
    for command in commands_of(kept.draft, policy, ids):
        outcome = ledger.execute(_request(principal, kept, command))
        if not isinstance(outcome, Accepted):
            return outcome
        submitted = submitted or outcome
    if submitted is None:
        message = "a draft stands for an application at least"
        raise AssertionError(message)
    return submitted


def _request(principal: Principal, kept: Kept, command: Command) -> Request:
    what = "" if isinstance(command, SubmitApplication) else getattr(command, "requirement", "")
    name = f"{kept.id}/{type(command).__name__}/{what}"
    return Request(
        principal=principal,
        command=command,
        command_id=str(uuid.uuid5(_IDS, name)),
        content=name.encode(),
    )


def _listed(kept: Kept) -> str | None:
    """Return whose listing the draft names as its sponsor's; an id of none names nobody."""
    named = kept.draft.sponsored_by
    return None if named is None else own_id(NodeKind.LISTING, named.listing or "")


def _derived(draft_id: str, what: str) -> str:
    return hashlib.sha256(f"{draft_id}/{what}".encode()).hexdigest()[:32]
