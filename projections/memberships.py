"""Memberships: who belongs to which tier, and whether the agreement is signed."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import date
from enum import StrEnum
from typing import Final

import msgspec
import sqlalchemy as sa
from sqlalchemy.engine import Connection

from domain.ledger.disclosure import revealed
from domain.ledger.recorded import Recorded
from domain.membership.membership import (
    AgreementSent,
    AgreementSigned,
    MemberAdmitted,
    Membership,
    MembershipEvent,
    TierChanged,
    evolve,
)
from domain.membership.standing import (
    MembershipReinstated,
    MembershipSuspended,
    MembershipTerminated,
    MembershipWithdrawn,
    Standing,
    StandingAppealDecided,
    StandingAppealFiled,
    StandingAppealPutToVote,
    SuspensionLifted,
)
from domain.terms import Basis, MembershipId, MembershipStatus
from projections import listings
from projections.as_of import AsOf, holds_now
from projections.model import (
    MissingRowError,
    ReadModel,
    Row,
    changing,
    folds_of,
    on,
    opened_names,
)
from projections.paging import Key, Page, Window
from projections.reading import View, among
from projections.tables import FOREVER, memberships


class Signed(msgspec.Struct, frozen=True, gc=False):
    """A signature under one version of an agreement.

    Attributes:
        agreement: which agreement.
        version: the version signed.
        sha256: the text's hash.
        signed_on: the day from which it counts.
        position: the entry, which hides who signed and in what capacity.
    """

    agreement: str
    version: int
    sha256: str
    signed_on: date
    position: int


class StandingChange(msgspec.Struct, frozen=True, gc=False):
    """From when on a membership has a standing.

    Attributes:
        standing: the standing.
        since: the day from which it holds.
        position: the entry, which hides the reasons.
        until: the day on which a suspension is meant to be lifted.
        vote: the vote that it rests on, where there was one.
    """

    standing: MembershipStatus
    since: date
    position: int
    until: date | None = None
    vote: str | None = None


class MembershipRow(Row, frozen=True, gc=False):
    """A membership.

    Attributes:
        party: the member.
        application: the application that led here; ``None`` for a founding partner.
        since: the day of admission.
        agreement: the agreement that the present tier asks for.
        signed_version: the version of it last signed.
        sent_version: the version of it last sent.
        agreements: every signature, in order.
        sent: the version last sent, by agreement.
        agreed: 1 where the agreement is signed, else 0.
        standing: what befell it, as the domain's rules keep it.
        standings: every standing that it had, in order; the last one is ``status``.
        standards_position: the entry that hides how the standards of the tier's class are met:
            the admission, or the last change of tier.
        admitted_position: the admission.
        version: of the stream.
        updated_position: the last entry taken into account.
    """

    party: str
    tier: str
    membership_class: str
    status: MembershipStatus
    basis: Basis
    application: str | None
    since: date
    agreement: str
    signed_version: int | None
    sent_version: int | None
    agreements: tuple[Signed, ...]
    sent: dict[str, int]
    agreed: int
    standing: Standing
    standings: tuple[StandingChange, ...]
    standards_position: int
    admitted_position: int
    version: int
    updated_position: int


def _admitted(_: MembershipRow | None, event: MemberAdmitted, recorded: Recorded) -> MembershipRow:
    envelope = recorded.envelope
    state = evolve(Membership(id=MembershipId(envelope.stream)), event, envelope.effective)
    status = _status(state)
    return MembershipRow(
        id=envelope.stream,
        party=revealed(event.party),
        tier=event.tier,
        membership_class=event.membership_class,
        status=status,
        basis=event.basis,
        application=event.application,
        since=envelope.effective,
        agreement=event.agreement,
        signed_version=None,
        sent_version=None,
        agreements=(),
        sent={},
        agreed=int(state.agreed),
        standing=state.standing,
        standings=(StandingChange(status, envelope.effective, recorded.position),),
        standards_position=recorded.position,
        admitted_position=recorded.position,
        version=envelope.version,
        updated_position=recorded.position,
    )


def _sent(row: MembershipRow, event: AgreementSent, recorded: Recorded) -> MembershipRow:
    return _evolved(row, event, recorded)


def _signed(row: MembershipRow, event: AgreementSigned, recorded: Recorded) -> MembershipRow:
    signed = Signed(
        agreement=event.agreement,
        version=event.version,
        sha256=event.sha256,
        signed_on=recorded.envelope.effective,
        position=recorded.position,
    )
    return _evolved(row, event, recorded, agreements=(*row.agreements, signed))


def _tier_changed(row: MembershipRow, event: TierChanged, recorded: Recorded) -> MembershipRow:
    return _evolved(
        row,
        event,
        recorded,
        membership_class=event.membership_class,
        standards_position=recorded.position,
    )


def _suspended(row: MembershipRow, event: MembershipSuspended, recorded: Recorded) -> MembershipRow:
    return _evolved(row, event, recorded, until=event.until)


def _terminated(
    row: MembershipRow, event: MembershipTerminated, recorded: Recorded
) -> MembershipRow:
    return _evolved(row, event, recorded, vote=event.vote)


def _reinstated(
    row: MembershipRow, event: MembershipReinstated, recorded: Recorded
) -> MembershipRow:
    return _evolved(row, event, recorded, vote=event.vote, membership_class=event.membership_class)


def _evolved(
    row: MembershipRow,
    event: MembershipEvent,
    recorded: Recorded,
    *,
    until: date | None = None,
    vote: str | None = None,
    **changes: object,
) -> MembershipRow:
    """Change a row as the domain's rules change a membership: standing is theirs to say.

    Args:
        row: the row before the entry.
        event: the entry's.
        recorded: the entry.
        until: the day on which the new standing is meant to end.
        vote: the vote that the new standing rests on.
        changes: columns that the rules do not look at.
    """
    before = Membership(
        id=MembershipId(row.id),
        version=row.version,
        tier=row.tier,
        since=row.since,
        agreement=row.agreement,
        sent=row.sent,
        signed={each.agreement: each.version for each in row.agreements},
        agreed=bool(row.agreed),
        standing=row.standing,
    )
    effective = recorded.envelope.effective
    state = evolve(before, event, effective)
    status = _status(state)
    standings = row.standings
    if status is not row.status:
        change = StandingChange(status, effective, recorded.position, until, vote)
        standings = (*standings, change)
    return msgspec.structs.replace(
        row,
        tier=state.tier,
        status=status,
        agreement=state.agreement,
        signed_version=state.signed.get(state.agreement),
        sent_version=state.sent.get(state.agreement),
        sent=state.sent,
        agreed=int(state.agreed),
        standing=state.standing,
        standings=standings,
        version=recorded.envelope.version,
        updated_position=recorded.position,
        **changes,
    )


def _status(state: Membership) -> MembershipStatus:
    if state.status is None:
        message = f"membership {state.id} has no status after its admission"
        raise MissingRowError(message)
    return state.status


MODEL = ReadModel(
    version=2,
    table=memberships,
    row_type=MembershipRow,
    folds=folds_of(
        on(MemberAdmitted, _admitted),
        on(AgreementSent, changing(_sent)),
        on(AgreementSigned, changing(_signed)),
        on(TierChanged, changing(_tier_changed)),
        on(MembershipSuspended, changing(_suspended)),
        on(SuspensionLifted, changing(_evolved)),
        on(MembershipWithdrawn, changing(_evolved)),
        on(MembershipTerminated, changing(_terminated)),
        on(MembershipReinstated, changing(_reinstated)),
        on(StandingAppealFiled, changing(_evolved)),
        on(StandingAppealPutToVote, changing(_evolved)),
        on(StandingAppealDecided, changing(_evolved)),
    ),
    opens=opened_names([MemberAdmitted]),
    bitemporal=True,
)


class MembershipOrder(StrEnum):
    """What memberships are ordered by; the id decides among equals."""

    SINCE = "since"
    TIER = "tier"


class MembershipFilter(msgspec.Struct, frozen=True, kw_only=True):
    """Which memberships are asked for. ``None`` asks for nothing; an empty list finds none.

    Attributes:
        counties: FIPS codes, of which the organisation's listing shows one.
    """

    tiers: Sequence[str] | None = None
    statuses: Sequence[MembershipStatus] | None = None
    parties: Sequence[str] | None = None
    counties: Sequence[str] | None = None


VIEW = View(memberships, MembershipRow)

LIVE: Final = tuple(status for status in MembershipStatus if status.is_live)
"""Standings with a place in the tier."""

SHOWN: Final = tuple(status for status in MembershipStatus if status.is_shown)
"""Standings with which a listing is shown."""


def page(
    connection: Connection,
    as_of: AsOf,
    wanted: MembershipFilter,
    order: MembershipOrder,
    window: Window,
) -> Page[MembershipRow]:
    """Return one page of memberships."""
    columns = [memberships.c[order.value], memberships.c.id]
    return VIEW.page(connection, as_of, _conditions(wanted), columns, window)


def key(row: MembershipRow, order: MembershipOrder) -> Key:
    """Return a row's place in an order, for `Window`."""
    return (row.since if order is MembershipOrder.SINCE else row.tier, row.id)


