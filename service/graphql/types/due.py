"""Deadlines: what is to have happened by a day, and who is waited for."""

from __future__ import annotations

import functools
from collections.abc import Mapping, Sequence
from datetime import date

import strawberry

from domain.terms import PartyId
from service.deadline import Due, DueKind, WaitingOn
from service.graphql.context import Context
from service.graphql.declare import field, object_type
from service.graphql.describing import describe
from service.graphql.types.application import applications_by_id
from service.graphql.types.membership import memberships_by_id
from service.graphql.types.node import Node
from service.graphql.types.vote import votes_by_id
from service.graphql.voters import open_on_own, voted_on
from service.security.access import Kind, Resource

describe(
    DueKind,
    "What is to have happened by a day.",
    {
        DueKind.VOTE_CLOSES: "The ballots are cast.",
        DueKind.APPLICATION_DECISION: "The application is decided, or it expires.",
        DueKind.SEAT_ACCEPTANCE: "The applicant has accepted the seat, or the offer ends.",
        DueKind.APPLICANT_ANSWER: "The applicant has answered, or the application expires.",
        DueKind.RENEWAL_OPENS: "The day before the membership is open for renewal.",
        DueKind.RENEWAL: "The membership is renewed.",
        DueKind.RENEWAL_GRACE: "The membership is renewed after all, or it lapses.",
        DueKind.AGREEMENT_SENDING: "The agreement is sent to the member: due from the day of its "
        "admission, or change of tier.",
        DueKind.AGREEMENT: "The agreement is signed, or the membership lapses.",
        DueKind.RESIGNING_CAMPAIGN: "Whoever signed another text is asked to sign the present "
        "one of the agreement of their tier.",
        DueKind.SUSPENSION: "The last day of a suspension that is to be lifted on a day.",
        DueKind.APPEAL: "The decision is appealed, if it is to be.",
        DueKind.APPEAL_DECISION: "The appeal is decided: due since it was filed, as no "
        "policy says how long it may take.",
        DueKind.IMPROVEMENT_PLAN: "The next improvement plan of a member is carried out.",
        DueKind.RESIGNING: "The present text is signed, or the membership is active no more.",
    },
)
describe(
    WaitingOn,
    "Who is to do something.",
    {
        WaitingOn.APPLICANT: "Who applied.",
        WaitingOn.MEMBER: "Who speaks for the member.",
        WaitingOn.NOBODY: "Nobody: it happens by itself.",
        WaitingOn.STAFF: "The coalition's staff.",
        WaitingOn.VOTERS: "Those who have a vote and did not cast it.",
    },
)


class DueBatch:
    """Deadlines that are siblings in a response; what they are about is read for all."""

    def __init__(self, context: Context, found: Sequence[Due]) -> None:
        self.context = context
        self.found = found

    @property
    def objects(self) -> list[DueDate]:
        """The deadlines, in order."""
        return [
            DueDate(
                due=due,
                batch=self,
                resource=voted_on(
                    self.context,
                    due.about,
                    Resource(
                        kind=due.deadline.about, party=self._party(due), applicant=due.applicant
                    ),
                ),
            )
            for due in self.found
        ]

    def _party(self, due: Due) -> PartyId | None:
        """Return whose it is; a vote that may end the viewer's membership is theirs."""
        if due.deadline.about is Kind.VOTE and due.about in open_on_own(self.context):
            return self.context.principal.party
        return due.party

    @functools.cached_property
    def subjects(self) -> Mapping[str, Node]:
        """What they are about and the viewer may know of, by id."""
        ids: dict[Kind, list[str]] = {}
        for due in self.found:
            ids.setdefault(due.deadline.about, []).append(due.about)
        context = self.context
        return {
            **applications_by_id(context, ids.get(Kind.APPLICATION, []), context.now),
            **memberships_by_id(context, ids.get(Kind.MEMBERSHIP, []), context.now),
            **votes_by_id(context, ids.get(Kind.VOTE, []), context.now),
        }


@object_type
class DueDate:
    """Something that is to have happened by a day."""

    due: strawberry.Private[Due]
    batch: strawberry.Private[DueBatch]
    resource: strawberry.Private[Resource]

    @field
    def kind(self) -> DueKind:
        """What is to have happened."""
        return self.due.deadline.kind

    @field
    def about(self) -> Node | None:
        """What it is about: an application, a membership or a vote."""
        return self.batch.subjects.get(self.due.about)

    @field
    def due_on(self) -> date:
        """The last day that is in time, by the policy of when its days began."""
        return self.due.due_on

    @field
    def overdue(self) -> bool:
        """Whether that day is over."""
        return self.due.due_on < self.batch.context.today

    @field
    def waiting_on(self) -> WaitingOn:
        """Who is to do something."""
        return self.due.deadline.waiting_on
