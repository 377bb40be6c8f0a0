"""The parties that apply."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from msgspec.structs import replace

from projections.application_folds import ApplicationRow
from projections.as_of import AsOf
from service.graphql.context import Context
from service.graphql.types.party import Party, parties_of
from service.security.access import Kind, Resource


def applicants(
    context: Context,
    rows: Sequence[ApplicationRow],
    resources: Mapping[str, Resource],
    as_of: AsOf,
) -> dict[str, Party]:
    """Return the applying parties that the viewer may know of, by application.

    Args:
        context: the request.
        rows: the applications' rows.
        resources: what each application is to the viewer, by its id.
        as_of: what the rows describe.
    """
    # A party may stand behind several applications, and be seen by other people in each.
    by_party: dict[str, Resource] = {}
    now: list[ApplicationRow] = []
    later: list[ApplicationRow] = []
    for row in rows:
        resource = replace(resources[row.id], kind=Kind.PARTY)
        alike = by_party.setdefault(row.party, resource) == resource
        (now if alike else later).append(row)
    parties = parties_of(context, by_party, as_of)
    found = {row.id: parties[row.party] for row in now if row.party in parties}
    return found | applicants(context, later, resources, as_of) if later else found
