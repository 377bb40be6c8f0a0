"""Who is asking."""

from __future__ import annotations

from enum import StrEnum

import msgspec

from domain.terms import PartyId, PrincipalId


class Role(StrEnum):
    """In which role somebody acts; an entry's public ``actor`` is one of these.

    Nobody signs in as the system: it is the service itself, which does what is due by a day.
    """

    PUBLIC = "public"
    APPLICANT = "applicant"
    REPRESENTATIVE = "representative"
    REVIEWER = "reviewer"
    COMMITTEE = "committee"
    DIRECTOR = "director"
    AUDITOR = "auditor"
    PORTAL = "portal"
    OPERATOR = "operator"
    SYSTEM = "system"


class Scope(StrEnum):
    """What a portal's key may be made for, beyond what is public."""

    MEMBERS = "members"
    """Reading what is for members and not for the public."""

    WEBHOOKS = "webhooks"
    """Registering webhooks, being told by them, and changing them."""

    KEYS = "keys"
    """Seeing, changing and ending the portal's own keys."""


class Principal(msgspec.Struct, frozen=True):
    """An authenticated identity in one role.

    Attributes:
        id: a random id; it is committed in entries, and never shown in clear.
        party: the party that a representative speaks for.
        belongs_to: the party that one of the staff works for, leads or is, if the operator said so.
        scopes: what the key of a portal may do beyond what is public; ``None`` is everything.
    """

    id: PrincipalId
    role: Role
    party: PartyId | None = None
    belongs_to: PartyId | None = None
    scopes: frozenset[Scope] | None = None


ANYONE = Principal(PrincipalId("public"), Role.PUBLIC)
"""Whoever asks without a key."""
