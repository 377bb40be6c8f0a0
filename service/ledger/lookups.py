"""What rules ask of the database that no state of a stream knows; inside the writer's transaction.

What the same batch has only just decided is not in it yet.
"""

from __future__ import annotations

from typing import Final

import sqlalchemy as sa
from sqlalchemy.engine import Connection

from domain.ledger.disclosure import Event
from domain.policy import Policy, VoteKind, parse_policy
from domain.terms import BallotsId, PartyId, PrincipalId, VoteOutcome
from projections import directory
from projections.as_of import holds_now, is_latest
from projections.parties import NAME
from projections.tables import parties, party_terms, terms_of_office, votes
from service.faults import CorruptLedgerError
from service.ledger import tables
from service.ledger.reader import CONFIDENTIAL
from service.security.principal import Role

NAMED: Final = (
    sa.select(party_terms.c.party)
    .where(
        party_terms.c.facet == sa.literal_column(f"'{NAME}'"),
        party_terms.c.term == sa.bindparam("term"),
        holds_now(party_terms),
    )
    .order_by(party_terms.c.party)
)
"""The organisations that go, or went, by the name of which ``term`` is the keyed hash."""

# Made once: every review that is assigned asks it.
_NAMED: Final = sa.select(tables.api_keys.c.party).where(
    tables.api_keys.c.principal == sa.bindparam("principal"),
    tables.api_keys.c.party.is_not(None),
)


def is_person(connection: Connection, person: str) -> bool:
    """Whether anything personal was ever recorded about somebody."""
    subject = tables.subject_keys.c.subject
    found = connection.execute(sa.select(subject).where(subject == f"person:{person}"))
    return found.first() is not None


def entries_of(connection: Connection, stream: str, event: type[Event]) -> list[str]:
    """Return the ids of the entries of a type in a stream, the last one first.

    Those of a confidential type are among all that are confidential in the stream.
    """
    entries = tables.entries.c
    stored_name = CONFIDENTIAL if event.confidential else event.stored_name
    found = connection.execute(
        sa.select(entries.entry_id)
        .where(entries.stream == stream, entries.type == stored_name)
        .order_by(entries.position.desc())
    )
    return list(found.scalars())


def files_of(connection: Connection, application: str) -> dict[str, str]:
    """Return the ids of the files of evidence that are kept for an application, by hash."""
    files = tables.evidence_files.c
    kept = connection.execute(
        sa.select(files.sha256, files.id).where(files.application == application)
    )
    return {each.sha256: each.id for each in kept}


def is_shown(connection: Connection, party: str) -> bool:
    """Whether the directory shows a party to everybody."""
    return party in directory.listings_of(connection, [party])


def held_by(connection: Connection, person: str) -> list[str]:
    """Return the parties that somebody speaks for, and the terms of office that they hold."""
    # An id is of one length, and stands in quotes: no part of another one is found.
    people = sa.type_coerce(parties.c.representatives, sa.Text)
    speaks = people.contains(f'"{person}"', autoescape=True)
    found = connection.execute(
        sa.union_all(
            sa.select(parties.c.id).where(holds_now(parties), speaks),
            sa.select(terms_of_office.c.id).where(
                is_latest(terms_of_office),
                terms_of_office.c.person == person,
                terms_of_office.c.until.is_(None),
            ),
        )
    )
    return list(found.scalars())


def moot_about(connection: Connection, kind: VoteKind, about: str) -> list[BallotsId]:
    """Return the ballots of the votes of a kind on a membership or policy file that were moot."""
    columns = votes.c
    found = sa.select(columns.ballots).where(
        holds_now(votes),
        columns.kind == kind.value,
        columns.outcome == VoteOutcome.MOOT.value,
        sa.or_(columns.membership == about, columns.proposal_sha256 == about),
    )
    return [BallotsId(each) for each in connection.execute(found).scalars()]


def named_by_keys(connection: Connection, principal: str) -> frozenset[PartyId]:
    """Return the parties that the keys of a principal name, those that ended too."""
    named = connection.execute(_NAMED, {"principal": principal})
    return frozenset(map(PartyId, named.scalars()))


def directors(connection: Connection) -> list[tuple[PrincipalId, PartyId | None]]:
    """Return who directs by a key that is not revoked, and whom that says they belong to."""
    keys = tables.api_keys.c
    found = connection.execute(
        sa.select(keys.principal, keys.party).where(
            keys.role == Role.DIRECTOR.value, keys.revoked_at.is_(None)
        )
    )
    return [(PrincipalId(who), None if party is None else PartyId(party)) for who, party in found]


def read_policy(connection: Connection, sha256: str) -> Policy:
    """Return the policy of a stored file.

    Raises:
        CorruptLedgerError: there is no such file.
    """
    documents = tables.documents
    content = connection.execute(
        sa.select(documents.c.content).where(documents.c.sha256 == sha256)
    ).scalar()
    if content is None:
        message = f"the policy file {sha256} is named by an entry and not stored"
        raise CorruptLedgerError(message)
    return parse_policy(bytes(content))
