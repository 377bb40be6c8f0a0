"""Who signs in to the demonstration: one figure of the story in each role."""

from __future__ import annotations

from collections.abc import Callable
from typing import Final

import msgspec

from domain.membership.review import AssignReviewer
from domain.terms import ApplicationId
from service.demo.cast import Member
from service.demo.part import Ending, Part, Plot
from service.demo.scene import (
    AUDITOR,
    COMMITTEE,
    DIRECTOR,
    OPERATOR,
    PORTAL,
    REVIEWERS,
    applicant_of,
    representative_of,
)
from service.demo.script import Script
from service.demo.storyboard import PARTNER
from service.security.principal import Principal

_OPEN: Final = {Ending.IN_REVIEW, Ending.REVIEWED, Ending.PUT_TO_VOTE, Ending.FULL}


class Login(msgspec.Struct, frozen=True, kw_only=True):
    """A figure to sign in as.

    Attributes:
        principal: the figure; in a script its ids are names, in a played one they are real.
        label: who it is, in one line.
    """

    principal: Principal
    label: str


class Figures(msgspec.Struct, frozen=True, kw_only=True):
    """Those of the story whom the demonstration shows, by the names of the script.

    Attributes:
        applicant: a party whose application waits for a reviewer.
        representative: speaks for a listed partner that came to its tier by a change.
        reviewer: has the most open reviews.
        reviews: the applications of those reviews.
    """

    applicant: Member
    representative: Member
    reviewer: Principal
    reviews: tuple[ApplicationId, ...]

    def logins(self) -> list[Login]:
        """Return one figure a role."""
        applicant, member = self.applicant, self.representative
        named = [
            (applicant_of(applicant), "applicant, whose application waits for a reviewer"),
            (representative_of(member), "representative of a partner, who may vote"),
            (self.reviewer, f"reviewer of {len(self.reviews)} open applications"),
            (COMMITTEE[0], "member of the committee"),
            (DIRECTOR, "director"),
            (AUDITOR, "auditor"),
            (PORTAL, "portal of a partner"),
            (OPERATOR, "operator"),
        ]
        return [Login(principal=principal, label=label) for principal, label in named]


def figures(script: Script) -> Figures:
    """Return whom the demonstration shows."""
    open_reviews = {
        member.application(number)
        for part, member in script.cast
        for number, plot in enumerate(part.plots, start=1)
        if plot.ending in _OPEN
    }
    assigned = [
        (scene.command.reviewer, scene.command.application)
        for scene in script.scenes
        if isinstance(scene.command, AssignReviewer) and scene.command.application in open_reviews
    ]
    reviewer = max(REVIEWERS, key=lambda each: [who for who, _ in assigned].count(each.id))
    return Figures(
        applicant=_first(script, lambda _, plot: plot.ending is Ending.SUBMITTED),
        representative=_first(
            script,
            lambda part, plot: (
                part.listed and plot is part.plots[-1] and plot.tier == PARTNER and _is_change(plot)
            ),
        ),
        reviewer=reviewer,
        reviews=tuple(application for who, application in assigned if who == reviewer.id),
    )


def _first(script: Script, fits: Callable[[Part, Plot], bool]) -> Member:
    return next(
        member for part, member in script.cast if any(fits(part, plot) for plot in part.plots)
    )


def _is_change(plot: Plot) -> bool:
    return plot.reason is not None and plot.ending is Ending.APPROVED
