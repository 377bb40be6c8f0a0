"""What holds for every mutation, those of tomorrow included: inputs are made from the schema."""

from __future__ import annotations

import re
import uuid
from collections.abc import Iterator, Mapping
from datetime import timedelta
from typing import Any

import pytest
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

from domain.coalition.funding import RecordFunding
from domain.coalition.vote import OpenVote
from domain.membership.grievance import FileGrievance
from domain.policy import VoteKind
from domain.terms import (
    ApplicationId,
    BallotsId,
    FundingId,
    GrievanceId,
    PartyId,
    PrincipalId,
    StaffRole,
    VoteId,
)
from projections.tables import memberships
from service.graphql.ids import NodeKind, global_id
from service.ledger.tables import api_keys, entries
from service.security.access import ACTIONS, COMMANDS
from service.security.principal import Principal, Role
from tests.service.coalition import Admitted, new_id
from tests.service.graphql.api import SCHEMA, Api
from tests.service.graphql.story import Story
from tests.service.ledger.rows import everything

MUTATION_TYPE = SCHEMA._schema.mutation_type
assert MUTATION_TYPE is not None
INPUTS: dict[str, GraphQLInputObjectType] = {
    name: kind
    for name, field in MUTATION_TYPE.fields.items()
    if isinstance(kind := get_named_type(field.args["input"].type), GraphQLInputObjectType)
}
BY_SCALAR: dict[str, object] = {
    "ID": "bm90aGluZw",
    "Int": 1,
    "Boolean": True,
    "Float": 1.0,
    "Date": "2023-03-01",
    "DateTime": "2023-03-01T12:00:00Z",
    "Fips": "29510",
    "Ein": "431300999",
    "Sha256": "0" * 64,
}
BY_NAME: dict[str, object] = {
    "email": "somebody@example.org",
    "website": "https://example.org",
    "url": "https://example.org",
    "phone": "+1 314 555 0100",
    "on": "2023",
    "since": "2023",
    "until": "2023",
}
TOO_LONG = "x" * 300_001
NOTHING: Mapping[str, str] = {}


Ids = Mapping[str, str]
"""Ids of what is there, by the field that they are for."""


def sample(name: str, kind: GraphQLInputType, ids: Ids) -> object:
    """Return some value of an input type, for a field of that name."""
    if isinstance(kind, GraphQLNonNull):
        return sample(name, kind.of_type, ids)
    if isinstance(kind, GraphQLList):
        return [sample(name, kind.of_type, ids)]
    if isinstance(kind, GraphQLEnumType):
        return next(iter(kind.values))
    if isinstance(kind, GraphQLInputObjectType):
        return least(kind, ids)
    if kind.name == "CommandId":
        return str(uuid.uuid4())
    return ids.get(name) or BY_SCALAR.get(kind.name, BY_NAME.get(name, "words"))


def least(kind: GraphQLInputObjectType, ids: Ids = NOTHING) -> dict[str, Any]:
    """Return an input with the fields that it must have."""
    return {
        name: sample(name, field.type, ids)
        for name, field in kind.fields.items()
        if is_required_input_field(field)
    }


def texts(kind: GraphQLInputObjectType, before: tuple[str, ...] = ()) -> Iterator[tuple[str, ...]]:
    """Yield the path of every field of free text."""
    for name, field in kind.fields.items():
        inner = get_named_type(field.type)
        if isinstance(inner, GraphQLInputObjectType):
            yield from texts(inner, (*before, name))
        elif inner.name == "String":
            yield (*before, name)


def with_text(
    kind: GraphQLInputObjectType, path: tuple[str, ...], text: str, ids: Ids
) -> dict[str, Any]:
    """Return an input in which the field at a path holds this text."""
    name, *rest = path
    field = kind.fields[name]
    inner = get_named_type(field.type)
    value: object = text
    if isinstance(inner, GraphQLInputObjectType):
        value = with_text(inner, tuple(rest), text, ids)
    is_list = isinstance(field.type, GraphQLList) or (
        isinstance(field.type, GraphQLNonNull) and isinstance(field.type.of_type, GraphQLList)
    )
    return least(kind, ids) | {name: [value] if is_list else value}


