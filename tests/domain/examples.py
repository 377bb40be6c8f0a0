"""A small cast for specifications: invented parties, and how far each has come."""

from __future__ import annotations

from datetime import date

from domain.coalition.coalition import (
    AgreementTemplatePublished,
    CoalitionFounded,
    PolicyAdopted,
    SeatsSet,
)
from domain.decision import Fact
from domain.membership.application import (
    ApplicationApproved,
    ApplicationReviewed,
    ApplicationSubmitted,
    EvidenceAttached,
    PopulationShareAttested,
    ReviewStarted,
)
from domain.membership.membership import AgreementSent, AgreementSigned, MemberAdmitted
from domain.membership.party import IndividualRegistered, OrganisationRegistered
from domain.membership.review import (
    RequirementFound,
    ReviewerAssigned,
    ReviewRecorded,
    StandardAssessed,
)
from domain.membership.waiting import ApplicationWaitlisted
from domain.policy import PartyType, Policy, RequirementKind, parse_policy
from domain.terms import (
    ApplicationId,
    ApplicationKind,
    Assessment,
    Basis,
    MembershipId,
    PartyId,
    PersonId,
    PrincipalId,
    Recommendation,
    ReviewId,
    TierChangeReason,
)
from tests.domain.policy.files import CATE, CATE_TOML
from tests.domain.world import COALITION, an_id

PARTNER = "collaborative-partner"
MEMBER = "coalition-member"
NETWORK = "community-network"
ALLY = "ally-network"

SHARE = f"{PARTNER}.population-share"
PARTNER_AGREEMENT = "partner-agreement"
MEMBER_AGREEMENT = "coalition-member-agreement"
NETWORK_AGREEMENT = "network-member-agreement"

LANTERN = PartyId(an_id("Lantern House"))  # a 501(c)(3) organisation
LANTERN_EIN = "991234567"
FERRY = PartyId(an_id("Ferry Street Group"))  # another
FERRY_EIN = "992345678"
WREN = PartyId(an_id("a practitioner"))  # an individual

APPLICATION = ApplicationId(an_id("an application"))
REVIEW = ReviewId(an_id("its review"))
MEMBERSHIP = MembershipId(an_id("a membership"))
ANOTHER = an_id("another of any kind")
APPLICANT = PrincipalId(an_id("an applicant"))
REVIEWER = PrincipalId(an_id("a reviewer"))
SIGNATORY = PersonId(an_id("a signatory"))

COUNTY = "29189"
FIRST_TEXT = "1" * 64
SECOND_TEXT = "2" * 64
DAY_BEFORE = date(2026, 3, 1)


def policy_with(*changes: tuple[str, str], version: int = 2) -> Policy:
    """Return CATE's policy as a later version with parts of its text exchanged."""
    text = CATE_TOML.decode().replace("\nversion = 1\n", f"\nversion = {version}\n", 1)
    for old, new in changes:
        assert old in text, old
        text = text.replace(old, new)
    return parse_policy(text.encode())


def founded(seats: int | None = None, policy: Policy = CATE) -> list[Fact]:
    """Return a founding without partners, and with seats for partners if wished."""
    facts = [
        Fact(COALITION, CoalitionFounded(name="C", time_zone=policy.time_zone, source="minutes")),
        Fact(
            COALITION,
            PolicyAdopted(
                policy=policy.id,
                version=policy.version,
                sha256=policy.sha256,
                basis=Basis.FOUNDING,
            ),
        ),
    ]
    if seats is not None:
        facts.append(Fact(COALITION, SeatsSet(tier=PARTNER, seats=seats, basis=Basis.FOUNDING)))
    return facts


def published(agreement: str, version: int = 1, sha256: str = FIRST_TEXT) -> Fact:
    """Return that a text is the one to sign."""
    tiers = [tier.id for tier in CATE.tiers if CATE.agreement_for(tier.id).id == agreement]
    return Fact(
        COALITION,
        AgreementTemplatePublished(
            agreement=agreement, version=version, sha256=sha256, tiers=tiers
        ),
    )


def organisation(
    party: PartyId = LANTERN,
    ein: str | None = LANTERN_EIN,
    party_type: str = "nonprofit-501c3",
) -> Fact:
    """Return that an organisation is known."""
    return Fact(
        party,
        OrganisationRegistered(
            name="Lantern House", party_type=party_type, ein=ein, counties=[COUNTY]
        ),
    )


def individual(party: PartyId = WREN, party_type: str = "individual-practitioner") -> Fact:
    """Return that a person is known."""
    return Fact(
        party,
        IndividualRegistered(
            name="Wren", party_type=party_type, email="wren@example.org", counties=[COUNTY]
        ),
    )


def submitted(
    tier: str,
    party: PartyId = LANTERN,
    *,
    kind: ApplicationKind = ApplicationKind.ADMISSION,
    membership: MembershipId | None = None,
    application: ApplicationId = APPLICATION,
    review: ReviewId = REVIEW,
) -> Fact:
    """Return that an application is in."""
    return Fact(
        application,
        ApplicationSubmitted(
            kind=kind,
            tier=tier,
            party=party,
            review=review,
            applicant=APPLICANT,
            membership=membership,
            reason=None if membership is None else TierChangeReason.SERVICES_CHANGED,
            statement=None,
        ),
    )


