"""Declining an application, by the clauses that are not met."""

from __future__ import annotations

from domain.coalition.mandate import refuse_against_vote
from domain.coalition.vote import Vote
from domain.decision import (
    Decision,
    Fact,
    Moment,
    Refusal,
    RefusalCode,
    coded,
    refuse,
    refuse_too_early,
    refuse_without_notice,
)
from domain.membership.admission import DECIDED_BY
from domain.membership.application import Application, ApplicationDeclined, refuse_phase
from domain.membership.membership import DeclineApplication
from domain.membership.party import Party
from domain.membership.requirements import (
    missing_from_review,
    refuse_clauses,
    requirement_objections,
    standard_objections,
)
from domain.membership.review import Decline, DeclineExplained, Review
from domain.policy import Policy
from domain.terms import ApplicationPhase, VoteOutcome


def decide_decline_application(
    application: Application,
    review: Review,
    party: Party,
    vote: Vote | None,
    command: DeclineApplication,
    moment: Moment,
    policy: Policy,
) -> Decision:
    """Say no, by at least one clause of the tier's requirements or its class's standards.

    Where the policy no longer has the tier, the one clause there is to cite is its id.
    A no needs no vote, but for one after an appeal that overturned the first: nobody declines it
    again alone (invariant 7). Refuses an application that is not under review, reviewed or on the
    waitlist, a no from before today, since the days for an appeal begin with it, other clauses,
    one on which a vote is open, and after a vote that passed every clause that was not looked at,
    as one that the policy asks for since, or that is met: a vote is no way around the others.
    """
    clauses = tuple(dict.fromkeys(command.clauses))
    if application.phase is ApplicationPhase.DECLINED and review.decline == Decline(
        clauses, command.note
    ):
        return []
    phases = (
        ApplicationPhase.IN_REVIEW,
        ApplicationPhase.REVIEWED,
        ApplicationPhase.WAITLISTED,
    )
    if refusal := (
        refuse_phase(application, *phases)
        or refuse_too_early(moment, application.since)
        or refuse_without_notice(moment)
        or refuse_clauses(clauses, application.tier, policy)
    ):
        return refusal
    unmet = _unmet_clauses(application, review, party, moment, policy)
    passed = vote is not None and vote.outcome is VoteOutcome.PASSED
    if not (passed and unmet.issuperset(clauses)) and (
        refusal := refuse_against_vote(vote) or _refuse_alone(application, review, vote, policy)
    ):
        return refusal
    explained = DeclineExplained(clauses=[*clauses], note=command.note)
    return [Fact(application.review, explained), Fact(application.id, ApplicationDeclined())]


def _refuse_alone(
    application: Application, review: Review, vote: Vote | None, policy: Policy
) -> Refusal | None:
    """Refuse to decline without a vote what an appeal gave back; a tier that is gone has none."""
    failed = vote is not None and vote.outcome is VoteOutcome.FAILED
    if review.decline is None or failed or not policy.has_tier(application.tier):
        return None
    return refuse(
        RefusalCode.VOTE_REQUIRED,
        "appeal.decided-anew",
        "An appeal overturned the decline before: nobody declines it again alone.",
        f"A vote of the kind {coded(DECIDED_BY[application.kind])} that did not pass.",
    )


def _unmet_clauses(
    application: Application, review: Review, party: Party, moment: Moment, policy: Policy
) -> frozenset[str]:
    """Return the clauses for which no vote could say yes: those that were looked at."""
    if not policy.has_tier(application.tier):
        return frozenset({application.tier})
    objections = [
        *requirement_objections(application, review, party, policy),
        *standard_objections(application, review, moment, policy),
    ]
    unseen = missing_from_review(application, review, party, policy)
    return frozenset(each.unmet.clause for each in objections) - {
        each.unmet.clause for each in unseen
    }
