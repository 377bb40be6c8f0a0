"""Words that several concepts share: kinds of id, text sizes, outcomes."""

from __future__ import annotations

from enum import StrEnum
from typing import Annotated, Final, NewType

import msgspec

PartyId = NewType("PartyId", str)
PersonId = NewType("PersonId", str)
ApplicationId = NewType("ApplicationId", str)
ReviewId = NewType("ReviewId", str)
MembershipId = NewType("MembershipId", str)
CoalitionId = NewType("CoalitionId", str)
VoteId = NewType("VoteId", str)
BallotsId = NewType("BallotsId", str)
PrincipalId = NewType("PrincipalId", str)
TermId = NewType("TermId", str)
WorkgroupId = NewType("WorkgroupId", str)
PublicationId = NewType("PublicationId", str)
FundingId = NewType("FundingId", str)
ClaimId = NewType("ClaimId", str)
EntryId = NewType("EntryId", str)
GrievanceId = NewType("GrievanceId", str)
WebhookId = NewType("WebhookId", str)

BLANK: Final = r"[\s\u00ad\u180e\u200b-\u200f\u202a-\u202e\u2060-\u206f\ufeff]*"
"""Of white space, and of what shows as nothing, alone: as much as no text."""

# No control characters: PostgreSQL refuses NUL in text, and the rest has no place in a name.
_LINE = rf"\A(?!{BLANK}\Z)[^\x00-\x1f\x7f]*\Z"
_TEXT = rf"\A(?!{BLANK}\Z)[^\x00-\x08\x0b-\x1f\x7f]*\Z"

# The longest identifier that a policy may have.
Key = Annotated[str, msgspec.Meta(max_length=64)]
Name = Annotated[str, msgspec.Meta(min_length=1, max_length=200, pattern=_LINE)]
Line = Annotated[str, msgspec.Meta(min_length=1, max_length=500, pattern=_LINE)]
Text = Annotated[str, msgspec.Meta(min_length=1, max_length=4_000, pattern=_TEXT)]
Email = Annotated[
    str,
    msgspec.Meta(
        max_length=254, pattern=r"\A[^@\s\x00-\x1f]+@[^@\s\x00-\x1f]+\.[^@\s\x00-\x1f]+\Z"
    ),
]
Phone = Annotated[str, msgspec.Meta(max_length=40, pattern=r"\A\+?[0-9 ().x-]{7,}\Z")]
Web = Annotated[str, msgspec.Meta(max_length=300, pattern=r"\Ahttps://[^\s\x00-\x1f]+\Z")]
Sha256 = Annotated[str, msgspec.Meta(pattern=r"\A[0-9a-f]{64}\Z")]
EinText = Annotated[str, msgspec.Meta(max_length=10)]
Fips = Annotated[str, msgspec.Meta(pattern=r"\A[0-9]{5}\Z")]


class PartyKind(StrEnum):
    """Whether a party is an organisation or one person."""

    ORGANISATION = "organisation"
    INDIVIDUAL = "individual"


class NameUse(StrEnum):
    """How an organisation goes by a name."""

    PRESENT = "present"
    FORMER = "former"
    ALIAS = "alias"


class ApplicationKind(StrEnum):
    """What an application asks for."""

    ADMISSION = "admission"
    TIER_CHANGE = "tier-change"


class ApplicationPhase(StrEnum):
    """Where an application stands."""

    SUBMITTED = "submitted"
    AWAITING_APPLICANT = "awaiting-applicant"
    IN_REVIEW = "in-review"
    REVIEWED = "reviewed"
    APPROVED = "approved"
    DECLINED = "declined"
    APPEALED = "appealed"
    WITHDRAWN = "withdrawn"
    EXPIRED = "expired"
    WAITLISTED = "waitlisted"
    SEAT_OFFERED = "seat-offered"


class AppealPhase(StrEnum):
    """Where an appeal stands."""

    FILED = "filed"
    PUT_TO_VOTE = "put-to-vote"
    DECIDED = "decided"


class Awaited(StrEnum):
    """Who has to do the next thing for an application."""

    APPLICANT = "applicant"
    REVIEWER = "reviewer"
    COMMITTEE = "committee"
    DIRECTOR = "director"


class AppealOutcome(StrEnum):
    """What became of the decision appealed.

    No vote makes an appeal moot: the suspension was lifted, or another fact about the membership
    took the place of the decision. So no entry says it either.
    """

    UPHELD = "upheld"
    OVERTURNED = "overturned"
    MOOT = "moot"


class StaffRole(StrEnum):
    """In which role somebody on the staff acts as a grievance is about."""

    REVIEWER = "reviewer"
    COMMITTEE = "committee"
    DIRECTOR = "director"


class GrievanceOutcome(StrEnum):
    """What came of a grievance."""

    UPHELD = "upheld"
    DISMISSED = "dismissed"


class Assessment(StrEnum):
    """How an applicant stands to a minimum standard."""

    EXHIBITS = "exhibits"
    WORKS_TOWARDS = "works-towards"
    DOES_NOT_MEET = "does-not-meet"


