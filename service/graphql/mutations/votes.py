"""Mutations of deciding together: votes, and who is too close to judge."""

from __future__ import annotations

from datetime import date
from typing import Annotated, TypeAlias

import strawberry

from domain.coalition import coalition as coalition_commands
from domain.coalition import vote as commands
from domain.membership.ties import DeclareAffiliation
from domain.policy import VoteKind
from domain.terms import Affiliation, Ballot
from service.graphql.context import Context, Info
from service.graphql.declare import input_type, mutation, object_type
from service.graphql.ids import NodeKind
from service.graphql.mutations.answers import COMMAND, with_party
from service.graphql.mutations.coalition import policy_document, readable_policy
from service.graphql.mutations.submitting import (
    CommandInput,
    Done,
    command_of,
    fresh_id,
    named,
    perform,
    values_of,
)
from service.graphql.receipts import (
    Accepted,
    CommandIdReused,
    Conflict,
    NotAllowed,
    Refused,
    receipt_of,
)
from service.graphql.rules import rules_at
from service.graphql.types.coalition import Coalition
from service.graphql.types.party import Party
from service.graphql.types.vote import Vote, votes_by_id


@input_type
class DeclareAffiliationInput(CommandInput):
    """Says that two parties are too close to judge one another."""

    party: strawberry.ID = strawberry.field(description="The party.")
    affiliate: strawberry.ID = strawberry.field(description="The other party.")
    affiliation: Affiliation = strawberry.field(description="What the first is to the other.")


@input_type
class OpenVoteInput(CommandInput):
    """Puts a question to those who decide it. Name the one thing that it is about."""

    kind: VoteKind = strawberry.field(description="What is to be decided.")
    closes_on: date = strawberry.field(description="The last day on which ballots are taken.")
    application: strawberry.ID | None = strawberry.field(
        default=None,
        description="For an admission, a change of tier, or an appeal against a decline.",
    )
    membership: strawberry.ID | None = strawberry.field(
        default=None,
        description=(
            "For a termination, an appeal against a suspension or termination, or the admission "
            "of a former member who is to be reinstated."
        ),
    )
    proposal: str | None = strawberry.field(
        default=None,
        description="For policy, mission and values: the policy file, TOML, up to 256 KiB.",
    )
    clauses: list[str] | None = strawberry.field(
        default=None,
        description=(
            "For a termination: the clauses of the policy that are not met, at least one. Who has "
            "a vote sees them, and `terminateMembership` names exactly these."
        ),
    )
    reason: str | None = strawberry.field(
        default=None,
        description=(
            "For a termination: why, up to 4,000 characters, for those who vote, the member and "
            "staff."
        ),
    )
    by_fallback: bool = strawberry.field(
        default=False,
        description=(
            "Whether the policy's fallback votes, nobody else being left; where nobody of that is "
            "left either, the director votes alone; on an appeal one who took no part in what is "
            "appealed."
        ),
    )


@input_type
class AnswerTerminationInput(CommandInput):
    """Says to those who vote on ending your membership what you have to say to it."""

    vote: strawberry.ID = strawberry.field(description="The vote.")
    answer: str = strawberry.field(
        description=(
            "For those who vote, and staff: up to 4,000 characters. What is said last is read."
        )
    )


@input_type
class CastVoteInput(CommandInput):
    """Casts a ballot. It stands: there is no second one."""

    vote: strawberry.ID = strawberry.field(description="The vote.")
    ballot: Ballot = strawberry.field(description="How your organisation votes, or you, director.")


@input_type
class CloseVoteInput(CommandInput):
    """Counts the ballots."""

    vote: strawberry.ID = strawberry.field(description="The vote.")


@input_type
class TransferHomeInput(CommandInput):
    """Says who gives the coalition a home, and who holds its money."""

    home: strawberry.ID | None = strawberry.field(
        default=strawberry.UNSET,
        description=(
            "The organisation that gives it a home; null is nobody, and left out it stays as it is."
        ),
    )
    fiscal_sponsor: strawberry.ID | None = strawberry.field(
        default=strawberry.UNSET,
        description=(
            "The organisation that holds its money; null is nobody, and left out it stays as it is."
        ),
    )
    source: str = strawberry.field(description="Where it is documented: up to 500 characters.")


@object_type
class DeclareAffiliationAccepted(Accepted):
    """The parties are known to be tied."""

    party: Party | None = strawberry.field(description="The party.")


@object_type
class OpenVoteAccepted(Accepted):
    """The vote is open."""

    vote: Vote | None = strawberry.field(description="The vote.")


@object_type
class AnswerTerminationAccepted(Accepted):
    """Those who vote read it."""

    vote: Vote | None = strawberry.field(description="The vote.")


@object_type
class CastVoteAccepted(Accepted):
    """The ballot is cast, and sealed until the close."""

    vote: Vote | None = strawberry.field(description="The vote.")


@object_type
class CloseVoteAccepted(Accepted):
    """The ballots are counted."""

    vote: Vote | None = strawberry.field(description="The vote.")


@object_type
class TransferHomeAccepted(Accepted):
    """Home and fiscal sponsor are in the ledger."""

    coalition: Coalition = strawberry.field(description="The coalition.")


