"""Applications: what is asked for, what was given for it, and how it was decided."""

from __future__ import annotations

import functools
from collections.abc import Iterable, Sequence
from datetime import UTC, date, datetime
from typing import Final

import strawberry
from msgspec.structs import replace

from domain.terms import ApplicationKind, ApplicationPhase, TierChangeReason
from projections import applications, conflicts, reviews
from projections.application_folds import ApplicationRow
from projections.as_of import AsOf
from projections.conflicts import ConflictRow
from projections.providers import with_ein_held
from projections.reviews import ReviewRow
from service.graphql.applicants import applicants
from service.graphql.context import Context
from service.graphql.declare import field, object_type
from service.graphql.hidden import HiddenValues
from service.graphql.history import Histories
from service.graphql.ids import NodeKind, global_id
from service.graphql.memberships import memberships_by_application
from service.graphql.paging import After, Before, Connection, First, Last, PageArguments
from service.graphql.recused import recused_from
from service.graphql.rules import rules_at
from service.graphql.types.appeal import Appeal, AppealBatch
from service.graphql.types.entry import Entry
from service.graphql.types.evidence import Evidence, GivenBatch, PopulationShare
from service.graphql.types.membership import Membership, memberships_by_id
from service.graphql.types.node import Node
from service.graphql.types.party import Party
from service.graphql.types.policy import Tier
from service.graphql.types.review import Decline, Review, ReviewBatch, review_positions
from service.graphql.types.vote import Vote, votes_on
from service.graphql.types.waiting import InformationRequest, Waiting, WaitingBatch
from service.graphql.voters import as_judged, judged, voted_on
from service.security import access
from service.security.access import READ, Resource, may

_SUBMITTED: Final = {
    "data.statement": "Application.statement",
    "data.reason": "Application.reason",
    "data.sponsor": "Application.sponsor",
}


