"""A command that is to be decided, and the states that most rules look at."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, NamedTuple

from domain.coalition.coalition import AdoptPolicy
from domain.coalition.vote import AnswerTermination, CastVote, CloseVote, Vote
from domain.decision import Moment
from domain.membership.application import Application
from domain.membership.membership import Membership
from domain.membership.party import Party
from domain.membership.review import DeclareConflict, Review
from domain.membership.standing import TerminateMembership
from domain.policy import Policy, VoteKind

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
        named = self.command.application
        if isinstance(self.command, DeclareConflict) and self.command.vote is not None:
            named = named or self.world.vote(self.command.vote).application
        return self.world.application(named or "")

    @property
    def review(self) -> Review:
        return self.world.review(self.application.review)

    @property
    def membership(self) -> Membership:
        if isinstance(self.command, AnswerTermination):
            return self.world.membership(self.world.vote(self.command.vote).membership or "")
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
        """The vote that is cast or counted, or else the last one on what is decided."""
        match self.command:
            case AnswerTermination() | CastVote() | CloseVote():
                return self.world.vote(self.command.vote)
            case DeclareConflict() if self.command.vote is not None:
                return self.world.vote(self.command.vote)
            case AdoptPolicy():
                kinds = (VoteKind.POLICY, VoteKind.MISSION_AND_VALUES)
                return self.last_vote(self.command.policy_sha256, *kinds)
            case TerminateMembership():
                return self.last_vote(self.command.membership, VoteKind.TERMINATION)
            case _:
                vote = self.application.vote
                return None if vote is None else self.world.vote(vote)

    def last_vote(self, subject: str, *kinds: VoteKind) -> Vote | None:
        """Return the last vote of these kinds on a membership or a policy file."""
        votes = self.votes_about(subject, *kinds)
        return votes[-1] if votes else None

    def votes_about(self, subject: str, *kinds: VoteKind) -> list[Vote]:
        """Return the votes of these kinds on a membership or a policy file, in order."""
        return [
            each
            for each in self.world.states.values()
            if isinstance(each, Vote)
            and each.kind in kinds
            and subject in {each.membership, each.proposal_sha256}
        ]

    def names(self, field: str) -> bool:
        """Whether commands of this kind have a field."""
        return field in self.command.__struct_fields__
