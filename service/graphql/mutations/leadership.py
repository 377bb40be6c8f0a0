"""Mutations of leadership: who directs the coalition, and who leads its partners."""

from __future__ import annotations

from typing import Annotated, TypeAlias

import strawberry

from domain.coalition import leadership as commands
from domain.decision import Command
from projections import leadership
from service.graphql.context import Context, Info
from service.graphql.declare import input_type, mutation, object_type
from service.graphql.ids import NodeKind
from service.graphql.mutations.answers import COMMAND, people_of
from service.graphql.mutations.submitting import (
    CommandInput,
    Done,
    NothingSuchError,
    command_of,
    fresh_id,
    named,
    perform,
    refuse,
)
from service.graphql.receipts import (
    Accepted,
    CommandIdReused,
    Conflict,
    NotAllowed,
    Refused,
    receipt_of,
)
from service.graphql.types.leadership import TermOfOffice, terms_by_id
from service.security.access import Kind, Resource, may


@input_type
class AppointDirectorInput(CommandInput):
    """Lets somebody direct the coalition."""

    name: str = strawberry.field(description="What they are called: up to 200 characters.")
    named: bool = strawberry.field(
        default=False, description="Whether they want everybody to know their name."
    )
    person: strawberry.ID | None = strawberry.field(
        default=None,
        description="Somebody who held an office before; left out for anybody else.",
    )


@input_type
class NamePartnerLeaderInput(CommandInput):
    """Lets an executive leader of a partner share in leading."""

    party: strawberry.ID = strawberry.field(description="The partner that they lead.")
    name: str = strawberry.field(description="What they are called: up to 200 characters.")
    named: bool = strawberry.field(
        default=False, description="Whether they want everybody to know their name."
    )
    person: strawberry.ID | None = strawberry.field(
        default=None,
        description=(
            "A representative of the partner, or somebody who held an office before; left out "
            "for anybody else."
        ),
    )


@input_type
class ChangeNamingInput(CommandInput):
    """Names whoever holds an office to everybody, or no longer."""

    term: strawberry.ID = strawberry.field(description="The term of office.")
    named: bool = strawberry.field(description="Whether everybody may know the name.")


@input_type
class EndTermInput(CommandInput):
    """Ends a term of office."""

    term: strawberry.ID = strawberry.field(description="The term of office.")


@object_type
class AppointDirectorAccepted(Accepted):
    """The person directs the coalition."""

    term: TermOfOffice | None = strawberry.field(description="The term of office.")


@object_type
class NamePartnerLeaderAccepted(Accepted):
    """The person shares in leading."""

    term: TermOfOffice | None = strawberry.field(description="The term of office.")


@object_type
class ChangeNamingAccepted(Accepted):
    """The consent to be named is as given."""

    term: TermOfOffice | None = strawberry.field(description="The term of office.")


@object_type
class EndTermAccepted(Accepted):
    """The term has ended."""

    term: TermOfOffice | None = strawberry.field(description="The term of office.")


AppointDirectorResult: TypeAlias = Annotated[
    AppointDirectorAccepted | Refused | NotAllowed | Conflict | CommandIdReused,
    strawberry.union("AppointDirectorResult", description="What came of `appointDirector`."),
]
NamePartnerLeaderResult: TypeAlias = Annotated[
    NamePartnerLeaderAccepted | Refused | NotAllowed | Conflict | CommandIdReused,
    strawberry.union("NamePartnerLeaderResult", description="What came of `namePartnerLeader`."),
]
ChangeNamingResult: TypeAlias = Annotated[
    ChangeNamingAccepted | Refused | NotAllowed | Conflict | CommandIdReused,
    strawberry.union("ChangeNamingResult", description="What came of `changeNaming`."),
]
EndTermResult: TypeAlias = Annotated[
    EndTermAccepted | Refused | NotAllowed | Conflict | CommandIdReused,
    strawberry.union("EndTermResult", description="What came of `endTerm`."),
]


@strawberry.type
class LeadershipMutations:
    """Mutations of leadership."""

    @mutation
    def appoint_director(
        self, info: Info, given: Annotated[AppointDirectorInput, COMMAND]
    ) -> AppointDirectorResult:
        """Let somebody direct the coalition; the present director's term ends."""
        return perform(
            info,
            given,
            lambda: command_of(
                commands.AppointDirector,
                given,
                term=fresh_id(),
                person=_person(info.context, commands.AppointDirector, given.person, frozenset()),
            ),
            lambda context, done: AppointDirectorAccepted(
                receipt=receipt_of(context, done.accepted), term=_term(context, done)
            ),
        )

    @mutation
    def name_partner_leader(
        self, info: Info, given: Annotated[NamePartnerLeaderInput, COMMAND]
    ) -> NamePartnerLeaderResult:
        """Let an executive leader of a partner share in leading."""
        return perform(
            info,
            given,
            lambda: _name(info.context, given),
            lambda context, done: NamePartnerLeaderAccepted(
                receipt=receipt_of(context, done.accepted), term=_term(context, done)
            ),
        )

    @mutation
    def change_naming(
        self, info: Info, given: Annotated[ChangeNamingInput, COMMAND]
    ) -> ChangeNamingResult:
        """Name whoever holds an office to everybody, or no longer."""
        return perform(
            info,
            given,
            lambda: command_of(
                commands.ChangeNaming, given, term=named(NodeKind.TERM_OF_OFFICE, given.term)
            ),
            lambda context, done: ChangeNamingAccepted(
                receipt=receipt_of(context, done.accepted), term=_term(context, done)
            ),
        )

    @mutation
    def end_term(self, info: Info, given: Annotated[EndTermInput, COMMAND]) -> EndTermResult:
        """End a term of office."""
        return perform(
            info,
            given,
            lambda: command_of(
                commands.EndTerm, given, term=named(NodeKind.TERM_OF_OFFICE, given.term)
            ),
            lambda context, done: EndTermAccepted(
                receipt=receipt_of(context, done.accepted), term=_term(context, done)
            ),
        )


def _name(context: Context, given: NamePartnerLeaderInput) -> commands.NamePartnerLeader:
    party = named(NodeKind.PARTY, given.party)
    speakers = frozenset[str]()
    if given.person is not None:
        speakers = people_of(context, party) or speakers
    person = _person(context, commands.NamePartnerLeader, given.person, speakers)
    return command_of(
        commands.NamePartnerLeader, given, term=fresh_id(), party=party, person=person
    )


def _person(
    context: Context, command: type[Command], given: str | None, known: frozenset[str]
) -> str:
    """Return the person's id: one that is known here, so that one key hides all their names."""
    if given is None:
        return fresh_id()
    # Whoever may not give the command learns of nobody; the writer asks again.
    if not may(context.principal, command.__name__, Resource(kind=Kind.COALITION)):
        raise NothingSuchError
    held = {row.person for row in leadership.roster(context.connection, context.now)}
    if given in known | held:
        return given
    raise refuse(
        "person",
        "known-person",
        "Nobody here is known by this id.",
        "The person of a representative or of a term of office; or none for anybody else.",
    )


def _term(context: Context, done: Done) -> TermOfOffice | None:
    subject = done.accepted.subject
    return terms_by_id(context, [subject], done.as_of).get(subject)
