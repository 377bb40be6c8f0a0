"""For whom a field of the API can be, and whom that is by role and relation."""

from __future__ import annotations

from collections.abc import Mapping
from enum import StrEnum
from types import MappingProxyType
from typing import Final, TypeAlias

from service.security.principal import Role
from service.security.relations import Relation


class Audience(StrEnum):
    """For whom a field is, from the widest to the narrowest."""

    PUBLIC = "public"
    """Anybody."""

    MEMBER = "member"
    """Who speaks for a member at present, portals, and staff."""

    CASE = "case"
    """All staff, those whose own application or party it is, and those who vote or voted on it."""

    QUEUE = "queue"
    """All staff, whichever applications they were assigned."""

    STAFF = "staff"
    """The staff concerned, and those whose own application or party it is."""

    ASKED = "asked"
    """The staff concerned, those whose own it is, and those who vote on it while they may."""

    REVIEW = "review"
    """The staff concerned, and not those whom it is about."""

    JUDGES = "judges"
    """The staff concerned, and those who vote or voted on it; not those it is about."""

    HEARD = "heard"
    """The staff concerned, those who vote or voted on it, and whom it is about."""

    PERSONAL = "personal"
    """The person or party, and those of the staff who have to know."""

    INVOLVED = "involved"
    """The staff concerned, who complains, and whom it is about."""

    VOTER = "voter"
    """Those who may have a vote, about their own ballot."""

    OWNER = "owner"
    """Whoever speaks for the party."""

    KEEPER = "keeper"
    """Whoever speaks for the party, and the director."""

    SUBSCRIBER = "subscriber"
    """Whoever registered a webhook, and the director and auditors."""

    HOLDER = "holder"
    """Whose key it is, those who speak for the same party, and who keeps and checks all keys."""

    COUNT = "count"
    """The staff, once a vote is closed."""


Grant: TypeAlias = tuple[Role, Relation]
"""A role, and how somebody of it must be connected with a thing."""


def to(relation: Relation, *roles: Role) -> frozenset[Grant]:
    """Return a grant to each of some roles."""
    return frozenset((role, relation) for role in roles)


OWN: Final = to(Relation.OWN, Role.APPLICANT, Role.REPRESENTATIVE)
OWN_PORTAL: Final = to(Relation.OWN, Role.PORTAL)
_VOTING: Final = to(Relation.VOTING, Role.REPRESENTATIVE)
_JUDGED: Final = _VOTING | to(Relation.VOTED, Role.REPRESENTATIVE)
_CASE_STAFF: Final = to(Relation.ANY, Role.REVIEWER, Role.COMMITTEE, Role.DIRECTOR, Role.AUDITOR)
_STAFF: Final = to(Relation.ANY, Role.COMMITTEE, Role.DIRECTOR, Role.AUDITOR) | to(
    Relation.ASSIGNED, Role.REVIEWER
)

AUDIENCES: Final[Mapping[Audience, frozenset[Grant]]] = MappingProxyType(
    {
        Audience.PUBLIC: to(Relation.ANY, *Role),
        Audience.MEMBER: _CASE_STAFF
        | to(Relation.MEMBER, Role.REPRESENTATIVE)
        | to(Relation.ANY, Role.PORTAL),
        Audience.CASE: _CASE_STAFF | OWN | _JUDGED,
        Audience.QUEUE: _CASE_STAFF,
        Audience.STAFF: _STAFF | OWN,
        Audience.ASKED: _STAFF | OWN | _VOTING,
        Audience.REVIEW: _STAFF,
        Audience.JUDGES: _STAFF | _JUDGED,
        Audience.HEARD: _STAFF | OWN | _JUDGED,
        Audience.PERSONAL: to(Relation.ANY, Role.DIRECTOR)
        | to(Relation.ASSIGNED, Role.REVIEWER)
        | to(Relation.APPLICATION, Role.COMMITTEE)
        | OWN,
        Audience.VOTER: to(Relation.ANY, Role.REPRESENTATIVE, Role.DIRECTOR),
        Audience.OWNER: to(Relation.OWN, Role.REPRESENTATIVE),
        Audience.KEEPER: to(Relation.OWN, Role.REPRESENTATIVE) | to(Relation.ANY, Role.DIRECTOR),
        Audience.INVOLVED: _STAFF | OWN | to(Relation.AGAINST, Role.REPRESENTATIVE),
        Audience.SUBSCRIBER: to(Relation.ANY, Role.DIRECTOR, Role.AUDITOR) | OWN_PORTAL,
        Audience.HOLDER: to(Relation.ANY, Role.OPERATOR, Role.DIRECTOR, Role.AUDITOR)
        # Whoever speaks for a party sees who else comes in to speak, and vote, for it.
        | to(Relation.OWN, Role.PORTAL, Role.REPRESENTATIVE),
        Audience.COUNT: to(Relation.CLOSED, Role.COMMITTEE, Role.DIRECTOR, Role.AUDITOR),
    }
)
"""Whom each audience consists of."""
