"""Terms: when a membership is to be renewed, what is to be signed again, and who took part."""

from __future__ import annotations

from datetime import date, timedelta

import strawberry

from domain.membership.term import Term
from domain.policy import Deadlines
from domain.terms import AssentPhase, LapseReason, RenewalPhase
from projections.membership_folds import MembershipRow
from service.graphql.declare import object_type
from service.graphql.describing import describe
from service.graphql.rules import Rules
from service.security.access import Resource

describe(
    RenewalPhase,
    "Where a membership stands in its term.",
    {
        RenewalPhase.NOT_OPEN: "It is not yet open for renewal.",
        RenewalPhase.OPEN: "It is to be renewed.",
        RenewalPhase.MISSED: "The term is over; it may still be renewed, and is not shown.",
    },
)
describe(
    LapseReason,
    "Why a membership lapsed.",
    {
        LapseReason.RENEWAL_MISSED: "It was not renewed.",
        LapseReason.AGREEMENT_UNSIGNED: "Its agreement was not signed.",
    },
)


@object_type
class Renewal:
    """When a membership is to be renewed."""

    phase: RenewalPhase = strawberry.field(description="Where it stands.")
    opens_on: date | None = strawberry.field(
        description=(
            "The day on which it opens, by the policy of when the term began; null once it has."
        )
    )
    term_ends: date | None = strawberry.field(
        description=(
            "The last day of the term: by the policy of when it began, and as told to the member "
            "once it is open. Null when that is over."
        )
    )
    grace_ends: date | None = strawberry.field(
        description="The last day on which a renewal that was missed is made up for."
    )


@object_type
class Resigning:
    """A text that is to be signed in the place of the one signed: a newer one, or of the agreement
    that a later policy gives the tier.
    """

    agreement: str = strawberry.field(description="The policy's name for the agreement.")
    version: int = strawberry.field(description="The version to sign.")
    sign_by: date = strawberry.field(
        description="The last day on which the member is active without having signed it."
    )


@object_type
class Participation:
    """In what a member took part in the term, by the rule of the tier that it began it in."""

    resource: strawberry.Private[Resource]
    days: list[date] = strawberry.field(description="The days of the term, in order of entry.")
    asked: int | None = strawberry.field(
        description="How many days a term the tier asks for; null where it asks for no number."
    )
    owed: int | None = strawberry.field(description="How many are left; null as for `asked`.")
    owed_before: int | None = strawberry.field(
        description="How many were left of the term before; null as for `asked`, or in the first."
    )


def renewal_of(row: MembershipRow, deadlines: Deadlines) -> Renewal | None:
    """Return when a membership is to be renewed; ``None`` of one that has ended.

    Args:
        row: the membership.
        deadlines: of the policy of when its term began.
    """
    if row.renewal is None:
        return None
    day = row.renewal_day
    match row.renewal:
        case RenewalPhase.NOT_OPEN:
            ends = day + timedelta(days=deadlines.membership_term_days)
            opens = ends - timedelta(days=deadlines.renewal_window_days)
            return Renewal(phase=row.renewal, opens_on=opens, term_ends=ends, grace_ends=None)
        case RenewalPhase.OPEN:
            return Renewal(phase=row.renewal, opens_on=None, term_ends=day, grace_ends=None)
        case RenewalPhase.MISSED:
            return Renewal(phase=row.renewal, opens_on=None, term_ends=None, grace_ends=day)


def resigning_of(row: MembershipRow) -> Resigning | None:
    """Return what a member has to sign again; ``None`` where that is nothing."""
    if row.asking is not AssentPhase.RESIGNING or row.text_version is None:
        return None
    return Resigning(agreement=row.agreement, version=row.text_version, sign_by=row.asking_day)


def participation_of(term: Term, day: date, rules: Rules, resource: Resource) -> Participation:
    """Return in what a member took part in the term of a day, and what it owes.

    Args:
        term: where the membership stands in its terms.
        day: the day.
        rules: the rules as of the point that is asked for.
        resource: what the membership is to the viewer.
    """
    days, asked, owed = _owed(term, day, rules)
    since = term.since(day)
    # The day that a later term is counted from is the last one of the term before.
    before = None if since == term.begun[0] else _owed(term, since, rules)[2]
    return Participation(resource=resource, days=days, asked=asked, owed=owed, owed_before=before)


def _owed(term: Term, day: date, rules: Rules) -> tuple[list[date], int | None, int | None]:
    days, began_in = term.within(day)
    asked = rules.tier(began_in)[1].participation_days
    return days, asked, None if asked is None else max(0, asked - len(days))
