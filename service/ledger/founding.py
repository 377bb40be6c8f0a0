"""Founding: from nothing to a ledger with a coalition in it.

Each step is durable before the next, and a second run goes on where the first stopped:
key store, schema, the ledger's identity, and then one command whose entries begin the
log. Nothing here is ever run against a ledger that has entries.
"""

from __future__ import annotations

import secrets
import uuid
from collections.abc import Callable, Sequence
from datetime import UTC, date, datetime
from zoneinfo import ZoneInfo, available_timezones

import msgspec
import sqlalchemy as sa
from sqlalchemy.engine import Connection, make_url

from domain.coalition.coalition import Coalition, FoundCoalition, FoundingPartner
from domain.coalition.founding import decide_found_coalition
from domain.decision import Moment, Refusal, refuse_not_yet
from domain.ledger.merkle import Frontier
from domain.ledger.note import NoteError, require_name
from domain.membership.details import Registration
from domain.policy import Policy, PolicyError, parse_policy
from domain.policy.errors import quoted
from domain.policy.locate import locate
from domain.terms import CoalitionId, Line, MembershipId, Name, PartyId, PrincipalId
from projections import grants, schema
from service.faults import NotReadyError
from service.ledger import tables
from service.ledger.engine import begin_writing, create_engine, make_private
from service.ledger.execution import Decide
from service.ledger.key_encryption import KeyEncryption
from service.ledger.key_faults import KeyStoreMissing
from service.ledger.keys import KeyStore
from service.ledger.ledger import Ledger, document_hash
from service.ledger.request import Accepted, Document, Outcome, Request
from service.security.principal import Principal, Role


class Partner(msgspec.Struct, frozen=True, kw_only=True):
    """A partner to begin with: its tier, and what it says of itself."""

    tier: str
    organisation: Registration


class Founding(msgspec.Struct, frozen=True, kw_only=True):
    """What a coalition begins with.

    Attributes:
        origin: the log's name for ever, a host and path the coalition owns; what signed-note
            allows as the name of a key.
        name: the coalition's name.
        source: where the founding is documented.
        policy: the policy file's bytes.
        seats: seats of limited tiers, by tier.
        partners: the first partners, admitted on the founding's authority.
        effective_on: since when all that holds; ``None`` is today.
    """

    origin: str
    name: str
    source: str
    policy: bytes
    seats: dict[str, int] = {}
    partners: Sequence[Partner] = ()
    effective_on: date | None = None


class AlreadyFoundedError(NotReadyError):
    """There is a coalition in this ledger already."""

    def __init__(self) -> None:
        super().__init__(
            "There is a coalition in this ledger already; run `coalition serve` to serve it."
        )


class OtherOriginError(NotReadyError):
    """An earlier run was interrupted after it had written another origin, which stays."""

    def __init__(self, origin: str) -> None:
        super().__init__(
            f"A run that was interrupted began the log {origin} in this database: go on with "
            f"--origin {origin}, or take an empty database and key store for another log."
        )


class FoundingRefusedError(Exception):
    """The rules refused the founding; nothing was appended."""

    def __init__(self, refusal: Refusal) -> None:
        super().__init__(refusal.message)
        self.refusal = refusal


class FoundingInputError(Exception):
    """A founding has a value that it cannot have; nothing was made.

    Args:
        field: which one.
        problem: what is wrong with it, and what would be right.
    """

    def __init__(self, field: str, problem: str) -> None:
        super().__init__(field, problem)
        self.field = field
        self.problem = problem


def check(founding: Founding, now: datetime) -> Policy:
    """Return the policy of a founding that can be written for ever.

    It is asked before anything is made, as the log's name cannot be changed afterwards.

    Raises:
        FoundingInputError: its origin, name or source is none.
        PolicyError: its policy file is bad, or has a time zone that does not exist.
        FoundingRefusedError: the rules refuse it.
    """
    try:
        require_name(founding.origin)
    except NoteError as error:
        problem = f"it names the log's key, and {error.reason}"
        raise FoundingInputError("origin", problem) from None
    for field, text, shape in (("name", founding.name, Name), ("source", founding.source, Line)):
        try:
            msgspec.convert(text.strip(), shape)
        except msgspec.ValidationError:
            problem = "it is one line of text, with something in it and not too long"
            raise FoundingInputError(field, problem) from None
    policy = parse_policy(founding.policy)
    if policy.time_zone not in available_timezones():
        line = locate(founding.policy.decode())["time_zone",]
        problem = f"{quoted(policy.time_zone)} is not in the time-zone database"
        raise PolicyError(line, "time_zone", problem)
    effective = founding.effective_on or _first_day(now, policy.time_zone)
    moment = Moment(now.astimezone(UTC).date(), effective)
    coalition = CoalitionId(secrets.token_hex(16))
    decision = refuse_not_yet(moment) or decide_found_coalition(
        Coalition(id=coalition), _command(founding, policy, coalition), moment, policy
    )
    if isinstance(decision, Refusal):
        raise FoundingRefusedError(decision)
    return policy


