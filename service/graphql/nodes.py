"""Nodes: the things that global ids name, whatever they are."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from service.graphql import entries
from service.graphql.context import Context
from service.graphql.ids import NodeKind, parse_global_id
from service.graphql.rules import rules_at
from service.graphql.types.application import applications_by_id
from service.graphql.types.coalition import Coalition, policies
from service.graphql.types.entry import EntryBatch
from service.graphql.types.grievance import grievances_by_id
from service.graphql.types.leadership import terms_by_id
from service.graphql.types.listing import listings_of
from service.graphql.types.membership import memberships_by_id
from service.graphql.types.node import Node
from service.graphql.types.party import own_resource, parties_of
from service.graphql.types.record import records_by_id
from service.graphql.types.vote import votes_by_id
from service.graphql.types.webhook import webhooks_by_id


def nodes_by_id(context: Context, ids: Sequence[str]) -> list[Node | None]:
    """Return the things of global ids, read together by kind; what is invisible is absent."""
    named = [parse_global_id(each) for each in ids]
    wanted: dict[NodeKind, list[str]] = {}
    for each in named:
        if each is not None:
            wanted.setdefault(each[0], []).append(each[1])
    found = {kind: _of_kind(context, kind, own_ids) for kind, own_ids in wanted.items()}
    return [None if each is None else found[each[0]].get(each[1]) for each in named]


def _of_kind(context: Context, kind: NodeKind, ids: list[str]) -> Mapping[str, Node]:
    now = context.now
    found: Mapping[str, Node]
    match kind:
        case NodeKind.COALITION:
            rules = rules_at(context, now)
            found = {rules.coalition.id: Coalition.of(context, rules)}
        case NodeKind.POLICY:
            known = policies(rules_at(context, now))
            found = {policy.policy.sha256: policy for policy in known}
        case NodeKind.PARTY:
            found = parties_of(context, {each: own_resource(each) for each in ids}, now)
        case NodeKind.LISTING:
            found = listings_of(context, ids, now)
        case NodeKind.APPLICATION:
            found = applications_by_id(context, ids, now)
        case NodeKind.MEMBERSHIP:
            found = memberships_by_id(context, ids, now)
        case NodeKind.VOTE:
            found = votes_by_id(context, ids, now)
        case NodeKind.GRIEVANCE:
            found = grievances_by_id(context, ids, now)
        case NodeKind.ENTRY:
            rows = entries.by_ids(context.connection, ids)
            batch = EntryBatch(context, rows)
            found = {row.entry_id: batch.objects[row.position] for row in rows}
        case NodeKind.WEBHOOK:
            found = webhooks_by_id(context, ids)
        case NodeKind.TERM_OF_OFFICE:
            found = terms_by_id(context, ids, now)
        case _:
            found = records_by_id(context, kind, ids, now)
    return found
