"""The enums of the schema: the domain's own, each value with a description."""

from __future__ import annotations

from enum import StrEnum

from domain.ledger.disclosure import Level
from domain.policy import MembershipClassId, PartyType, RequirementKind, TierNumber, VoteKind
from domain.terms import (
    Affiliation,
    ApplicationKind,
    ApplicationPhase,
    Assessment,
    Awaited,
    Ballot,
    Basis,
    DatePrecision,
    ListedField,
    MembershipStatus,
    NameUse,
    Office,
    Particular,
    PartyKind,
    PublicationKind,
    Recommendation,
    TierChangeReason,
    VoteOutcome,
    VotePhase,
)
from projections.memberships import MembershipOrder
from service.graphql.describing import describe as _describe
from service.security.principal import Role, Scope


class RejectionCode(StrEnum):
    """Why a command was not accepted."""

    INVALID_INPUT = "invalid-input"
    NOT_ELIGIBLE = "not-eligible"
    REQUIREMENT_UNMET = "requirement-unmet"
    STANDARD_UNMET = "standard-unmet"
    TIER_FULL = "tier-full"
    WRONG_PHASE = "wrong-phase"
    AGREEMENT_VERSION = "agreement-version"
    SECOND_MEMBERSHIP = "second-membership"
    EIN_HELD = "ein-held"
    TOO_EARLY = "too-early"
    NOT_YET = "not-yet"
    POLICY_VERSION = "policy-version"
    EMPTY_ELECTORATE = "empty-electorate"
    NOT_IN_ELECTORATE = "not-in-electorate"
    ALREADY_VOTED = "already-voted"
    VOTE_REQUIRED = "vote-required"
    VOTE_FAILED = "vote-failed"
    CONFLICT_OF_INTEREST = "conflict-of-interest"
    NOT_ALLOWED = "not-allowed"
    CONFLICT = "conflict"
    COMMAND_ID_REUSED = "command-id-reused"


class Direction(StrEnum):
    """Which way a list goes."""

    ASCENDING = "ascending"
    DESCENDING = "descending"


