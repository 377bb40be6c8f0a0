"""Asking: for admission, and for another tier."""

from __future__ import annotations

from typing import Final

from domain.decision import (
    Decision,
    Fact,
    Moment,
    Refusal,
    RefusalCode,
    coded,
    refuse,
    refuse_for,
    refuse_input,
    refuse_shared_ids,
    refuse_too_early,
)
from domain.ledger.disclosure import UNSET, revealed
from domain.membership import party as parties
from domain.membership import registration
from domain.membership.application import (
    Application,
    ApplicationSubmitted,
    RequestTierChange,
    SubmitApplication,
)
from domain.membership.details import Sponsor
from domain.membership.eligibility import (
    membership_objections,
    place_objections,
    refuse_tier,
)
from domain.membership.membership import Membership, refuse_unless_acting
from domain.membership.parts import refuse_merged
from domain.membership.party import (
    IndividualRegistered,
    OrganisationRegistered,
    Party,
)
from domain.membership.register import Register
from domain.membership.sponsoring import name_of, sponsorship
from domain.membership.ties import PartyAffiliated
from domain.policy import PartyType, Policy
from domain.terms import ApplicationKind, MembershipId, PartyKind

_OF_TYPE: Final = {each.value: each for each in PartyType}
_KNOWN_BY = OrganisationRegistered | IndividualRegistered | PartyAffiliated


def decide_submit_application(  # noqa: PLR0913 - everything that an applicant may be, or name
    application: Application,
    party: Party,
    register: Register,
    command: SubmitApplication,
    moment: Moment,
    policy: Policy,
    *,
    sponsor: Party | None,
    former: Membership | None,
) -> Decision:
    """Ask for admission; a party that is not known yet becomes known first.

    Whoever was a member asks to come back: it is the same membership that goes on with a yes.

    Who shares the EIN of a sponsor names it, and they are affiliated from the start: the sponsor
    has no vote on it. Refuses an unknown tier, a party type that the tier does not admit, a party
    with a live membership, a second application for the tier, an EIN that is missing where no
    sponsor is named, a sponsor that the directory does not show and of which nothing is said, and
    details that do not go with the party. Whether a provider has the EIN already is for whoever
    decides to know.

    Args:
        application: what is asked, version 0 unless it was asked before.
        party: who asks.
        register: the roll.
        command: the request.
        moment: when it is decided.
        policy: the policy in force.
        sponsor: whom the party names as its sponsor, if it does; version 0 for one that the
            directory does not show, whether it is known or not.
        former: the party's membership that has ended, if it has one.
    """
    submitted = _submission(command, sponsor, former)
    if application.version:
        return _repeat(application, submitted)
    if refusal := (
        _refuse_ids(command)
        or refuse_tier(command.tier, policy)
        or refuse_too_early(moment, None if former is None else former.last_effective)
    ):
        return refusal
    facts = _becoming_known(party, sponsor, command, moment, policy)
    if isinstance(facts, Refusal):
        return facts
    for fact in facts:
        if fact.stream == party.id and isinstance(fact.event, _KNOWN_BY):
            party = parties.evolve(party, fact.event, moment.effective)
    if refusal := _refuse_asking(submitted, party, register, policy):
        return refusal
    return [*facts, Fact(command.application, submitted)]


def decide_request_tier_change(
    application: Application,
    membership: Membership,
    party: Party,
    register: Register,
    command: RequestTierChange,
    moment: Moment,
    policy: Policy,
) -> Decision:
    """Ask for another tier for a live membership; tiers have no rank.

    Or for the one that it has, so that it is assessed anew: a founding partner, which was taken in
    without a review, or a member whose plan has ended or to which other standards apply now.

    Refuses an unknown membership or tier, a membership that has ended or is suspended, a party
    type that the tier does not admit, a second application for the tier, and a missing EIN.
    """
    submitted = ApplicationSubmitted(
        kind=ApplicationKind.TIER_CHANGE,
        tier=command.tier,
        party=membership.party,
        review=command.review,
        applicant=command.applicant,
        membership=command.membership,
        reason=command.reason,
        statement=command.statement,
    )
    if application.version:
        return _repeat(application, submitted)
    ids = (command.application, command.review, command.membership)
    if refusal := (
        refuse_unless_acting(membership, moment)
        or refuse_shared_ids(*ids)
        or refuse_tier(command.tier, policy)
        or refuse_too_early(moment, membership.last_effective)
    ):
        return refusal
    if refusal := _refuse_asking(submitted, party, register, policy, own=membership.id):
        return refusal
    return [Fact(command.application, submitted)]


