"""Issuing API keys: a principal's first, and another one that is to take its place.

A principal has two active keys at most, while it changes from one to the other.
"""

from __future__ import annotations

import re
import secrets
import string
from datetime import datetime
from typing import Final

import msgspec
import sqlalchemy as sa
from sqlalchemy.engine import Connection

from domain.terms import BLANK, PersonId, PrincipalId
from service.ledger.tables import api_keys, sign_in_addresses
from service.security.api_keys import (
    ApiKey,
    KeyRefusedError,
    Subject,
    find,
    hash_of,
    list_keys,
    speaks_for,
)
from service.security.principal import Principal, Role

_ACTIVE_KEYS: Final = 2

LONGEST_LABEL: Final = 200
_LABEL: Final = re.compile(
    f"(?!{BLANK}\\Z)[^\\x00-\\x1f\\x7f-\\x9f\\u2028\\u2029\\ud800-\\udfff]{{1,{LONGEST_LABEL}}}"
)
_PREFIX_CHARACTERS: Final = 12
_BELONGING: Final = frozenset({Role.REVIEWER, Role.COMMITTEE, Role.DIRECTOR})
"""The roles that judge, and so may belong to an organisation that has an interest."""
_LOCK: Final = 0x6B657973  # any number that nothing else locks
_ALPHABET: Final = string.ascii_lowercase + string.digits


class NewKey(msgspec.Struct, frozen=True):
    """A key just made.

    Attributes:
        text: the key itself, which is shown once and never again; "" where tokens are the key.
    """

    key: ApiKey
    text: str