def principals(api: Api, role: Role) -> Principal:
    """Return somebody in a role who has nothing to do with anything that is there."""
    if role is Role.REPRESENTATIVE:
        return api.coalition.representative(PartyId(new_id()))
    return Principal(PrincipalId(new_id()), role)


def granted(mutation: str) -> set[Role]:
    """Return the roles that may give a command or do an action, at least for what is theirs."""
    name = mutation[0].upper() + mutation[1:]
    return {role for role, _ in ACTIONS.get(name) or COMMANDS[name]}


@pytest.fixture(scope="module")
def told(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[Story, Ids]]:
    """A coalition with something in it of what mutations are about, and its ids."""
    folder = tmp_path_factory.mktemp("told")
    story = Story(f"sqlite:///{folder / 'ledger.db'}", folder)
    yield story, ids_in(story)
    story.close()


@pytest.fixture(scope="module")
def untouched(told: tuple[Story, Ids]) -> Iterator[Api]:
    """The coalition, in which, after all these tests, every row of every table is as before."""
    story, _ = told
    before = everything(story.coalition)
    yield story.api
    assert everything(story.coalition) == before


def ids_in(story: Story) -> Ids:
    """Return ids of what is there, and of a vote, a grievance and a funding that are for it."""
    coalition = story.coalition
    with coalition.ledger.read() as snapshot:
        found = sa.select(memberships.c.party, memberships.c.id).where(
            memberships.c.tier == "collaborative-partner"
        )
        party, partner = snapshot.connection.execute(found).one()
    founding = Admitted(party, ApplicationId(""), partner)
    coalition.sign(founding, "partner-agreement", *coalition.publish("partner-agreement", "Text."))
    vote, grievance = VoteId(new_id()), GrievanceId(new_id())
    opened = OpenVote(
        vote=vote,
        ballots=BallotsId(new_id()),
        kind=VoteKind.TERMINATION,
        closes_on=coalition.clock.now.date() + timedelta(days=7),
        membership=story.member.membership,
        clauses=["provider.transparent-collaboration"],
        reason="Referrals were passed on for a fee.",
    )
    coalition.must(opened, Role.DIRECTOR)
    filed = FileGrievance(
        grievance=grievance,
        membership=story.member.membership,
        text="Nobody answers.",
        role=StaffRole.DIRECTOR,
    )
    coalition.must(filed, story.representative)
    funding = FundingId(new_id())
    coalition.must(RecordFunding(funding=funding, funder="A Foundation"), Role.DIRECTOR)
    with coalition.ledger.read() as snapshot:
        of_party = sa.select(entries.c.entry_id).where(entries.c.stream == story.member.party)
        entry, *_ = snapshot.connection.scalars(of_party).all()
        prefix, *_ = snapshot.connection.scalars(sa.select(api_keys.c.prefix)).all()
    own_ids: dict[NodeKind, str] = {
        NodeKind.APPLICATION: story.pending,
        NodeKind.MEMBERSHIP: story.member.membership,
        NodeKind.PARTY: story.member.party,
        NodeKind.VOTE: vote,
        NodeKind.GRIEVANCE: grievance,
        NodeKind.FUNDING: funding,
        NodeKind.ENTRY: entry,
        NodeKind.POLICY: "0" * 64,
    }
    made: dict[str, str] = {"reviewer": coalition.principals[Role.REVIEWER].id, "prefix": prefix}
    for kind, own in own_ids.items():
        made[kind[0].lower() + kind[1:]] = global_id(kind, own)
    made["survivor"], made["merged"] = made["party"], global_id(NodeKind.PARTY, party)
    made["affiliate"] = made["merged"]
    return made


@pytest.mark.parametrize("mutation", sorted(INPUTS))
def test_who_has_no_grant_is_told_nothing(untouched: Api, mutation: str) -> None:
    for role in set(Role) - granted(mutation):
        answer = untouched.do(mutation, least(INPUTS[mutation]), principals(untouched, role))
        assert answer["__typename"] == "NotAllowed", role


