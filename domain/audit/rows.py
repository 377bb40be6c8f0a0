"""What the rows of attested read models are made of: what is public of the streams they tell.

No row shows what an entry hides: an auditor folds entries with something else in its place.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from datetime import date
from typing import Any, Final, TypeAlias, assert_never

import msgspec

from domain.audit.filling import filled
from domain.audit.shown import Shown, fold
from domain.catalog import State, StateKind, empty_state, evolve
from domain.coalition.coalition import Coalition
from domain.coalition.correction import Corrections
from domain.coalition.funding import Funding, FundingRecorded
from domain.coalition.history import Claim, HistoryRecorded
from domain.coalition.leadership import Term
from domain.coalition.publications import LibraryItemPublished, Publication, StandardsPublished
from domain.coalition.vote import Tally, Vote
from domain.coalition.workgroup import Workgroup
from domain.ledger.disclosure import Event
from domain.membership.application import Application
from domain.policy import Share
from domain.terms import PublicationKind

Row: TypeAlias = Sequence[object]
"""The values of a row's columns; the first is its id."""

Recorded: TypeAlias = Workgroup | Publication | Funding | Claim | Corrections | Term
"""What the coalition keeps of itself."""


def _by_rules(state: State, event: Event, effective: date) -> State:
    return evolve(state, filled(event), effective)


class Model(msgspec.Struct, frozen=True):
    """A read model that is attested.

    Attributes:
        version: of what its rows are made of.
        kinds: the streams that it has a row of.
        row: makes the row of a state, the positions of the first entry of its stream that is
            open and of the last.
        begin: makes the state of a stream without entries, by its kind and id.
        fold: makes the state after one more entry, by its event and effective date.
    """

    version: int
    kinds: tuple[StateKind, ...]
    row: Callable[[Any, int, int], Row]
    begin: Callable[[StateKind, str], Any] = empty_state
    fold: Callable[[Any, Event, date], Any] = _by_rules


def share_columns(share: Share | None) -> Row | None:
    """Return the columns of a share: its parts, and whether it must be exceeded."""
    return None if share is None else (share.numerator, share.denominator, share.strict)


def tally_columns(tally: Tally | None) -> Row | None:
    """Return the columns of a count: the ballots for, against, and neither."""
    return None if tally is None else (tally.approve, tally.against, tally.abstain)


def _membership(state: Shown, began: int, position: int) -> Row:
    columns = state.id, state.tier, state.status, state.agreement, state.since, state.version
    return *columns, began, position


def _application(state: Application, began: int, _: int) -> Row:
    return (state.id, state.kind, state.tier, state.phase, state.version, began)


def _coalition(state: Coalition, _: int, __: int) -> Row:
    templates = {name: each.version for name, each in state.templates.items()}
    return (
        *(state.id, state.name, state.time_zone, state.policy, state.policy_version),
        *(state.seats, templates),
    )


def _vote(state: Vote, began: int, position: int) -> Row:
    # That voters became one is confidential, so that the version is not known to everybody.
    closed = state.closed
    return (
        *(state.id, state.kind, state.phase, state.application, state.proposal_sha256),
        *(state.policy_sha256, share_columns(state.quorum), share_columns(state.threshold)),
        *(state.director_votes, state.tally_minimum_electorate, state.since, state.closes_on),
        *(began, state.outcome, closed and closed.quorum_met, closed and closed.threshold_met),
        *(closed and tally_columns(closed.tally), closed and position),
    )


def _record(state: Recorded, began: int, position: int) -> Row:
    said: Row
    match state:
        case Workgroup(formed=formed):
            said = ("workgroup", formed and formed.precision, state.since, state.dissolved_on)
        case Publication(published=StandardsPublished() as standards):
            said = (
                *("library", PublicationKind.STANDARDS, standards.precision, state.published_on),
                *(standards.wave, standards.sha256, standards.supersedes, standards.workgroup),
            )
        case Publication(published=LibraryItemPublished() as item):
            said = (
                *("library", item.kind, item.precision, state.published_on),
                *(item.wave, item.sha256, state.supersedes, None),
            )
        case Funding(recorded=FundingRecorded() as funded):
            until = (state.until, state.until_precision)
            said = ("funding", funded.precision, state.since, *until)
        case Claim(recorded=HistoryRecorded() as claimed):
            said = ("history", claimed.precision, state.happened_on, claimed.contradicts)
        case Corrections(withdrawn_on=None):
            said = ("correction", sorted(state.values), position)
        case Corrections():
            said = ("correction", sorted(state.values), position, state.withdrawn_on)
        case Term():
            said = ("leadership", state.office, state.named, state.since, state.until)
        case Publication() | Funding() | Claim():
            said = ()  # Their first entry is their only one: there is no row without.
        case _:
            assert_never(state)
    return (state.id, state.version, began, *said)


MODELS: Final[Mapping[str, Model]] = {
    "applications": Model(1, ("application",), _application),
    "coalition": Model(1, ("coalition",), _coalition),
    "memberships": Model(1, ("membership",), _membership, lambda _, stream: Shown(stream), fold),
    "record": Model(
        *(1, ("workgroup", "library", "funding", "history", "correction", "leadership")), _record
    ),
    "votes": Model(1, ("vote",), _vote),
}
"""The read models that are attested, by name."""
