"""Renewing: a member is asked in time, is told when it is late, and is let go after that.

Each step counts from the day on which it is taken, so that whoever was not asked for a year is
still given every day of notice that the policy promises.
"""

from __future__ import annotations

from datetime import date, timedelta

from domain.decision import (
    Decision,
    Fact,
    Moment,
    Refusal,
    RefusalCode,
    object_to,
    refuse,
    refuse_for,
    refuse_input,
    refuse_name,
    refuse_too_early,
    refuse_unknown,
)
from domain.membership.membership import Membership, refuse_ended
from domain.membership.original import Original
from domain.membership.party import Party
from domain.membership.requirements import shared
from domain.membership.standing import MembershipLapsed
from domain.membership.term import (
    LapseMembership,
    MembershipRenewed,
    OpenRenewal,
    ParticipationRecorded,
    ParticipationWithdrawn,
    RecordMissedRenewal,
    RecordParticipation,
    RenewalMissed,
    RenewalOpened,
    RenewMembership,
    WithdrawParticipation,
)
from domain.policy import PartyType, Policy, Requirement, RequirementKind
from domain.terms import AssentPhase, LapseReason, MembershipStatus, RenewalPhase


def decide_open_renewal(
    membership: Membership, command: OpenRenewal, moment: Moment, policy: Policy
) -> Decision:
    """Ask a member to renew, by the policy of when its term began.

    The term ends no sooner than the window is long.

    Refuses a membership that has ended, and one whose term has longer to go.
    """
    if refusal := refuse_ended(membership):
        return refusal
    term, deadlines = membership.term, policy.deadlines
    if term.phase is not RenewalPhase.NOT_OPEN:
        return []
    ends = term.day + timedelta(days=deadlines.membership_term_days)
    window = timedelta(days=deadlines.renewal_window_days)
    if refusal := (
        refuse_until(moment, ends - window - timedelta(days=1), "deadlines.renewal_window_days")
        or refuse_too_early(moment, membership.last_effective)
    ):
        return refusal
    opened = RenewalOpened(term_ends=max(ends, moment.today + window))
    return [Fact(command.membership, opened)]


def decide_renew_membership(
    membership: Membership, party: Party, command: RenewMembership, moment: Moment, policy: Policy
) -> Decision:
    """Stay for another term, which follows the present one, or is counted from today if late.

    What the party is by then is no reason to refuse it: that its tier would not admit it any more
    the director alone may have written down, and on ending a membership those vote who decide.
    Refuses a membership that has ended or is not open for renewal, a clause that the policy does
    not ask to be attested, and lists together those that it asks for and that are left out.
    """
    if refusal := refuse_ended(membership) or _refuse_not_open(membership):
        return refusal
    asked = {each.id: each for each in attested_at_renewal(membership, party, policy)}
    if unknown := [clause for clause in command.clauses if clause not in asked]:
        return refuse_name("clauses", unknown[0], asked, "clause")
    objections = [
        object_to(
            RefusalCode.REQUIREMENT_UNMET,
            clause,
            f"Not attested: {requirement.text}",
            "Attesting that it is met still.",
            field="clauses",
        )
        for clause, requirement in asked.items()
        if clause not in command.clauses
    ]
    if refusal := (refuse_for(objections) or refuse_too_early(moment, membership.last_effective)):
        return refusal
    term = membership.term
    since = term.day if term.phase is RenewalPhase.OPEN else moment.today
    renewed = MembershipRenewed(term_since=since, clauses=shared(asked.values()))
    return [Fact(command.membership, renewed)]


def decide_record_missed_renewal(
    membership: Membership, command: RecordMissedRenewal, moment: Moment, policy: Policy
) -> Decision:
    """Take down what a member shows whose term is over, and give it the grace to renew.

    Refuses a membership that has ended or is not open for renewal, and before the term is over.
    """
    if refusal := refuse_ended(membership) or _refuse_not_open(membership):
        return refusal
    term = membership.term
    if term.phase is RenewalPhase.MISSED:
        return []
    if refusal := (
        refuse_until(moment, term.day, "renewal.term-ends")
        or refuse_too_early(moment, membership.last_effective)
    ):
        return refusal
    grace = timedelta(days=policy.deadlines.renewal_grace_days)
    return [Fact(command.membership, RenewalMissed(grace_ends=moment.today + grace))]


