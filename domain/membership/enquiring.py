"""Asking the applicant for what is missing, while the clock stands still."""

from __future__ import annotations

from datetime import timedelta

from domain.decision import Decision, Fact, Moment, refuse_too_early, refuse_without_notice
from domain.membership.application import Application, refuse_phase
from domain.membership.waiting import (
    InformationProvided,
    InformationRequested,
    ProvideInformation,
    RequestInformation,
)
from domain.policy import Policy
from domain.terms import ApplicationPhase


def decide_request_information(
    application: Application, command: RequestInformation, moment: Moment, policy: Policy
) -> Decision:
    """Ask the applicant something, to be answered within the policy's days.

    One question at a time. Refuses an application that is not being looked at, a question from
    before the last answer (two pauses do not overlap), and one from before today.
    """
    if application.question == command.question:
        return []
    phases = (ApplicationPhase.SUBMITTED, ApplicationPhase.IN_REVIEW)
    if refusal := (
        refuse_phase(application, *phases)
        or refuse_too_early(moment, application.clock.since)
        or refuse_without_notice(moment)
    ):
        return refusal
    days = policy.deadlines.information_request_days
    due = moment.effective + timedelta(days=days)
    return [Fact(application.id, InformationRequested(due=due, question=command.question))]


def decide_provide_information(
    application: Application, command: ProvideInformation, moment: Moment
) -> Decision:
    """Answer; the application is again where it was.

    An answer that comes late counts as long as nobody ended the application. Refuses where
    nothing was asked.
    """
    if refusal := (
        refuse_phase(application, ApplicationPhase.AWAITING_APPLICANT)
        or refuse_too_early(moment, application.clock.since)
    ):
        return refusal
    return [Fact(application.id, InformationProvided(answer=command.answer))]
