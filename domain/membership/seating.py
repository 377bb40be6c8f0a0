"""Seats of limited tiers: the waitlist, offers, and what comes of them (invariant 2)."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import timedelta
from itertools import takewhile
from typing import Final

from domain.decision import (
    Decision,
    Fact,
    Moment,
    Refusal,
    RefusalCode,
    refuse,
    refuse_for,
    refuse_too_early,
    refuse_without_notice,
)
from domain.membership.admission import (
    Case,
    admit,
    change_tier,
    lacking_seat,
    objections_to,
    refuse_yes,
)
from domain.membership.application import Application, refuse_phase
from domain.membership.membership import refuse_unless_acting
from domain.membership.parts import refuse_part
from domain.membership.register import Register
from domain.membership.requirements import clauses_of, refuse_tier_gone
from domain.membership.room import full_objections
from domain.membership.waiting import (
    AcceptSeat,
    ApplicationWaitlisted,
    ExpireSeatOffer,
    OfferSeat,
    SeatOffered,
    SeatOfferExpired,
    WaitlistApplication,
)
from domain.policy import Policy, Tier
from domain.terms import ApplicationKind, ApplicationPhase

_DEADLINE = "deadlines.seat_offer_days"
_MERITS: Final = frozenset(
    {
        RefusalCode.NOT_ELIGIBLE,
        RefusalCode.REQUIREMENT_UNMET,
        RefusalCode.STANDARD_UNMET,
        RefusalCode.SECOND_MEMBERSHIP,
        RefusalCode.EIN_HELD,
    }
)


def decide_waitlist_application(
    case: Case, command: WaitlistApplication, moment: Moment, policy: Policy
) -> Decision:
    """Say yes to an application that lacks nothing but a seat.

    Refuses as a yes does, and while the tier has room that nobody waits for.
    """
    application = case.application
    if application.phase is ApplicationPhase.WAITLISTED:
        return []
    if refusal := refuse_yes(case, application.kind, ApplicationPhase.REVIEWED, moment, policy):
        return refusal
    tier = policy.tier(application.tier)
    if refusal := refuse_for([*objections_to(case, tier, moment, policy)]):
        return refusal
    if not [*lacking_seat(case, tier)]:
        return refuse(
            RefusalCode.WRONG_PHASE,
            f"{tier.id}.seats",
            f"{tier.name} has room.",
            "The yes itself: nobody has to wait.",
        )
    clauses = clauses_of(application, policy)
    return [Fact(command.application, ApplicationWaitlisted(clauses=clauses))]


def decide_offer_seat(
    case: Case, waitlist: Iterable[Case], command: OfferSeat, moment: Moment, policy: Policy
) -> Decision:
    """Keep a free seat for an application, for as many days as the policy says.

    Refuses an application that is not on the waitlist, one of a party that is part of another, a
    tier without a free seat (one that is offered is taken), to pass over who came to the waitlist
    of the tier before and could take the seat, what is in the way of its acceptance, and an offer
    from before today, since the days to take it begin with it.

    Args:
        case: whom the seat is for.
        waitlist: the applications that wait for a seat of the tier, in the order in which they
            came; whoever let an offer pass came again.
        command: the offer.
        moment: when it is decided.
        policy: the policy in force.
    """
    application = case.application
    if application.phase is ApplicationPhase.SEAT_OFFERED:
        return []
    if refusal := (
        refuse_phase(application, ApplicationPhase.WAITLISTED)
        or _refuse_before(application, moment)
        or refuse_without_notice(moment)
        or refuse_tier_gone(application, policy)
    ):
        return refusal
    tier = policy.tier(application.tier)
    if refusal := (
        refuse_for([*full_objections(case.coalition, case.register, tier, case.membership.id)])
        or _refuse_taking(case, tier, moment, policy)
        or _refuse_passing_over(case, waitlist, tier, moment, policy)
    ):
        return refusal
    until = moment.effective + timedelta(days=policy.deadlines.seat_offer_days)
    return [Fact(command.application, SeatOffered(tier=tier.id, until=until))]


def decide_accept_seat(case: Case, command: AcceptSeat, moment: Moment, policy: Policy) -> Decision:
    """Take the seat: what an admission or a change of tier asks for is asked for again.

    Refuses where no seat is offered, after the last day of the offer, and whatever the yes
    itself refuses, but for want of a seat.
    """
    application, place = case.application, case.application.place
    if application.phase is ApplicationPhase.SEAT_OFFERED:
        if place is not None and place.until is not None and place.until < moment.today:
            return refuse(
                RefusalCode.WRONG_PHASE,
                _DEADLINE,
                f"The offer ended on {place.until}.",
                "Another offer.",
            )
        if refusal := _refuse_before(application, moment):
            return refusal
    say_yes = change_tier if application.kind is ApplicationKind.TIER_CHANGE else admit
    return say_yes(case, command, ApplicationPhase.SEAT_OFFERED, moment, policy)


def for_applicant(decision: Decision) -> Decision:
    """Return what an applicant hears of a decision on a seat: of the merits only that there is one.

    Whether another provider has the EIN, or what a review found, is for those who decide. One
    answer for all of it tells nobody which it was.
    """
    if not isinstance(decision, Refusal) or decision.code not in _MERITS:
        return decision
    return refuse(
        RefusalCode.WRONG_PHASE,
        "seat.decided-anew",
        "What the coalition said yes to has changed since.",
        "Another look by the coalition, whose staff see what has changed.",
    )


def decide_expire_seat_offer(
    application: Application, command: ExpireSeatOffer, moment: Moment
) -> Decision:
    """End an offer whose last day has passed; the seat is free for another one.

    Refuses where none is offered, or the last day is still to come.
    """
    if refusal := refuse_phase(application, ApplicationPhase.SEAT_OFFERED):
        return refusal
    until = None if application.place is None else application.place.until
    if until is None or moment.today <= until:
        return refuse(
            RefusalCode.NOT_YET,
            _DEADLINE,
            f"The seat can be accepted until {until}.",
            "Waiting for that day to pass.",
        )
    if refusal := refuse_too_early(moment, until + timedelta(days=1)):
        return refusal
    return [Fact(command.application, SeatOfferExpired())]


def _refuse_part(application: Application, register: Register) -> Refusal | None:
    is_part = register.survivor(application.party) != application.party
    return refuse_part("application") if is_part else None


def _refuse_taking(case: Case, tier: Tier, moment: Moment, policy: Policy) -> Refusal | None:
    """Refuse to keep a seat for whom its acceptance would refuse, as things are."""
    if refusal := _refuse_part(case.application, case.register):
        return refusal
    if case.application.kind is ApplicationKind.TIER_CHANGE and (
        refusal := refuse_unless_acting(case.membership, moment)
    ):
        return refusal
    return refuse_for([*objections_to(case, tier, moment, policy)])


def _refuse_passing_over(
    case: Case, waitlist: Iterable[Case], tier: Tier, moment: Moment, policy: Policy
) -> Refusal | None:
    """Refuse an offer before its turn; it is for those to look up who waits, who may see that."""
    ahead = [
        each.application
        for each in takewhile(lambda each: each.application.id != case.application.id, waitlist)
        if not _refuse_taking(each, tier, moment, policy)
    ]
    if not ahead:
        return None
    since = None if ahead[0].place is None else ahead[0].place.since
    return refuse(
        RefusalCode.NOT_YET,
        "waitlist.order",
        f"{len(ahead)} came to the waitlist of {tier.name} before this application.",
        f"An offer to the first of them, which came on {since}.",
        field="application",
    )


def _refuse_before(application: Application, moment: Moment) -> Refusal | None:
    place = application.place
    return refuse_too_early(moment, None if place is None else place.since)