def total(connection: Connection, as_of: AsOf, wanted: MembershipFilter) -> int:
    """Return how many memberships there are."""
    return VIEW.total(connection, as_of, _conditions(wanted))


def by_ids(connection: Connection, as_of: AsOf, ids: Iterable[str]) -> dict[str, MembershipRow]:
    """Return memberships by id; ids without one are left out."""
    return VIEW.by_ids(connection, as_of, ids)


def by_parties(
    connection: Connection, as_of: AsOf, parties: Iterable[str]
) -> dict[str, list[MembershipRow]]:
    """Return the memberships of each party, in the order of admission."""
    found: dict[str, list[MembershipRow]] = {party: [] for party in parties}
    rows = VIEW.rows(connection, as_of, memberships.c.party.in_(list(found)))
    for row in sorted(rows, key=lambda row: row.admitted_position):
        found[row.party].append(row)
    return found


def count_by_tier(connection: Connection, as_of: AsOf) -> dict[str, int]:
    """Return how many live memberships each tier has; tiers without any are left out."""
    count = sa.select(memberships.c.tier, sa.func.count()).where(
        as_of.rows_of(memberships), memberships.c.status.in_(LIVE)
    )
    return dict(connection.execute(count.group_by(memberships.c.tier)).all())


def is_shown(party: sa.ColumnElement[str]) -> sa.ColumnElement[bool]:
    """Return the condition that what a party consents to show is up, by its present standing."""
    present = memberships.alias()
    return sa.exists().where(
        present.c.party == party,
        holds_now(present),
        present.c.effective_to == FOREVER,
        present.c.status.in_(SHOWN),
    )


def is_member(party: sa.ColumnElement[str]) -> sa.ColumnElement[bool]:
    """Return the condition that a party is, or was, a member."""
    present = memberships.alias()
    return sa.exists().where(present.c.party == party, holds_now(present))


def _conditions(wanted: MembershipFilter) -> list[sa.ColumnElement[bool]]:
    columns = memberships.c
    conditions = [
        *among(columns.tier, wanted.tiers),
        *among(columns.status, wanted.statuses),
        *among(columns.party, wanted.parties),
    ]
    if wanted.counties is not None:
        conditions.append(listings.found_by(columns.party, listings.COUNTY, wanted.counties))
        conditions.append(is_shown(columns.party))
    return conditions
