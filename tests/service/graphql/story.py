"""A coalition with something in it of everything, and strings planted where they are hidden."""

from __future__ import annotations

from datetime import date
from pathlib import Path

from domain.membership.application import AttachEvidence, AttestPopulationShare
from domain.membership.details import IndividualDetails, OrganisationDetails
from domain.membership.membership import DeclineApplication
from domain.membership.names import AddAlias
from domain.membership.party import AppointRepresentative, PublishListing
from domain.membership.plans import OpenImprovementPlan
from domain.membership.review import AssessStandard, AssignReviewer
from domain.terms import ApplicationId, Assessment, PartyId, PersonId, PrincipalId
from service.graphql.ids import NodeKind, global_id
from service.security.principal import Principal, Role
from tests.service.coalition import POLICY, Admitted, Coalition, new_id, organisation
from tests.service.graphql.api import Api

PERSONAL = {
    "representative.name": "Quill Plantedname",
    "representative.email": "quill@planted.example",
    "representative.phone": "+1 314 555 0142",
    "signatory.name": "Avery Invented",
    "individual.email": "wren@planted.example",
    "applicant.email": "lark@planted.example",
    "applicant.name": "Lark Plantedname",
    "individual.legal-name": "Wren Legalname",
}
STAFF = {
    "organisation.name": "Plantedlegal Foundation",
    "organisation.ein": "431300555",
    "application.statement": "We would like to take part.",
    "evidence": "Evidence planted for the pending one",
    "capacity": "planted capacity of a representative",
    "share.basis": "planted counting basis",
}
REVIEW = {
    "finding": "All that the tier asks for was found.",
    "plan": "planted steps of a plan",
    "decline": "planted note of a decline",
}
LISTED = {
    "organisation": "Shown Shelter",
    "organisation.email": "hello@shown.example",
    "individual": "Wren Shown",
}


class Story:
    """The coalition, and who and what is in it.

    Attributes:
        member: an organisation with a signed agreement, a representative and a listing.
        person: an individual with a listing that shows a name and nothing else.
        pending: an application in review, by the applicant.
        declined: an application of an organisation, by somebody else.
    """

    def __init__(self, database_url: str, folder: Path) -> None:
        self.coalition = coalition = Coalition(database_url, folder)
        self.api = Api(coalition)
        coalition.clock.advance(days=1)
        self.member = coalition.admit(
            "coalition-member",
            organisation(STAFF["organisation.name"], ein=STAFF["organisation.ein"]),
        )
        version, sha256 = coalition.publish(self._agreement("coalition-member"), "Be kind.")
        coalition.sign(self.member, self._agreement("coalition-member"), version, sha256)
        self.representative = coalition.representative(self.member.party)
        self._represent()
        coalition.clock.advance(days=1)
        self.person = self._person()
        coalition.clock.advance(days=1)
        self._pending()
        self._declined()

    def close(self) -> None:
        """Close the ledger."""
        self.coalition.close()

    def id_of(self, kind: NodeKind, own_id: str) -> str:
        """Return a global id."""
        return global_id(kind, own_id)

    @staticmethod
    def _agreement(tier: str) -> str:
        return POLICY.agreement_for(tier).id

    def _represent(self) -> None:
        self.coalition.must(
            AppointRepresentative(
                party=self.member.party,
                person=PersonId(new_id()),
                capacity=STAFF["capacity"],
                name=PERSONAL["representative.name"],
                email=PERSONAL["representative.email"],
                phone=PERSONAL["representative.phone"],
            ),
            Role.DIRECTOR,
        )
        self.coalition.must(
            AddAlias(party=self.member.party, alias=LISTED["organisation"]), self.representative
        )
        self.coalition.must(
            PublishListing(
                party=self.member.party,
                name=LISTED["organisation"],
                description="Beds for a night",
                counties=["29510", "29189"],
                populations=["everyone"],
                services=["shelter"],
                website="https://shown.example",
                email=LISTED["organisation.email"],
            ),
            self.representative,
        )

    def _person(self) -> Admitted:
        person = self.coalition.admit(
            "community-network",
            IndividualDetails(
                name=PERSONAL["individual.legal-name"],
                party_type="individual",
                email=PERSONAL["individual.email"],
                counties=["29189"],
            ),
        )
        self.coalition.must(
            PublishListing(party=person.party, name=LISTED["individual"]),
            self.coalition.representative(person.party),
        )
        return person

    def _pending(self) -> None:
        coalition = self.coalition
        self.applicant = Principal(PrincipalId(new_id()), Role.APPLICANT)
        submitted = coalition.submit(
            "community-network",
            IndividualDetails(
                name=PERSONAL["applicant.name"],
                party_type="individual",
                email=PERSONAL["applicant.email"],
                counties=["29510"],
            ),
            applicant=self.applicant,
        )
        self.pending = submitted.application
        self.pending_party = submitted.party
        reviewer = coalition.principals[Role.REVIEWER]
        coalition.must(
            AssignReviewer(application=self.pending, reviewer=reviewer.id), Role.DIRECTOR
        )
        evidence = next(
            each.id
            for each in POLICY.tier("community-network").requirements
            if each.kind.value == "evidence"
        )
        coalition.must(
            AttachEvidence(
                application=self.pending, requirement=evidence, description=STAFF["evidence"]
            ),
            self.applicant,
        )
        standard = POLICY.standards_for("community-network")[0].id
        coalition.must(
            AssessStandard(
                application=self.pending, standard=standard, assessment=Assessment.WORKS_TOWARDS
            ),
            reviewer,
        )
        coalition.must(
            OpenImprovementPlan(
                application=self.pending,
                standard=standard,
                due=date(2023, 6, 1),
                steps=REVIEW["plan"],
            ),
            reviewer,
        )

    def _declined(self) -> None:
        coalition = self.coalition
        other = Principal(PrincipalId(new_id()), Role.APPLICANT)
        submitted = coalition.submit(
            "collaborative-partner",
            OrganisationDetails(
                name="Declined Cooperative",
                party_type="nonprofit-501c3",
                ein=coalition.ein(),
                counties=["29510"],
            ),
            applicant=other,
        )
        self.declined: ApplicationId = submitted.application
        self.declined_party: PartyId = submitted.party
        self.other_reviewer = Principal(PrincipalId(new_id()), Role.REVIEWER)
        coalition.must(
            AssignReviewer(application=self.declined, reviewer=self.other_reviewer.id),
            Role.DIRECTOR,
        )
        share = next(
            each.id
            for each in POLICY.tier("collaborative-partner").requirements
            if each.kind.value == "population-share"
        )
        coalition.must(
            AttestPopulationShare(
                application=self.declined,
                requirement=share,
                numerator=10,
                denominator=100,
                basis=STAFF["share.basis"],
                period_start=date(2022, 1, 1),
                period_end=date(2022, 12, 31),
            ),
            other,
        )
        coalition.must(
            DeclineApplication(application=self.declined, clauses=[share], note=REVIEW["decline"]),
            Role.COMMITTEE,
        )