class ApplicationBatch:
    """Applications that are siblings in a response; what one of them needs is read for all.

    Args:
        context: the request.
        rows: the applications' rows.
        as_of: what the rows describe.
    """

    def __init__(self, context: Context, rows: Sequence[ApplicationRow], as_of: AsOf) -> None:
        self.context = context
        self.rows = rows
        self.as_of = as_of

    @functools.cached_property
    def objects(self) -> dict[str, Application]:
        """The applications that the viewer may know of, by id."""
        return {
            row.id: self._object(row)
            for row in self.rows
            if may(self.context.principal, READ, self.resources[row.id])
        }

    @functools.cached_property
    def reviews(self) -> dict[str, ReviewRow]:
        """The reviews, by their own id."""
        ids = [row.review for row in self.rows]
        return reviews.by_ids(self.context.connection, self.as_of, ids) if ids else {}

    @functools.cached_property
    def resources(self) -> dict[str, Resource]:
        """What each application is to the viewer, by its id. Who reviews or votes is judged now."""
        now = self.reviews
        if not self.as_of.current and self.rows:
            ids = [row.review for row in self.rows]
            now = reviews.by_ids(self.context.connection, self.context.now, ids)
        reviewers = {each: found.reviewers for each, found in now.items()}
        own = self.context.principal.party
        return {
            row.id: replace(
                voted_on(
                    self.context,
                    row.id,
                    access.application(
                        row.party,
                        row.applicant,
                        reviewers.get(row.review, ()),
                        recused_from(self.context, row.id),
                    ),
                ),
                voted=own if row.id in self.judged else None,
            )
            for row in self.rows
        }

    @functools.cached_property
    def judged(self) -> dict[str, int]:
        """On which applications of others the viewer voted last, with where that was closed."""
        return judged(self.context, {row.id: row.party for row in self.rows})

    @functools.cached_property
    def parties(self) -> dict[str, Party]:
        """The applying parties that the viewer may know of, by application."""
        return applicants(self.context, self.rows, self.resources, self.as_of)

    @functools.cached_property
    def memberships(self) -> dict[str, Membership]:
        """The memberships that the applications are about or led to, by application."""
        named = {row.id: row.membership for row in self.rows if row.membership is not None}
        by_id = memberships_by_id(self.context, named.values(), self.as_of) if named else {}
        asked = {row.id: row.party for row in self.rows if row.membership is None}
        found = memberships_by_application(self.context, asked, self.as_of) if asked else {}
        return found | {
            each: by_id[membership] for each, membership in named.items() if membership in by_id
        }

    @functools.cached_property
    def submitted(self) -> HiddenValues:
        """Hidden values of the submissions."""
        positions = {row.submitted_position: self.resources[row.id] for row in self.rows}
        return HiddenValues(self.context, positions, _SUBMITTED)

    @functools.cached_property
    def given(self) -> GivenBatch:
        """What was given for the applications."""
        return GivenBatch(self.context, self.rows, self.resources)

    @functools.cached_property
    def reviewed(self) -> ReviewBatch:
        """What the reviews hold."""
        positions = {
            position: as_judged(self.resources[row.id], self.judged.get(row.id), position)
            for row in self.rows
            for position in review_positions(
                self.reviews.get(row.review), self.conflicts.get(row.review)
            )
        }
        return ReviewBatch(self.context, positions, self.as_of)

    @functools.cached_property
    def votes(self) -> dict[str, Vote]:
        """The last vote on each application that had one."""
        return votes_on(self.context, [row.id for row in self.rows], self.as_of)

    @functools.cached_property
    def waiting(self) -> WaitingBatch:
        """What the applications wait for."""
        return WaitingBatch(self.context, self.rows, self.resources, self.as_of)

    @functools.cached_property
    def appeals(self) -> AppealBatch:
        """The appeals against declines."""
        return AppealBatch(self.context, self.resources, self.as_of)

    @functools.cached_property
    def conflicts(self) -> dict[str, ConflictRow]:
        """Who stands aside, by the id of the review."""
        ids = [row.review for row in self.rows]
        return conflicts.by_ids(self.context.connection, self.as_of, ids)

    @functools.cached_property
    def ein_held(self) -> set[str]:
        """The parties that apply under an EIN that another provider has."""
        return with_ein_held(self.context.connection, self.as_of, {row.party for row in self.rows})

    @functools.cached_property
    def histories(self) -> Histories:
        """The public entries about each application."""
        return Histories(self.context, [row.id for row in self.rows], self.as_of)

    def _object(self, row: ApplicationRow) -> Application:
        known = global_id(NodeKind.APPLICATION, row.id)
        return Application(id=known, row=row, batch=self, resource=self.resources[row.id])


