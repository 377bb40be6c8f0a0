"""How somebody may be connected with a thing, for a grant of `service.security.access` to hold."""

from __future__ import annotations

from enum import StrEnum


class Relation(StrEnum):
    """How somebody must be connected with a resource for a grant to hold."""

    ANY = "any"
    """Not at all."""

    OWN = "own"
    """It is their own application, or their own party's."""

    NEW = "new"
    """It is their own application, and its party is not known yet."""

    ASSIGNED = "assigned"
    """They were assigned to review the application."""

    APPLICATION = "application"
    """It is an application, or seen with one."""

    AGAINST = "against"
    """It is a grievance about their party."""

    CLOSED = "closed"
    """It is a vote that is closed, or a ballot of one."""

    VOTING = "voting"
    """They speak for a member that has a vote on it, which is open."""

    VOTED = "voted"
    """They speak for a member that cast a ballot in it, and did not stand aside."""

    MEMBER = "member"
    """They speak for a member of the coalition."""
