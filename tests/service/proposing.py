"""Commands that have a chance: they name what is there, and are given by those who may."""

from __future__ import annotations

import hashlib
import json
import uuid
from collections.abc import Callable, Mapping, Sequence
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
from tests.service.generated import MUTATIONS
from tests.service.likely import (
    ABOUT,
    DECIDED,
    DESCRIBING,
    INPUTS,
    OFTEN,
    ONE_OF,
    OPEN,
    OPTIONAL,
    PARTNER,
    PHASES,
    PLANNED,
    STATUSES,
    SUBJECTS,
    UNVOTED,
    VOTED,
    attested,
    likely_of,
    made_up,
    next_policy,
)

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
        self._worked_towards: dict[str, str] = {}
        self._sought = ""
        self._made: dict[str, Callable[[], object]] = self._makers()

    def next(self, wanted: Sequence[str] = ()) -> Proposed:
        """Return a command, a third of them of these mutations."""
        with self._demo.ledger.read() as snapshot:
            self._connection = snapshot.connection
            self._today = self._demo.ledger.clock().date()
            often = [*MUTATIONS, *OFTEN * 6]
            self._mutation = self._random.choice(
                wanted if wanted and self._random.random() < 1 / 3 else often
            )
            self._about = {}
            self._planned_standard: str | None = None
            if self._mutation in PLANNED and self._planned() is None:
                # Which needs an admission first.
                self._mutation = "admitMember"
            self._sought = ""
            if self._mutation in DECIDED and not self._voted_in():
                # Which needs a vote first.
                self._sought = self._mutation
                is_open = self._votes(phase="open") and self._random.random() < 0.7
                self._mutation = "castVote" if is_open else "openVote"
            given = self._object(self._mutation, INPUTS[self._mutation])
            return Proposed(self._mutation, given, self._caller())

    # What there is -----------------------------------------------------

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
        row = self._one(table, fits, **wanted)
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
            if row["id"] in {one[about] for one in held for about in ABOUT}:
                return False
            plans = self._rows(views.improvement_plans)
            planned = [one["application"] for one in plans if one["due"]]
            # Of those who have a plan, nothing else is lacking.
            return self._sought != "admitMember" or row["id"] in planned
        if self._mutation == "decideAppeal":
            votes = [one for one in self._rows(views.votes) if one["phase"] == "closed"]
            return row["id"] in {one[about] for one in votes for about in ABOUT}
        if self._mutation == "offerSeat":
            # Whoever has waited longest.
            rows = [one for one in self._rows(views.applications) if one["phase"] == "waitlisted"]
            return not rows or row == min(rows, key=lambda one: one["phase_since"])
        if self._mutation == "reinstateMembership":
            templates = json.loads(self._rows(views.coalition)[0]["templates"])
            signed = row["signed_version"] == templates[row["agreement"]][-1]["version"]
            return bool(signed) and row["id"] in self._voted_in()
        if self._mutation in DECIDED:
            return row["id"] in self._voted_in()
        return True

    def _votes(self, **wanted: str) -> list[Row]:
        """Return the votes of the kinds that decide on a mutation."""
        kinds = DECIDED[self._sought or self._mutation]
        return [
            one
            for one in self._rows(views.votes)
            if one["kind"] in kinds and all(one[name] == value for name, value in wanted.items())
        ]

    def _voted_in(self) -> set[str]:
        """Return what a vote has said yes to that may still be acted upon."""
        if self._mutation == "adoptPolicy":
            sha256 = hashlib.sha256(self._text().encode()).hexdigest()
            return {one["id"] for one in self._votes(outcome="passed", proposal_sha256=sha256)}
        said = {one[about] for one in self._votes(outcome="passed") for about in ABOUT}
        phases = PHASES.get(self._mutation, ())
        waiting = {row["id"] for row in self._rows(views.applications) if row["phase"] in phases}
        standing = {
            row["id"]
            for row in self._rows(views.memberships)
            if row["status"] in STATUSES.get(self._mutation, ())
        }
        return said & (waiting | standing)

    def _membership(self) -> str:
        statuses = STATUSES.get(self._sought or self._mutation, ("active",))
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

    def _planned(self) -> tuple[str, str] | None:
        """Return a member's application with a plan that is open, and the standard of that."""
        approved = {
            row["id"]: row["tier"]
            for row in self._rows(views.applications)
            if row["phase"] == "approved"
        }
        found = [
            (row["application"], standard.id)
            for row in self._rows(views.improvement_plans)
            for standard in POLICY.standards_for(approved.get(row["application"], PARTNER))
            if json.loads(row["plans"]).get(self._demo.ledger.blind(standard.id), {}).get("phase")
            in ("open", "overdue")
            and row["application"] in approved
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
        if self._mutation == "correctEntry":
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
        (tier,) = [each for each in POLICY.tiers if each.id == self._tier()]
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
            sought = DECIDED.get(self._sought, ())
            return self._named(
                NodeKind.VOTE,
                views.votes,
                lambda row: not sought or row["kind"] in sought,
                phase=("open",),
            )
        own = about["id"]
        return self._named(
            NodeKind.VOTE,
            views.votes,
            lambda row: own in [row[about] for about in ABOUT],
            phase=("closed",),
        )

    def _clause(self) -> str:
        if self._mutation in ("openVote", "terminateMembership"):
            # Both are to name the same.
            return POLICY.standards_for(self._tier())[0].id
        return self._standard() if self._random.random() < 0.5 else self._requirement()

    def _text(self) -> str:
        if "adoptPolicy" in (self._mutation, self._sought) or self._mutation == "openVote":
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

    # Who gives it ------------------------------------------------------

    def _caller(self) -> Principal:
        """Return somebody to whom the command is granted, as far as can be told."""
        name = self._mutation[0].upper() + self._mutation[1:]
        granted = COMMANDS.get(name) or ACTIONS[name]
        grants = sorted(each for each in granted if each[0] is not Role.SYSTEM)
        role, relation = self._random.choice(grants)
        application = self._about.get(NodeKind.APPLICATION)
        if role is Role.REPRESENTATIVE or (self._mutation == "castVote" and self._sought):
            role = Role.REPRESENTATIVE
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
            return PartyId(self._voter(self._about[NodeKind.VOTE]["id"]))
        for kind in (NodeKind.APPLICATION, NodeKind.MEMBERSHIP):
            if kind in self._about:
                return PartyId(self._about[kind]["party"])
        party = self._about.get(NodeKind.PARTY) or self._one(views.parties)
        return PartyId(party["id"] if party else new_id())

    # What is given -----------------------------------------------------

    def _object(self, name: str, kind: GraphQLInputObjectType) -> dict[str, Any]:
        one_of = ONE_OF.get(name, ())
        chosen = self._random.choice(one_of) if one_of else ""
        if self._mutation == "openVote" and self._sought:
            chosen = SUBJECTS.get(self._sought, "application")
        self._chosen = chosen
        made = {}
        for field, each in kind.fields.items():
            wanted = is_required_input_field(each) or field == chosen
            if field in one_of and field != chosen:
                continue
            if wanted or self._random.random() < OPTIONAL:
                value = self._value(field, each.type)
                if value is not None:
                    made[field] = value
        if name == "openVote":
            # Only of an end is it said why.
            why = {
                each: self._value(each, kind.fields[each].type) for each in ("clauses", "reason")
            }
            ends = made["kind"] == "TERMINATION"
            made = {each: value for each, value in made.items() if each not in why}
            made |= why if ends else {}
        return made

    def _value(self, name: str, kind: GraphQLInputType) -> object:
        if isinstance(kind, GraphQLNonNull):
            return self._value(name, kind.of_type)
        if isinstance(kind, GraphQLList):
            if self._mutation == "renewMembership":
                return attested(self._tier(), self._random)
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
        wanted = sorted(kind.values)
        if self._mutation == "openVote":
            wanted = [*VOTED[self._chosen]]
            if self._sought:
                wanted = [kind.replace("-", "_").upper() for kind in DECIDED[self._sought]]
        value = self._random.choice(likely_of(self._mutation, name, wanted))
        if name == "kind":
            self._kind = value
        return value

    def _day(self, first: int, last: int) -> str:
        return (self._today + timedelta(days=self._random.randint(first, last))).isoformat()

    def _makers(self) -> dict[str, Callable[[], object]]:
        ids: dict[str, Callable[[], object]] = {
            "application": self._application,
            "membership": self._membership,
            "entry": self._entry,
            "contradicts": lambda: self._named(NodeKind.HISTORICAL_CLAIM, views.claims),
            "prefix": self._prefix,
            "principal": lambda: None,
            "reviewer": lambda: self._demo.principals[Role.REVIEWER].id,
            "vote": self._vote,
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
            "clauses": self._clause,
            "agreement": lambda: self._template()[0],
            "version": lambda: self._template()[1],
            "sha256": lambda: self._template()[2],
            "basedOn": self._standard,
            "text": self._text,
            "proposal": self._text,
            **dict.fromkeys(("closesOn", "due", "until"), lambda: self._day(1, 40)),
            "periodStart": lambda: self._day(-400, -200),
            **made_up(self._random),
        }
