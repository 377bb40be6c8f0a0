"""Drafts: what a tier asks of whom, what is missing, and what a draft becomes."""

from __future__ import annotations

from datetime import date

import pytest
from msgspec.structs import replace

from domain.membership.application import (
    AttachEvidence,
    AttestPopulationShare,
    SubmitApplication,
)
from domain.membership.details import (
    IndividualDetails,
    OrganisationDetails,
    Sponsor,
    UnlistedSponsor,
)
from domain.membership.draft import (
    Draft,
    DraftAnswer,
    DraftIds,
    DraftSponsor,
    DraftUnlistedSponsor,
    commands_of,
    missing,
    questions,
)
from domain.policy import PartyType
from domain.screening.commands import free_texts
from tests.domain.examples import (
    APPLICANT,
    APPLICATION,
    COUNTY,
    FERRY,
    FIRST_TEXT,
    LANTERN,
    LANTERN_EIN,
    MEMBER,
    NETWORK,
    PARTNER,
    REVIEW,
    SECOND_TEXT,
    SHARE,
)
from tests.domain.policy.files import CATE

IDS = DraftIds(
    application=APPLICATION, review=REVIEW, party=LANTERN, applicant=APPLICANT, sponsor=FERRY
)
ANSWER = DraftAnswer(description="Minutes of our board.")
COUNTED = DraftAnswer(
    numerator=80,
    denominator=100,
    basis="people served",
    period_start=date(2025, 1, 1),
    period_end=date(2025, 12, 31),
)
EMPTY = Draft()
WHOLE = Draft(
    tier=PARTNER,
    party_type=PartyType.NONPROFIT_501C3,
    name="Lantern House",
    ein=LANTERN_EIN,
    counties=[COUNTY],
    answers={
        f"{PARTNER}.executive": ANSWER,
        f"{PARTNER}.direct-service-lead": ANSWER,
        SHARE: COUNTED,
    },
)


def lacking(draft: Draft, *sent: str, is_shown: bool = False) -> list[str]:
    return [each.clause for each in missing(draft, CATE, frozenset(sent), is_shown=is_shown)]


def test_an_empty_draft_lacks_the_tier_the_type_and_the_name() -> None:
    assert lacking(EMPTY) == ["tier", "partyType", "name"]
    assert lacking(Draft(tier="no-such-tier")) == ["tier", "partyType", "name"]
    assert questions(EMPTY, CATE) == ()


@pytest.mark.parametrize(
    ("tier", "party_type", "asked"),
    [
        (
            PARTNER,
            PartyType.NONPROFIT_501C3,
            ["population-share", "executive", "direct-service-lead"],
        ),
        (MEMBER, PartyType.NONPROFIT_501C3, ["population", "staff-contacts"]),
        (
            MEMBER,
            PartyType.INDIVIDUAL_PRACTITIONER,
            ["practitioner-credential", "population", "staff-contacts"],
        ),
        (NETWORK, PartyType.INDIVIDUAL, ["interest"]),
    ],
)
def test_each_tier_asks_its_own_questions(
    tier: str, party_type: PartyType, asked: list[str]
) -> None:
    draft = Draft(tier=tier, party_type=party_type, name="Wren", ein=LANTERN_EIN, email="w@x.org")
    clauses = [f"{tier}.{each}" for each in asked]
    assert [each.id for each in questions(draft, CATE)] == clauses
    assert lacking(draft) == clauses


def test_a_tier_that_does_not_admit_the_type_and_a_missing_ein_are_named() -> None:
    group = replace(WHOLE, party_type=PartyType.COALITION_OR_GROUP)
    assert f"{PARTNER}.type" in lacking(group)
    assert lacking(replace(WHOLE, ein=None)) == [f"{PARTNER}.ein-determination"]


