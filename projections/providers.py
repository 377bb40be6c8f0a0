"""Who is a provider under which EIN: what staff look at before they admit one more."""

from __future__ import annotations

from collections.abc import Collection

import sqlalchemy as sa
from sqlalchemy.engine import Connection

from domain.policy import MembershipClassId
from domain.terms import LIVE
from projections import affiliations, mergers, parties
from projections.as_of import AsOf
from projections.party_rows import PartyRow
from projections.tables import memberships
from projections.tables import parties as table


def with_ein_held(connection: Connection, as_of: AsOf, asked: Collection[str]) -> set[str]:
    """Return those parties under whose EIN another party is a provider.

    What is part of a party has its EIN for that party, and who shares its sponsor's claims none,
    as the register has it.
    """
    own = parties.by_ids(connection, as_of, mergers.with_parts(connection, as_of, asked))
    indexes = {row.ein_index for row in own.values() if row.ein_index is not None}
    sharing = parties.VIEW.rows(connection, as_of, table.c.ein_index.in_(indexes))
    ends = mergers.ends_of(connection, as_of, [*asked, *(row.id for row in sharing)])
    providers = set(
        connection.execute(
            sa.select(memberships.c.party).where(
                as_of.rows_of(memberships),
                memberships.c.party.in_(set(ends.values())),
                memberships.c.membership_class == MembershipClassId.PROVIDER,
                memberships.c.status.in_(LIVE),
            )
        ).scalars()
    )
    claiming = _without_sponsored(connection, as_of, sharing)
    claims = {(ends[row.id], row.ein_index) for row in claiming}
    held = {(end, index) for end, index in claims if end in providers}
    return {
        party
        for party in asked
        if any(holder != ends[party] and (ends[party], index) in claims for holder, index in held)
    }


def _without_sponsored(
    connection: Connection, as_of: AsOf, rows: Collection[PartyRow]
) -> list[PartyRow]:
    """Return the parties that do not share their EIN with one that sponsors them."""
    ties = affiliations.by_parties(connection, as_of, [row.id for row in rows])
    sponsors = {each for tied in ties.values() for each in tied.sponsors}
    eins = {row.id: row.ein_index for row in parties.by_ids(connection, as_of, sponsors).values()}
    return [
        row
        for row in rows
        if row.id not in ties
        or row.ein_index not in {eins.get(each) for each in ties[row.id].sponsors}
    ]
