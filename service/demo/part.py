"""A part: what applications a party makes, how far they come, and what becomes of it then."""

from __future__ import annotations

from enum import StrEnum

import msgspec

from domain.policy import PartyType
from domain.terms import TierChangeReason


class Ending(StrEnum):
    """How far an application comes."""

    SUBMITTED = "submitted"
    AWAITING = "awaiting"
    """The applicant was asked something."""
    WITHDRAWN = "withdrawn"
    EXPIRED = "expired"
    """The applicant was asked something, and never answered."""
    IN_REVIEW = "in-review"
    REVIEWED = "reviewed"
    PUT_TO_VOTE = "put-to-vote"
    """The partners have it before them, and some have voted."""
    FULL = "full"
    """The committee would admit it to a tier without a free seat, and has it wait."""
    WAITLISTED = "waitlisted"
    OFFERED = "offered"
    """Waitlisted, and then there was a seat to offer."""
    UNTAKEN = "untaken"
    """Offered a seat, and not heard of in time."""
    SEATED = "seated"
    """Offered the seat that another one did not take, and took it."""
    DECLINED = "declined"
    APPEALED = "appealed"
    """Declined, and the applicant asked for another look."""
    UPHELD = "upheld"
    """Declined, and the members who looked again found the same."""
    APPROVED = "approved"
    UNSIGNED = "unsigned"
    """Approved, and the agreement is out to be signed."""
    UNSENT = "unsent"
    """Approved, and the agreement is not out yet."""


class Fate(StrEnum):
    """What becomes of a membership that not every year brings."""

    RENEWS_LATE = "renews-late"
    """In the grace that follows its term."""
    LAPSES = "lapses"
    """Since it did not renew."""
    SIGNS_LATE = "signs-late"
    """The text that takes the place of its agreement, so that it may not act for some days."""
    STOPS_SIGNING = "stops-signing"
    """It never signs that text, and lapses."""
    ABSORBS = "absorbs"
    ABSORBED = "absorbed"
    """Merged into one that absorbs."""
    ABSORBED_FOR_A_TIME = "absorbed-for-a-time"
    """And separated again."""
    TERMINATED = "terminated"


class Plot(msgspec.Struct, frozen=True, kw_only=True):
    """One application.

    Attributes:
        month: when it is made, such as ``2024-05``.
        tier: what it asks for.
        reason: of a change of tier; ``None`` is an application for admission.
        unmet: clauses found not met.
        plans: how many standards are worked towards.
        voted: the partners vote on it and say no; on a yes they vote always.
        asked: whether the review asks the applicant something.
    """

    month: str
    tier: str
    reason: TierChangeReason | None = None
    ending: Ending = Ending.APPROVED
    unmet: tuple[str, ...] = ()
    plans: int = 0
    voted: bool = False
    asked: bool = False


class Part(msgspec.Struct, frozen=True, kw_only=True):
    """One party's story.

    Attributes:
        plots: its applications, in order.
        founds: it is a partner from the founding on.
        listed: whether it is shown in the directory; in what, chance decides.
        unlisted: when it takes its listing back.
        succeeded: when somebody else comes to speak for it.
        too_early: it asks for its next tier once before the policy allows it.
        sponsored: it is a group that shares the EIN of a member, which sponsors it.
        fate: what becomes of its membership.
        fated: in which year the term ends that it does not renew in time, or in which month
            it is absorbed or terminated.
    """

    party_type: PartyType
    plots: tuple[Plot, ...] = ()
    founds: bool = False
    listed: bool = False
    unlisted: str | None = None
    succeeded: str | None = None
    too_early: bool = False
    sponsored: bool = False
    fate: Fate | None = None
    fated: str = ""
