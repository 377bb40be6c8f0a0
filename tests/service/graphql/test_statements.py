"""However many there are on a page, it is read in the same few statements."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

import pytest
import sqlalchemy as sa

from domain.membership.party import AppointRepresentative, PublishListing
from domain.terms import PersonId
from service.security.principal import Role
from tests.service.coalition import POLICY, Coalition, new_id, organisation
from tests.service.graphql.api import Api

TIER = "coalition-member"
DIRECTORY = """query ($first: Int) { directory(first: $first) { edges { node {
    id name description counties { fips name } populations services website tier { name }
    since standing membership {
        id status
        agreements { agreement version signedOn }
        standards { assessment standard { name } }
    }
} } } }"""
MEMBERSHIPS = """query ($first: Int) { memberships(first: $first) { totalCount nodes {
    id tier { name } status standing since
    party { name ... on Organisation { ein representatives { name capacity } } }
    listing { name membership { id } }
    agreements { version capacity signatoryName entry { position } }
    standards { assessment }
    application { phase party { name } review { findings { met } } }
    history(last: 2) { totalCount nodes { type disclosures { path } } }
} } }"""
APPLICATIONS = """query ($first: Int) { applications(first: $first) { totalCount nodes {
    id phase ageDays party { name } statement reviewers membership { standing }
    evidence { description entry { position } } populationShares { numerator }
    review { findings { met } assessments { assessment } plans { due } recommendation reasons }
    history { nodes { type } }
} } }"""


@pytest.fixture
def filled(coalition: Coalition) -> Api:
    """Twelve members with everything that a member may have."""
    coalition.clock.advance(days=1)
    agreement = POLICY.agreement_for(TIER).id
    version, sha256 = coalition.publish(agreement, "Be kind.")
    for number in range(12):
        member = coalition.admit(TIER, organisation(f"Member {number}", ein=coalition.ein()))
        coalition.sign(member, agreement, version, sha256)
        coalition.must(
            AppointRepresentative(
                party=member.party,
                person=PersonId(new_id()),
                capacity="director",
                name=f"Representative {number}",
                email="representative@example.org",
            ),
            Role.DIRECTOR,
        )
        coalition.must(
            PublishListing(
                party=member.party, name=f"Member {number}", counties=["29510"], services=["help"]
            ),
            coalition.representative(member.party),
        )
    return Api(coalition)


@contextmanager
def counting(api: Api) -> Iterator[list[str]]:
    """Give the statements that the ledger's database is sent."""
    sent: list[str] = []

    def note(*arguments: object) -> None:
        if arguments[2] != "BEGIN":
            sent.append(str(arguments[2]))

    engine = api.coalition.ledger.engine
    sa.event.listen(engine, "before_cursor_execute", note)
    yield sent
    sa.event.remove(engine, "before_cursor_execute", note)


def test_a_page_costs_the_same_however_large_it_is(filled: Api) -> None:
    for query, who, most in (
        (DIRECTORY, Role.PUBLIC, 4),
        (DIRECTORY, Role.DIRECTOR, 5),
        (MEMBERSHIPS, Role.DIRECTOR, 25),
        (APPLICATIONS, Role.DIRECTOR, 16),
    ):
        filled.ask(query, who, first=1)
        statements = []
        for first in (2, 6, 12):
            with counting(filled) as sent:
                filled.ask(query, who, first=first)
            statements.append(sent)
        assert len({len(sent) for sent in statements}) == 1
        assert len(statements[-1]) <= most, "\n".join(statements[-1])


def test_what_is_not_asked_for_is_not_read(filled: Api) -> None:
    with counting(filled) as sent:
        filled.ask("{ memberships { totalCount } }")
    assert sum("FROM memberships" in each for each in sent) == 1
    with counting(filled) as sent:
        filled.ask("{ __schema { queryType { name } } viewer { role } }")
    assert sent == []
