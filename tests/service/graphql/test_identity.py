"""Ids say nothing and are nobody's to choose; nobody is led from a listing to an application."""

from __future__ import annotations

import pytest
import sqlalchemy as sa

from domain.ledger.entry import parse_entry
from domain.membership.details import IndividualDetails, OrganisationDetails
from domain.membership.party import PublishListing
from domain.terms import PartyId
from service.graphql.ids import NodeKind, global_id
from service.ledger import tables
from service.security.principal import Role
from tests.service.coalition import individual, new_id, organisation
from tests.service.graphql.api import Api

DETAILS = {"name": "Harbour Light", "partyType": "COALITION_OR_GROUP", "counties": ["29510"]}
APPLY = {"tier": "ally-network"}


def test_an_applicant_does_not_choose_a_stream(api: Api) -> None:
    for chosen in (new_id(), api.coalition.ledger.coalition):
        party = global_id(NodeKind.PARTY, chosen)
        answer = api.do(
            "submitApplication",
            APPLY | {"party": party, "organisation": DETAILS},
            Role.APPLICANT,
        )
        assert answer["__typename"] == "Refused"
        assert answer["field"] == "party"


def test_anothers_party_and_no_party_look_alike(api: Api) -> None:
    known = api.coalition.admit("community-network", organisation()).party

    answers = [
        api.do("submitApplication", APPLY | {"party": global_id(NodeKind.PARTY, party)}, role)
        for party in (known, new_id(), api.coalition.ledger.coalition)
        for role in (Role.APPLICANT, Role.REPRESENTATIVE)
    ]

    assert {answer["__typename"] for answer in answers} == {"NotAllowed"}


@pytest.mark.parametrize("details", [organisation(), individual()])
def test_no_open_entry_beside_an_application_shows_the_partys_stream(
    api: Api, details: OrganisationDetails | IndividualDetails
) -> None:
    submitted = api.coalition.submit("community-network", details)
    api.coalition.must(
        PublishListing(party=submitted.party, name=details.name),
        api.coalition.representative(PartyId(submitted.party)),
    )
    with api.coalition.ledger.engine.connect() as connection:
        rows = connection.execute(
            sa.select(tables.entries.c.data).order_by(tables.entries.c.position)
        ).scalars()
        entries = [parse_entry(bytes(data)) for data in rows]

    shown = [
        place
        for place, entry in enumerate(entries)
        if entry.envelope is not None and entry.envelope.stream == submitted.party
    ]
    applied = [
        place for place, entry in enumerate(entries) if entry.type == "application.submitted.v1"
    ]
    assert shown == [len(entries) - 1], "only the listing itself shows the party's stream"
    assert entries[applied[-1] - 1].envelope is None


def test_an_individual_signs_as_themself(api: Api) -> None:
    coalition = api.coalition
    version, sha256 = coalition.publish("network-member-agreement", "We agree.")
    admitted = coalition.admit("community-network", individual())
    membership = global_id(NodeKind.MEMBERSHIP, admitted.membership)
    api.do("sendAgreement", {"membership": membership}, Role.DIRECTOR)

    answer = api.do(
        "signAgreement",
        {
            "membership": membership,
            "agreement": "network-member-agreement",
            "version": version,
            "sha256": sha256,
            "signatoryName": "Robin Invented",
            "capacity": "myself",
        },
        coalition.representative(admitted.party),
    )

    position = answer["receipt"]["position"]
    with coalition.ledger.read() as snapshot:
        opened = coalition.ledger.disclosures(snapshot.connection, [position])[position]
    assert opened["data.signatory"].value == admitted.party
