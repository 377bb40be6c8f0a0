"""Commands that have a chance: they name what is there, and are given by those who may."""

from __future__ import annotations

import json
import uuid
from collections.abc import Callable, Mapping
from datetime import date, timedelta
from random import Random
from typing import Any

import msgspec
import sqlalchemy as sa
from graphql import (
    GraphQLEnumType,
    GraphQLInputObjectType,
    GraphQLInputType,
    GraphQLList,
    GraphQLNonNull,
    get_named_type,
    is_required_input_field,
)

from domain.terms import PartyId, PrincipalId
from projections import tables as views
from projections.as_of import holds_now
from service.demo.seed import DemoCoalition
from service.graphql.ids import NodeKind, global_id
from service.ledger import tables
from service.security.access import ACTIONS, COMMANDS, Relation
from service.security.principal import Principal, Role
from tests.service.coalition import POLICY, new_id
from tests.service.generated import MUTATION, MUTATIONS

assert MUTATION is not None
INPUTS: Mapping[str, GraphQLInputObjectType] = {
    name: kind
    for name in MUTATIONS
    if isinstance(kind := get_named_type(MUTATION.fields[name].args["input"].type), GraphQLInputObjectType)
}
OPEN = ("submitted", "awaiting-applicant", "in-review", "reviewed")
PHASES: Mapping[str, tuple[str, ...]] = {
    "admitMember": ("reviewed",),
    "declineApplication": ("reviewed",),
    "changeTier": ("reviewed",),
    "waitlistApplication": ("reviewed",),
    "openVote": ("reviewed", "appealed"),
    "assignReviewer": ("submitted", "in-review"),
    "recordFinding": ("in-review",),
    "assessStandard": ("in-review",),
    "openImprovementPlan": ("in-review", "reviewed"),
    "recordReview": ("in-review",),
    "recuseReviewer": ("in-review", "reviewed"),
    "requestInformation": ("in-review",),
    "provideInformation": ("awaiting-applicant",),
    "expireApplication": ("awaiting-applicant",),
    "offerSeat": ("waitlisted",),
    "acceptSeat": ("seat-offered",),
    "expireSeatOffer": ("seat-offered",),
    "fileAppeal": ("declined",),
    "decideAppeal": ("appealed",),
    "recordMilestone": ("approved",),
    "closeImprovementPlan": ("approved",),
}
"""Of which phase an application is to be named for a mutation, mostly; else it is an open one."""

STATUSES: Mapping[str, tuple[str, ...]] = {
    "sendAgreement": ("agreement-pending",),
    "signAgreement": ("agreement-pending",),
    "liftSuspension": ("suspended",),
    "reinstateMembership": ("terminated", "withdrawn", "lapsed"),
    "fileAppeal": ("suspended", "terminated"),
    "decideAppeal": ("suspended", "terminated"),
    "renewMembership": ("renewal-due",),
}
"""The same of a membership; else it is an active one."""

ONE_OF: Mapping[str, tuple[str, ...]] = {
    "submitApplication": ("organisation", "individual", "party"),
    "openVote": ("application", "membership", "proposal"),
    "fileAppeal": ("application", "membership"),
    "decideAppeal": ("application", "membership"),
}
"""Of which fields an input has one."""

SEED_OF_OPTIONAL = 0.25

Row = Mapping[str, Any]


class Proposed(msgspec.Struct, frozen=True):
    """A command, and who is to give it."""

    mutation: str
    given: dict[str, Any]
    who: Principal


