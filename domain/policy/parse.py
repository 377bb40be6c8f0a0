"""From the bytes of a policy file to a `Policy`, or to the line that stands in the way."""

import re
import tomllib
from decimal import Decimal
from functools import lru_cache
from hashlib import sha256

from domain.policy.consistency import check_consistency
from domain.policy.errors import PolicyError
from domain.policy.fields import IDENTIFIER, IDENTIFIER_SHAPE, LONGEST_NAME, Table
from domain.policy.locate import locate
from domain.policy.model import (
    PERCENT,
    Agreement,
    County,
    Deadlines,
    MembershipClass,
    MembershipClassId,
    PartyType,
    Policy,
    PopulationShare,
    Region,
    Requirement,
    RequirementKind,
    Standard,
    Tier,
    TierNumber,
)
from domain.policy.voting import (
    Electorate,
    ElectorateId,
    Share,
    VoteFallback,
    VoteKind,
    VoteRule,
)

LARGEST_FILE_BYTES = 256 * 1024
LONGEST_LINE_BYTES = 4096
LEAST_SMALLEST_COUNT = 3
LARGEST_SMALLEST_COUNT = 100
DEFAULT_SMALLEST_COUNT = 5
MOST_DAYS = 3660
MOST_SEATS = 100_000
MOST_PARTICIPATION_DAYS = 366
MOST_VERSIONS = 1_000_000
LARGEST_DENOMINATOR = 1000
LARGEST_TALLY_MINIMUM = 1000

_CLAUSE = re.compile(r"[a-z0-9-]+\.[a-z0-9-]+")
_FIPS = re.compile(r"[0-9]{5}")
_STATE = re.compile(r"[A-Z]{2}")
_TIME_ZONE = re.compile(r"[A-Z][A-Za-z_]+(?:/[A-Z][A-Za-z0-9_+-]*)+|UTC")
_SYNTAX_PLACE = re.compile(r" \(at (?:line (\d+), column \d+|end of document)\)$")


# The edge reads a file before the one writer does, who then need not: everybody waits for it.
@lru_cache(maxsize=4)
def parse_policy(text: bytes) -> Policy:
    """Read and check one policy file: TOML 1.0.0 in UTF-8, of at most 256 KiB.

    What comes back is whole: every reference in it leads somewhere, every tier has an agreement
    and its class has standards, every county is in one region, every kind of vote has a rule.
    The digest is taken over exactly these bytes. The time zone only has the shape of a name here:
    a founding looks it up in the time-zone database, and no later version may have another one.

    Raises `PolicyError`, with its line, for the first thing that is wrong.
    """
    try:
        decoded = _decoded(text)
        values = _values(decoded)
        root = Table(values, (), locate(decoded))
        policy = _policy(root, sha256(text).hexdigest())
        check_consistency(policy, root)
    except PolicyError as error:
        # A place at the end of the document must not name a line that the file does not have.
        last = max(1, text.count(b"\n") + (not text.endswith(b"\n")))
        if error.line <= last:
            raise
        raise PolicyError(last, error.field, error.problem, error.allowed) from None
    return policy


def _decoded(text: bytes) -> str:
    if len(text) > LARGEST_FILE_BYTES:
        crossing = text.count(b"\n", 0, LARGEST_FILE_BYTES) + 1
        raise PolicyError(crossing, "", f"the file is larger than {LARGEST_FILE_BYTES} bytes")
    if text.startswith(b"\xef\xbb\xbf"):
        raise PolicyError(1, "", "the file starts with a byte order mark")
    for number, line in enumerate(text.split(b"\n"), start=1):
        if b"\0" in line:
            raise PolicyError(number, "", "the line holds a NUL character")
        # Beyond this the TOML reader takes quadratic time over dotted keys and long numbers.
        if len(line) > LONGEST_LINE_BYTES:
            raise PolicyError(number, "", f"the line is longer than {LONGEST_LINE_BYTES} bytes")
        try:
            line.decode()
        except UnicodeDecodeError:
            raise PolicyError(number, "", "the line is not valid UTF-8") from None
    return text.decode()


