"""Departments, agencies and sponsored groups, which share the EIN of a sponsor (invariant 6)."""

from __future__ import annotations

import pytest
from msgspec.structs import replace

from domain.decision import Fact, RefusalCode
from domain.membership.application import ApplicationSubmitted, SubmitApplication
from domain.membership.details import OrganisationDetails, Sponsor, UnlistedSponsor
from domain.membership.membership import AdmitMember
from domain.membership.particulars import ChangeParticulars, ParticularsChanged
from domain.membership.party import OrganisationListingPublished, OrganisationRegistered
from domain.membership.review import RecordFinding
from domain.membership.safety import ListingHeld
from domain.membership.standing import MembershipWithdrawn, ReinstateMembership
from domain.membership.ties import (
    AffiliationEnded,
    EndAffiliation,
    MergeParties,
    PartyAffiliated,
)
from domain.terms import (
    Affiliation,
    ListedField,
    MembershipId,
    Particular,
    PartyId,
)
from tests.domain.coalition.votes import OPTIONAL
from tests.domain.examples import (
    APPLICANT,
    APPLICATION,
    COUNTY,
    DAY_BEFORE,
    FERRY,
    FERRY_EIN,
    LANTERN,
    LANTERN_EIN,
    MEMBER,
    MEMBER_AGREEMENT,
    MEMBERSHIP,
    NETWORK,
    REVIEW,
    WREN,
    admitted,
    founded,
    individual,
    organisation,
    published,
    ready,
    review_started,
    signed,
    submitted,
)
from tests.domain.specification import Outcome, Specification
from tests.domain.world import an_id

THIRD = PartyId(an_id("a third organisation"))
FERRYS = MembershipId(an_id("Ferry's membership"))
THIRDS = MembershipId(an_id("the third's membership"))
DETERMINATION = f"{MEMBER}.ein-determination"


def listed(party: PartyId = FERRY, name: str = "Ferry Street Group") -> Fact:
    event = OrganisationListingPublished(
        fields=[ListedField.NAME],
        name=name,
        description=None,
        counties=[],
        populations=[],
        services=[],
        website=None,
        email=None,
        phone=None,
    )
    return Fact(party, event)


def tied(party: PartyId = LANTERN, sponsor: PartyId = FERRY) -> list[Fact]:
    by, of = Affiliation.SPONSORED_BY, Affiliation.SPONSORS
    return [
        Fact(party, PartyAffiliated(affiliate=sponsor, affiliation=by, own_word=False)),
        Fact(sponsor, PartyAffiliated(affiliate=party, affiliation=of, own_word=False)),
    ]


def untied(party: PartyId = LANTERN, sponsor: PartyId = FERRY) -> list[Fact]:
    ended = AffiliationEnded(
        affiliate=sponsor, affiliation=Affiliation.SPONSORED_BY, reason=END.reason
    )
    there = replace(ended, affiliate=party, affiliation=Affiliation.SPONSORS)
    return [Fact(party, ended), Fact(sponsor, there)]


END = EndAffiliation(
    party=LANTERN,
    affiliate=FERRY,
    affiliation=Affiliation.SPONSORED_BY,
    reason="The sponsorship ended.",
)

coalition = Specification(OPTIONAL).given(founded(), organisation(FERRY, FERRY_EIN))


SUBMIT = SubmitApplication(
    application=APPLICATION,
    review=REVIEW,
    party=LANTERN,
    applicant=APPLICANT,
    tier=MEMBER,
    organisation=OrganisationDetails(
        name="Lantern House",
        party_type="nonprofit-501c3",
        counties=[COUNTY],
        sponsored_by=Sponsor(party=FERRY),
    ),
)


def naming(sponsor: Sponsor, ein: str | None = None) -> SubmitApplication:
    assert SUBMIT.organisation is not None
    return replace(SUBMIT, organisation=replace(SUBMIT.organisation, ein=ein, sponsored_by=sponsor))


UNLISTED = UnlistedSponsor(name="River City", party_type="government", ein="99-3456789")
OUTSIDE = naming(Sponsor(party=THIRD, unlisted=UNLISTED))


def asked(sponsor: str) -> Fact:
    event = submitted(MEMBER).event
    assert isinstance(event, ApplicationSubmitted)
    return Fact(APPLICATION, replace(event, sponsor=sponsor))


def test_who_shares_the_ein_of_a_listed_sponsor_needs_none_and_is_tied_to_it_at_once() -> None:
    known = coalition.given(listed())
    known.when(SUBMIT).then(organisation(ein=None), *tied(), asked("Ferry Street Group"))
    known.when(naming(Sponsor(party=FERRY), FERRY_EIN)).then(
        organisation(ein=FERRY_EIN), *tied(), asked("Ferry Street Group")
    )


def test_a_sponsor_that_is_not_listed_becomes_known_by_what_is_said_of_it() -> None:
    registered = OrganisationRegistered(
        name="River City", party_type="government", ein="993456789", counties=[]
    )
    coalition.when(OUTSIDE).then(
        organisation(ein=None), Fact(THIRD, registered), *tied(LANTERN, THIRD), asked("River City")
    )


