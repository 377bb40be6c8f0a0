"""An application of the story: whose it is, what it asks for, and how it is to go."""

from __future__ import annotations

import msgspec

from domain.policy import Requirement, RequirementKind, Standard
from domain.terms import ApplicationId, ReviewId
from service.demo.cast import Member
from service.demo.part import Plot
from service.demo.scene import applicant_of, representative_of
from service.demo.stage import Stage
from service.security.principal import Principal


class Case(msgspec.Struct, frozen=True, kw_only=True):
    """One application.

    Attributes:
        number: which of the party's applications it is, from 1.
        is_known: the party is in the ledger already.
    """

    stage: Stage
    member: Member
    plot: Plot
    number: int
    is_known: bool

    @property
    def application(self) -> ApplicationId:
        """The name for the application's id."""
        return self.member.application(self.number)

    @property
    def review(self) -> ReviewId:
        """The name for its review's id."""
        return self.member.review(self.number)

    @property
    def applicant(self) -> Principal:
        """Who applies: once a party is known, those who speak for it."""
        return representative_of(self.member) if self.is_known else applicant_of(self.member)

    @property
    def requirements(self) -> list[Requirement]:
        """What the tier asks for, but for the type of party, which nobody has to find."""
        asked = self.stage.policy.requirements_for(self.plot.tier, self.member.party_type)
        return [each for each in asked if each.kind is not RequirementKind.PARTY_TYPE]

    @property
    def standards(self) -> list[Standard]:
        """The minimum standards of the tier's class."""
        return [*self.stage.policy.standards_for(self.plot.tier)]

    def is_met(self, clause: Requirement | Standard) -> bool:
        """Whether the story lets the applicant meet a clause."""
        return clause.id not in self.plot.unmet
