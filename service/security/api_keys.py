"""API keys: ``prefix.secret``, of which only the secret's hash is kept.

The secret is 256 random bits, so its plain SHA-256 gives nothing away and no slow hash is
needed. A principal has two active keys at most, the second while it changes from one to the
other.
"""

from __future__ import annotations

import hashlib
import re
import secrets
import string
from datetime import date, datetime
from typing import Any, Final

import msgspec
import sqlalchemy as sa
from sqlalchemy.engine import Connection

from domain.terms import PartyId, PersonId, PrincipalId
from projections import parties
from projections.as_of import AsOf
from service.ledger.tables import api_keys
from service.security.principal import Principal, Role

ACTIVE_KEYS: Final = 2

_LABEL: Final = re.compile(r"[^\x00-\x1f\x7f]{1,200}")
_PREFIX_CHARACTERS: Final = 12
_ALPHABET: Final = string.ascii_lowercase + string.digits


class KeyRefusedError(Exception):
    """A key was not made, or there is none to change; the message says why."""


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
    """

    prefix: str
    label: str
    principal: Principal
    created_at: int
    expires_at: int | None = None
    revoked_at: int | None = None
    last_used_on: date | None = None
    person: PersonId | None = None

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


class NewKey(msgspec.Struct, frozen=True):
    """A key just made.

    Attributes:
        text: the key itself, which is shown once and never again; "" where tokens are the key.
    """

    key: ApiKey
    text: str


def create(
    connection: Connection,
    principal: Principal,
    label: str,
    *,
    now: datetime,
    expires: datetime | None = None,
    person: PersonId | None = None,
    subject: Subject | None = None,
) -> NewKey:
    """Make a key for a principal.

    Args:
        connection: in a transaction that writes, which the caller commits.
        principal: in whose name the key acts.
        label: what the operator calls it: one line of up to 200 characters.
        now: the time.
        expires: from when the key is refused; ``None`` is never.
        person: the representative whose it is; it ends with their term.
        subject: whom an issuer's tokens name, where these are to be the key: it has no secret.

    Raises:
        KeyRefusedError: the role needs no key, or a party, or may have none; the person does
            not speak for the party; the label is no line; the time is past; or the principal
            has two active keys.
    """
    _check(principal, label)
    if person is not None and not _speaks_for(connection, principal.party, person):
        raise KeyRefusedError("A key names a person who speaks for its party now.")
    if expires is not None and expires <= now:
        raise KeyRefusedError("A key that has expired already is of no use: name a later day.")
    _refuse_third(list_keys(connection), principal, now)
    prefix = "".join(secrets.choice(_ALPHABET) for _ in range(_PREFIX_CHARACTERS))
    secret = secrets.token_urlsafe(32) if subject is None else ""
    key = ApiKey(
        prefix=prefix,
        label=label,
        principal=principal,
        created_at=int(now.timestamp()),
        expires_at=None if expires is None else int(expires.timestamp()),
        person=person,
    )
    _insert(connection, key, hash_of(secret) if subject is None else subject.digest())
    return NewKey(key, f"{prefix}.{secret}" if secret else "")


def _insert(connection: Connection, key: ApiKey, digest: bytes) -> None:
    connection.execute(
        sa.insert(api_keys).values(
            prefix=key.prefix,
            secret_sha256=digest,
            principal=key.principal.id,
            role=key.principal.role.value,
            party=key.principal.party,
            label=key.label,
            created_at=key.created_at,
            expires_at=key.expires_at,
            person=key.person,
        )
    )


def rotate(
    connection: Connection,
    prefix: str,
    *,
    now: datetime,
    expires: datetime | None = None,
) -> NewKey:
    """Make a second key beside an active one, which stays good until it is revoked.

    Raises:
        KeyRefusedError: there is no such active key, or there are two already.
    """
    key = find(connection, prefix)
    if not key.is_active(now.timestamp()):
        raise KeyRefusedError(
            f"The key {prefix} has expired or was revoked: make a new one, "
            f"`coalition keys create --principal {key.principal.id} …`."
        )
    return create(connection, key.principal, key.label, now=now, expires=expires, person=key.person)


def revoke(connection: Connection, prefix: str, *, now: datetime) -> ApiKey:
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
        sa.update(api_keys).where(api_keys.c.prefix == prefix).values(revoked_at=revoked_at)
    )
    return msgspec.structs.replace(key, revoked_at=revoked_at)


def find(connection: Connection, prefix: str) -> ApiKey:
    """Return the key of a prefix.

    Raises:
        KeyRefusedError: there is no such key.
    """
    row = connection.execute(sa.select(api_keys).where(api_keys.c.prefix == prefix)).one_or_none()
    if row is None:
        raise KeyRefusedError(f"There is no key {prefix!r}: `coalition keys list` shows them.")
    return as_key(row)


def list_keys(connection: Connection) -> list[ApiKey]:
    """Return every key, oldest first."""
    rows = connection.execute(
        sa.select(api_keys).order_by(api_keys.c.created_at, api_keys.c.prefix)
    )
    return [as_key(row) for row in rows]


def has_role(connection: Connection, principal: PrincipalId, role: Role, *, now: datetime) -> bool:
    """Whether a principal has a key that is accepted at a time, and acts in that role."""
    rows = connection.execute(
        sa.select(api_keys).where(api_keys.c.principal == principal, api_keys.c.role == role.value)
    )
    return any(as_key(row).is_active(now.timestamp()) for row in rows)


def _check(principal: Principal, label: str) -> None:
    if principal.role is Role.PUBLIC:
        raise KeyRefusedError("The public needs no key.")
    if principal.role is Role.SYSTEM:
        raise KeyRefusedError("The system acts without a key, and nobody acts as it.")
    if principal.role is Role.REPRESENTATIVE and principal.party is None:
        raise KeyRefusedError("A representative speaks for a party: name it.")
    if principal.role is not Role.REPRESENTATIVE and principal.party is not None:
        raise KeyRefusedError(f"A key for the role {principal.role} is bound to no party.")
    if not _LABEL.fullmatch(label):
        raise KeyRefusedError("A label is one line of 1 to 200 characters.")


def _refuse_third(keys: list[ApiKey], principal: Principal, now: datetime) -> None:
    held = [
        each
        for each in keys
        if each.principal.id == principal.id and each.is_active(now.timestamp())
    ]
    if any(each.principal != principal for each in held):
        raise KeyRefusedError(
            f"{principal.id} has a key for another role or party: one principal acts in one role."
        )
    if len(held) >= ACTIVE_KEYS:
        raise KeyRefusedError(
            f"There are {len(held)} active keys of {principal.id} already: "
            f"revoke one first, `coalition keys revoke {held[0].prefix}`."
        )


def is_in_term(connection: Connection, row: sa.Row[Any]) -> bool:
    """Whether a key names nobody, or somebody who speaks for its party now."""
    return row.person is None or _speaks_for(connection, row.party, row.person)


def _speaks_for(connection: Connection, party: str | None, person: str) -> bool:
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
    return ApiKey(
        prefix=row.prefix,
        label=row.label,
        principal=Principal(PrincipalId(row.principal), Role(row.role), party),
        created_at=row.created_at,
        expires_at=row.expires_at,
        revoked_at=row.revoked_at,
        last_used_on=row.last_used_on,
        person=None if row.person is None else PersonId(row.person),
    )
