"""Drafts of applications: what is filled in so far, and what the tier still asks for.

A draft is no fact and never in the ledger. It becomes the commands that somebody could have given
one by one.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from collections.abc import Set as AbstractSet
from datetime import date
from typing import Annotated, Final

import msgspec

from domain.decision import Command, Unmet
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
from domain.membership.eligibility import ein_objections, type_objections
from domain.policy import PartyType, Policy, Requirement, RequirementKind
from domain.terms import (
    ApplicationId,
    Email,
    Fips,
    Line,
    Name,
    PartyId,
    PrincipalId,
    ReviewId,
    Sha256,
    Text,
)

_COUNTIES = msgspec.Meta(max_length=200)
_ANSWERS = msgspec.Meta(max_length=50)
_COUNT = msgspec.Meta(ge=0, le=1_000_000_000)

_Count = Annotated[int, _COUNT]

_SENT_LATER: Final = "No hash here: send the file once the application is submitted, and attach it."


class DraftAnswer(
    msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True, rename="camel"
):
    """What is to show that a requirement is met: a description, or a population share.

    Attributes:
        sha256: of a file that goes with the description, and was sent for the application.
    """

    description: Text | None = None
    sha256: Sha256 | None = None
    numerator: _Count | None = None
    denominator: _Count | None = None
    basis: Line | None = None
    period_start: date | None = None
    period_end: date | None = None


class DraftUnlistedSponsor(
    msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True, rename="camel"
):
    """A sponsor that the directory does not show, as far as it is described."""

    name: Name | None = None
    party_type: PartyType | None = None
    ein: Annotated[str, msgspec.Meta(max_length=10)] | None = None


class DraftSponsor(
    msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True, rename="camel"
):
    """The organisation whose EIN the applicant shares: one of the two says which it is.

    Attributes:
        listing: the id of its listing in the directory; no text that somebody writes, so that
            what letters and digits seem to say is nobody's matter.
    """

    listing: Annotated[str, msgspec.Meta(max_length=200)] | None = None
    unlisted: DraftUnlistedSponsor | None = None


class Draft(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True, rename="camel"):
    """An application for admission by a party that is not known yet, as far as it is written.

    Attributes:
        answers: by requirement of the tier.
    """

    tier: Name | None = None
    party_type: PartyType | None = None
    name: Name | None = None
    ein: Annotated[str, msgspec.Meta(max_length=10)] | None = None
    sponsored_by: DraftSponsor | None = None
    email: Email | None = None
    counties: Annotated[list[Fips], _COUNTIES] = []
    statement: Text | None = None
    answers: Annotated[dict[Name, DraftAnswer], _ANSWERS] = {}


class DraftIds(msgspec.Struct, frozen=True, kw_only=True):
    """The ids that an application is to have.

    Attributes:
        sponsor: the sponsor's, listed or to become known, where the draft names one.
    """

    application: ApplicationId
    review: ReviewId
    party: PartyId
    applicant: PrincipalId
    sponsor: PartyId


def questions(draft: Draft, policy: Policy) -> tuple[Requirement, ...]:
    """Return what the draft's tier asks its type of party to show, in the policy's order."""
    if draft.tier is None or draft.party_type is None or not policy.has_tier(draft.tier):
        return ()
    return tuple(
        each
        for each in policy.requirements_for(draft.tier, draft.party_type)
        if each.kind in {RequirementKind.EVIDENCE, RequirementKind.POPULATION_SHARE}
    )


def missing(
    draft: Draft, policy: Policy, sent: AbstractSet[str], *, is_shown: bool
) -> Iterator[Unmet]:
    """Yield what is to be filled in before the draft can be submitted.

    Args:
        draft: as far as it is written.
        policy: the policy in force.
        sent: the hashes of the files that were sent for its application. There are none until
            that exists, which it does once submitting broke off.
        is_shown: whether the listing of the sponsor that it names is one of an organisation.
    """
    if draft.tier is None or not policy.has_tier(draft.tier):
        allowed = ", ".join(each.id for each in policy.tiers)
        yield Unmet("tier", "No tier of the policy is chosen.", f"One of: {allowed}.")
    if draft.party_type is None:
        yield Unmet("partyType", "The type of party is not chosen.", "A party type.")
    if draft.name is None:
        yield Unmet("name", "The name is missing.", "The name of the applicant.")
    if draft.party_type is None:
        return
    if draft.party_type.is_person and draft.email is None:
        yield Unmet("email", "The e-mail address is missing.", "The person's e-mail address.")
    if draft.tier is not None and policy.has_tier(draft.tier):
        tier = policy.tier(draft.tier)
        for objection in (
            *type_objections(tier, draft.party_type),
            *ein_objections(
                tier,
                draft.party_type,
                policy,
                has_ein=draft.ein is not None or draft.sponsored_by is not None,
            ),
        ):
            yield objection.unmet
        yield from _unanswered(draft, policy, sent)
    if draft.sponsored_by is not None:
        yield from _unnamed(draft.sponsored_by, is_shown=is_shown)


def commands_of(draft: Draft, policy: Policy, ids: DraftIds) -> Iterator[Command]:
    """Yield the commands that a draft stands for; nothing of it is ``missing``."""
    party_type, tier, name = draft.party_type, draft.tier, draft.name
    if party_type is None or tier is None or name is None:
        message = "a draft is submitted when nothing is missing"
        raise AssertionError(message)
    counties = [*draft.counties]
    is_person = party_type.is_person
    yield SubmitApplication(
        application=ids.application,
        review=ids.review,
        party=ids.party,
        applicant=ids.applicant,
        tier=tier,
        organisation=None
        if is_person
        else OrganisationDetails(
            name=name,
            party_type=party_type,
            ein=draft.ein,
            counties=counties,
            sponsored_by=_sponsor(draft.sponsored_by, ids),
        ),
        individual=IndividualDetails(
            name=name, party_type=party_type, email=draft.email or "", counties=counties
        )
        if is_person
        else None,
        statement=draft.statement,
    )
    for requirement in questions(draft, policy):
        answer = draft.answers[requirement.id]
        yield _ANSWER[requirement.kind](ids.application, requirement.id, answer)


def _unnamed(sponsor: DraftSponsor, *, is_shown: bool) -> Iterator[Unmet]:
    unlisted = sponsor.unlisted
    if (sponsor.listing is None) is (unlisted is None):
        satisfied_by = "`listing` for one that the directory shows, or `unlisted` for another."
        yield Unmet("sponsoredBy", "It is not said who the sponsor is.", satisfied_by)
    elif unlisted is None:
        if not is_shown:
            message = "The directory shows no organisation with this listing."
            yield Unmet("sponsoredBy.listing", message, "The id of an organisation's listing.")
    elif None in {unlisted.name, unlisted.party_type, unlisted.ein}:
        satisfied_by = "Its name, its type and its EIN."
        yield Unmet("sponsoredBy.unlisted", "The sponsor is not described.", satisfied_by)


def _sponsor(named: DraftSponsor | None, ids: DraftIds) -> Sponsor | None:
    if named is None:
        return None
    unlisted = named.unlisted
    if unlisted is None:
        return Sponsor(party=ids.sponsor)
    described = UnlistedSponsor(
        name=unlisted.name or "", party_type=unlisted.party_type or "", ein=unlisted.ein or ""
    )
    return Sponsor(party=ids.sponsor, unlisted=described)


def _unanswered(draft: Draft, policy: Policy, sent: AbstractSet[str]) -> Iterator[Unmet]:
    for requirement in questions(draft, policy):
        answer = draft.answers.get(requirement.id, DraftAnswer())
        if requirement.kind is RequirementKind.EVIDENCE:
            if answer.description is None:
                yield Unmet(requirement.id, requirement.text, "A description of what shows it.")
            if answer.sha256 is not None and answer.sha256 not in sent:
                yield Unmet(requirement.id, "No such file was sent.", _SENT_LATER)
        elif None in _share(answer):
            yield Unmet(
                requirement.id,
                requirement.text,
                "Numerator, denominator, basis, and the first and last day of the period.",
            )


def _share(answer: DraftAnswer) -> tuple[object, ...]:
    return (
        answer.numerator,
        answer.denominator,
        answer.basis,
        answer.period_start,
        answer.period_end,
    )


def _attach(application: ApplicationId, requirement: str, answer: DraftAnswer) -> Command:
    return AttachEvidence(
        application=application,
        requirement=requirement,
        description=answer.description or "",
        sha256=answer.sha256,
    )


def _attest(application: ApplicationId, requirement: str, answer: DraftAnswer) -> Command:
    return AttestPopulationShare(
        application=application,
        requirement=requirement,
        numerator=answer.numerator or 0,
        denominator=answer.denominator or 0,
        basis=answer.basis or "",
        period_start=answer.period_start or date.min,
        period_end=answer.period_end or date.min,
    )


_ANSWER: dict[RequirementKind, Callable[[ApplicationId, str, DraftAnswer], Command]] = {
    RequirementKind.EVIDENCE: _attach,
    RequirementKind.POPULATION_SHARE: _attest,
}