@object_type
class Application(Node):
    """A party asks for admission, or a member for another tier."""

    row: strawberry.Private[ApplicationRow]
    batch: strawberry.Private[ApplicationBatch]
    resource: strawberry.Private[Resource]

    @field
    def kind(self) -> ApplicationKind:
        """What it asks for."""
        return self.row.kind

    @field
    def tier(self) -> Tier:
        """The tier that it asks for."""
        policy, tier = rules_at(self.batch.context, self.batch.as_of).tier(self.row.tier)
        return Tier(policy=policy, tier=tier)

    @field
    def phase(self) -> ApplicationPhase:
        """Where it stands."""
        return self.row.phase

    @field
    def phase_since(self) -> date:
        """The day from which the phase holds."""
        return self.row.phase_since

    @field
    def submitted_on(self) -> date:
        """The day from which it counts as submitted."""
        return self.row.submitted_on

    @field
    def submitted_at(self) -> datetime:
        """When it was recorded."""
        return datetime.fromtimestamp(self.row.submitted_at, UTC)

    @field
    def decided_on(self) -> date | None:
        """The day of the decision; null until there is one."""
        return self.row.decided_on

    @field
    def age_days(self) -> int:
        """Days that it has waited for the coalition, or had when it ended: from its submission, or
        from an overturned decline, without those in which the applicant was asked something.
        """
        return self.row.clock.days(self.row.ended_on or self.batch.as_of.effective)

    @field
    def waiting(self) -> Waiting | None:
        """For whom it waits, and how long it has; null once it has ended."""
        return self.batch.waiting.waiting(self.row, self.batch.reviews.get(self.row.review))

    @field
    def expired_by(self) -> str | None:
        """The deadline of the policy that passed; null unless it expired."""
        return self.row.expired_by

    @field
    def withdrawal_reason(self) -> str | None:
        """Why the applicant withdrew it, if they said so, or that it ended with something else."""
        position = self.row.withdrawn_position
        if position is None:
            return None
        return self.batch.waiting.values.value(position, "data.reason", str)

    @field
    def information_requests(self) -> list[InformationRequest] | None:
        """What the applicant was asked, in order."""
        return self.batch.waiting.requests(self.row)

    @field
    def version(self) -> int:
        """How many entries are about it: what `expectedVersion` means."""
        return self.row.version

    @field
    def clauses(self) -> list[str]:
        """The policy clauses that it was approved or put on the waitlist by; those that it was
        declined by are in `decline`.
        """
        return list(self.row.clauses)

    @field
    def party(self) -> Party | None:
        """Who is to become a member."""
        return self.batch.parties.get(self.row.id)

    @field
    def applicant(self) -> strawberry.ID | None:
        """Who applied, by the id of their sign-in."""
        return strawberry.ID(self.row.applicant)

    @field
    def statement(self) -> str | None:
        """What the applicant says about it."""
        return self.batch.submitted.value(self.row.submitted_position, "data.statement", str)

    @field
    def sponsor(self) -> str | None:
        """What its sponsor is called, as the applicant named it; null where it named none."""
        return self.batch.submitted.value(self.row.submitted_position, "data.sponsor", str)

    @field
    def reason(self) -> TierChangeReason | None:
        """Why another tier is asked for; null for an admission."""
        return self.batch.submitted.value(
            self.row.submitted_position, "data.reason", TierChangeReason
        )

    @field
    def evidence(self) -> list[Evidence] | None:
        """What was attached, in order."""
        return [
            Evidence(position=position, batch=self.batch.given, resource=self.resource)
            for position in self.row.evidence
        ]

    @field
    def population_shares(self) -> list[PopulationShare] | None:
        """The population shares as stated, the last for each requirement: whoever votes accepts the
        basis and period, or does not.
        """
        shares = [
            PopulationShare(position=position, batch=self.batch.given, resource=self.resource)
            for position in self.row.shares
        ]
        return list({each.requirement(): each for each in shares}.values())

    @field
    def membership(self) -> Membership | None:
        """The one that came of it, or that asks for another tier, or is to come back by it."""
        return self.batch.memberships.get(self.row.id)

    @field
    def reviewers(self) -> list[strawberry.ID] | None:
        """Who was assigned to review it."""
        review = self.batch.reviews.get(self.row.review)
        return [] if review is None else [strawberry.ID(each) for each in review.reviewers]

    @field
    def review(self) -> Review | None:
        """What the review found and recommends."""
        return Review(
            row=self.batch.reviews.get(self.row.review),
            conflict_row=self.batch.conflicts.get(self.row.review),
            batch=self.batch.reviewed,
            resource=self.resource,
            tier=self.row.tier,
        )

    @field
    def decline(self) -> Decline | None:
        """Why it was declined, if it was; also once an appeal has overturned that."""
        review = self.review()
        return None if review is None else review.decline()

    @field
    def ein_held(self) -> bool | None:
        """Whether a provider has its EIN, and no sponsor shares it: applicants are not told."""
        return self.row.party in self.batch.ein_held

    @field
    def vote(self) -> Vote | None:
        """The last vote on it; null while there was none."""
        return self.batch.votes.get(self.row.id)

    @field
    def appeal(self) -> Appeal | None:
        """The last appeal against its decline; null while there was none."""
        return self.batch.appeals.objects.get(self.row.id)

    @field
    def history(
        self, first: First = None, after: After = None, last: Last = None, before: Before = None
    ) -> Connection[Entry]:
        """The public entries about it, in order."""
        arguments = PageArguments(first, after, last, before)
        return self.batch.histories.connection(self.row.id, arguments)


def applications_by_id(context: Context, ids: Iterable[str], as_of: AsOf) -> dict[str, Application]:
    """Return the applications that the viewer may know of, by id."""
    wanted = list(ids)
    if not wanted:
        return {}
    rows = applications.by_ids(context.connection, as_of, wanted)
    return ApplicationBatch(context, list(rows.values()), as_of).objects
