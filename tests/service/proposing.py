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

from domain.policy import RequirementKind
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
_NAMED = {name: get_named_type(MUTATION.fields[name].args["input"].type) for name in MUTATIONS}
INPUTS: Mapping[str, GraphQLInputObjectType] = {
    name: kind for name, kind in _NAMED.items() if isinstance(kind, GraphQLInputObjectType)
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
    "fileGrievance": ("against", "entry", "role"),
    "suspendMembership": ("until", "condition"),
}
"""Of which fields an input has one."""

OPTIONAL = 0.2
"""How often a field is given that need not be."""

OFTEN = ("submitApplication", "assignReviewer", "recordFinding", "assessStandard", "recordReview")
"""What applications need to come to an end other than their withdrawal."""

PLANNED = ("recordMilestone", "closeImprovementPlan")
PARTNER = "collaborative-partner"

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
        self._speakers: dict[str, Principal] = {who.id: who for who in demo.principals.values()}
        self._about: dict[str, Row] = {}
        self._made: dict[str, Callable[[], object]] = self._makers()

    def next(self) -> Proposed:
        """Return a command."""
        with self._demo.ledger.read() as snapshot:
            self._connection = snapshot.connection
            self._today = self._demo.ledger.clock().date()
            self._mutation = self._random.choice([*MUTATIONS, *OFTEN * 6])
            self._about = {}
            self._planned_standard: str | None = None
            given = self._object(self._mutation, INPUTS[self._mutation])
            return Proposed(self._mutation, given, self._caller())

    # What there is -----------------------------------------------------

    def _rows(self, table: sa.Table) -> list[Row]:
        wanted = sa.select(table).where(holds_now(table))
        if "effective_to" in table.c:
            wanted = wanted.where(table.c.effective_to == date.max)
        return [dict(row._mapping) for row in self._connection.execute(wanted.order_by(table.c.id))]

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
        planned = self._planned() if self._mutation in PLANNED else None
        if planned is not None:
            application, self._planned_standard = planned
            row = self._one(views.applications, id=(application,))
            self._about[NodeKind.APPLICATION] = row or {}
            return global_id(NodeKind.APPLICATION, application)
        phases = PHASES.get(self._mutation, OPEN)
        return self._named(NodeKind.APPLICATION, views.applications, phase=phases)

    def _membership(self) -> str:
        statuses = STATUSES.get(self._mutation, ("active",))
        return self._named(NodeKind.MEMBERSHIP, views.memberships, status=statuses)

    def _partner(self) -> str:
        """Return a party that votes and leads."""
        row = self._one(views.memberships, tier=(PARTNER,), status=("active",))
        return row["party"] if row else new_id()

    def _organisation(self) -> str:
        """Return the party that a mutation is mostly about."""
        if self._mutation == "namePartnerLeader":
            return global_id(NodeKind.PARTY, self._partner())
        if self._mutation == "separateParties":
            return self._named(NodeKind.PARTY, views.mergers)
        if self._mutation == "discloseAddress":
            return self._named(NodeKind.PARTY, views.addresses)
        return self._named(NodeKind.PARTY, views.parties)

    def _planned(self) -> tuple[str, str] | None:
        """Return an application with an improvement plan, and the standard of that."""
        row = self._one(views.improvement_plans)
        plans = sorted(json.loads(row["plans"])) if row else []
        return (row["application"], self._random.choice(plans)) if row and plans else None

    def _person(self) -> str:
        party = self._about.get(NodeKind.PARTY) or self._one(views.parties)
        people = json.loads(party["representatives"]) if party else []
        return self._random.choice(people)["person"] if people else new_id()

    def _entry(self) -> str:
        wanted = sa.select(tables.entries.c.entry_id)
        party = self._about.get(NodeKind.PARTY)
        if self._mutation == "correctPartyName" and party is not None:
            names = [each["position"] for each in json.loads(party["names"])]
            wanted = wanted.where(tables.entries.c.position.in_(names))
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
        (tier,) = [each for each in POLICY.tiers if each.id == self._tier()]
        wanted = [each for each in tier.requirements if each.kind is not RequirementKind.PARTY_TYPE]
        if self._mutation == "attestPopulationShare":
            shares = [each for each in wanted if each.kind is RequirementKind.POPULATION_SHARE]
            wanted = shares or wanted
        return self._random.choice(wanted).id

    def _standard(self) -> str:
        if self._planned_standard is not None:
            return self._planned_standard
        return self._random.choice(POLICY.standards_for(self._tier())).id

    def _prefix(self) -> str:
        found = self._connection.scalars(sa.select(tables.api_keys.c.prefix))
        prefixes: list[str] = list(found)
        return self._random.choice(prefixes)

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
        granted = COMMANDS.get(name) or ACTIONS[name]
        grants = sorted(each for each in granted if each[0] is not Role.SYSTEM)
        role, relation = self._random.choice(grants)
        application = self._about.get(NodeKind.APPLICATION)
        if role is Role.REPRESENTATIVE:
            speaker = Principal(PrincipalId(new_id()), role, self._party())
            return self._speakers.setdefault(speaker.id, speaker)
        if role is Role.APPLICANT:
            # A representative may have applied, and has one role.
            own = new_id()
            if application is not None and relation is not Relation.NEW:
                own = application["applicant"]
            return self._speakers.get(own, Principal(PrincipalId(own), role))
        if role is Role.REVIEWER and application is not None:
            review = self._one(views.reviews, id=(application["review"],))
            reviewers = json.loads(review["reviewers"]) if review else []
            if reviewers:
                return Principal(PrincipalId(self._random.choice(reviewers)), role)
        return self._demo.principals[role]

    def _party(self) -> PartyId:
        if NodeKind.VOTE in self._about:
            return PartyId(self._partner())
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
            if wanted or self._random.random() < OPTIONAL:
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
            return self._named_value(name, kind)
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

    def _named_value(self, name: str, kind: GraphQLEnumType) -> str:
        wanted: list[str] = sorted(kind.values)
        if name == "partyType":
            wanted.remove("INDIVIDUAL")
        if name == "precision":
            wanted = ["DAY"]
        if self._mutation == "createKey":
            wanted = ["PORTAL", "AUDITOR", "APPLICANT"]
        if name == "kind" and self._mutation == "openVote":
            wanted = ["ADMISSION", "TIER_CHANGE", "APPEAL", "TERMINATION"]
        return self._random.choice(wanted)

    def _day(self, first: int, last: int) -> str:
        return (self._today + timedelta(days=self._random.randint(first, last))).isoformat()

    def _makers(self) -> dict[str, Callable[[], object]]:
        choice, number = self._random.choice, self._random.randint
        ids: dict[str, Callable[[], object]] = {
            "application": self._application,
            "membership": self._membership,
            "entry": self._entry,
            "contradicts": lambda: self._named(NodeKind.HISTORICAL_CLAIM, views.claims),
            "prefix": self._prefix,
            "principal": lambda: None,
            "reviewer": lambda: self._demo.principals[Role.REVIEWER].id,
            "vote": lambda: self._named(NodeKind.VOTE, views.votes, phase=("open",)),
            "grievance": lambda: self._named(NodeKind.GRIEVANCE, views.grievances),
            "workgroup": lambda: self._named(NodeKind.WORKGROUP, views.workgroups),
            "term": lambda: self._named(NodeKind.TERM_OF_OFFICE, views.terms_of_office),
            "webhook": lambda: self._named(NodeKind.WEBHOOK, views.webhooks),
            "supersedes": lambda: self._named(NodeKind.PUBLICATION, views.publications),
            **dict.fromkeys(("person", "replaces", "signatory"), self._person),
        }
        for each in ("party", "affiliate", "survivor", "merged", "home", "fiscalSponsor"):
            ids[each] = self._organisation
        return ids | {
            "against": self._membership,
            "applicant": lambda: None,
            "commandId": lambda: str(uuid.UUID(int=self._random.getrandbits(128))),
            "expectedVersion": lambda: None,
            "effectiveOn": lambda: self._day(-3, 0) if self._random.random() < 0.2 else None,
            "tier": self._tier,
            "requirement": self._requirement,
            "standard": self._standard,
            "clauses": lambda: self._requirement() if number(0, 1) else self._standard(),
            "agreement": lambda: self._template()[0],
            "version": lambda: self._template()[1],
            "sha256": lambda: self._template()[2],
            "basedOn": self._standard,
            "counties": lambda: choice(["29510", "29189", "29095", "17163"]),
            "ein": lambda: f"43{number(10**6, 10**7 - 1)}",
            "email": lambda: f"someone{number(1, 10**6)}@example.org",
            "phone": lambda: f"+1 314 555 01{number(10, 99)}",
            **dict.fromkeys(
                ("website", "url", "link"), lambda: f"https://example.org/{number(1, 9)}"
            ),
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
