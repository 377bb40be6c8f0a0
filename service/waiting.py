"""Plans of what an application waits for, and of how its waiting ends."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from types import MappingProxyType
from typing import Any, Final

from domain.decision import Command, Decision, Moment
from domain.membership.application import Application
from domain.membership.ending import decide_expire_application, decide_withdraw_application
from domain.membership.enquiring import decide_provide_information, decide_request_information
from domain.membership.seating import (
    decide_accept_seat,
    decide_expire_seat_offer,
    decide_offer_seat,
    decide_waitlist_application,
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
from service.plan import Plan, Planner, application_resource
from service.voting import case_of, vote_on

WaitingCommand = (
    RequestInformation
    | ProvideInformation
    | WithdrawApplication
    | ExpireApplication
    | OfferSeat
    | ExpireSeatOffer
)
Decider = Callable[[World, Application, Any, Moment], Decision]


def _planned(decider: Decider) -> Planner:
    """Plan a command about one application."""

    def plan(world: World, command: WaitingCommand, _: Request, moment: Moment) -> Plan:
        application = world.application(command.application)
        return Plan(
            subject=application.id,
            version=application.version,
            resource=application_resource(world, application),
            decide=lambda: decider(world, application, command, moment),
        )

    return plan


def _request(
    world: World, application: Application, command: RequestInformation, moment: Moment
) -> Decision:
    return decide_request_information(application, command, moment, world.policy)


def _provide(
    _: World, application: Application, command: ProvideInformation, moment: Moment
) -> Decision:
    return decide_provide_information(application, command, moment)


def _withdraw(
    _: World, application: Application, command: WithdrawApplication, moment: Moment
) -> Decision:
    return decide_withdraw_application(application, command, moment)


def _expire(
    world: World, application: Application, command: ExpireApplication, moment: Moment
) -> Decision:
    vote = vote_on(world, application)
    return decide_expire_application(application, vote, command, moment, world.policy)


def _offer(world: World, application: Application, command: OfferSeat, moment: Moment) -> Decision:
    register = world.register
    waitlist = [world.application(each) for each in register.waiting]
    return decide_offer_seat(
        application, waitlist, world.coalition, register, command, moment, world.policy
    )


def _expire_offer(
    _: World, application: Application, command: ExpireSeatOffer, moment: Moment
) -> Decision:
    return decide_expire_seat_offer(application, command, moment)


def _waitlist(world: World, command: WaitlistApplication, _: Request, moment: Moment) -> Plan:
    application = world.application(command.application)
    membership = world.membership(application.membership or "")
    return Plan(
        subject=application.id,
        version=world.review(application.review).version,
        resource=application_resource(world, application),
        decide=lambda: decide_waitlist_application(
            case_of(world, application, membership), command, moment, world.policy
        ),
    )


def _accept_seat(world: World, command: AcceptSeat, _: Request, moment: Moment) -> Plan:
    application = world.application(command.application)
    membership = world.membership(application.membership or command.membership)
    return Plan(
        subject=membership.id,
        version=application.version,
        resource=application_resource(world, application),
        decide=lambda: decide_accept_seat(
            case_of(world, application, membership), command, moment, world.policy
        ),
    )


WAITING_PLANNERS: Final[Mapping[type[Command], Planner]] = MappingProxyType(
    {
        RequestInformation: _planned(_request),
        ProvideInformation: _planned(_provide),
        WithdrawApplication: _planned(_withdraw),
        ExpireApplication: _planned(_expire),
        WaitlistApplication: _waitlist,
        OfferSeat: _planned(_offer),
        AcceptSeat: _accept_seat,
        ExpireSeatOffer: _planned(_expire_offer),
    }
)
"""How each of these commands is planned."""
