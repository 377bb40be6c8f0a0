"""Plans of what keeps somebody from judging: conflicts, recusals, ties, and the home."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType
from typing import Final

from msgspec.structs import replace

from domain.coalition.coalition import TransferHome
from domain.coalition.home import decide_transfer_home
from domain.coalition.vote import Vote
from domain.decision import Command, Decision, Moment
from domain.membership.affiliation import decide_declare_affiliation, decide_end_affiliation
from domain.membership.application import Application
from domain.membership.conflicts import decide_declare_conflict, decide_recuse_reviewer
from domain.membership.review import DeclareConflict, RecuseReviewer
from domain.membership.ties import DeclareAffiliation, EndAffiliation
from service.ledger.request import Request
from service.ledger.world import World
from service.planning.plan import Plan, Planner, application_resource, open_votes, party_resource
from service.planning.voting import vote_on, vote_resource
from service.security.access import Kind, Resource
from service.security.principal import Role


def _declare_conflict(
    world: World, command: DeclareConflict, request: Request, moment: Moment
) -> Plan:
    vote = None if command.vote is None else world.vote(command.vote)
    about = command.application or (None if vote is None else vote.application)
    application = world.application(about or "")
    subject: Application | Vote = application
    if command.application is not None:
        resource = application_resource(world, application)
        vote = vote or vote_on(world, application)
    elif vote is not None:
        subject, resource = vote, vote_resource(world, vote)
    else:
        # Whoever names nothing is told so by the rules.
        resource = Resource(kind=Kind.VOTE)
    principal = request.principal
    # Everybody speaks for themselves here, and a representative for their organisation.
    party = principal.party if principal.role is Role.REPRESENTATIVE else None
    director = principal.role is Role.DIRECTOR
    command = replace(command, declarer=principal.id, party=party, by_director=director)
    return Plan(
        subject=subject.id,
        version=subject.version,
        resource=resource,
        decide=lambda: decide_declare_conflict(
            application,
            world.review(application.review),
            vote,
            world.ballots("" if vote is None else vote.ballots),
            world.register,
            command,
            moment,
        ),
    )


def _recuse_reviewer(
    world: World, command: RecuseReviewer, request: Request, moment: Moment
) -> Plan:
    application = world.application(command.application)
    review = world.review(application.review)
    # Nobody but the director gives it.
    command = replace(command, by_themself=command.reviewer == request.principal.id)

    def decide() -> Decision:
        vote = vote_on(world, application) if command.by_themself else None
        ballots = world.ballots("" if vote is None else vote.ballots)
        return decide_recuse_reviewer(application, review, vote, ballots, command, moment)

    return Plan(
        subject=application.id,
        version=review.version,
        resource=application_resource(world, application),
        decide=decide,
    )


def _declare_affiliation(
    world: World, command: DeclareAffiliation, request: Request, moment: Moment
) -> Plan:
    party = world.party(command.party)
    principal = request.principal
    # Each speaks for their organisation: a director, too, does not choose who judges theirs.
    declarer = principal.party if principal.role is Role.REPRESENTATIVE else principal.belongs_to
    command = replace(command, declarer=declarer)
    return Plan(
        subject=party.id,
        version=party.version,
        resource=_both(world, command),
        decide=lambda: decide_declare_affiliation(
            party, world.party(command.affiliate), open_votes(world), command, moment
        ),
    )


def _end_affiliation(world: World, command: EndAffiliation, _: Request, moment: Moment) -> Plan:
    party = world.party(command.party)
    return Plan(
        subject=party.id,
        version=party.version,
        resource=_both(world, command),
        decide=lambda: decide_end_affiliation(
            party, world.party(command.affiliate), world.register, command, moment
        ),
    )


def _both(world: World, tie: DeclareAffiliation | EndAffiliation) -> Resource | None:
    """Return what two parties are, of which the one is named first, to who ties or unties them."""
    resource = party_resource(world.party(tie.party))
    return None if resource is None else replace(resource, against=tie.affiliate)


def _transfer_home(world: World, command: TransferHome, _: Request, moment: Moment) -> Plan:
    hosts = [
        world.party(each)
        for each in (command.home, command.fiscal_sponsor)
        if isinstance(each, str)
    ]
    return Plan(
        subject=world.coalition.id,
        version=world.coalition.version,
        resource=Resource(kind=Kind.COALITION),
        decide=lambda: decide_transfer_home(
            world.coalition, hosts, open_votes(world), command, moment
        ),
    )


PLANNERS: Final[Mapping[type[Command], Planner]] = MappingProxyType(
    {
        DeclareConflict: _declare_conflict,
        RecuseReviewer: _recuse_reviewer,
        EndAffiliation: _end_affiliation,
        DeclareAffiliation: _declare_affiliation,
        TransferHome: _transfer_home,
    }
)
"""How the commands by which somebody is kept from judging are planned."""
