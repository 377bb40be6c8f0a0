"""Who stands aside in votes since their opening, and why they say they do."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

import strawberry

from projections.ballots import BallotsRow
from service.graphql.context import Context
from service.graphql.hidden import HiddenValues
from service.graphql.ids import NodeKind, global_id
from service.graphql.types.membership import Membership
from service.graphql.types.review import InterestConflict
from service.security.access import Resource

_DECLARED: Final = {
    "data.declarer": "InterestConflict.declarer",
    "data.details": "InterestConflict.details",
}


class Asides:
    """Who stands aside in votes that are siblings in a response.

    Args:
        context: the request.
        found: the ballots of those votes that have any, by their stream.
        resources: what each vote is to the viewer, by its id.
    """

    def __init__(
        self, context: Context, found: Mapping[str, BallotsRow], resources: Mapping[str, Resource]
    ) -> None:
        self._found = found
        self._resources = resources
        positions = {
            each.declared_position: resources[row.vote]
            for row in found.values()
            for each in row.aside
            if each.declared_position is not None
        }
        self._said = HiddenValues(context, positions, _DECLARED)

    def memberships(self, stream: str) -> list[str]:
        """Return the memberships that stand aside, by the stream of the ballots."""
        row = self._found.get(stream)
        aside = () if row is None else row.aside
        return [each.membership for each in aside if each.membership is not None]

    def conflicts(self, stream: str, named: Mapping[str, Membership]) -> list[InterestConflict]:
        """Return what was declared of the vote itself.

        Args:
            stream: that of the ballots.
            named: the memberships that stand aside, as far as the viewer may know.
        """
        row = self._found.get(stream)
        if row is None:
            return []
        return [
            self._conflict(self._resources[row.vote], named.get(each.membership or ""), position)
            for each in row.aside
            if (position := each.declared_position) is not None
        ]

    def _conflict(
        self, resource: Resource, member: Membership | None, position: int
    ) -> InterestConflict:
        declarer = self._said.value(position, "data.declarer", str)
        return InterestConflict(
            resource=resource,
            declarer=None if declarer is None else strawberry.ID(declarer),
            party=None if member is None else global_id(NodeKind.PARTY, member.row.party),
            details=self._said.value(position, "data.details", str),
        )