def test_the_same_application_with_its_sponsor_changes_nothing_a_second_time() -> None:
    coalition.given(listed(), organisation(ein=None), tied(), submitted(MEMBER)).when(
        SUBMIT
    ).then_nothing()


def refused_as_not_listed(outcome: Outcome) -> None:
    outcome.then_refused(
        RefusalCode.INVALID_INPUT, "listed-sponsor", field="sponsoredBy.listing", because="EIN"
    )


def test_nobody_learns_of_a_sponsor_that_is_not_listed() -> None:
    unlisted, unknown = coalition.when(SUBMIT), coalition.when(naming(Sponsor(party=THIRD)))
    held = coalition.given(listed(), Fact(FERRY, ListingHeld())).when(SUBMIT)
    for outcome in (unlisted, unknown, held):
        refused_as_not_listed(outcome)
        assert outcome._decision == unknown._decision


def test_who_says_what_its_sponsor_is_does_not_learn_whether_it_is_known() -> None:
    ferry = replace(UNLISTED, ein=FERRY_EIN)
    command = naming(Sponsor(party=THIRD, unlisted=ferry))
    member = coalition.given(admitted(MEMBER, FERRY, FERRYS))
    without = Specification().given(founded())
    assert member.when(command)._decision == without.when(command)._decision
    member.when(command).then_accepted()


def test_a_person_sponsors_nobody() -> None:
    refused_as_not_listed(coalition.given(individual()).when(naming(Sponsor(party=WREN))))


@pytest.mark.parametrize(
    ("sponsor", "rule", "field"),
    [
        (replace(UNLISTED, ein="12345"), "ein-format", "ein"),
        (replace(UNLISTED, party_type="individual"), "known-partyType", "partyType"),
    ],
)
def test_what_is_said_of_a_sponsor_can_be_said_of_an_organisation(
    sponsor: UnlistedSponsor, rule: str, field: str
) -> None:
    coalition.when(naming(Sponsor(party=THIRD, unlisted=sponsor))).then_refused(
        RefusalCode.INVALID_INPUT, rule, field=f"sponsoredBy.unlisted.{field}"
    )


def test_a_sponsor_has_an_id_of_its_own() -> None:
    coalition.when(naming(Sponsor(party=LANTERN, unlisted=UNLISTED))).then_refused(
        RefusalCode.INVALID_INPUT, "distinct-ids", field="id"
    )
    coalition.when(naming(Sponsor(party=FERRY, unlisted=UNLISTED))).then_refused(
        RefusalCode.INVALID_INPUT, "new-id", field="sponsoredBy"
    )


def test_nobody_is_sponsored_before_the_sponsor_was_known() -> None:
    coalition.given(listed()).when(SUBMIT, effective=DAY_BEFORE).then_refused(
        RefusalCode.TOO_EARLY, "effective-date", field="effectiveOn"
    )


def test_without_an_ein_the_refusal_names_the_way_by_a_sponsor() -> None:
    details = OrganisationDetails(name="Lantern House", party_type="nonprofit-501c3")
    coalition.when(replace(SUBMIT, organisation=details)).then_refused(
        RefusalCode.INVALID_INPUT, DETERMINATION, field="ein", because="sponsoredBy"
    )


def test_a_person_finds_the_sponsor_s_determination_met() -> None:
    given = coalition.given(organisation(ein=None), submitted(MEMBER), review_started())
    finding = RecordFinding(application=APPLICATION, requirement=DETERMINATION, met=True)
    given.when(finding).then_refused(
        RefusalCode.REQUIREMENT_UNMET, DETERMINATION, because="sponsor"
    )
    given.given(tied()).when(finding).then_accepted()
    given.given(tied(), untied()).when(finding).then_refused(
        RefusalCode.REQUIREMENT_UNMET, DETERMINATION
    )


ADMIT = AdmitMember(application=APPLICATION, membership=MEMBERSHIP)
sponsor = coalition.given(admitted(MEMBER, FERRY, FERRYS))
sharing = sponsor.given(organisation(ein=FERRY_EIN))
"""A provider, and an organisation with the same EIN."""


def held(outcome: Outcome, field: str = "ein", because: str = "declareAffiliation") -> None:
    outcome.then_refused(RefusalCode.EIN_HELD, "one-provider-per-ein", field=field, because=because)


def test_a_sponsored_group_becomes_a_provider_beside_its_sponsor() -> None:
    held(sharing.given(ready(MEMBER)).when(ADMIT))
    sharing.given(tied(), ready(MEMBER)).when(ADMIT).then_accepted()
    # Without an EIN of its own it has none to share, and the sponsor's is free as before.
    sponsor.given(organisation(ein=None), tied(), ready(MEMBER)).when(ADMIT).then_accepted()


def test_an_ein_that_is_not_the_sponsor_s_is_not_shared() -> None:
    other = organisation(THIRD, LANTERN_EIN), admitted(MEMBER, THIRD, THIRDS)
    held(sponsor.given(*other, organisation(), tied(), ready(MEMBER)).when(ADMIT))