def create(  # noqa: PLR0913 - what is known of a key
    connection: Connection,
    principal: Principal,
    label: str,
    *,
    now: datetime,
    expires: datetime | None = None,
    person: PersonId | None = None,
    subject: Subject | None = None,
    by: PrincipalId | None = None,
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
        by: who has it made, where that is not whoever is at the command line.

    Raises:
        KeyRefusedError: the role needs no key, or a party, or may have none, or belongs to none;
            the person does not speak for the party; the label is no line; the time is past; or
            the principal has two active keys.
    """
    _check(principal, label)
    if expires is not None and expires <= now:
        raise KeyRefusedError(
            "expires", "A key that has expired already is of no use.", "Name a later day."
        )
    key = ApiKey(
        prefix="",
        label=label,
        principal=principal,
        created_at=int(now.timestamp()),
        expires_at=None if expires is None else int(expires.timestamp()),
        person=person,
        created_by=by,
        issuer=None if subject is None else subject.issuer,
    )
    return _make(connection, key, now, subject)


def _make(
    connection: Connection, like: ApiKey, now: datetime, subject: Subject | None = None
) -> NewKey:
    """Make a key like another one, under a prefix and with a secret of its own."""
    _one_at_a_time(connection)
    if like.person is not None and not speaks_for(connection, like.principal.party, like.person):
        raise KeyRefusedError(
            "person", "They do not speak for the party.", "Name a person who speaks for its party."
        )
    _refuse_third(list_keys(connection), like.principal, now)
    prefix = "".join(secrets.choice(_ALPHABET) for _ in range(_PREFIX_CHARACTERS))
    secret = secrets.token_urlsafe(32) if subject is None else ""
    key = msgspec.structs.replace(like, prefix=prefix)
    _insert(connection, key, hash_of(secret) if subject is None else subject.digest())
    return NewKey(key, f"{prefix}.{secret}" if secret else "")


def _one_at_a_time(connection: Connection) -> None:
    """Let no other transaction make a key meanwhile: two at once could make a third."""
    if connection.dialect.name == "postgresql":
        connection.execute(sa.select(sa.func.pg_advisory_xact_lock(_LOCK)))


def _insert(connection: Connection, key: ApiKey, digest: bytes) -> None:
    connection.execute(
        sa.insert(api_keys).values(
            prefix=key.prefix,
            secret_sha256=digest,
            principal=key.principal.id,
            role=key.principal.role.value,
            party=key.principal.party or key.principal.belongs_to,
            label=key.label,
            scopes=None if key.principal.scopes is None else " ".join(sorted(key.principal.scopes)),
            created_at=key.created_at,
            expires_at=key.expires_at,
            person=key.person,
            created_by=key.created_by,
            replaces=key.replaces,
            issuer=key.issuer,
        )
    )


def rotate(
    connection: Connection,
    prefix: str,
    *,
    now: datetime,
    expires: datetime | None = None,
    by: PrincipalId | None = None,
) -> NewKey:
    """Make a second key beside an active one, which stays good until it is revoked.

    Args:
        connection: in a transaction that writes, which the caller commits.
        prefix: the active one's.
        now: the time.
        expires: from when the new one is refused; ``None`` is never.
        by: as for `create`.

    Raises:
        KeyRefusedError: there is no such active key, or there are two already.
    """
    key = find(connection, prefix)
    if not key.is_active(now.timestamp()):
        raise KeyRefusedError(
            "prefix",
            f"The key {prefix} has expired or was revoked.",
            f"Make a new one: `coalition keys create --principal {key.principal.id} …`.",
        )
    if key.issuer is not None:
        raise KeyRefusedError(
            "prefix",
            f"The key {prefix} has no secret.",
            "Its access tokens are changed by their issuer.",
        )
    like = msgspec.structs.replace(
        key,
        created_at=int(now.timestamp()),
        expires_at=None if expires is None else int(expires.timestamp()),
        last_used_on=None,
        created_by=by,
        replaces=prefix,
    )
    made = _make(connection, like, now)
    # Whoever asks for links to sign in by the address goes on by the key that stays.
    connection.execute(
        sa.update(sign_in_addresses)
        .where(sign_in_addresses.c.prefix == prefix)
        .values(prefix=made.key.prefix)
    )
    return made


def _check(principal: Principal, label: str) -> None:
    if not _LABEL.fullmatch(label):
        raise KeyRefusedError(
            "label",
            "The label is no line.",
            f"A label is one line of 1 to {LONGEST_LABEL} characters, more than white space.",
        )
    role = principal.role
    if role in {Role.PUBLIC, Role.SYSTEM}:
        who = "The public needs no key." if role is Role.PUBLIC else "Nobody acts as the system."
        raise KeyRefusedError("role", who, "Name the role of somebody who signs in.")
    if role is Role.REPRESENTATIVE and principal.party is None:
        raise KeyRefusedError("party", "A representative speaks for a party.", "Name it.")
    if role is not Role.REPRESENTATIVE and principal.party is not None:
        raise KeyRefusedError(
            "party", f"A key for the role {role} is bound to no party.", "Name none."
        )
    if role is not Role.PORTAL and principal.scopes is not None:
        raise KeyRefusedError(
            "scopes", f"A key for the role {role} has no scopes: its role is one.", "Name none."
        )
    if role not in _BELONGING and principal.belongs_to is not None:
        raise KeyRefusedError(
            "belongsTo",
            f"What a key for the role {role} belongs to is looked at by no rule.",
            f"Name it for one of: {', '.join(sorted(_BELONGING))}.",
        )


def _refuse_third(keys: list[ApiKey], principal: Principal, now: datetime) -> None:
    held = [
        each
        for each in keys
        if each.principal.id == principal.id and each.is_active(now.timestamp())
    ]
    if any(each.principal != principal for each in held):
        raise KeyRefusedError(
            "principal",
            f"{principal.id} has a key for another role, party or scopes, or belongs to another.",
            "One principal acts in one role: name another.",
        )
    if len(held) >= _ACTIVE_KEYS:
        raise KeyRefusedError(
            "principal",
            f"There are {len(held)} active keys of {principal.id} already.",
            f"First revoke {held[0].prefix}, or the other one.",
        )
