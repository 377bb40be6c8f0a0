"""The register of live memberships, read from the views when the writer first needs it."""

from __future__ import annotations

from collections.abc import Callable

import sqlalchemy as sa
from sqlalchemy.engine import Connection

from domain.coalition.asked import Asked
from domain.membership.applying import Applied, Applying
from domain.membership.claims import Ties
from domain.membership.line import Line, Seats
from domain.membership.register import Register, RegisterRow
from domain.membership.waiting import ApplicationWaitlisted, SeatOfferExpired
from domain.policy import VoteKind
from domain.terms import (
    LIVE,
    AppealOutcome,
    ApplicationId,
    ApplicationKind,
    ApplicationPhase,
    MembershipId,
    Office,
    PartyId,
    TermId,
    VoteId,
    VotePhase,
)
from projections import affiliations
from projections.as_of import holds_now, is_latest
from projections.tables import (
    appeals,
    applications,
    memberships,
    mergers,
    parties,
    terms_of_office,
    votes,
)
from service.ledger.tables import entries


def load_register(connection: Connection, blind: Callable[[str], str]) -> Register:
    """Return the register as the views of this transaction have it.

    A membership stands once in it, by its latest entry, whatever the effective date:
    order comes from position.
    """
    live, ended = _memberships(connection)
    eins = connection.execute(
        sa.select(parties.c.id, parties.c.ein_index).where(
            holds_now(parties), parties.c.ein_index.is_not(None)
        )
    )
    merged = connection.execute(
        sa.select(mergers.c.id, mergers.c.survivor).where(is_latest(mergers))
    )
    offered = connection.execute(
        sa.select(applications.c.id, applications.c.tier).where(
            holds_now(applications), applications.c.phase == ApplicationPhase.SEAT_OFFERED
        )
    )
    register = Register.load(
        blind,
        live,
        {PartyId(party): index for party, index in eins},
        _director(connection),
        former=ended,
        won=_won(connection),
        ties=Ties(
            {PartyId(party): PartyId(survivor) for party, survivor in merged}, _sponsors(connection)
        ),
    )
    register.applying = _applying(connection)
    register.line = Line.load(
        Seats(
            {ApplicationId(application): tier for application, tier in offered},
            _waiting(connection),
        )
    )
    register.asked = _asked(connection)
    return register


def _memberships(connection: Connection) -> tuple[list[RegisterRow], list[RegisterRow]]:
    """Return the memberships that are live, and those that have ended."""
    live: list[RegisterRow] = []
    ended: list[RegisterRow] = []
    columns = memberships.c
    found = connection.execute(
        sa.select(
            columns.status.in_(LIVE),
            columns.id,
            columns.party,
            columns.tier,
            columns.membership_class,
        ).where(is_latest(memberships))
    )
    for is_live, membership, party, tier, membership_class in found:
        row = (MembershipId(membership), PartyId(party), tier, membership_class)
        (live if is_live else ended).append(row)
    return live, ended


def _won(connection: Connection) -> list[MembershipId]:
    """Return the memberships that have ended, and wait for their place since an appeal was won.

    In the order in which they won.
    """
    found = connection.execute(
        sa.select(memberships.c.id)
        .join(appeals, appeals.c.id == memberships.c.id)
        .where(
            is_latest(memberships),
            memberships.c.appealed_on.is_not(None),
            memberships.c.status.not_in(LIVE),
            holds_now(appeals),
            appeals.c.outcome == AppealOutcome.OVERTURNED,
        )
        .order_by(appeals.c.from_position)
    )
    return [MembershipId(each) for each in found.scalars()]


def _applying(connection: Connection) -> Applying:
    """Return which applications are open; those that are over may be many, and are not read."""
    columns = applications.c
    found = connection.execute(
        sa.select(
            columns.id, columns.party, columns.kind, columns.tier, columns.membership, columns.phase
        ).where(holds_now(applications), columns.queued_at.is_not(None))
    )
    return Applying.load(
        (
            ApplicationId(application),
            Applied(
                party=PartyId(party),
                kind=ApplicationKind(kind),
                tier=tier,
                membership=None if membership is None else MembershipId(membership),
                appealed=phase == ApplicationPhase.APPEALED,
            ),
        )
        for application, party, kind, tier, membership, phase in found
    )


def _sponsors(connection: Connection) -> dict[PartyId, frozenset[PartyId]]:
    """Return whom each party that is sponsored is sponsored by."""
    view = affiliations.VIEW
    found = connection.execute(sa.select(*view.columns).where(is_latest(view.table)))
    rows = (view.codec.decode(row) for row in found)
    return {PartyId(row.id): frozenset(map(PartyId, row.sponsors)) for row in rows if row.sponsors}


def _asked(connection: Connection) -> Asked:
    """Return what was put to a vote."""
    under_way = connection.execute(
        sa.select(votes.c.id).where(holds_now(votes), votes.c.phase == VotePhase.OPEN)
    )
    about = sa.func.coalesce(votes.c.proposal_sha256, votes.c.membership)
    on_others = connection.execute(
        sa.select(about, votes.c.kind, votes.c.id)
        .where(holds_now(votes), about.is_not(None))
        .order_by(votes.c.opened_position)
    )
    asked = Asked({VoteId(vote) for vote in under_way.scalars()})
    for subject, kind, vote in on_others:
        asked.note(subject, VoteKind(kind), VoteId(vote))
    return asked


def _waiting(connection: Connection) -> dict[ApplicationId, str]:
    """Return the tier of each application on a waitlist, in the order in which they came to it."""
    coming = [each.stored_name for each in (ApplicationWaitlisted, SeatOfferExpired)]
    found = connection.execute(
        sa.select(applications.c.id, applications.c.tier)
        .join(entries, entries.c.stream == applications.c.id)
        .where(
            holds_now(applications),
            applications.c.phase == ApplicationPhase.WAITLISTED,
            entries.c.type.in_(coming),
        )
        .group_by(applications.c.id, applications.c.tier)
        .order_by(sa.func.max(entries.c.position))
    )
    return {ApplicationId(application): tier for application, tier in found}


def _director(connection: Connection) -> TermId | None:
    """Return the present director's term of office."""
    found = connection.execute(
        sa.select(terms_of_office.c.id).where(
            is_latest(terms_of_office),
            terms_of_office.c.office == Office.DIRECTOR,
            terms_of_office.c.until.is_(None),
        )
    ).scalar()
    return None if found is None else TermId(found)
