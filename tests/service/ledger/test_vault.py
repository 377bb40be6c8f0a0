"""Hidden values: a person's are under a key of their own, what rules need is not."""

from __future__ import annotations

import sqlalchemy as sa

from domain.membership.party import PublishListing, WithdrawListing
from domain.terms import PartyId
from service.ledger import tables
from service.ledger.request import Accepted
from service.security.principal import Role
from tests.service.coalition import Coalition, individual

NETWORK = "community-network"


def _destroy_key_of_person(coalition: Coalition, person: str) -> None:
    subject_keys = tables.subject_keys
    with coalition.ledger.engine.connect() as connection:
        key_id = connection.execute(
            sa.select(subject_keys.c.key_id).where(subject_keys.c.subject == f"person:{person}")
        ).scalar_one()
    coalition.ledger.keys.destroy(key_id)


def test_the_rules_outlast_a_persons_key(coalition: Coalition) -> None:
    admitted = coalition.admit(NETWORK, individual())
    representative = coalition.representative(PartyId(admitted.party))
    coalition.must(PublishListing(party=admitted.party, name="Robin"), representative)
    _destroy_key_of_person(coalition, admitted.party)

    reopened = coalition.reopen()
    outcome = reopened.execute(
        coalition.request(
            WithdrawListing(party=admitted.party), coalition.principals[Role.DIRECTOR]
        )
    )
    reopened.close()

    assert isinstance(outcome, Accepted)


def test_a_persons_key_opens_what_is_personal_and_nothing_else(coalition: Coalition) -> None:
    admitted = coalition.admit(NETWORK, individual("Quillonia Unrepeatable"))
    ledger = coalition.ledger
    with ledger.read() as snapshot:
        (position,) = snapshot.connection.execute(
            sa.select(tables.entries.c.position).where(tables.entries.c.stream == admitted.party)
        ).scalars()
        before = ledger.disclosures(snapshot.connection, [position])[position]
        _destroy_key_of_person(coalition, admitted.party)
        after = ledger.disclosures(snapshot.connection, [position])[position]

    assert before.keys() - after.keys() == {"data.name", "data.email", "data.counties"}
    assert "data.party_type" in after
