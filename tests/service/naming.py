"""What a command that has a chance names, of what there is: see `tests.service.proposing`."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from datetime import date, timedelta
from random import Random
from typing import Any

import sqlalchemy as sa

from domain.membership.standing import MembershipWithdrawn
from domain.policy import RequirementKind
from projections import tables as views
from projections.as_of import holds_now
from service.demo.seed import DemoCoalition
from service.graphql.ids import NodeKind, global_id
from service.ledger import tables
from tests.service.coalition import POLICY, new_id
from tests.service.errands import Step
from tests.service.likely import (
    ABOUT,
    DECIDED,
    DESCRIBING,
    OPEN,
    PARTNER,
    PHASES,
    PLANNED,
    STATUSES,
    UNVOTED,
    next_policy,
)

Row = Mapping[str, Any]


class Naming:
    """Names what there is in a demonstration, as a mutation is likely to need it.

    Args:
        demo: what is named; it may change in between.
        random: chooses.
    """

    _connection: sa.Connection
    _today: date
    _kind: str
    _planned_standard: str | None

    def __init__(self, demo: DemoCoalition, random: Random) -> None:
        self._demo = demo
        self._random = random
        self._mutation = ""
        self._about: dict[NodeKind, Row] = {}
        self._worked_towards: dict[str, str] = {}
        self._step = Step("")

    def _rows(self, table: sa.Table) -> list[Row]:
        wanted = sa.select(table).where(holds_now(table))
        if "effective_to" in table.c:
            wanted = wanted.where(table.c.effective_to == date.max)
        return [dict(row._mapping) for row in self._connection.execute(wanted.order_by(table.c.id))]

    def _one(
        self,
        table: sa.Table,
        fits: Callable[[Row], bool] = lambda _: True,
        **wanted: tuple[str, ...],
    ) -> Row | None:
        """Return a row, mostly one that fits and has these values, where there is any."""
        rows = self._rows(table)
        fit = [row for row in rows if all(row[name] in some for name, some in wanted.items())]
        fit = [row for row in fit if fits(row)] or fit
        chosen = fit if fit and self._random.random() < 0.9 else rows
        return self._random.choice(chosen) if chosen else None

    def _named(
        self,
        kind: NodeKind,
        table: sa.Table,
        fits: Callable[[Row], bool] = lambda _: True,
        **wanted: tuple[str, ...],
    ) -> str:
        row = self._step.about.get(kind) or self._one(table, fits, **wanted)
        if row is None:
            return global_id(kind, new_id())
        self._about.setdefault(kind, row)
        return global_id(kind, row["id"])

    def _application(self) -> str:
        row = self._step.about.get(NodeKind.APPLICATION)
        planned = self._planned() if row is None and self._mutation in PLANNED else None
        if planned is not None:
            row, self._planned_standard = planned
            self._about[NodeKind.APPLICATION] = row
        if row is not None:
            return global_id(NodeKind.APPLICATION, row["id"])
        phases = PHASES.get(self._mutation, OPEN)
        if self._mutation == "openVote":
            phases = ("appealed",) if self._kind == "APPEAL" else ("reviewed",)
        return self._named(NodeKind.APPLICATION, views.applications, self._fits, phase=phases)

    def _fits(self, row: Row) -> bool:
        """Whether a mutation is in time for an application or a membership, and all is there."""
        if self._mutation == "fileAppeal":
            last = row.get("contestable_on") or row.get("decided_on")
            return last is not None and last > self._today - timedelta(days=20)
        if self._mutation == "openImprovementPlan":
            return row["id"] in self._worked_towards
        if self._mutation == "openVote":
            held = [one for one in self._rows(views.votes) if one["outcome"] != "failed"]
            return row["id"] not in {one[about] for one in held for about in ABOUT}
        if self._mutation in DECIDED:
            votes = [one for one in self._rows(views.votes) if one["phase"] == "closed"]
            return row["id"] in {one[about] for one in votes for about in ABOUT}
        return True

    def _membership(self) -> str:
        statuses = STATUSES.get(self._mutation, ("active",))
        return self._named(NodeKind.MEMBERSHIP, views.memberships, self._fits, status=statuses)

    def _partner(self) -> str:
        """Return a party that votes and leads."""
        row = self._one(views.memberships, tier=(PARTNER,), status=("active",))
        return row["party"] if row else new_id()

    def _voter(self, vote: str) -> str:
        """Return a party that has a vote, where any has."""
        voters = [
            each
            for row in self._rows(views.electorates)
            for each in json.loads(row["voters"])
            if row["id"] == vote
        ]
        row = self._one(views.memberships, id=(self._random.choice(voters),)) if voters else None
        return row["party"] if row else self._partner()

    def _organisation(self) -> str:
        """Return the party that a mutation is mostly about."""
        if self._mutation == "namePartnerLeader":
            return global_id(NodeKind.PARTY, self._partner())
        where = {"separateParties": views.mergers, "discloseAddress": views.addresses}
        return self._named(NodeKind.PARTY, where.get(self._mutation, views.parties))

    def _planned(self) -> tuple[Row, str] | None:
        """Return a member's application with a plan that is open, and the standard of that."""
        approved = {
            row["id"]: row for row in self._rows(views.applications) if row["phase"] == "approved"
        }
        found = [
            (approved[row["application"]], standard.id)
            for row in self._rows(views.improvement_plans)
            if row["application"] in approved
            for standard in POLICY.standards_for(approved[row["application"]]["tier"])
            if json.loads(row["plans"]).get(self._demo.ledger.blind(standard.id), {}).get("phase")
            in ("open", "overdue")
        ]
        return self._random.choice(found) if found else None

    def _person(self) -> str:
        party = self._about.get(NodeKind.PARTY) or self._one(views.parties)
        people = json.loads(party["representatives"]) if party else []
        return self._random.choice(people)["person"] if people else new_id()

    def _entry(self) -> str:
        wanted = sa.select(tables.entries.c.entry_id)
        party = self._about.get(NodeKind.PARTY)
        said = {"correctPartyName": "names", "correctParticulars": "particulars"}
        if self._mutation in said and party is not None:
            said_in = [each["position"] for each in json.loads(party[said[self._mutation]])]
            wanted = wanted.where(tables.entries.c.position.in_(said_in))
        if self._mutation == "expungeValue":
            wanted = wanted.where(tables.entries.c.type == MembershipWithdrawn.stored_name)
        if self._mutation in {"correctEntry", "withdrawEntry"}:
            wanted = wanted.where(tables.entries.c.type.in_(DESCRIBING))
        found = self._connection.scalars(wanted).all()
        return global_id(NodeKind.ENTRY, self._random.choice(found))

    def _tier(self) -> str:
        if self._mutation == "setSeats":
            return PARTNER
        if self._mutation == "requestTierChange":
            return self._random.choice(POLICY.tiers).id
        about = self._about.get(NodeKind.APPLICATION) or self._about.get(NodeKind.MEMBERSHIP)
        return about["tier"] if about else self._random.choice(POLICY.tiers).id

    def _requirement(self) -> str:
        own = self._tier()
        (tier,) = [each for each in POLICY.tiers if each.id == own]
        wanted = [each for each in tier.requirements if each.kind is not RequirementKind.PARTY_TYPE]
        if self._mutation == "attestPopulationShare":
            shares = [each for each in wanted if each.kind is RequirementKind.POPULATION_SHARE]
            wanted = shares or wanted
        return self._random.choice(wanted).id

    def _standard(self) -> str:
        if self._planned_standard is not None:
            return self._planned_standard
        application = self._about.get(NodeKind.APPLICATION, {}).get("id")
        if self._mutation == "openImprovementPlan" and application in self._worked_towards:
            return self._worked_towards[application]
        standard = self._random.choice(POLICY.standards_for(self._tier())).id
        if self._mutation == "assessStandard" and application is not None:
            self._worked_towards[application] = standard
        return standard

    def _vote(self) -> str | None:
        """Return an open vote, or for a decision one that was about the same."""
        about = self._about.get(NodeKind.APPLICATION) or self._about.get(NodeKind.MEMBERSHIP)
        if self._mutation in UNVOTED:
            return None
        if about is None:
            return self._named(NodeKind.VOTE, views.votes, phase=("open",))
        own = about["id"]
        return self._named(
            NodeKind.VOTE,
            views.votes,
            lambda row: own in [row[about] for about in ABOUT],
            phase=("closed",),
        )

    def _clause(self) -> str:
        return self._standard() if self._random.random() < 0.5 else self._requirement()

    def _text(self) -> str:
        if self._mutation in ("adoptPolicy", "openVote"):
            return next_policy(int(self._rows(views.coalition)[0]["policy_version"]))
        return f"A text that was invented, the {self._random.randint(1, 10**6)}th."

    def _prefix(self) -> str:
        found = self._connection.scalars(sa.select(tables.api_keys.c.prefix))
        return str(self._random.choice(list(found)))

    def _template(self) -> tuple[str, int, str]:
        membership = self._about.get(NodeKind.MEMBERSHIP)
        templates = json.loads(self._rows(views.coalition)[0]["templates"])
        wanted = membership["agreement"] if membership else self._random.choice(sorted(templates))
        found = (templates.get(wanted) or next(iter(templates.values())))[-1]
        return wanted, found["version"], found["sha256"]