def _values(text: str) -> dict[str, object]:
    try:
        return tomllib.loads(text, parse_float=Decimal)
    except RecursionError:
        # All before the depth that stopped the reader is sound, so the locator gets as far as its
        # own limit, which is lower, and says where that is.
        locate(text)
        raise PolicyError(1, "", "nested too deep") from None
    except ValueError as error:
        message = str(error)
        place = _SYNTAX_PLACE.search(message)
        end = text.count("\n") + 1
        line = int(place[1]) if place and place[1] else end
        problem = _SYNTAX_PLACE.sub("", message)
        raise PolicyError(line, "", f"not valid TOML: {problem}") from None


def _policy(root: Table, digest: str) -> Policy:
    root.only(
        "id",
        "version",
        "name",
        "time_zone",
        "vision",
        "mission",
        "core_values",
        "smallest_count",
        "classes",
        "tiers",
        "agreements",
        "deadlines",
        "electorates",
        "votes",
        "counties",
        "regions",
    )
    return Policy(
        id=root.matching("id", IDENTIFIER, IDENTIFIER_SHAPE),
        version=root.whole("version", 1, MOST_VERSIONS),
        sha256=digest,
        name=root.text("name", LONGEST_NAME),
        time_zone=root.matching("time_zone", _TIME_ZONE, "the name of a time zone"),
        vision=root.text("vision"),
        mission=root.text("mission"),
        core_values=root.texts("core_values"),
        classes=tuple(
            _class(class_id, table)
            for class_id, table in root.chosen_tables(
                "classes", MembershipClassId, "a membership class"
            )
        ),
        tiers=tuple(_tier(tier_id, table) for tier_id, table in root.named_tables("tiers")),
        agreements=tuple(
            _agreement(agreement_id, table)
            for agreement_id, table in root.named_tables("agreements")
        ),
        deadlines=_deadlines(root.table("deadlines")),
        electorates=_electorates(root),
        votes=_votes(root),
        counties=tuple(_county(table) for table in root.tables("counties")),
        regions=tuple(
            _region(region_id, table) for region_id, table in root.named_tables("regions")
        ),
        # A policy adopted before there were statistics does not say it.
        smallest_count=(
            root.whole("smallest_count", LEAST_SMALLEST_COUNT, LARGEST_SMALLEST_COUNT)
            if "smallest_count" in root
            else DEFAULT_SMALLEST_COUNT
        ),
    )


def _class(class_id: MembershipClassId, table: Table) -> MembershipClass:
    table.only("name", "standards")
    return MembershipClass(
        id=class_id,
        name=table.text("name", LONGEST_NAME),
        standards=tuple(_standard(each) for each in table.tables("standards")),
    )


def _standard(table: Table) -> Standard:
    table.only("id", "name")
    return Standard(id=_clause(table), name=table.text("name", LONGEST_NAME))


def _tier(tier_id: str, table: Table) -> Tier:
    table.only(
        "name",
        "class",
        "number",
        "seats",
        "type",
        "party_types",
        "population_served",
        "commitment",
        "participation",
        "participation_days",
        "responsibility",
        "application",
        "selection",
        "requirements",
    )
    return Tier(
        id=tier_id,
        name=table.text("name", LONGEST_NAME),
        membership_class=table.choice("class", MembershipClassId, "a membership class"),
        number=table.choice("number", TierNumber, "a number of members"),
        seats=table.whole("seats", 0, MOST_SEATS) if "seats" in table else None,
        type_text=table.text("type"),
        party_types=table.choices("party_types", PartyType, "a party type"),
        population_served=table.text("population_served"),
        commitment=table.text("commitment"),
        participation=table.text("participation"),
        participation_days=(
            table.whole("participation_days", 1, MOST_PARTICIPATION_DAYS)
            if "participation_days" in table
            else None
        ),
        responsibility=table.text("responsibility"),
        application_required=table.flag("application"),
        selection=table.text("selection"),
        requirements=tuple(_requirement(each) for each in table.tables("requirements")),
    )