def _refuse_asking(
    asked: ApplicationSubmitted,
    party: Party,
    register: Register,
    policy: Policy,
    own: MembershipId | None = None,
) -> Refusal | None:
    """Refuse what the tier, or what the party has or asks for already, is in the way of."""
    objections = [
        *place_objections(policy.tier(asked.tier), party, policy),
        *membership_objections(register, party.id, own),
    ]
    return refuse_for(objections) or _refuse_second(asked, register)


def _submission(
    command: SubmitApplication, sponsor: Party | None, former: Membership | None
) -> ApplicationSubmitted:
    named = _sponsor_named(command)
    return ApplicationSubmitted(
        kind=ApplicationKind.ADMISSION,
        tier=command.tier,
        party=command.party,
        review=command.review,
        applicant=command.applicant,
        membership=None if former is None else former.id,
        reason=None,
        statement=command.statement,
        sponsor=UNSET if named is None or sponsor is None else name_of(sponsor, named),
    )


def _sponsor_named(command: SubmitApplication) -> Sponsor | None:
    return None if command.organisation is None else command.organisation.sponsored_by


def _refuse_ids(command: SubmitApplication) -> Refusal | None:
    named = _sponsor_named(command)
    ids = [command.application, command.review, command.party]
    return refuse_shared_ids(*ids, *([] if named is None else [named.party]))


def _becoming_known(
    party: Party,
    sponsor: Party | None,
    command: SubmitApplication,
    moment: Moment,
    policy: Policy,
) -> list[Fact] | Refusal:
    """Return what makes the party and its sponsor known, or a refusal."""
    registered = _registration(party, command, policy)
    if isinstance(registered, Refusal):
        return registered
    if refusal := refuse_merged(party) or refuse_too_early(moment, party.since):
        return refusal
    facts = [] if registered is None else [Fact(party.id, registered)]
    named = _sponsor_named(command)
    if named is None or sponsor is None:
        return facts
    sponsored = sponsorship(party.id, sponsor, named, moment, policy)
    return sponsored if isinstance(sponsored, Refusal) else facts + sponsored


def _registration(
    party: Party, command: SubmitApplication, policy: Policy
) -> OrganisationRegistered | IndividualRegistered | Refusal | None:
    """Return what makes the party known, ``None`` if it is known, or a refusal."""
    if command.organisation is not None and command.individual is not None:
        return refuse_input(
            "individual",
            "one-party",
            "An applicant is an organisation or an individual, not both.",
            "The details of one of the two.",
        )
    details = command.organisation or command.individual
    if party.version and details is not None:
        return refuse_input(
            "party",
            "registered-once",
            "The party is known already.",
            "The party's id without details, or details under a new id.",
        )
    if not party.version and details is None:
        return refuse_input(
            "party",
            "known-party",
            "The party is not known.",
            "The details of an organisation or of an individual.",
        )
    if command.organisation is not None:
        return _refuse_kind(
            command.organisation.party_type, PartyKind.ORGANISATION
        ) or registration.register_organisation(command.organisation, policy)
    if command.individual is not None:
        return _refuse_kind(
            command.individual.party_type, PartyKind.INDIVIDUAL
        ) or registration.register_individual(command.individual, policy)
    return None


def _refuse_kind(party_type: str, kind: PartyKind) -> Refusal | None:
    """Refuse an organisation that says it is a person, and say where its details go instead."""
    of_type = _OF_TYPE.get(party_type)
    if of_type is None or of_type.is_person is (kind is PartyKind.INDIVIDUAL):
        return None
    other = PartyKind.INDIVIDUAL if of_type.is_person else PartyKind.ORGANISATION
    return refuse_input(
        "partyType",
        "known-partyType",
        f"The type {coded(party_type)} is that of an {other}.",
        f"The details as {other}, in place of {kind}.",
    )


def _refuse_second(asked: ApplicationSubmitted, register: Register) -> Refusal | None:
    """Refuse to ask again what is asked already. Who was declined may, whatever an appeal says."""
    if not register.applying.asks(revealed(asked.party), asked.kind, asked.tier):
        return None
    return refuse(
        RefusalCode.WRONG_PHASE,
        "application.once",
        "An application of the party for this tier is open.",
        "That application, or its withdrawal before another one.",
        field="tier",
    )


def _repeat(application: Application, asked: ApplicationSubmitted) -> Decision:
    """Accept the same request again; refuse another under an id that is in use."""
    if (
        application.kind == asked.kind
        and application.tier == asked.tier
        and application.party == asked.party
        and application.review == asked.review
        and application.applicant == asked.applicant
        and (application.membership == asked.membership or asked.kind is ApplicationKind.ADMISSION)
        and application.reason == asked.reason
    ):
        return []
    return refuse_input(
        "application",
        "new-id",
        "Another application has this id.",
        "A fresh random id.",
    )