def test_departments_share_the_ein_of_one_that_is_no_member() -> None:
    first = coalition.given(
        organisation(THIRD, FERRY_EIN), tied(THIRD), organisation(ein=FERRY_EIN)
    )
    first = first.given(admitted(MEMBER, THIRD, THIRDS), ready(MEMBER))
    first.given(tied()).when(ADMIT).then_accepted()
    # The one that says nothing of a sponsor claims the EIN; only one can.
    first.when(ADMIT).then_accepted()
    held(first.given(admitted(MEMBER, FERRY, FERRYS)).when(ADMIT))


def test_a_sponsor_is_admitted_after_whom_it_sponsors() -> None:
    given = coalition.given(organisation(ein=FERRY_EIN), admitted(MEMBER))
    given = given.given(ready(MEMBER, FERRY))
    admit = replace(ADMIT, membership=FERRYS)
    held(given.when(admit))
    given.given(tied()).when(admit).then_accepted()


def test_a_sponsored_group_returns_beside_its_sponsor() -> None:
    left = sharing.given(
        admitted(MEMBER),
        published(MEMBER_AGREEMENT),
        signed(MEMBER_AGREEMENT),
        Fact(MEMBERSHIP, MembershipWithdrawn(reason=None)),
    )
    back = ReinstateMembership(membership=MEMBERSHIP)
    held(left.when(back))
    left.given(tied()).when(back).then_accepted()


CHANGED = ChangeParticulars(party=LANTERN, ein=FERRY_EIN, reason="It is theirs.")


def renumbered(party: PartyId, ein: str) -> Fact:
    event = ParticularsChanged(
        says=[Particular.EIN], party_type=None, ein=ein, counties=None, reason="As it is."
    )
    return Fact(party, event)


def test_a_provider_takes_the_ein_of_its_sponsor() -> None:
    both = sponsor.given(organisation(), admitted(MEMBER))
    held(both.when(CHANGED))
    both.given(tied()).when(CHANGED).then_accepted()


def test_a_sponsor_keeps_the_ein_by_which_those_it_sponsors_are_providers() -> None:
    two = sharing.given(tied(), admitted(MEMBER))
    other = replace(CHANGED, party=FERRY, ein="99-3456789")
    # One of them alone would claim it, two cannot.
    two.when(other).then_accepted()
    more = two.given(organisation(THIRD, FERRY_EIN), tied(THIRD), admitted(MEMBER, THIRD, THIRDS))
    held(more.when(other))
    held(more.when(replace(other, ein=None, without_ein=True)))
    more.given(renumbered(THIRD, LANTERN_EIN)).when(other).then_accepted()


def test_a_merger_leaves_the_sponsor_s_claim_alone() -> None:
    given = sharing.given(admitted(MEMBER), organisation(THIRD, LANTERN_EIN))
    merge = MergeParties(survivor=LANTERN, merged=THIRD, reason="They are one.")
    held(given.when(merge), field="survivor")
    given.given(tied()).when(merge).then_accepted()


def test_a_sponsorship_does_not_end_while_two_providers_have_one_ein_by_it() -> None:
    two = sharing.given(tied(), admitted(MEMBER))
    held(two.when(END), field="affiliation", because="changeParticulars")
    seen_from_there = replace(END, party=FERRY, affiliate=LANTERN, affiliation=Affiliation.SPONSORS)
    held(two.when(seen_from_there), field="affiliation", because="changeParticulars")
    for freed in (
        [renumbered(LANTERN, LANTERN_EIN)],
        [Fact(FERRYS, MembershipWithdrawn(reason=None))],
        [organisation(THIRD, FERRY_EIN), *tied(LANTERN, THIRD)],
    ):
        two.given(freed).when(END).then(*untied())


def test_after_its_sponsorship_a_provider_claims_its_ein() -> None:
    left = Fact(FERRYS, MembershipWithdrawn(reason=None))
    given = sharing.given(tied(), admitted(MEMBER), left, untied())
    third = given.given(organisation(THIRD, FERRY_EIN), ready(MEMBER, THIRD))
    held(third.when(replace(ADMIT, membership=THIRDS)))


def test_who_has_neither_an_ein_nor_a_sponsor_any_more_is_not_admitted() -> None:
    given = coalition.given(organisation(ein=None), tied(), ready(MEMBER), untied())
    given.when(ADMIT).then_refused(RefusalCode.REQUIREMENT_UNMET, DETERMINATION)


def test_a_tie_to_one_that_was_merged_since_can_end() -> None:
    merged = MergeParties(survivor=THIRD, merged=FERRY, reason="They are one.")
    given = coalition.given(organisation(THIRD, LANTERN_EIN), organisation(ein=None), tied())
    facts = given.when(merged)._decision
    assert isinstance(facts, list)
    given.given(facts).when(END).then(*untied())


def test_a_network_member_shares_an_ein_as_it_likes() -> None:
    given = sharing.given(admitted(NETWORK), tied())
    given.when(END).then(*untied())
