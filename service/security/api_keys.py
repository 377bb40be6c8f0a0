"""API keys: ``prefix.secret``, of which only the secret's hash is kept.

The secret is 256 random bits, so its plain SHA-256 gives nothing away and no slow hash is
needed.
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Sequence
from datetime import UTC, date, datetime
from typing import Any, Final

import msgspec
import sqlalchemy as sa
from sqlalchemy.engine import Connection

from domain.terms import PartyId, PersonId, PrincipalId
from projections import parties
from projections.as_of import AsOf
from projections.paging import Page, Window, fetch
from projections.reading import among
from service.ledger.tables import api_keys, sign_in_addresses
from service.security.principal import Principal, Role, Scope

NOBODY: Final = PrincipalId("")
"""Has no keys."""

LONGEST_PREFIX: Final = 32
_PREFIX_FORM: Final = re.compile(rf"[a-z0-9]{{1,{LONGEST_PREFIX}}}", re.ASCII)
_BY_AGE: Final = (api_keys.c.created_at, api_keys.c.prefix)


class KeyRefusedError(Exception):
    """A key was not made, or there is none to change; the message says why, and what would do.

    Attributes:
        field: what is wrong: ``label``, ``role``, ``party``, ``person``, ``belongsTo``, ``scopes``,
            ``expires``, ``principal`` or ``prefix``.
        problem: why, in a sentence.
        remedy: what would do, in a sentence.
    """

    def __init__(self, field: str, problem: str, remedy: str) -> None:
        super().__init__(f"{problem} {remedy}")
        self.field = field
        self.problem = problem
        self.remedy = remedy


class ApiKey(msgspec.Struct, frozen=True, kw_only=True):
    """What is known of a key, its secret apart.

    Attributes:
        prefix: the public part, by which it is named.
        label: what the operator calls it.
        principal: in whose name it acts.
        created_at: seconds since 1970, UTC; so the following two.
        expires_at: from when it is refused; ``None`` is never.
        revoked_at: since when it is refused.
        last_used_on: the last day of its use, UTC; nothing finer is kept.
        person: the representative whose it is: it is accepted while they speak for the party.
        created_by: who had it made through the API; ``None`` is a command of the operator's.
        revoked_by: who revoked it there; ``None`` likewise.
        replaces: the prefix of the key that it was made to take the place of.
        issuer: whose access tokens are the key, by the issuer's URL; ``None`` where a secret is.
    """

    prefix: str
    label: str
    principal: Principal
    created_at: int
    expires_at: int | None = None
    revoked_at: int | None = None
    last_used_on: date | None = None
    person: PersonId | None = None
    created_by: PrincipalId | None = None
    revoked_by: PrincipalId | None = None
    replaces: str | None = None
    issuer: str | None = None

    @property
    def expires(self) -> datetime | None:
        """From when it is refused, as a time."""
        return None if self.expires_at is None else datetime.fromtimestamp(self.expires_at, UTC)

    def is_active(self, now: float) -> bool:
        """Whether the key is accepted at a time, in seconds since 1970."""
        return self.revoked_at is None and (self.expires_at is None or now < self.expires_at)


class Subject(msgspec.Struct, frozen=True):
    """Somebody whom an issuer knows.

    Attributes:
        issuer: the issuer's URL.
        name: the subject of its tokens.
    """

    issuer: str
    name: str

    def digest(self) -> bytes:
        """Return what is kept of it in place of a secret's hash, which it is not like."""
        return hashlib.sha256(f"{self.issuer}\n{self.name}".encode()).digest()


def revoke(
    connection: Connection, prefix: str, *, now: datetime, by: PrincipalId | None = None
) -> ApiKey:
    """Refuse a key from now on; revoking it again changes nothing.

    Other processes accept it for `CACHE_S` more seconds at most.

    Raises:
        KeyRefusedError: there is no such key.
    """
    key = find(connection, prefix)
    if key.revoked_at is not None:
        return key
    revoked_at = int(now.timestamp())
    connection.execute(
        sa.update(api_keys)
        .where(api_keys.c.prefix == prefix)
        .values(revoked_at=revoked_at, revoked_by=by)
    )
    connection.execute(sa.delete(sign_in_addresses).where(sign_in_addresses.c.prefix == prefix))
    return msgspec.structs.replace(key, revoked_at=revoked_at, revoked_by=by)


