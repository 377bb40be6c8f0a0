"""Where the rows of attested read models stand, and which of their columns are attested.

What a row is made of says `domain.audit.rows`, which makes it of entries; here it is made of what
the projections wrote, so that the one checks the other.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any, Final, TypeAlias

from domain.audit.rows import Row, share_columns, tally_columns
from projections import (
    application_folds,
    coalition,
    corrections,
    governance,
    leadership,
    membership_folds,
    votes,
)
from projections.application_folds import ApplicationRow
from projections.coalition import CoalitionRow
from projections.corrections import CorrectionsRow
from projections.governance import ClaimRow, FundingRow, PublicationRow, WorkgroupRow
from projections.leadership import TermRow
from projections.membership_folds import MembershipRow
from projections.model import ReadModel
from projections.votes import VoteRow

Table: TypeAlias = tuple[ReadModel[Any], Callable[[Any], Row]]
"""A table, and what of its rows is attested."""


def _membership(row: MembershipRow) -> Row:
    return (
        *(row.id, row.tier, row.status, row.agreement),
        *(row.since, row.version, row.admitted_position, row.updated_position),
    )


def _application(row: ApplicationRow) -> Row:
    return (row.id, row.kind, row.tier, row.phase, row.version, row.submitted_position)


def _coalition(row: CoalitionRow) -> Row:
    templates = {name: texts[-1].version for name, texts in row.templates.items()}
    seats = {tier: limits[-1].seats for tier, limits in row.seats.items()}
    return (
        *(row.id, row.name, row.time_zone, row.policy, row.policy_version),
        *(seats, templates),
    )


def _vote(row: VoteRow) -> Row:
    return (
        *(row.id, row.kind, row.phase, row.application, row.proposal_sha256),
        *(row.policy_sha256, share_columns(row.quorum), share_columns(row.threshold)),
        *(bool(row.director_votes), row.tally_minimum_electorate, row.opened_on, row.closes_on),
        *(row.opened_position, row.outcome, _flag(row.quorum_met), _flag(row.threshold_met)),
        *(tally_columns(row.tally), row.closed_position),
    )


def _workgroup(row: WorkgroupRow) -> Row:
    place = (row.id, row.version, row.position)
    return (*place, "workgroup", row.precision, row.formed_on, row.dissolved_on)


def _publication(row: PublicationRow) -> Row:
    return (
        *(row.id, row.version, row.position, "library", row.kind, row.precision),
        *(row.published_on, row.wave, row.sha256, row.supersedes, row.workgroup),
    )


def _funding(row: FundingRow) -> Row:
    place = (row.id, row.version, row.position)
    return (*place, "funding", row.precision, row.since, row.until, row.until_precision)


def _claim(row: ClaimRow) -> Row:
    place = (row.id, row.version, row.position)
    return (*place, "history", row.precision, row.happened_on, row.contradicts)


def _corrections(row: CorrectionsRow) -> Row:
    first, last = row.made[0].position, row.made[-1].position
    fields = sorted({each.field for each in row.made if each.field is not None})
    said = (row.id, row.version, first, "correction", fields, last)
    return said if row.withdrawn is None else (*said, row.withdrawn.withdrawn_on)


def _term(row: TermRow) -> Row:
    place = (row.id, row.version, row.position)
    named = row.named_position is not None
    return (*place, "leadership", row.office, named, row.since, row.until)


def _flag(value: int | None) -> bool | None:
    return None if value is None else bool(value)


TABLES: Final[Mapping[str, tuple[Table, ...]]] = {
    "applications": ((application_folds.MODEL, _application),),
    "coalition": ((coalition.MODEL, _coalition),),
    "memberships": ((membership_folds.MODEL, _membership),),
    "record": (
        (governance.WORKGROUPS, _workgroup),
        (governance.PUBLICATIONS, _publication),
        (governance.FUNDINGS, _funding),
        (governance.CLAIMS, _claim),
        (corrections.MODEL, _corrections),
        (leadership.MODEL, _term),
    ),
    "votes": ((votes.MODEL, _vote),),
}
"""By the name of the attested read model, the tables that have its rows."""
