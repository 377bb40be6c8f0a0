"""The phases of applications: which are before a decision, and what is still mended in them.

Whatever is in the way of a yes on the merits can be shown, found or agreed anew in every phase from
which a yes can follow: a yes looks at all of it, and much can happen between the review and a seat.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Final

from domain.decision import Objection, Refusal
from domain.membership.application import Application, refuse_phase
from domain.terms import ApplicationPhase

UNDER_REVIEW: Final = (
    ApplicationPhase.SUBMITTED,
    ApplicationPhase.AWAITING_APPLICANT,
    ApplicationPhase.IN_REVIEW,
)
"""Where the review is still to be completed."""

AFTER_REVIEW: Final = (
    ApplicationPhase.REVIEWED,
    ApplicationPhase.WAITLISTED,
    ApplicationPhase.SEAT_OFFERED,
)
"""Where it is complete, and the application waits for a decision, or a seat."""

UNDECIDED: Final = UNDER_REVIEW + AFTER_REVIEW
"""Where an application is neither approved nor declined."""

EXPIRING: Final = (*UNDER_REVIEW, ApplicationPhase.REVIEWED)
"""Those that a deadline ends."""


def refuse_settled(
    application: Application, clause: str, in_the_way: Iterable[Objection]
) -> Refusal | None:
    """Refuse to look again, after the review, at what is not in the way of a yes."""
    if application.phase not in AFTER_REVIEW or clause in {
        each.unmet.clause for each in in_the_way
    }:
        return None
    return refuse_phase(application, ApplicationPhase.IN_REVIEW)