@pytest.mark.parametrize(
    ("mutation", "path"),
    [(name, path) for name, kind in sorted(INPUTS.items()) for path in texts(kind)],
    ids=lambda part: part if isinstance(part, str) else ".".join(part),
)
def test_a_text_that_is_too_long_is_refused_by_its_field(
    untouched: Api, told: tuple[Story, Ids], mutation: str, path: tuple[str, ...]
) -> None:
    (story, ids), role = told, min(granted(mutation))
    given = with_text(INPUTS[mutation], path, TOO_LONG, ids)
    who = story.representative if role is Role.REPRESENTATIVE else role
    answer = untouched.do(mutation, given, who)
    assert answer["__typename"] == "Refused"
    assert answer["code"] == "INVALID_INPUT"
    assert answer["field"].removesuffix("[0]") == ".".join(path)
    assert answer["rule"] == "max-length"
    assert len(answer["message"]) < 1_000
    (unmet,) = answer["unmet"]
    assert re.search("t most [0-9]+ (characters|bytes)", unmet["satisfiedBy"])


POLICY_KEYS = frozenset({"agreement", "clauses", "field", "requirement", "standard", "tier"})
"""Texts that are looked up in the policy or an entry, so that a blank is one that is not there."""

OF_A_FORM = frozenset(BY_NAME) | {"link", "proposal"}
"""Texts of another form, which a blank has not: addresses, and a policy file."""


@pytest.mark.parametrize(
    ("mutation", "path"),
    [
        (name, path)
        for name, kind in sorted(INPUTS.items())
        for path in texts(kind)
        if path[-1] not in POLICY_KEYS | {"prefix"}
    ],
    ids=lambda part: part if isinstance(part, str) else ".".join(part),
)
def test_a_blank_is_no_text_and_refused_by_its_field(
    untouched: Api, told: tuple[Story, Ids], mutation: str, path: tuple[str, ...]
) -> None:
    (story, ids), role = told, min(granted(mutation))
    who = story.representative if role is Role.REPRESENTATIVE else role
    for blank in ("", "   ", "\u200b\u3000"):
        answer = untouched.do(mutation, with_text(INPUTS[mutation], path, blank, ids), who)
        assert (answer["__typename"], answer["code"]) == ("Refused", "INVALID_INPUT"), blank
        assert answer["field"].removesuffix("[0]") == ".".join(path)
        (unmet,) = answer["unmet"]
        if path[-1] not in OF_A_FORM and mutation != "adoptPolicy":
            assert re.search("more (in it )?than white space", unmet["satisfiedBy"])


FREE_IDS = frozenset({"person", "applicant", "reviewer", "principal", "signatory", "replaces"})
"""Fields of ids that people and sign-ins have, which are no global ids."""


def places(kind: GraphQLInputObjectType) -> Iterator[str]:
    """Yield each field that takes a global id."""
    for name, field in kind.fields.items():
        if get_named_type(field.type).name == "ID" and name not in FREE_IDS:
            yield name


@pytest.mark.parametrize(
    ("mutation", "field"),
    [(name, field) for name, kind in sorted(INPUTS.items()) for field in places(kind)],
)
def test_an_id_of_another_type_is_refused_by_its_field(
    untouched: Api, told: tuple[Story, Ids], mutation: str, field: str
) -> None:
    (story, ids), role = told, min(granted(mutation))
    kind = INPUTS[mutation]
    who = story.representative if role is Role.REPRESENTATIVE else role
    for wrong, found in ((ids["policy"], "the id of another type, Policy"), ("zzz", "no id")):
        given = with_text(kind, (field,), wrong, ids)
        answer = untouched.do(mutation, given, who)
        assert answer["__typename"] == "Refused"
        assert (answer["code"], answer["rule"]) == ("INVALID_INPUT", "id-type")
        assert answer["field"] == field
        assert found in answer["message"]


@pytest.mark.parametrize("mutation", sorted(INPUTS))
def test_what_is_missing_is_named(untouched: Api, mutation: str) -> None:
    name = mutation[0].upper() + mutation[1:]
    query = f"mutation ($input: {name}Input!) {{ {mutation}(input: $input) {{ __typename }} }}"
    whole = least(INPUTS[mutation])
    for missing in whole:
        given = {key: value for key, value in whole.items() if key != missing}
        error = untouched.refused(query, Role.DIRECTOR, input=given)
        assert missing in error["message"]
        assert error["extensions"]["code"]