_describe(
    PartyKind,
    "Whether a party is an organisation or one person.",
    {
        PartyKind.ORGANISATION: "An organisation.",
        PartyKind.INDIVIDUAL: "One person.",
    },
)
_describe(
    NameUse,
    "How an organisation goes by a name.",
    {
        NameUse.PRESENT: "What it is called.",
        NameUse.FORMER: "What it was called.",
        NameUse.ALIAS: "What it is also known as.",
    },
)
_describe(
    PartyType,
    "What kind of party applies, in the words of the policy.",
    {
        PartyType.NONPROFIT_501C3: "A 501(c)(3) organisation.",
        PartyType.INDIVIDUAL_PRACTITIONER: "A person who provides direct services.",
        PartyType.INDIVIDUAL: "Any other person.",
        PartyType.COMMUNITY_ORGANISATION: "Another organisation of the community.",
        PartyType.EDUCATION: "A school, college or university.",
        PartyType.GOVERNMENT: "A public body.",
        PartyType.HEALTH_SYSTEM: "A hospital or health system.",
        PartyType.COALITION_OR_GROUP: "Another coalition, or a group without legal form.",
    },
)
_describe(
    MembershipClassId,
    "A class of membership, which sets the minimum standards.",
    {
        MembershipClassId.PROVIDER: "Those who provide services.",
        MembershipClassId.NETWORK: "The wider network; one of its tiers has the same name.",
    },
    name="MembershipClass",
)
_describe(
    TierNumber,
    "Whether a tier takes everyone who qualifies.",
    {
        TierNumber.LIMITED: "The tier has seats.",
        TierNumber.OPEN: "The tier has room for everyone who qualifies.",
    },
)
_describe(
    RequirementKind,
    "How it is found out whether a requirement is met.",
    {
        RequirementKind.PARTY_TYPE: "By rule, from the party's type.",
        RequirementKind.EIN_DETERMINATION: "By a person, who verifies the EIN, or the sponsor's.",
        RequirementKind.POPULATION_SHARE: "By rule on attested numbers, and by a reviewer.",
        RequirementKind.EVIDENCE: "By a reviewer, from what was attached.",
        RequirementKind.COMMITMENT: "By a reviewer, from the application as a whole.",
    },
)
_describe(
    ApplicationKind,
    "What an application asks for.",
    {
        ApplicationKind.ADMISSION: "To become a member.",
        ApplicationKind.TIER_CHANGE: "Another tier for a membership.",
    },
)
_describe(
    ApplicationPhase,
    "Where an application stands.",
    {
        ApplicationPhase.SUBMITTED: "It waits for a reviewer.",
        ApplicationPhase.AWAITING_APPLICANT: "The applicant was asked something; the clock stands.",
        ApplicationPhase.IN_REVIEW: "A reviewer has taken it up.",
        ApplicationPhase.REVIEWED: "The review is complete; the committee decides.",
        ApplicationPhase.APPROVED: "The coalition said yes.",
        ApplicationPhase.DECLINED: "The coalition said no.",
        ApplicationPhase.APPEALED: "Those who took no part in the decline look at it again.",
        ApplicationPhase.WITHDRAWN: (
            "The applicant asks no longer, or the membership that asked has ended."
        ),
        ApplicationPhase.EXPIRED: "A deadline passed before there was a decision.",
        ApplicationPhase.WAITLISTED: "The coalition said yes, and there is no seat yet.",
        ApplicationPhase.SEAT_OFFERED: "A seat is kept for the applicant, who has to accept it.",
    },
)
_describe(
    Awaited,
    "Who has to do the next thing for an application.",
    {
        Awaited.APPLICANT: "The applicant, who was asked something or offered a seat.",
        Awaited.REVIEWER: "Those who were assigned to review it.",
        Awaited.COMMITTEE: "The committee, which decides or has a vote decide.",
        Awaited.DIRECTOR: "The director, or the committee instead, for a reviewer or a seat.",
    },
)
_describe(
    Assessment,
    "How an applicant stands to a minimum standard.",
    {
        Assessment.EXHIBITS: "The standard is met.",
        Assessment.WORKS_TOWARDS: "It is worked towards, with a plan and a due date.",
        Assessment.DOES_NOT_MEET: "It is neither met nor worked towards.",
    },
)
_describe(
    Recommendation,
    "What a review recommends.",
    {Recommendation.ADMIT: "To say yes.", Recommendation.DECLINE: "To say no."},
)
_describe(
    TierChangeReason,
    "Why a membership asks for a tier. Tiers are no ladder: there is no up or down.",
    {
        TierChangeReason.MISSION_CHANGED: "The member's mission changed.",
        TierChangeReason.SERVICES_CHANGED: "The member's services changed.",
        TierChangeReason.CAPACITY_CHANGED: "What the member can take part in changed.",
        TierChangeReason.REQUESTED: "The member asked without a further reason.",
        TierChangeReason.REASSESSMENT: "How it meets what a tier asks for is to be seen again.",
    },
)
_describe(
    MembershipStatus,
    "Whether a membership may act.",
    {
        MembershipStatus.AGREEMENT_PENDING: "Admitted; the tier's agreement is not signed yet.",
        MembershipStatus.ACTIVE: "The agreement is signed.",
        MembershipStatus.SUSPENDED: "It may not act for a while; its place is kept.",
        MembershipStatus.WITHDRAWN: "The member left.",
        MembershipStatus.MERGED: "Two members are one, and the other membership goes on.",
        MembershipStatus.TERMINATED: "The coalition ended it, by a vote.",
        MembershipStatus.RENEWAL_DUE: "Its term is over; it may still renew, and is not shown.",
        MembershipStatus.LAPSED: "It ended, since the member let a deadline pass.",
    },
)
_describe(
    Basis,
    "On what authority a decision rests.",
    {
        Basis.FOUNDING: "It was so from the coalition's founding.",
        Basis.DIRECTOR: "The director recorded it.",
        Basis.APPLICATION: "An application was decided.",
        Basis.VOTE: "A vote approved it.",
    },
)
_describe(
    VoteKind,
    "What a vote decides.",
    {
        VoteKind.ADMISSION: "Whether an applicant becomes a member.",
        VoteKind.TIER_CHANGE: "Whether a member moves to another tier.",
        VoteKind.TERMINATION: "Whether a membership ends.",
        VoteKind.APPEAL: "Whether a decision is taken back.",
        VoteKind.POLICY: "Whether another version of the policy is adopted.",
        VoteKind.MISSION_AND_VALUES: "The same, where vision, mission or values would change.",
    },
)
_describe(
    VotePhase,
    "Where a vote stands.",
    {
        VotePhase.OPEN: "Ballots are taken, and sealed.",
        VotePhase.CLOSED: "The ballots were counted.",
    },
)
_describe(
    VoteOutcome,
    "What a vote decided.",
    {
        VoteOutcome.PASSED: "Quorum and threshold were met.",
        VoteOutcome.FAILED: "One of them was not.",
        VoteOutcome.MOOT: (
            "It decides nothing: what it was about was over, or all who had a vote stand aside."
        ),
    },
)
_describe(
    Ballot,
    "What one voter says.",
    {
        Ballot.APPROVE: "For it.",
        Ballot.AGAINST: "Against it.",
        Ballot.ABSTAIN: "Neither: it counts towards the quorum alone.",
    },
)
_describe(
    Affiliation,
    "What a party is to another one, so that neither judges the other.",
    {
        Affiliation.CONTROLS: "It controls the other.",
        Affiliation.CONTROLLED_BY: "The other controls it.",
        Affiliation.SHARES_LEADERSHIP: "They have leaders in common.",
        Affiliation.SPONSORS: "It is the other's fiscal sponsor.",
        Affiliation.SPONSORED_BY: "The other is its fiscal sponsor.",
    },
)
_describe(
    Particular,
    "What an organisation is, of which an entry can say something.",
    {
        Particular.PARTY_TYPE: "Its type.",
        Particular.EIN: "Its EIN, or that it has none.",
        Particular.COUNTIES: "The counties it works in.",
    },
)
_describe(
    ListedField,
    "A field of a listing that a party may consent to show.",
    {
        ListedField.NAME: "What it is called.",
        ListedField.DESCRIPTION: "What it says of itself.",
        ListedField.COUNTIES: "The counties it works in.",
        ListedField.POPULATIONS: "Whom it serves.",
        ListedField.SERVICES: "What it does for them.",
        ListedField.WEBSITE: "Its website.",
        ListedField.EMAIL: "Its e-mail address.",
        ListedField.PHONE: "Its telephone number.",
    },
)
_describe(
    Role,
    "In which role somebody acts.",
    {
        Role.PUBLIC: "Anyone.",
        Role.APPLICANT: "Who applies.",
        Role.REPRESENTATIVE: "Who speaks for a member.",
        Role.REVIEWER: "Who reviews the applications assigned to them.",
        Role.COMMITTEE: "Who decides applications.",
        Role.DIRECTOR: "Who administers the coalition.",
        Role.AUDITOR: "Who checks that all was done by the rules.",
        Role.PORTAL: "A partner's system.",
        Role.OPERATOR: "Who runs the service, without power over memberships.",
        Role.SYSTEM: "The service itself, which does what is overdue and takes nobody to decide.",
    },
)
_describe(
    Scope,
    "What a portal's key may be made for, beyond what is public.",
    {
        Scope.MEMBERS: "Reading what is for members and not for the public.",
        Scope.WEBHOOKS: "Registering webhooks, being told by them, and changing them.",
        Scope.KEYS: "Seeing, changing and ending the portal's own keys.",
    },
)
_describe(
    Level,
    "The widest audience that may read a field of an entry.",
    {
        Level.PUBLIC: "Anyone.",
        Level.MEMBER: "Those who speak for a member now, portals and staff.",
        Level.STAFF: "The staff concerned, and whom it is about.",
        Level.PERSONAL: "The person, and the few who have to know.",
    },
    name="DisclosureLevel",
)
_describe(
    RejectionCode,
    "Why a command was not accepted.",
    {
        RejectionCode.INVALID_INPUT: "A field of the input has a value it cannot have.",
        RejectionCode.NOT_ELIGIBLE: "The tier does not admit such a party.",
        RejectionCode.REQUIREMENT_UNMET: "A requirement of the tier is not met.",
        RejectionCode.STANDARD_UNMET: "A minimum standard of the class is not met.",
        RejectionCode.TIER_FULL: "The tier has no free seat.",
        RejectionCode.WRONG_PHASE: "It is too soon or too late for this.",
        RejectionCode.AGREEMENT_VERSION: "This is not the agreement text to sign.",
        RejectionCode.SECOND_MEMBERSHIP: "The party has a live membership already.",
        RejectionCode.EIN_HELD: "A live provider membership has this EIN already.",
        RejectionCode.TOO_EARLY: "The effective date lies before what it can hold from.",
        RejectionCode.NOT_YET: "The effective date lies after today.",
        RejectionCode.POLICY_VERSION: "This version of the policy cannot be adopted.",
        RejectionCode.EMPTY_ELECTORATE: "Nobody is left who may vote.",
        RejectionCode.NOT_IN_ELECTORATE: "You have no vote in this.",
        RejectionCode.ALREADY_VOTED: "A ballot was cast already, and it stands.",
        RejectionCode.VOTE_REQUIRED: "It takes a vote that there was not.",
        RejectionCode.VOTE_FAILED: "The vote on it did not pass.",
        RejectionCode.CONFLICT_OF_INTEREST: "Somebody has an interest in it, and stands aside.",
        RejectionCode.NOT_ALLOWED: "You may not do this, or there is no such thing.",
        RejectionCode.CONFLICT: "The object is not at the version you expected.",
        RejectionCode.COMMAND_ID_REUSED: "The command id was accepted before, for other content.",
    },
)
_describe(
    MembershipOrder,
    "What memberships are ordered by.",
    {
        MembershipOrder.SINCE: "The day of admission.",
        MembershipOrder.TIER: "The key of the tier.",
    },
)
_describe(
    Direction,
    "Which way a list goes.",
    {
        Direction.ASCENDING: "From the least to the greatest, or the earliest to the latest.",
        Direction.DESCENDING: "The other way round.",
    },
)
_describe(
    DatePrecision,
    "How exactly a day is known.",
    {
        DatePrecision.YEAR: "To the year, whose first day stands for it.",
        DatePrecision.MONTH: "To the month, whose first day stands for it.",
        DatePrecision.DAY: "To the day.",
        DatePrecision.UNDATED: "Not at all: the day is one by which it was so.",
    },
)
_describe(
    Office,
    "In what capacity somebody leads the coalition.",
    {
        Office.DIRECTOR: "The coalition's director.",
        Office.PARTNER_LEADER: "An executive leader of a partner, who shares in leading.",
    },
)
_describe(
    PublicationKind,
    "What the coalition's library holds.",
    {
        PublicationKind.STANDARDS: "Standards of care, which come in waves.",
        PublicationKind.TOOLKIT: "Materials to work with.",
        PublicationKind.REPORT: "What was found out.",
        PublicationKind.GUIDE: "Where to find what.",
        PublicationKind.PLAN: "What is to be done.",
    },
)
