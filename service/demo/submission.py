"""Applying: the application itself, what is attached to it, and the share that is attested."""

from __future__ import annotations

from datetime import date, datetime, timedelta
from typing import Final

from domain.decision import Command
from domain.membership.application import (
    AttachEvidence,
    AttestPopulationShare,
    RequestTierChange,
    SubmitApplication,
)
from domain.policy import Requirement, RequirementKind
from domain.terms import TierChangeReason
from service.demo.case import Case

_FISCAL_YEAR_START_MONTH: Final = 7
_ATTACHED: Final = {RequirementKind.EVIDENCE, RequirementKind.EIN_DETERMINATION}


def submit(case: Case) -> datetime:
    """Add the application with everything that comes with it; return when that is there."""
    stage = case.stage
    at = stage.diary.within(case.plot.month)
    reason = case.plot.reason
    stage.add(at, case.applicant, application(case) if reason is None else request(case, reason))
    for requirement in case.requirements:
        # Now and then something comes some days after the rest.
        at = stage.diary.later(at, 1, 2) if stage.happens(6) else stage.diary.next(at)
        command: Command
        if requirement.kind is RequirementKind.POPULATION_SHARE:
            command = _share(case, requirement, at)
        elif requirement.kind in _ATTACHED and case.is_met(requirement):
            command = AttachEvidence(
                application=case.application,
                requirement=requirement.id,
                description=stage.pen.evidence(requirement),
            )
        else:
            continue
        stage.add(at, case.applicant, command)
    return at


def application(case: Case) -> SubmitApplication:
    """Return the application for admission."""
    member = case.member
    is_new = not case.is_known
    return SubmitApplication(
        application=case.application,
        review=case.review,
        party=member.party,
        applicant=case.applicant.id,
        tier=case.plot.tier,
        organisation=member.organisation if is_new and not member.is_person else None,
        individual=member.individual if is_new and member.is_person else None,
        statement=case.stage.pen.statement(member),
    )


def request(case: Case, reason: TierChangeReason) -> RequestTierChange:
    """Return the request for another tier."""
    return RequestTierChange(
        application=case.application,
        review=case.review,
        applicant=case.member.representative,
        membership=case.member.membership,
        tier=case.plot.tier,
        reason=reason,
        statement=case.stage.pen.turn(reason),
    )


def _share(case: Case, requirement: Requirement, at: datetime) -> AttestPopulationShare:
    rng = case.stage.rng
    denominator = rng.randint(120, 900)
    percent = rng.randint(77, 96) if case.is_met(requirement) else rng.randint(61, 73)
    start, end = _period(case, at)
    return AttestPopulationShare(
        application=case.application,
        requirement=requirement.id,
        numerator=denominator * percent // 100,
        denominator=denominator,
        basis=case.stage.pen.basis(),
        period_start=start,
        period_end=end,
    )


def _period(case: Case, at: datetime) -> tuple[date, date]:
    """Return the last calendar year that is over, or the last fiscal year."""
    today = case.stage.diary.day(at)
    if case.stage.happens(2):
        return date(today.year - 1, 1, 1), date(today.year - 1, 12, 31)
    start = date(today.year, _FISCAL_YEAR_START_MONTH, 1)
    if start >= today:
        start = start.replace(year=start.year - 1)
    return start.replace(year=start.year - 1), start - timedelta(days=1)
