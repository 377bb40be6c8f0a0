"""The queries of the schema."""

from __future__ import annotations

from typing import Annotated, Final, TypeAlias

import strawberry

from service.graphql.appeals import AppealQueries
from service.graphql.as_of import AsOfArgument, AsOfPoint, resolve
from service.graphql.context import Info
from service.graphql.declare import field, object_type
from service.graphql.due import DueDateFilterArgument, due_date_page
from service.graphql.enums import Direction
from service.graphql.errors import InvalidArgumentError
from service.graphql.grievances import ResolvedArgument, grievance_page
from service.graphql.ids import NodeKind, own_id
from service.graphql.lists import (
    ApplicationDirectionArgument,
    ApplicationFilterArgument,
    DirectoryFilterArgument,
    MembershipFilterArgument,
    MembershipOrderArgument,
    application_page,
    directory_page,
    membership_page,
)
from service.graphql.nodes import nodes_by_id
from service.graphql.paging import After, Before, Connection, First, Last, PageArguments
from service.graphql.review_queue import ReviewQueueQueries
from service.graphql.rules import rules_at
from service.graphql.types.api_key import ApiKey, KeyFilterArgument, key_page
from service.graphql.types.application import Application, applications_by_id
from service.graphql.types.change import MembershipChange, change_page
from service.graphql.types.coalition import (
    AgreementTemplate,
    Coalition,
    policies,
    policy_in_force,
    templates,
)
from service.graphql.types.due import DueDate
from service.graphql.types.governance import Governance
from service.graphql.types.grievance import Grievance
from service.graphql.types.ledger import Ledger
from service.graphql.types.listing import Listing
from service.graphql.types.membership import Membership, memberships_by_id
from service.graphql.types.namesakes import parties_named
from service.graphql.types.node import Node
from service.graphql.types.party import Party
from service.graphql.types.policy import Policy, Tier
from service.graphql.types.rate import RateLimit
from service.graphql.types.statistics import (
    Asset,
    CountiesArgument,
    ServicesArgument,
    Statistics,
    asset_map,
)
from service.graphql.types.viewer import Viewer
from service.graphql.types.vote import Vote, votes_by_id
from service.graphql.types.webhook import Webhook, visible_webhooks
from service.graphql.votes import VoteFilterArgument, vote_page

MOST_NODES: Final = 100

FromArgument: TypeAlias = Annotated[
    AsOfPoint,
    strawberry.argument(name="from", description="What is there already: nothing of it is told."),
]
ToArgument: TypeAlias = Annotated[
    AsOfPoint | None,
    strawberry.argument(name="to", description="The last entry to look at; the head if left out."),
]
GlobalId: TypeAlias = Annotated[strawberry.ID, strawberry.argument(description="A global id.")]


