"""An improvement plan of the story, as it was agreed."""

from __future__ import annotations

from datetime import date

import msgspec

from domain.terms import ApplicationId
from service.security.principal import Principal


class Plan(msgspec.Struct, frozen=True, kw_only=True):
    """How a standard is to be met.

    Attributes:
        reviewer: who agreed to it, and follows it.
        due: the last day for it.
        milestones: how many it has.
    """

    application: ApplicationId
    standard: str
    reviewer: Principal
    due: date
    milestones: int