class Proposing:
    """Proposes commands for a demonstration as it stands.

    Args:
        demo: whose commands they are; it may change in between.
        random: chooses.
    """

    def __init__(self, demo: DemoCoalition, random: Random) -> None:
        self._demo = demo
        self._random = random
        self._mutation = ""
        self._about: dict[str, Row] = {}
        self._made: dict[str, Callable[[], object]] = self._makers()

    def next(self) -> Proposed:
        """Return a command."""
        with self._demo.ledger.read() as snapshot:
            self._connection = snapshot.connection
            self._today = self._demo.ledger.clock().date()
            self._mutation = self._random.choice(MUTATIONS)
            self._about = {}
            given = self._object(self._mutation, INPUTS[self._mutation])
            return Proposed(self._mutation, given, self._caller())

    # What there is -----------------------------------------------------

    def _rows(self, table: sa.Table) -> list[Row]:
        wanted = sa.select(table).where(holds_now(table))
        if "effective_to" in table.c:
            wanted = wanted.where(table.c.effective_to == date.max)
        return [row._mapping for row in self._connection.execute(wanted.order_by(table.c.id))]

    def _one(self, table: sa.Table, **wanted: tuple[str, ...]) -> Row | None:
        """Return a row, mostly one with these values, where there is any."""
        rows = self._rows(table)
        fit = [row for row in rows if all(row[name] in some for name, some in wanted.items())]
        chosen = fit if fit and self._random.random() < 0.9 else rows
        return self._random.choice(chosen) if chosen else None

    def _named(self, kind: NodeKind, table: sa.Table, **wanted: tuple[str, ...]) -> str:
        row = self._one(table, **wanted)
        if row is None:
            return global_id(kind, new_id())
        self._about.setdefault(kind, row)
        return global_id(kind, row["id"])

    def _application(self) -> str:
        phases = PHASES.get(self._mutation, OPEN)
        return self._named(NodeKind.APPLICATION, views.applications, phase=phases)

    def _membership(self) -> str:
        statuses = STATUSES.get(self._mutation, ("active",))
        return self._named(NodeKind.MEMBERSHIP, views.memberships, status=statuses)

    def _person(self) -> str | None:
        party = self._about.get(NodeKind.PARTY) or self._one(views.parties)
        people = json.loads(party["representatives"]) if party else []
        return self._random.choice(people)["person"] if people else None

    def _entry(self) -> str:
        found = self._connection.scalars(sa.select(tables.entries.c.entry_id)).all()
        return global_id(NodeKind.ENTRY, self._random.choice(found))

    def _tier(self) -> str:
        about = self._about.get(NodeKind.APPLICATION) or self._about.get(NodeKind.MEMBERSHIP)
        return about["tier"] if about else self._random.choice(POLICY.tiers).id

    def _requirement(self) -> str:
        (tier,) = [each for each in POLICY.tiers if each.id == self._tier()]
        return self._random.choice(tier.requirements).id

    def _standard(self) -> str:
        return self._random.choice(POLICY.standards_for(self._tier())).id

    def _template(self) -> tuple[str, int, str]:
        membership = self._about.get(NodeKind.MEMBERSHIP)
        templates = json.loads(self._rows(views.coalition)[0]["templates"])
        wanted = membership["agreement"] if membership else self._random.choice(sorted(templates))
        found = templates.get(wanted) or next(iter(templates.values()))
        return wanted, found["version"], found["sha256"]

    # Who gives it ------------------------------------------------------

    def _caller(self) -> Principal:
        """Return somebody to whom the command is granted, as far as can be told."""
        name = self._mutation[0].upper() + self._mutation[1:]
        grants = [each for each in COMMANDS.get(name, ACTIONS.get(name, ())) if each[0] is not Role.SYSTEM]
        role, relation = self._random.choice(sorted(grants))
        application = self._about.get(NodeKind.APPLICATION)
        if role is Role.REPRESENTATIVE:
            return Principal(PrincipalId(new_id()), role, self._party())
        if role is Role.APPLICANT:
            new = relation is Relation.NEW or application is None
            return Principal(PrincipalId(new_id() if new else application["applicant"]), role)  # type: ignore[index]
        if role is Role.REVIEWER and application is not None:
            review = self._one(views.reviews, id=(application["review"],))
            reviewers = json.loads(review["reviewers"]) if review else []
            if reviewers:
                return Principal(PrincipalId(self._random.choice(reviewers)), role)
        return self._demo.principals[role]

    def _party(self) -> PartyId:
        for kind in (NodeKind.APPLICATION, NodeKind.MEMBERSHIP):
            if kind in self._about:
                return PartyId(self._about[kind]["party"])
        party = self._about.get(NodeKind.PARTY) or self._one(views.parties)
        return PartyId(party["id"] if party else new_id())

    # What is given -----------------------------------------------------

    def _object(self, name: str, kind: GraphQLInputObjectType) -> dict[str, Any]:
        one_of = ONE_OF.get(name, ())
        chosen = self._random.choice(one_of) if one_of else None
        made = {}
        for field, each in kind.fields.items():
            wanted = is_required_input_field(each) or field == chosen
            if field in one_of and field != chosen:
                continue
            if wanted or self._random.random() < SEED_OF_OPTIONAL:
                value = self._value(field, each.type)
                if value is not None:
                    made[field] = value
        return made

    def _value(self, name: str, kind: GraphQLInputType) -> object:
        if isinstance(kind, GraphQLNonNull):
            return self._value(name, kind.of_type)
        if isinstance(kind, GraphQLList):
            return [self._value(name, kind.of_type)]
        if isinstance(kind, GraphQLEnumType):
            return self._random.choice(sorted(kind.values))
        if isinstance(kind, GraphQLInputObjectType):
            return self._object(name, kind)
        made = self._made.get(name)
        if made is not None:
            return made()
        if kind.name == "Boolean":
            return self._random.random() < 0.7
        if kind.name == "Date":
            return self._day(-30, -1)
        if kind.name == "Int":
            return self._random.randint(1, 5)
        return f"{name.capitalize()} that was invented, the {self._random.randint(1, 10**6)}th."

    def _day(self, first: int, last: int) -> str:
        return (self._today + timedelta(days=self._random.randint(first, last))).isoformat()

    def _makers(self) -> dict[str, Callable[[], object]]:
        choice, number = self._random.choice, self._random.randint
        ids: dict[str, Callable[[], object]] = {
            "application": self._application,
            "membership": self._membership,
            "entry": self._entry,
            "contradicts": self._entry,
            "reviewer": lambda: self._demo.principals[Role.REVIEWER].id,
            "vote": lambda: self._named(NodeKind.VOTE, views.votes, phase=("open",)),
            "grievance": lambda: self._named(NodeKind.GRIEVANCE, views.grievances),
            "workgroup": lambda: self._named(NodeKind.WORKGROUP, views.workgroups),
            "term": lambda: self._named(NodeKind.TERM_OF_OFFICE, views.terms_of_office),
            "webhook": lambda: self._named(NodeKind.WEBHOOK, views.webhooks),
            "supersedes": lambda: self._named(NodeKind.PUBLICATION, views.publications),
            **dict.fromkeys(("person", "replaces", "signatory"), self._person),
        }
        parties = ("party", "affiliate", "survivor", "merged", "home", "fiscalSponsor")
        for each in parties:
            ids[each] = lambda: self._named(NodeKind.PARTY, views.parties)
        return ids | {
            "against": self._membership,
            "applicant": new_id,
            "commandId": lambda: str(uuid.UUID(int=self._random.getrandbits(128))),
            "expectedVersion": lambda: None,
            "effectiveOn": lambda: self._day(-3, 0),
            "tier": self._tier,
            "requirement": self._requirement,
            "standard": self._standard,
            "clauses": lambda: choice([self._requirement, self._standard])(),
            "agreement": lambda: self._template()[0],
            "version": lambda: self._template()[1],
            "sha256": lambda: self._template()[2],
            "basedOn": self._standard,
            "counties": lambda: choice(["29510", "29189", "29095", "17163"]),
            "ein": lambda: f"43{number(10**6, 10**7 - 1)}",
            "email": lambda: f"someone{number(1, 10**6)}@example.org",
            "phone": lambda: f"+1 314 555 01{number(10, 99)}",
            **dict.fromkeys(("website", "url", "link"), lambda: f"https://example.org/{number(1, 99)}"),
            "name": lambda: f"Inventory of Lanterns {number(1, 10**6)}",
            **dict.fromkeys(("closesOn", "due", "until"), lambda: self._day(1, 40)),
            "periodStart": lambda: self._day(-400, -200),
            "numerator": lambda: number(50, 100),
            "denominator": lambda: 100,
            "seats": lambda: number(10, 40),
            "milestone": lambda: number(0, 1),
            "days": lambda: number(1, 300),
            "types": lambda: "membership.admitted.v1",
            "field": lambda: choice(["note", "text", "source", "reason", "name"]),
        }