def find(connection: Connection, prefix: str) -> ApiKey:
    """Return the key of a prefix.

    Raises:
        KeyRefusedError: there is no such key.
    """
    select = sa.select(api_keys).where(api_keys.c.prefix == prefix)
    row = connection.execute(select).one_or_none() if _PREFIX_FORM.fullmatch(prefix) else None
    if row is None:
        raise KeyRefusedError(
            "prefix", f"There is no key {prefix!r}.", "`coalition keys list` shows them."
        )
    return as_key(row)


def list_keys(connection: Connection) -> list[ApiKey]:
    """Return every key, oldest first."""
    rows = connection.execute(sa.select(api_keys).order_by(*_BY_AGE))
    return [as_key(row) for row in rows]


class KeyFilter(msgspec.Struct, frozen=True, kw_only=True):
    """Which keys are asked for. ``None`` asks for nothing; an empty list finds none.

    Attributes:
        party: whom they speak for.
    """

    owner: PrincipalId | None = None
    party: PartyId | None = None
    roles: Sequence[Role] | None = None


def page(connection: Connection, wanted: KeyFilter, window: Window) -> Page[ApiKey]:
    """Return a page of the keys, oldest first."""
    found = fetch(connection, sa.select(api_keys).where(*_conditions(wanted)), _BY_AGE, window)
    return Page(tuple(as_key(row) for row in found.rows), found.more)


def total(connection: Connection, wanted: KeyFilter) -> int:
    """Return how many keys there are."""
    select = sa.select(sa.func.count()).select_from(api_keys).where(*_conditions(wanted))
    return connection.execute(select).scalar_one()


def place(key: ApiKey) -> tuple[int, str]:
    """Return a key's place in the order of `page`."""
    return key.created_at, key.prefix


def _conditions(wanted: KeyFilter) -> list[sa.ColumnElement[bool]]:
    columns = api_keys.c
    conditions = among(columns.role, wanted.roles)
    if wanted.owner is not None:
        conditions.append(columns.principal == wanted.owner)
    if wanted.party is not None:
        conditions += [columns.party == wanted.party, columns.role == Role.REPRESENTATIVE.value]
    return conditions


def has_role(connection: Connection, principal: PrincipalId, role: Role, *, now: datetime) -> bool:
    """Whether a principal has a key that is accepted at a time, and acts in that role."""
    rows = connection.execute(
        sa.select(api_keys).where(api_keys.c.principal == principal, api_keys.c.role == role.value)
    )
    return any(as_key(row).is_active(now.timestamp()) for row in rows)


def is_known(connection: Connection, principal: PrincipalId) -> bool:
    """Whether a key was ever made for a principal."""
    made = sa.exists().where(api_keys.c.principal == principal)
    return bool(connection.scalar(sa.select(made)))


def is_in_term(connection: Connection, row: sa.Row[Any]) -> bool:
    """Whether a key names nobody, or somebody who speaks for its party now."""
    return row.person is None or speaks_for(connection, row.party, row.person)


def speaks_for(connection: Connection, party: str | None, person: str) -> bool:
    """Whether somebody represents a party now."""
    if party is None:
        return False
    found = parties.by_ids(connection, AsOf(0, date.max, current=True), [party]).get(party)
    return found is not None and person in {each.person for each in found.representatives}


def hash_of(secret: str) -> bytes:
    """Return what is kept of a secret."""
    return hashlib.sha256(secret.encode("ascii")).digest()


def as_key(row: sa.Row[Any]) -> ApiKey:
    """Return a key from its row."""
    party = None if row.party is None else PartyId(row.party)
    role = Role(row.role)
    speaks = role is Role.REPRESENTATIVE
    return ApiKey(
        prefix=row.prefix,
        label=row.label,
        principal=Principal(
            PrincipalId(row.principal),
            role,
            party=party if speaks else None,
            belongs_to=None if speaks else party,
            scopes=None if row.scopes is None else frozenset(map(Scope, row.scopes.split())),
        ),
        created_at=row.created_at,
        expires_at=row.expires_at,
        revoked_at=row.revoked_at,
        last_used_on=row.last_used_on,
        person=None if row.person is None else PersonId(row.person),
        created_by=None if row.created_by is None else PrincipalId(row.created_by),
        revoked_by=None if row.revoked_by is None else PrincipalId(row.revoked_by),
        replaces=row.replaces,
        issuer=row.issuer,
    )