def review_started() -> list[Fact]:
    """Return that a reviewer has taken the application up."""
    return [
        Fact(REVIEW, ReviewerAssigned(application=APPLICATION, reviewer=REVIEWER)),
        Fact(APPLICATION, ReviewStarted()),
    ]


def attested(numerator: int, denominator: int = 100) -> Fact:
    """Return that a share was stated."""
    return Fact(
        APPLICATION,
        PopulationShareAttested(
            requirement=None,
            clause=SHARE,
            numerator=numerator,
            denominator=denominator,
            basis="people served",
            period_start=date(2025, 1, 1),
            period_end=date(2025, 12, 31),
        ),
    )


def found_met(
    tier: str, party_type: str = "nonprofit-501c3", *, but: str = "", policy: Policy = CATE
) -> list[Fact]:
    """Return everything attached and found met that the tier asks for, ``but`` one."""
    facts = []
    for requirement in policy.requirements_for(tier, PartyType(party_type)):
        if requirement.kind is RequirementKind.PARTY_TYPE or requirement.id == but:
            continue
        if requirement.kind is RequirementKind.EVIDENCE:
            event = EvidenceAttached(
                requirement=None, clause=requirement.id, description="a", sha256=None
            )
            facts.append(Fact(APPLICATION, event))
        if requirement.kind is RequirementKind.POPULATION_SHARE:
            facts.append(attested(80))
        found = RequirementFound(requirement=requirement.id, met=True, note=None)
        facts.append(Fact(REVIEW, found))
    return facts


def assessed(
    tier: str, assessment: Assessment = Assessment.EXHIBITS, *, but: str = ""
) -> list[Fact]:
    """Return an assessment by every standard of the tier's class ``but`` one."""
    return [
        Fact(REVIEW, StandardAssessed(standard=standard.id, assessment=assessment, note=None))
        for standard in CATE.standards_for(tier)
        if standard.id != but
    ]


def reviewed() -> list[Fact]:
    """Return that the review is complete."""
    return [
        Fact(REVIEW, ReviewRecorded(recommendation=Recommendation.ADMIT, reasons="All is met.")),
        Fact(APPLICATION, ApplicationReviewed()),
    ]


def ready(tier: str, party: PartyId = LANTERN, party_type: str = "nonprofit-501c3") -> list[Fact]:
    """Return a known party's application that lacks nothing but the decision."""
    return [
        submitted(tier, party),
        *review_started(),
        *found_met(tier, party_type),
        *assessed(tier),
        *reviewed(),
    ]


def queued(application: ApplicationId, tier: str = PARTNER) -> list[Fact]:
    """Return that another party, of which all was found met, waits for a seat."""
    review = ReviewId(an_id(f"review of {application}"))
    looked_at = [*review_started(), *found_met(tier), *assessed(tier), *reviewed()]
    own = {APPLICATION: application, REVIEW: review}
    return [
        submitted(tier, FERRY, application=application, review=review),
        *(Fact(own[each.stream], each.event) for each in looked_at),
        Fact(application, ApplicationWaitlisted(clauses=clauses(tier))),
    ]


def clauses(tier: str) -> list[str]:
    """Return the clauses that an admission names: what is asked of all who have the tier."""
    requirements = [each.id for each in CATE.tier(tier).requirements if not each.applies_to]
    return requirements + [each.id for each in CATE.standards_for(tier)]


def exhibited(tier: str) -> dict[str, Assessment]:
    """Return each standard of the tier's class as exhibited."""
    return {each.id: Assessment.EXHIBITS for each in CATE.standards_for(tier)}


def approved() -> Fact:
    """Return that the application was decided with yes."""
    return Fact(APPLICATION, ApplicationApproved(clauses=[]))


def admitted(
    tier: str,
    party: PartyId = LANTERN,
    membership: str = MEMBERSHIP,
    application: ApplicationId | None = None,
) -> Fact:
    """Return that a party is a member."""
    return Fact(
        membership,
        MemberAdmitted(
            basis=Basis.FOUNDING if application is None else Basis.APPLICATION,
            tier=tier,
            membership_class=CATE.tier(tier).membership_class.value,
            agreement=CATE.agreement_for(tier).id,
            application=application,
            clauses=[],
            party=party,
            standards={},
        ),
    )


def sent(agreement: str, version: int = 1, sha256: str = FIRST_TEXT) -> Fact:
    """Return that an agreement went out."""
    return Fact(MEMBERSHIP, AgreementSent(agreement=agreement, version=version, sha256=sha256))


def signed(agreement: str, version: int = 1, sha256: str = FIRST_TEXT) -> Fact:
    """Return that an agreement was signed."""
    return Fact(
        MEMBERSHIP,
        AgreementSigned(
            agreement=agreement,
            version=version,
            sha256=sha256,
            signatory=SIGNATORY,
            capacity="chair of the board",
            signatory_name="Robin Example",
        ),
    )
