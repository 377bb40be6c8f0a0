"""Re-signing: members sign in a grace what takes the place of the text that they signed."""

from __future__ import annotations

from datetime import timedelta

from domain.coalition.coalition import Coalition
from domain.decision import Decision, Fact, Moment, RefusalCode, refuse, refuse_too_early
from domain.membership.assent import (
    RecordMissedResigning,
    RequireResigning,
    ResigningMissed,
    ResigningRequired,
)
from domain.membership.membership import AgreementSent, Membership, refuse_ended
from domain.membership.renewing import refuse_until
from domain.policy import Policy
from domain.terms import AssentPhase


def decide_require_resigning(
    membership: Membership,
    coalition: Coalition,
    command: RequireResigning,
    moment: Moment,
    policy: Policy,
) -> Decision:
    """Send a member the present text of its tier's agreement, to be signed in the grace.

    That is a newer text of the agreement that it signed, or another agreement, which a later
    policy gives its tier; one without a text yet is not asked for. Refuses a membership that has
    ended, and one that is to sign what it was sent, or to be sent it: it is asked after that.
    """
    if refusal := refuse_ended(membership):
        return refusal
    if not membership.assent.holds:
        return refuse(
            RefusalCode.WRONG_PHASE,
            "agreement.signed",
            "The member has not signed the agreement.",
            "Sending the present text, and its signature.",
        )
    agreement = policy.agreement_for(membership.tier).id
    current = coalition.templates.get(agreement)
    if current is None or membership.is_bound_by(agreement, current.version):
        return []
    if refusal := refuse_too_early(moment, membership.last_effective):
        return refusal
    sent = AgreementSent(agreement=agreement, version=current.version, sha256=current.sha256)
    grace = timedelta(days=policy.deadlines.resigning_grace_days)
    required = ResigningRequired(
        agreement=agreement, version=current.version, sign_by=moment.today + grace
    )
    facts = [Fact(command.membership, required)]
    if membership.sent.get(agreement) != current.version:
        facts.insert(0, Fact(command.membership, sent))
    return facts


def decide_record_missed_resigning(
    membership: Membership, command: RecordMissedResigning, moment: Moment
) -> Decision:
    """Let a member be active no more whose grace is over: it waits for its agreement again.

    From then on it lapses like any other that does not sign. Refuses a membership that has ended
    or has nothing to sign again, and before the grace is over.
    """
    if refusal := refuse_ended(membership):
        return refusal
    assent = membership.assent
    if assent.phase is not AssentPhase.RESIGNING or assent.version is None:
        return refuse(
            RefusalCode.WRONG_PHASE,
            "resigning.required",
            "The member has nothing to sign again.",
            "A text that took the place of the one signed.",
        )
    if refusal := (
        refuse_until(moment, assent.day, "deadlines.resigning_grace_days")
        or refuse_too_early(moment, membership.last_effective)
    ):
        return refusal
    missed = ResigningMissed(agreement=membership.agreement, version=assent.version)
    return [Fact(command.membership, missed)]