class Recommendation(StrEnum):
    """What a reviewer recommends."""

    ADMIT = "admit"
    DECLINE = "decline"


class TierChangeReason(StrEnum):
    """Why a membership asks for another tier, or for its own to be looked at again.

    Tiers are no ladder: there is no up or down.
    """

    MISSION_CHANGED = "mission-changed"
    SERVICES_CHANGED = "services-changed"
    CAPACITY_CHANGED = "capacity-changed"
    REQUESTED = "requested"
    REASSESSMENT = "reassessment"


class MembershipStatus(StrEnum):
    """Whether a membership may act."""

    AGREEMENT_PENDING = "agreement-pending"
    ACTIVE = "active"
    SUSPENDED = "suspended"
    WITHDRAWN = "withdrawn"
    TERMINATED = "terminated"
    RENEWAL_DUE = "renewal-due"
    LAPSED = "lapsed"
    MERGED = "merged"

    @property
    def is_live(self) -> bool:
        """Whether it has its place in the tier, even where it may not act."""
        return not self.has_left and self is not MembershipStatus.MERGED

    @property
    def has_left(self) -> bool:
        """Whether it ended by itself, and may be taken up again by itself."""
        return self in {
            MembershipStatus.WITHDRAWN,
            MembershipStatus.TERMINATED,
            MembershipStatus.LAPSED,
        }

    @property
    def is_shown(self) -> bool:
        """Whether what the member consents to show stands in the directory."""
        return self.is_live and self not in {
            MembershipStatus.SUSPENDED,
            MembershipStatus.RENEWAL_DUE,
        }


LIVE: Final = tuple(each for each in MembershipStatus if each.is_live)
"""Standings with a place in the tier."""

ACTING: Final = tuple(each for each in LIVE if each is not MembershipStatus.SUSPENDED)
"""Standings in which a member acts; a suspended one keeps its place, and no more."""


class RenewalPhase(StrEnum):
    """Where a membership stands in its term."""

    NOT_OPEN = "not-open"
    OPEN = "open"
    MISSED = "missed"


class AssentPhase(StrEnum):
    """Where a member stands to the agreement of its tier."""

    TO_SEND = "to-send"
    SENT = "sent"
    SIGNED = "signed"
    RESIGNING = "re-signing"


class PlanOutcome(StrEnum):
    """How an improvement plan came to its end."""

    CARRIED_OUT = "carried-out"
    GIVEN_UP = "given-up"


class PlanPhase(StrEnum):
    """Where an improvement plan stands."""

    OPEN = "open"
    OVERDUE = "overdue"
    CARRIED_OUT = "carried-out"
    GIVEN_UP = "given-up"
    REPLACED = "replaced"


class LapseReason(StrEnum):
    """Why a membership lapsed."""

    RENEWAL_MISSED = "renewal-missed"
    AGREEMENT_UNSIGNED = "agreement-unsigned"


class Basis(StrEnum):
    """On what authority a fact about the coalition rests."""

    FOUNDING = "founding"
    DIRECTOR = "director"
    APPLICATION = "application"
    VOTE = "vote"


class Ballot(StrEnum):
    """What one voter says. All are as long, so that a ciphertext's length tells nothing."""

    APPROVE = "approve"
    AGAINST = "against"
    ABSTAIN = "abstain"


class VotePhase(StrEnum):
    """Where a vote stands."""

    OPEN = "open"
    CLOSED = "closed"


class VoteOutcome(StrEnum):
    """What a vote decided; nothing, where what it was about was over before."""

    PASSED = "passed"
    FAILED = "failed"
    MOOT = "moot"


class Affiliation(StrEnum):
    """How a party is tied to another one, so that neither judges the other."""

    CONTROLS = "controls"
    CONTROLLED_BY = "controlled-by"
    SHARES_LEADERSHIP = "shares-leadership"
    SPONSORS = "sponsors"
    SPONSORED_BY = "sponsored-by"


class Particular(StrEnum):
    """What a party is, of which an entry can say something."""

    PARTY_TYPE = "party-type"
    EIN = "ein"
    COUNTIES = "counties"


class ListedField(StrEnum):
    """The fields of a listing that a party may consent to publish."""

    NAME = "name"
    DESCRIPTION = "description"
    COUNTIES = "counties"
    POPULATIONS = "populations"
    SERVICES = "services"
    WEBSITE = "website"
    EMAIL = "email"
    PHONE = "phone"


class DatePrecision(StrEnum):
    """How exactly a day is known; the day itself is the first of the year or month.

    Of what no source dates, it is a day by which it was so.
    """

    YEAR = "year"
    MONTH = "month"
    DAY = "day"
    UNDATED = "undated"


class Office(StrEnum):
    """In what capacity somebody leads the coalition."""

    DIRECTOR = "director"
    PARTNER_LEADER = "partner-leader"


class PublicationKind(StrEnum):
    """What the coalition's library holds."""

    STANDARDS = "standards"
    TOOLKIT = "toolkit"
    REPORT = "report"
    GUIDE = "guide"
    PLAN = "plan"