def decide_lapse_membership(
    membership: Membership, command: LapseMembership, moment: Moment, policy: Policy
) -> Decision:
    """End a membership that was not renewed in the grace, or whose agreement was not signed.

    The days to sign are those of the policy of when it was sent.
    Refuses a membership that has ended otherwise, and one that still has days left.
    """
    if membership.status is MembershipStatus.LAPSED:
        return []
    if refusal := refuse_ended(membership):
        return refusal
    term, assent = membership.term, membership.assent
    if term.phase is RenewalPhase.MISSED:
        reason, last, rule = LapseReason.RENEWAL_MISSED, term.day, "deadlines.renewal_grace_days"
    elif assent.phase is AssentPhase.SENT:
        days = timedelta(days=policy.deadlines.agreement_signing_days)
        reason, last = LapseReason.AGREEMENT_UNSIGNED, assent.day + days
        rule = "deadlines.agreement_signing_days"
    else:
        return refuse(
            RefusalCode.WRONG_PHASE,
            "membership.lapse",
            "Nothing is overdue by which the membership could lapse.",
            "A renewal that was missed, or an agreement that was sent and not signed.",
        )
    if refusal := (
        refuse_until(moment, last, rule) or refuse_too_early(moment, membership.last_effective)
    ):
        return refusal
    return [Fact(command.membership, MembershipLapsed(reason=reason))]


def decide_record_participation(
    membership: Membership, command: RecordParticipation, moment: Moment
) -> Decision:
    """Record that a member took part in something; a day counts once.

    Refuses a membership that has ended, a day before the admission or after today, and one that
    is recorded: of another occasion on it nothing would be kept.
    """
    if refusal := refuse_ended(membership):
        return refusal
    if any(day == command.took_part_on for _, day in membership.term.attended):
        return refuse(
            RefusalCode.WRONG_PHASE,
            "participation.once",
            f"{command.took_part_on} is recorded, and a day counts once, whatever was on it.",
            "Another day; or the same anew, once the entry of it is withdrawn.",
            field="tookPartOn",
        )
    first = membership.since or moment.today
    if not first <= command.took_part_on <= moment.today:
        return refuse_input(
            "tookPartOn",
            "participation.day",
            "A member takes part between its admission and today.",
            f"A day from {first} to {moment.today}.",
        )
    if refusal := refuse_too_early(moment, membership.last_effective):
        return refusal
    took_part = ParticipationRecorded(took_part_on=command.took_part_on, occasion=command.occasion)
    return [Fact(command.membership, took_part)]


def decide_withdraw_participation(
    membership: Membership,
    original: Original | None,
    command: WithdrawParticipation,
    moment: Moment,
) -> Decision:
    """Let a day count no more that was written down wrongly; the entry itself is never edited.

    Args:
        membership: who took part in nothing on that day.
        original: the entry that is withdrawn, if there is such an entry.
        command: the withdrawal.
        moment: when it is decided.

    Refuses a membership that is not there, an entry that recorded no participation of it, a day
    that counts for nothing any more, and to let it count no more from before its last entry.
    """
    if not membership.version:
        return refuse_unknown("membership")
    if (
        original is None
        or original.stream != membership.id
        or not isinstance(original.event, ParticipationRecorded)
    ):
        return refuse_input(
            "entry",
            "participation-entries",
            "This entry did not record that the member took part in something.",
            "The entry that recorded it, in the history of the membership.",
        )
    if all(version != original.version for version, _ in membership.term.attended):
        return refuse(
            RefusalCode.WRONG_PHASE,
            "participation.counts",
            "What this entry recorded counts no more: it was withdrawn already, or the membership "
            "has begun anew since.",
            "An entry of a day that counts.",
            field="entry",
        )
    if refusal := refuse_too_early(moment, membership.last_effective):
        return refusal
    withdrawn = ParticipationWithdrawn(
        entry=command.entry, withdraws=original.version, reason=command.reason
    )
    return [Fact(command.membership, withdrawn)]


def attested_at_renewal(
    membership: Membership, party: Party, policy: Policy
) -> tuple[Requirement, ...]:
    """Return what a member attests to renew: what its tier asks of its type, save that type."""
    asked = policy.requirements_for(membership.tier, PartyType(party.party_type))
    return tuple(each for each in asked if each.kind is not RequirementKind.PARTY_TYPE)


def refuse_until(moment: Moment, last: date, rule: str) -> Refusal | None:
    """Refuse what is done once a last day is over."""
    if moment.today > last:
        return None
    return refuse(
        RefusalCode.NOT_YET, rule, f"There is time until the end of {last}.", "A later day."
    )


def _refuse_not_open(membership: Membership) -> Refusal | None:
    if membership.term.phase is not RenewalPhase.NOT_OPEN:
        return None
    return refuse(
        RefusalCode.WRONG_PHASE,
        "renewal.open",
        "The membership is not open for renewal.",
        "Waiting until it is, some time before its term ends.",
    )
