"""Which effective dates anybody may name, whatever the command."""

from __future__ import annotations

from domain.decision import Moment, Refusal, refuse_not_yet, refuse_too_early
from service.ledger.request import Request
from service.ledger.world import World
from service.planning.plan import Plan
from service.security.access import Kind
from service.security.principal import Role


def refuse_day(world: World, request: Request, plan: Plan, moment: Moment) -> Refusal | None:
    """Refuse an effective date after today, or before the one who asks could have acted.

    The staff enter what happened since the founding, and of the coalition's past what
    sources say. Applicants and representatives act for their party since its first entry,
    and for a new party from today. What a command is about may have begun later; that is
    for its decider.
    """
    since = world.coalition.since if plan.since_founding else None
    if request.principal.role in {Role.APPLICANT, Role.REPRESENTATIVE}:
        resource = plan.resource
        if resource is not None and resource.kind is Kind.VOTE:
            return refuse_not_yet(moment)  # of what day a ballot is, is for its rule
        party = None if resource is None else resource.party
        since = moment.today if party is None else world.party(party).since
    return refuse_not_yet(moment) or refuse_too_early(moment, since)
