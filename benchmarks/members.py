"""A large ledger: members who came all the way from application to listing, by commands.

About twenty entries each, as an admission takes: submission, evidence, findings, standards,
review, decision, agreement, listing. It is made once, on SQLite, and its rows are copied to
PostgreSQL, byte for byte.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import Future
from contextlib import ExitStack, closing
from datetime import datetime
from typing import Final

import sqlalchemy as sa

from benchmarks.databases import Databases
from benchmarks.founded import (
    DIRECTOR,
    POLICY,
    found_ledger,
    new_id,
    principal,
    publish_template,
    request,
)
from domain.decision import Command
from domain.membership.application import AttachEvidence, SubmitApplication
from domain.membership.details import OrganisationDetails
from domain.membership.membership import AdmitMember, SendAgreement, SignAgreement
from domain.membership.party import PublishListing
from domain.membership.review import AssessStandard, AssignReviewer, RecordFinding, RecordReview
from domain.policy import PartyType, RequirementKind
from domain.terms import (
    ApplicationId,
    Assessment,
    MembershipId,
    PartyId,
    PersonId,
    Recommendation,
    ReviewId,
)
from projections import schema
from projections.tables import metadata as views
from projections.tables import read_models
from service.ledger.engine import begin_writing, create_engine
from service.ledger.ledger import Ledger
from service.ledger.request import Accepted, Outcome, Request
from service.ledger.tables import metadata as log
from service.planning.deciding import decide
from service.security.principal import Principal, Role
from tests.databases import connect

MEMBERS: Final = 5_000
QUICK_MEMBERS: Final = 250
TIER: Final = "community-network"
AGREEMENT: Final = POLICY.agreement_for(TIER).id
STANDARDS: Final = [each.id for each in POLICY.standards_for(TIER)]

_PARTY_TYPE: Final = PartyType.COMMUNITY_ORGANISATION
_REQUIREMENTS: Final = [
    each.id
    for each in POLICY.requirements_for(TIER, _PARTY_TYPE)
    if each.kind is not RequirementKind.PARTY_TYPE
]
_REVIEWER: Final = principal(Role.REVIEWER)
_COMMITTEE: Final = principal(Role.COMMITTEE)
_IN_FLIGHT: Final = 1_024
_SERVICES: Final = ("food pantry", "housing counselling", "job coaching", "child care")

Step = tuple[Command, Principal]


def large_ledgers(databases: Databases, *, quick: bool) -> dict[str, Ledger]:
    """Return the same large ledger on both databases; it is made for the first who asks."""

    def make(stack: ExitStack) -> dict[str, Ledger]:
        file = stack.enter_context(databases.fresh("sqlite"))
        url = stack.enter_context(databases.fresh("postgresql"))
        made = stack.enter_context(closing(found_ledger(file, databases.folder, partners=1)))
        admit_many(made, QUICK_MEMBERS if quick else MEMBERS)
        return {"sqlite": made, "postgresql": stack.enter_context(closing(copied(made, url)))}

    return databases.once("members", make)


def admit_many(ledger: Ledger, members: int) -> None:
    """Take so many organisations from application to a signed agreement and a listing."""
    sha256 = publish_template(ledger, AGREEMENT)
    steps = (step for place in range(members) for step in _steps(place, sha256))
    run_all(ledger, (request(command, who) for command, who in steps))


def copied(source: Ledger, url: str, clock: Callable[[], datetime] | None = None) -> Ledger:
    """Copy every row of a ledger on SQLite into an empty PostgreSQL database, and open it.

    Args:
        source: the ledger.
        url: the database.
        clock: the copy's; the source's without one.
    """
    engine = create_engine(url)
    with begin_writing(engine) as connection:
        schema.upgrade(connection)
        connection.execute(sa.delete(read_models))  # copied like the rest
    with source.read() as snapshot, connect(url) as target:
        for table in [*log.sorted_tables, *views.sorted_tables]:
            names = ", ".join(f'"{column.name}"' for column in table.columns)
            rows = snapshot.connection.execute(sa.select(table))
            with target.cursor().copy(f'COPY "{table.name}" ({names}) FROM STDIN') as into:
                for row in rows:
                    into.write_row(row)
        # Autovacuum would get there a minute later.
        target.execute("ANALYZE")
    return Ledger(engine, source.keys, decide, clock or source.clock)


def _steps(place: int, sha256: str) -> Iterator[Step]:
    applicant = principal(Role.APPLICANT)
    party, application = PartyId(new_id()), ApplicationId(new_id())
    membership = MembershipId(new_id())
    member = principal(Role.REPRESENTATIVE, party)
    yield _submission(place, party, application, applicant), applicant
    yield AssignReviewer(application=application, reviewer=_REVIEWER.id), DIRECTOR
    yield from _review(application, applicant)
    yield AdmitMember(application=application, membership=membership), _COMMITTEE
    yield SendAgreement(membership=membership), DIRECTOR
    yield (
        SignAgreement(
            membership=membership,
            agreement=AGREEMENT,
            version=1,
            sha256=sha256,
            signatory=PersonId(new_id()),
            signatory_name="Avery Invented",
            capacity="executive director",
        ),
        member,
    )
    yield _listing(place, party), member


def _submission(
    place: int, party: PartyId, application: ApplicationId, applicant: Principal
) -> SubmitApplication:
    return SubmitApplication(
        application=application,
        review=ReviewId(new_id()),
        party=party,
        applicant=applicant.id,
        tier=TIER,
        organisation=OrganisationDetails(
            name=f"Neighbours of Block {place}", party_type=_PARTY_TYPE.value, counties=["29510"]
        ),
        statement="We would like to take part.",
    )


def _review(application: ApplicationId, applicant: Principal) -> Iterator[Step]:
    for requirement in _REQUIREMENTS:
        yield (
            AttachEvidence(
                application=application,
                requirement=requirement,
                description=f"Evidence for {requirement}",
            ),
            applicant,
        )
        yield RecordFinding(application=application, requirement=requirement, met=True), _REVIEWER
    for standard in STANDARDS:
        yield (
            AssessStandard(
                application=application, standard=standard, assessment=Assessment.EXHIBITS
            ),
            _REVIEWER,
        )
    yield (
        RecordReview(
            application=application,
            recommendation=Recommendation.ADMIT,
            reasons="All that the tier asks for was found.",
        ),
        _REVIEWER,
    )


def _listing(place: int, party: PartyId) -> PublishListing:
    return PublishListing(
        party=party,
        name=f"Neighbours of Block {place}",
        description="Neighbours who help each other with whatever the week brings.",
        counties=["29510"],
        populations=["everybody"],
        services=[_SERVICES[place % 4], _SERVICES[(place + 1) % 4]],
        website=f"https://block-{place}.example.org",
        email=f"hello@block-{place}.example.org",
        phone="+13145550100",
    )


def run_all(ledger: Ledger, requests: Iterable[Request]) -> None:
    """Run commands that are to be accepted, in this order, and keep the writer busy."""
    waiting: list[Future[Outcome]] = []
    for each in requests:
        waiting.append(ledger.submit(each))
        if len(waiting) == _IN_FLIGHT:
            _expect_accepted(waiting)
            waiting = []
    _expect_accepted(waiting)


def _expect_accepted(waiting: list[Future[Outcome]]) -> None:
    for future in waiting:
        outcome = future.result(60.0)
        assert isinstance(outcome, Accepted), outcome