DeclareAffiliationResult: TypeAlias = Annotated[
    DeclareAffiliationAccepted | Refused | NotAllowed | Conflict | CommandIdReused,
    strawberry.union("DeclareAffiliationResult", description="What came of `declareAffiliation`."),
]
OpenVoteResult: TypeAlias = Annotated[
    OpenVoteAccepted | Refused | NotAllowed | Conflict | CommandIdReused,
    strawberry.union("OpenVoteResult", description="What came of `openVote`."),
]
AnswerTerminationResult: TypeAlias = Annotated[
    AnswerTerminationAccepted | Refused | NotAllowed | Conflict | CommandIdReused,
    strawberry.union("AnswerTerminationResult", description="What came of `answerTermination`."),
]
CastVoteResult: TypeAlias = Annotated[
    CastVoteAccepted | Refused | NotAllowed | Conflict | CommandIdReused,
    strawberry.union("CastVoteResult", description="What came of `castVote`."),
]
CloseVoteResult: TypeAlias = Annotated[
    CloseVoteAccepted | Refused | NotAllowed | Conflict | CommandIdReused,
    strawberry.union("CloseVoteResult", description="What came of `closeVote`."),
]
TransferHomeResult: TypeAlias = Annotated[
    TransferHomeAccepted | Refused | NotAllowed | Conflict | CommandIdReused,
    strawberry.union("TransferHomeResult", description="What came of `transferHome`."),
]


@strawberry.type
class VoteMutations:
    """Mutations of deciding together."""

    @mutation
    def declare_affiliation(
        self, info: Info, given: Annotated[DeclareAffiliationInput, COMMAND]
    ) -> DeclareAffiliationResult:
        """Say that two parties are too close to judge one another.

        In a vote about one of them that is open, the other leaves the electorate, unless it is
        the first alone that says so: by that neither loses its vote on the first, now or later.
        """
        return perform(
            info,
            given,
            lambda: command_of(
                DeclareAffiliation,
                given,
                party=named(NodeKind.PARTY, given.party),
                affiliate=named(NodeKind.PARTY, given.affiliate),
            ),
            with_party(DeclareAffiliationAccepted),
        )

    @mutation
    def open_vote(self, info: Info, given: Annotated[OpenVoteInput, COMMAND]) -> OpenVoteResult:
        """Put a question to the electorate that the policy has for it.

        `expectedVersion` is the application's or membership's, if it is about one.
        """
        document = None if given.proposal is None else policy_document(given.proposal)
        return perform(
            info,
            given,
            lambda: _open_vote(info.context, given),
            lambda context, done: OpenVoteAccepted(
                receipt=receipt_of(context, done.accepted), vote=_vote(context, done)
            ),
            documents=() if document is None else (document,),
            fields={"policySha256": "proposal"},
        )

    @mutation
    def answer_termination(
        self, info: Info, given: Annotated[AnswerTerminationInput, COMMAND]
    ) -> AnswerTerminationResult:
        """Say to those who vote on ending your membership what you have to say to it."""
        return perform(
            info,
            given,
            lambda: command_of(
                commands.AnswerTermination, given, vote=named(NodeKind.VOTE, given.vote)
            ),
            lambda context, done: AnswerTerminationAccepted(
                receipt=receipt_of(context, done.accepted), vote=_vote(context, done)
            ),
        )

    @mutation
    def cast_vote(self, info: Info, given: Annotated[CastVoteInput, COMMAND]) -> CastVoteResult:
        """Say how your organisation votes, or you as the director."""
        return perform(
            info,
            given,
            lambda: command_of(commands.CastVote, given, vote=named(NodeKind.VOTE, given.vote)),
            lambda context, done: CastVoteAccepted(
                receipt=receipt_of(context, done.accepted), vote=_vote(context, done)
            ),
        )

    @mutation
    def close_vote(self, info: Info, given: Annotated[CloseVoteInput, COMMAND]) -> CloseVoteResult:
        """Count the ballots, and say what they decided."""
        return perform(
            info,
            given,
            lambda: command_of(commands.CloseVote, given, vote=named(NodeKind.VOTE, given.vote)),
            lambda context, done: CloseVoteAccepted(
                receipt=receipt_of(context, done.accepted), vote=_vote(context, done)
            ),
        )

    @mutation
    def transfer_home(
        self, info: Info, given: Annotated[TransferHomeInput, COMMAND]
    ) -> TransferHomeResult:
        """Say who gives the coalition a home, and who holds its money."""
        return perform(
            info,
            given,
            lambda: command_of(
                coalition_commands.TransferHome,
                given,
                **{
                    name: _named_or_none(NodeKind.PARTY, value)
                    for name, value in values_of(given).items()
                    if name != "source"
                },
            ),
            lambda context, done: TransferHomeAccepted(
                receipt=receipt_of(context, done.accepted),
                coalition=Coalition.of(context, rules_at(context, done.as_of)),
            ),
        )


def _open_vote(context: Context, given: OpenVoteInput) -> commands.OpenVote:
    sha256 = None
    if given.proposal is not None:
        sha256 = readable_policy(context, commands.OpenVote, given.proposal, "proposal").sha256
    return command_of(
        commands.OpenVote,
        given,
        vote=fresh_id(),
        ballots=fresh_id(),
        application=_named_or_none(NodeKind.APPLICATION, given.application),
        membership=_named_or_none(NodeKind.MEMBERSHIP, given.membership),
        proposal_sha256=sha256,
        clauses=given.clauses or [],
    )


def _named_or_none(kind: NodeKind, text: strawberry.ID | None) -> str | None:
    return None if text is None else named(kind, text)


def _vote(context: Context, done: Done) -> Vote | None:
    subject = done.accepted.subject
    return votes_by_id(context, [subject], done.as_of).get(subject)
