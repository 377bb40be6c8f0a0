"""A command that is to be decided, and the states that most rules look at."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, NamedTuple

from domain.coalition.vote import Vote
from domain.decision import Moment
from domain.membership.application import Application
from domain.membership.membership import Membership
from domain.membership.party import Party
from domain.membership.review import Review
from domain.policy import Policy

if TYPE_CHECKING:
    from tests.domain.world import World


class Asked(NamedTuple):
    """A command, and where and when it is given.

    Attributes:
        proposal: the policy file that comes with it.
    """

    world: World
    command: Any
    moment: Moment
    proposal: Policy | None

    @property
    def application(self) -> Application:
        return self.world.application(self.command.application or "")

    @property
    def review(self) -> Review:
        return self.world.review(self.application.review)

    @property
    def membership(self) -> Membership:
        return self.world.membership(self.command.membership or "")

    @property
    def party(self) -> Party:
        """The party or person that the command names, or else the membership's or applicant's."""
        for field in ("party", "person"):
            if self.names(field):
                return self.world.party(getattr(self.command, field))
        of = self.membership if self.names("membership") else self.application
        return self.world.party(of.party)

    @property
    def vote(self) -> Vote | None:
        """The vote that the command names, or else the last one on the application."""
        vote = self.command.vote if self.names("vote") else self.application.vote
        return None if vote is None else self.world.vote(vote)

    def names(self, field: str) -> bool:
        """Whether commands of this kind have a field."""
        return field in self.command.__struct_fields__
