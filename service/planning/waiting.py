"""Plans of what an application waits for, and of how its waiting ends."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType
from typing import Final

from domain.decision import Command, Decision, Moment
from domain.membership.admission import Case
from domain.membership.application import Application
from domain.membership.ending import decide_expire_application, decide_withdraw_application
from domain.membership.enquiring import decide_provide_information, decide_request_information
from domain.membership.review import Review
from domain.membership.seating import (
    decide_accept_seat,
    decide_expire_seat_offer,
    decide_offer_seat,
    decide_waitlist_application,
    for_applicant,
)
from domain.membership.waiting import (
    AcceptSeat,
    ExpireApplication,
    ExpireSeatOffer,
    OfferSeat,
    ProvideInformation,
    RequestInformation,
    WaitlistApplication,
    WithdrawApplication,
)
from service.ledger.request import Request
from service.ledger.world import World
from service.planning.plan import (
    Plan,
    Planner,
    about_application,
    about_review,
    application_resource,
    by_policy,
    plain,
)
from service.planning.voting import case_of, vote_on
from service.security.principal import Role


def _offer(world: World, application: Application, command: OfferSeat, moment: Moment) -> Decision:
    line = world.register.line.waiting_for(application.tier)
    # Of those behind it in the line nothing is looked up.
    waitlist = (_case(world, world.application(each)) for each in line)
    return decide_offer_seat(_case(world, application), waitlist, command, moment, world.policy)


def _case(world: World, application: Application) -> Case:
    return case_of(world, application, world.membership(application.membership or ""))


def _waitlist(
    world: World,
    application: Application,
    _: Review,
    command: WaitlistApplication,
    moment: Moment,
) -> Decision:
    return decide_waitlist_application(_case(world, application), command, moment, world.policy)


def _accept_seat(world: World, command: AcceptSeat, request: Request, moment: Moment) -> Plan:
    application = world.application(command.application)
    membership = world.membership(application.membership or command.membership)

    def decide() -> Decision:
        case = case_of(world, application, membership)
        decision = decide_accept_seat(case, command, moment, world.policy)
        return decision if request.principal.role is Role.DIRECTOR else for_applicant(decision)

    return Plan(
        subject=membership.id,
        version=application.version,
        resource=application_resource(world, application),
        decide=decide,
    )


def _withdraw(world: World, command: WithdrawApplication, request: Request, moment: Moment) -> Plan:
    application = world.application(command.application)

    def decide() -> Decision:
        by_director = request.principal.role is Role.DIRECTOR
        against = vote_on(world, application) if by_director else None
        return decide_withdraw_application(application, against, command, moment)

    return Plan(
        subject=application.id,
        version=application.version,
        resource=application_resource(world, application),
        decide=decide,
    )


PLANNERS: Final[Mapping[type[Command], Planner]] = MappingProxyType(
    {
        RequestInformation: about_application(by_policy(decide_request_information)),
        ProvideInformation: about_application(plain(decide_provide_information)),
        WithdrawApplication: _withdraw,
        ExpireApplication: about_application(
            lambda world, application, command, moment: decide_expire_application(
                application,
                vote_on(world, application),
                command,
                moment,
                world.policy_on(application.since),
            )
        ),
        WaitlistApplication: about_review(_waitlist),
        OfferSeat: about_application(_offer),
        AcceptSeat: _accept_seat,
        ExpireSeatOffer: about_application(plain(decide_expire_seat_offer)),
    }
)
"""How each of these commands is planned."""