def test_who_names_its_sponsor_needs_no_ein_of_its_own() -> None:
    described = DraftUnlistedSponsor(
        name="River City", party_type=PartyType.GOVERNMENT, ein="99-3456789"
    )
    for sponsor, is_shown, lacks in (
        (DraftSponsor(), True, ["sponsoredBy"]),
        (DraftSponsor(listing="an id", unlisted=described), True, ["sponsoredBy"]),
        (DraftSponsor(listing="an id"), False, ["sponsoredBy.listing"]),
        (DraftSponsor(listing="an id"), True, []),
        (DraftSponsor(unlisted=replace(described, ein=None)), True, ["sponsoredBy.unlisted"]),
        (DraftSponsor(unlisted=described), False, []),
    ):
        draft = replace(WHOLE, ein=None, sponsored_by=sponsor)
        assert lacking(draft, is_shown=is_shown) == lacks
        # Nothing else says that it may do without.
        assert lacking(replace(draft, sponsored_by=None))[-1] == f"{PARTNER}.ein-determination"


@pytest.mark.parametrize(
    ("sponsor", "named"),
    [
        (DraftSponsor(listing="an id"), Sponsor(party=FERRY)),
        (
            DraftSponsor(
                unlisted=DraftUnlistedSponsor(
                    name="River City", party_type=PartyType.GOVERNMENT, ein="99-3456789"
                )
            ),
            Sponsor(
                party=FERRY,
                unlisted=UnlistedSponsor(
                    name="River City", party_type="government", ein="99-3456789"
                ),
            ),
        ),
    ],
)
def test_a_draft_with_a_sponsor_becomes_an_application_that_names_it(
    sponsor: DraftSponsor, named: Sponsor
) -> None:
    submitted, *_ = commands_of(replace(WHOLE, ein=None, sponsored_by=sponsor), CATE, IDS)
    assert isinstance(submitted, SubmitApplication)
    assert submitted.organisation is not None
    assert submitted.organisation.sponsored_by == named


def test_what_the_id_of_a_listing_seems_to_say_is_nobodys_matter() -> None:
    draft = Draft(name="Mill House", sponsored_by=DraftSponsor(listing="TGlzdGluZzox"))
    assert [text for _, text in free_texts(draft)] == ["Mill House"]


def test_a_share_is_answered_with_all_of_its_parts() -> None:
    half = WHOLE.answers | {SHARE: replace(COUNTED, basis=None)}
    assert lacking(replace(WHOLE, answers=half)) == [SHARE]


def test_a_file_is_named_once_it_was_sent() -> None:
    lead = f"{PARTNER}.direct-service-lead"
    draft = replace(WHOLE, answers=WHOLE.answers | {lead: replace(ANSWER, sha256=FIRST_TEXT)})
    assert lacking(draft) == lacking(draft, SECOND_TEXT) == [lead]
    assert lacking(draft, FIRST_TEXT) == []
    # What another tier asks is not among its answers.
    elsewhere = WHOLE.answers | {f"{NETWORK}.interest": replace(ANSWER, sha256=FIRST_TEXT)}
    assert lacking(replace(WHOLE, answers=elsewhere)) == []


def test_a_person_gives_an_address() -> None:
    person = Draft(
        tier=NETWORK,
        party_type=PartyType.INDIVIDUAL,
        name="Wren",
        answers={f"{NETWORK}.interest": ANSWER},
    )
    assert lacking(person) == ["email"]
    whole = replace(person, email="wren@example.org")
    assert lacking(whole) == []
    submitted = next(commands_of(whole, CATE, IDS))
    assert isinstance(submitted, SubmitApplication)
    assert submitted.individual == IndividualDetails(
        name="Wren", party_type="individual", email="wren@example.org", counties=[]
    )


def test_a_whole_draft_becomes_the_application_and_what_shows_it() -> None:
    assert lacking(WHOLE) == []
    submitted, share, executive, lead = commands_of(WHOLE, CATE, IDS)
    assert submitted == SubmitApplication(
        application=APPLICATION,
        review=REVIEW,
        party=LANTERN,
        applicant=APPLICANT,
        tier=PARTNER,
        organisation=OrganisationDetails(
            name="Lantern House",
            party_type="nonprofit-501c3",
            ein=LANTERN_EIN,
            counties=[COUNTY],
        ),
    )
    assert isinstance(share, AttestPopulationShare)
    assert (share.requirement, share.numerator, share.denominator) == (SHARE, 80, 100)
    assert [each.requirement for each in (executive, lead) if isinstance(each, AttachEvidence)] == [
        f"{PARTNER}.executive",
        f"{PARTNER}.direct-service-lead",
    ]