@object_type
class Query(AppealQueries, ReviewQueueQueries):
    """What can be asked."""

    @field
    def viewer(self, info: Info) -> Viewer:
        """Who asks."""
        return Viewer(asking=info.context.principal)

    @field
    def rate_limit(self, info: Info) -> RateLimit | None:
        """What you may ask for; null where there is no limit to it."""
        context = info.context
        context.beside_ledger = True
        rate = context.rate
        if rate is None:
            return None
        return RateLimit(
            cost=rate.cost,
            limit=rate.limit,
            remaining=rate.remaining,
            restored_in_seconds=rate.restored_in_s,
        )

    @field
    def node(self, info: Info, id: GlobalId) -> Node | None:  # noqa: A002 - Relay's name
        """The thing of a global id; null where there is none, or none for you."""
        return nodes_by_id(info.context, [id])[0]

    @field
    def nodes(
        self,
        info: Info,
        ids: Annotated[
            list[strawberry.ID], strawberry.argument(description="Up to 100 global ids.")
        ],
    ) -> list[Node | None]:
        """The things of global ids, in order; null as for `node`."""
        if len(ids) > MOST_NODES:
            message = f"ids are at most {MOST_NODES}, and these are {len(ids)}."
            raise InvalidArgumentError("ids", "page-size", message)
        return nodes_by_id(info.context, ids)

    @field
    def coalition(self, info: Info, as_of: AsOfArgument = None) -> Coalition:
        """The coalition whose ledger this is."""
        return Coalition.of(info.context, rules_at(info.context, resolve(info, as_of)))

    @field
    def policy(self, info: Info, as_of: AsOfArgument = None) -> Policy:
        """The policy in force."""
        return policy_in_force(rules_at(info.context, resolve(info, as_of)))

    @field
    def policies(self, info: Info) -> list[Policy]:
        """Every version of the policy that was adopted, in order."""
        return policies(rules_at(info.context, info.context.now))

    @field
    def tiers(self, info: Info, as_of: AsOfArgument = None) -> list[Tier]:
        """The kinds of membership, by the policy in force."""
        policy = rules_at(info.context, resolve(info, as_of)).policy
        return [Tier(policy=policy, tier=tier) for tier in policy.tiers]

    @field
    def agreement_templates(
        self, info: Info, as_of: AsOfArgument = None
    ) -> list[AgreementTemplate]:
        """The present texts of the agreements."""
        return templates(rules_at(info.context, resolve(info, as_of)))

    @field
    def memberships(  # noqa: PLR0913, PLR0917 - the four arguments of a connection, and three of its own
        self,
        info: Info,
        filter: MembershipFilterArgument = None,  # noqa: A002 - the argument's name in the schema
        order_by: MembershipOrderArgument = None,
        as_of: AsOfArgument = None,
        first: First = None,
        after: After = None,
        last: Last = None,
        before: Before = None,
    ) -> Connection[Membership]:
        """The memberships."""
        arguments = PageArguments(first, after, last, before)
        return membership_page(info.context, resolve(info, as_of), filter, order_by, arguments)

    @field
    def membership(
        self,
        info: Info,
        id: GlobalId,  # noqa: A002 - the argument's name in the schema
        as_of: AsOfArgument = None,
    ) -> Membership | None:
        """One membership; null where there was none then."""
        membership = own_id(NodeKind.MEMBERSHIP, id)
        found = resolve(info, as_of)
        if membership is None:
            return None
        return memberships_by_id(info.context, [membership], found).get(membership)

    @field
    def organisations_named(
        self,
        info: Info,
        name: Annotated[str, strawberry.argument(description="The whole name.")],
    ) -> list[Party] | None:
        """The organisations that go by a name, or went by it, whatever its case, spaces and
        punctuation: up to 25. For staff.
        """
        return parties_named(info.context, name)

    @field
    def applications(
        self,
        info: Info,
        filter: ApplicationFilterArgument = None,  # noqa: A002 - the argument's name in the schema
        direction: ApplicationDirectionArgument = Direction.ASCENDING,
        first: First = None,
        after: After = None,
        last: Last = None,
        before: Before = None,
    ) -> Connection[Application]:
        """The applications: all for staff, one's own for others."""
        arguments = PageArguments(first, after, last, before)
        return application_page(info.context, filter, direction, arguments)

    @field
    def application(
        self,
        info: Info,
        id: GlobalId,  # noqa: A002 - the argument's name in the schema
    ) -> Application | None:
        """One application; null where there is none, or none for you."""
        application = own_id(NodeKind.APPLICATION, id)
        if application is None:
            return None
        context = info.context
        return applications_by_id(context, [application], context.now).get(application)

    @field
    def directory(
        self,
        info: Info,
        filter: DirectoryFilterArgument = None,  # noqa: A002 - the argument's name in the schema
        as_of: AsOfArgument = None,
        first: First = None,
        after: After = None,
        last: Last = None,
        before: Before = None,
    ) -> Connection[Listing]:
        """The members that show something of themselves, by name; people come first."""
        arguments = PageArguments(first, after, last, before)
        return directory_page(info.context, resolve(info, as_of), filter, arguments)

    @field
    def vote(
        self,
        info: Info,
        id: GlobalId,  # noqa: A002 - the argument's name in the schema
    ) -> Vote | None:
        """One vote; null where there is none."""
        vote = own_id(NodeKind.VOTE, id)
        return (
            None if vote is None else votes_by_id(info.context, [vote], info.context.now).get(vote)
        )

    @field
    def votes(
        self,
        info: Info,
        filter: VoteFilterArgument = None,  # noqa: A002 - the argument's name in the schema
        first: First = None,
        after: After = None,
        last: Last = None,
        before: Before = None,
    ) -> Connection[Vote]:
        """The votes, in the order of their opening."""
        return vote_page(info.context, filter, PageArguments(first, after, last, before))

    @field
    def grievances(
        self,
        info: Info,
        resolved: ResolvedArgument = None,
        first: First = None,
        after: After = None,
        last: Last = None,
        before: Before = None,
    ) -> Connection[Grievance]:
        """The grievances in the order of filing: all of them for staff, those that one's party has
        a part in for representatives.
        """
        return grievance_page(
            info.context, PageArguments(first, after, last, before), resolved=resolved
        )

    @field
    def webhooks(self, info: Info) -> list[Webhook]:
        """The webhooks that there are, the earliest first: one's own, and all of them for the
        director and auditors.
        """
        return visible_webhooks(info.context)

    @field
    def keys(
        self,
        info: Info,
        filter: KeyFilterArgument = None,  # noqa: A002 - the argument's name in the schema
        first: First = None,
        after: After = None,
        last: Last = None,
        before: Before = None,
    ) -> Connection[ApiKey]:
        """The API keys, the oldest first and without their secrets: all of them for the operator,
        the director and auditors, a portal's own for it, and for a representative those of
        whoever speaks for the same party.
        """
        return key_page(info.context, filter, PageArguments(first, after, last, before))

    @field
    def due_dates(
        self,
        info: Info,
        filter: DueDateFilterArgument = None,  # noqa: A002 - the argument's name in the schema
        first: First = None,
        after: After = None,
        last: Last = None,
        before: Before = None,
    ) -> Connection[DueDate]:
        """What is to have happened by a day, the earliest first: all of it for staff, one's own for
        applicants and members.
        """
        return due_date_page(info.context, filter, PageArguments(first, after, last, before))

    @field
    def governance(self, info: Info, as_of: AsOfArgument = None) -> Governance:
        """How the coalition is led, and what it keeps of itself."""
        found = resolve(info, as_of, since_founding=False)
        return Governance(context=info.context, as_of=found)

    @field
    def changes_between(
        self,
        info: Info,
        start: FromArgument,
        end: ToArgument = None,
        first: First = None,
        after: After = None,
        last: Last = None,
        before: Before = None,
    ) -> Connection[MembershipChange]:
        """What changed in memberships after one point and up to another, entry by entry, in the
        order of the log.
        """
        arguments = PageArguments(first, after, last, before)
        return change_page(info.context, start, end, arguments)

    @field
    def statistics(self, info: Info, as_of: AsOfArgument = None) -> Statistics:
        """How many members there are, as far as numbers tell of nobody."""
        return Statistics(context=info.context, as_of=resolve(info, as_of))

    @field
    def asset_map(
        self,
        info: Info,
        services: ServicesArgument = None,
        counties: CountiesArgument = None,
        as_of: AsOfArgument = None,
    ) -> list[Asset]:
        """What organisations in the directory offer where: the commonest first, up to 1,000.

        People, whose services and counties are found in their listings alone, are in none.
        """
        return asset_map(info.context, resolve(info, as_of), services, counties)

    @field
    def ledger(self) -> Ledger:
        """The log that everything else is made from."""
        return Ledger()