def found(
    founding: Founding,
    *,
    database_url: str,
    keys_url: str,
    kek: KeyEncryption,
    decide: Decide,
    migration_url: str | None = None,
    clock: Callable[[], datetime] = lambda: datetime.now(UTC),
) -> Ledger:
    """Found a coalition where there is none, and return its open ledger.

    Args:
        founding: what it begins with.
        database_url: the ledger's database.
        keys_url: the key store's place; it is made unless an interrupted run left it.
        kek: what the key store wraps its keys with.
        decide: authorizes and decides commands.
        migration_url: the same database as the role that owns the schema, which then gives
            the role of ``database_url`` its rights.
        clock: gives the recorded time.

    Raises:
        FoundingInputError: a value is none that can be written; nothing was made.
        PolicyError: the policy file is bad; nothing was made.
        AlreadyFoundedError: there is a coalition already; nothing was changed.
        FoundingRefusedError: the rules refused; a corrected run goes on from here.
        OtherOriginError: an interrupted run began the log under another origin.
    """
    policy = check(founding, clock())
    make_private(database_url)
    _refuse_founded(database_url)
    try:
        keys = KeyStore.open(keys_url, kek)
    except KeyStoreMissing:
        keys = KeyStore.create(keys_url, kek)
    owner = create_engine(migration_url or database_url)
    with begin_writing(owner) as connection:
        schema.upgrade(connection)
        if migration_url is not None and owner.dialect.name == "postgresql":
            grants.grant_api(connection, str(make_url(database_url).username))
        _write_identity(connection, founding.origin, keys.store_id)
    owner.dispose()
    ledger = Ledger(create_engine(database_url), keys, decide, clock)
    outcome = _submit(ledger, founding, policy)
    if not isinstance(outcome, Accepted):
        ledger.close()
        if isinstance(outcome, Refusal):
            raise FoundingRefusedError(outcome)
        raise AlreadyFoundedError
    return ledger


def _refuse_founded(database_url: str) -> None:
    engine = create_engine(database_url)
    try:
        with engine.connect() as connection:
            if not sa.inspect(connection).has_table(tables.head.name):
                return
            if connection.execute(sa.select(tables.head.c.size)).scalar():
                raise AlreadyFoundedError
    finally:
        engine.dispose()


def _write_identity(connection: Connection, origin: str, key_store: str) -> None:
    # An application of the library may have opened the log before.
    size = connection.execute(sa.select(tables.head.c.size)).scalar()
    if size is None:
        connection.execute(
            sa.insert(tables.head).values(
                id=1, size=0, frontier=Frontier().to_bytes(), recorded_max=0
            )
        )
    elif size:
        raise AlreadyFoundedError
    written = connection.execute(sa.select(tables.ledger.c.origin)).scalar()
    if written is None:
        connection.execute(
            sa.insert(tables.ledger).values(
                id=1, origin=origin, key_store=key_store, coalition=secrets.token_hex(16)
            )
        )
    elif written != origin:
        raise OtherOriginError(written)


def _first_day(now: datetime, time_zone: str) -> date:
    """Return today, for the coalition and in UTC: its time zone holds from the founding on.

    Where the two differ it is the earlier day. Nothing can hold before the founding, so
    that a later one would close the ledger for some hours.
    """
    return min(now.astimezone(UTC).date(), now.astimezone(ZoneInfo(time_zone)).date())


def _command(founding: Founding, policy: Policy, coalition: str) -> FoundCoalition:
    return FoundCoalition(
        coalition=CoalitionId(coalition),
        name=founding.name,
        source=founding.source,
        policy_sha256=policy.sha256,
        seats=founding.seats,
        partners=[
            FoundingPartner(
                party=PartyId(secrets.token_hex(16)),
                membership=MembershipId(secrets.token_hex(16)),
                tier=partner.tier,
                organisation=partner.organisation,
            )
            for partner in founding.partners
        ],
    )


def _submit(ledger: Ledger, founding: Founding, policy: Policy) -> Outcome:
    return ledger.execute(
        Request(
            principal=Principal(PrincipalId(secrets.token_hex(16)), Role.OPERATOR),
            command=_command(founding, policy, ledger.coalition),
            command_id=str(uuid.uuid4()),
            content=policy.sha256.encode(),
            effective_on=founding.effective_on or _first_day(ledger.clock(), policy.time_zone),
            documents=(Document(document_hash(founding.policy), "policy", founding.policy),),
        )
    )