def _requirement(table: Table) -> Requirement:
    kind = table.choice("kind", RequirementKind, "a kind of requirement")
    known = ("id", "text", "kind", "applies_to")
    share = None
    if kind is RequirementKind.POPULATION_SHARE:
        table.only(*known, "minimum_percent", "population")
        share = PopulationShare(
            minimum_percent=table.whole("minimum_percent", 1, PERCENT),
            population=table.text("population", LONGEST_NAME),
        )
    else:
        table.only(*known)
    applies_to: tuple[PartyType, ...] = ()
    if "applies_to" in table:
        applies_to = table.choices("applies_to", PartyType, "a party type")
    return Requirement(
        id=_clause(table), text=table.text("text"), kind=kind, applies_to=applies_to, share=share
    )


def _clause(table: Table) -> str:
    return table.matching("id", _CLAUSE, "a clause: the tier or class, a dot, and a name")


def _agreement(agreement_id: str, table: Table) -> Agreement:
    table.only("name", "tiers")
    return Agreement(
        id=agreement_id, name=table.text("name", LONGEST_NAME), tiers=table.texts("tiers")
    )


def _deadlines(table: Table) -> Deadlines:
    table.only(*Deadlines.__struct_fields__)
    return Deadlines(
        **{name: table.whole(name, 1, MOST_DAYS) for name in Deadlines.__struct_fields__}
    )


def _electorates(root: Table) -> tuple[Electorate, ...]:
    noun = "an electorate"
    found = []
    for electorate_id, table in root.chosen_tables("electorates", ElectorateId, noun):
        table.only("tiers")
        found.append(Electorate(id=electorate_id, tiers=table.texts("tiers")))
    return tuple(found)


def _votes(root: Table) -> tuple[VoteRule, ...]:
    noun = "a kind of vote"
    return tuple(_vote(kind, table) for kind, table in root.chosen_tables("votes", VoteKind, noun))


def _vote(kind: VoteKind, table: Table) -> VoteRule:
    table.only(
        "electorate",
        "quorum",
        "threshold",
        "director_votes",
        "tally_minimum_electorate",
        "fallback",
        "required",
    )
    return VoteRule(
        kind=kind,
        electorate=table.choice("electorate", ElectorateId, "an electorate"),
        quorum=_share(table.table("quorum")),
        threshold=_share(table.table("threshold")),
        director_votes=table.flag("director_votes"),
        # Of an electorate of one, the tally is that one's vote.
        tally_minimum_electorate=table.whole("tally_minimum_electorate", 2, LARGEST_TALLY_MINIMUM),
        fallback=table.choice("fallback", VoteFallback, "a fallback"),
        required=table.flag("required") if "required" in table else False,
    )


def _share(table: Table) -> Share:
    """Read `{ at_least = [2, 3] }` or `{ more_than = [1, 2] }`."""
    table.only("at_least", "more_than")
    if "at_least" in table and "more_than" in table:
        raise table.error((), "must have one of its two keys", ("at_least", "more_than"))
    strict = "more_than" in table
    key = "more_than" if strict else "at_least"
    numerator, denominator = table.wholes(key, 2, 1, LARGEST_DENOMINATOR)
    if numerator > denominator:
        raise table.error((key,), f"{numerator} of {denominator} is more than the whole")
    if strict and numerator == denominator:
        raise table.error((key,), "nothing is more than the whole")
    return Share(numerator=numerator, denominator=denominator, strict=strict)


def _county(table: Table) -> County:
    table.only("fips", "name", "state")
    return County(
        fips=table.matching("fips", _FIPS, "a county's FIPS code of five digits"),
        name=table.text("name", LONGEST_NAME),
        state=table.matching("state", _STATE, "a state's postal code of two capitals"),
    )


def _region(region_id: str, table: Table) -> Region:
    table.only("name", "counties")
    return Region(
        id=region_id, name=table.text("name", LONGEST_NAME), counties=table.texts("counties")
    )
