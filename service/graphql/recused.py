"""From which applications whoever asks stands aside, so that they read no more of these."""

from __future__ import annotations

from typing import Final

from domain.terms import PrincipalId
from projections import conflicts
from service.graphql.context import Context
from service.security.principal import Role

_KEY: Final = object()


def recused_from(context: Context, stream: str) -> frozenset[PrincipalId]:
    """Return whoever asks, if they have no further part in an application, or else nobody.

    Reviewers read what they are assigned to, and are not once they stand aside: of the staff who
    read every application it is looked up, once a request.

    Args:
        context: the request.
        stream: the id of an application, or of its review.
    """
    who = context.principal
    if who.role not in {Role.COMMITTEE, Role.DIRECTOR}:
        return frozenset()
    found = context.known(
        _KEY, lambda: conflicts.streams_of(context.connection, context.now, who.id)
    )
    return frozenset({who.id}) if stream in found else frozenset()
