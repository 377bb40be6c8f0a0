"""Commands that have a chance: they name what is there, and are given by those who may."""

from __future__ import annotations

import json
import uuid
from collections.abc import Callable, Mapping, Sequence
from datetime import timedelta
from random import Random
from typing import Any

import msgspec
from graphql import (
    GraphQLEnumType,
    GraphQLInputObjectType,
    GraphQLInputType,
    GraphQLList,
    GraphQLNonNull,
    is_required_input_field,
)

from domain.terms import PartyId, PrincipalId
from projections import tables as views
from service.demo.seed import DemoCoalition
from service.graphql.ids import NodeKind
from service.security.access import ACTIONS, COMMANDS
from service.security.principal import Principal, Role
from service.security.relations import Relation
from tests.service.coalition import new_id
from tests.service.errands import Errand, Errands, Step
from tests.service.generated import MUTATIONS
from tests.service.likely import (
    INPUTS,
    OFTEN,
    ONE_OF,
    OPTIONAL,
    VOTED,
    attested,
    likely_of,
    made_up,
)
from tests.service.naming import Naming

Row = Mapping[str, Any]


class Proposed(msgspec.Struct, frozen=True):
    """A command, and who is to give it."""

    mutation: str
    given: dict[str, Any]
    who: Principal


class Proposing(Naming):
    """Proposes commands for a demonstration as it stands.

    Args:
        demo: whose commands they are; it may change in between.
        random: chooses.
    """

    def __init__(self, demo: DemoCoalition, random: Random) -> None:
        super().__init__(demo, random)
        self._speakers: dict[str, Principal] = {who.id: who for who in demo.principals.values()}
        self._errand: Errand = iter(())
        reviewer = demo.principals[Role.REVIEWER].id
        self._errands = Errands(self._rows, lambda: self._today, reviewer, random)
        self._made: dict[str, Callable[[], object]] = self._makers()

    def next(self, wanted: Sequence[str] = ()) -> Proposed:
        """Return a command: half of them of these mutations, or such as lead to them."""
        with self._demo.ledger.read() as snapshot:
            self._connection = snapshot.connection
            self._today = self._demo.ledger.clock().date()
            self._step = self._next_step(wanted) or self._by_chance(wanted)
            self._mutation = self._step.mutation
            self._about = {**self._step.about}
            self._planned_standard: str | None = None
            kind = INPUTS[self._mutation]
            given = self._object(self._mutation, kind)
            if self._step.about or self._step.given:
                given = {
                    name: value
                    for name, value in given.items()
                    if is_required_input_field(kind.fields[name])
                }
            return Proposed(
                self._mutation, {**given, **self._step.given}, self._step.who or self._caller()
            )

    def _next_step(self, wanted: Sequence[str]) -> Step | None:
        """Return, every other time or so, what the present errand asks for."""
        if self._random.random() < 0.6:
            return None
        step = next(self._errand, None)
        if step is None:
            ways = self._errands.ways
            goal = self._random.choice([each for each in wanted if each in ways] or [*ways])
            self._errand = ways[goal]()
            step = next(self._errand, None)
        return step

    def _by_chance(self, wanted: Sequence[str]) -> Step:
        often = [*MUTATIONS, *OFTEN * 6]
        is_wanted = wanted and self._random.random() < 1 / 4
        return Step(self._random.choice(wanted if is_wanted else often))

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
            return PartyId(self._voter(self._about[NodeKind.VOTE]["id"]))
        for kind in (NodeKind.APPLICATION, NodeKind.MEMBERSHIP):
            if kind in self._about:
                return PartyId(self._about[kind]["party"])
        party = self._about.get(NodeKind.PARTY) or self._one(views.parties)
        return PartyId(party["id"] if party else new_id())

    def _object(self, name: str, kind: GraphQLInputObjectType) -> dict[str, Any]:
        one_of = ONE_OF.get(name, ())
        chosen = self._random.choice(one_of) if one_of else ""
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
