"""To whom reminders go: those who may ask for links to sign in by an e-mail address.

The address itself is kept for this alone, sealed under a key of its own, which is destroyed as soon
as nobody may ask by it any more or its holder was erased (docs/adr/0027).
"""

from __future__ import annotations

import secrets
from collections.abc import Iterable, Iterator, Sequence
from typing import Any, Final

import msgspec
import sqlalchemy as sa
from sqlalchemy.engine import Connection

from domain.terms import PartyId, PrincipalId
from projections import tables as views
from projections.as_of import holds_now
from service.ledger import tables
from service.ledger.engine import begin_writing
from service.ledger.key_faults import KeyStoreUnavailable
from service.ledger.keys import KeyStore, Missing
from service.ledger.ledger import Ledger
from service.ledger.sealing import DataKey, open_sealed, place, seal
from service.security.api_keys import as_key, is_in_term
from service.security.principal import Role

_ORIGIN: Final = "reminders"
_addresses = tables.reminder_addresses
_asking = tables.sign_in_addresses
_keys = tables.api_keys


class Holder(msgspec.Struct, frozen=True, kw_only=True):
    """Somebody who is reminded.

    Attributes:
        index: the keyed hash of their address, as of `service.security.addresses`.
        token: by which they say that they want no reminders.
        principal: as whom they sign in.
        party: for whom they speak; ``None`` for applicants.
        key_id: the key that the address is sealed under.
        sealed: the address.
    """

    index: str
    token: str
    principal: PrincipalId
    party: PartyId | None
    key_id: str
    sealed: bytes


def keep(connection: Connection, keys: KeyStore, index: str, address: str) -> None:
    """Keep an address to send reminders to; what its holder chose about them stays.

    Args:
        connection: in a transaction that writes, which the caller commits.
        keys: the key store.
        index: the address's keyed hash.
        address: the address.

    Raises:
        KeyStoreUnavailable: there is no key for it.
    """
    found = sa.select(_addresses.c.key_id).where(_addresses.c.address_index == index)
    if connection.execute(found).first() is not None:
        return
    key = keys.take()
    connection.execute(
        sa.insert(_addresses).values(
            address_index=index,
            token=secrets.token_urlsafe(32),
            key_id=key.key_id,
            sealed=seal(key, place(_ORIGIN, index, "address"), address.lower().encode()),
            wanted=True,
        )
    )


def choose(connection: Connection, token: str, *, wanted: bool) -> bool:
    """Send somebody reminders, or none; whether there is anybody with the token."""
    said = sa.update(_addresses).where(_addresses.c.token == token).values(wanted=wanted)
    return bool(connection.execute(said).rowcount)


def holders(connection: Connection, now: float) -> Iterator[Holder]:
    """Yield everybody who wants reminders and may act now.

    Args:
        connection: the transaction to read in.
        now: seconds since 1970.
    """
    asked = (
        sa.select(_keys, _addresses.c.address_index, _addresses.c.token, _addresses.c.key_id)
        .add_columns(_addresses.c.sealed)
        .join(_asking, _asking.c.prefix == _keys.c.prefix)
        .join(_addresses, _addresses.c.address_index == _asking.c.address_index)
        .where(_addresses.c.wanted, _keys.c.role.in_([Role.APPLICANT, Role.REPRESENTATIVE]))
        .order_by(_addresses.c.address_index)
    )
    for row in connection.execute(asked).all():
        key = as_key(row)
        if key.is_active(now) and is_in_term(connection, row):
            yield Holder(
                index=row.address_index,
                token=row.token,
                principal=key.principal.id,
                party=key.principal.party,
                key_id=row.key_id,
                sealed=bytes(row.sealed),
            )


def address_of(keys: KeyStore, holder: Holder) -> str | None:
    """Return a holder's address; ``None`` once its key is destroyed."""
    key = keys.get(holder.key_id)
    if not isinstance(key, DataKey):
        return None
    return open_sealed(key, place(_ORIGIN, holder.index, "address"), holder.sealed).decode()


def purge(ledger: Ledger) -> int:
    """Forget the addresses by which nobody signs in any more, and those of erased people.

    Returns:
        How many they were.

    Raises:
        KeyStoreUnavailable: their keys could not be destroyed; nothing is deleted.
    """
    with ledger.engine.connect() as connection, connection.begin():
        gone = list(_gone(ledger, connection))
    if not gone:
        return 0
    key_ids = [row.key_id for row in gone]
    try:
        ledger.keys.destroy(*key_ids)
    except KeyStoreUnavailable:
        # A copy may stand in a log for a while, and the keys be gone all the same.
        if any(key is not Missing.DESTROYED for key in ledger.keys.get_many(key_ids).values()):
            raise
    indexes = [row.address_index for row in gone]
    with begin_writing(ledger.engine) as connection:
        for table in (tables.reminders, _addresses):
            connection.execute(sa.delete(table).where(table.c.address_index.in_(indexes)))
    return len(gone)


def _gone(ledger: Ledger, connection: Connection) -> Iterator[sa.Row[Any]]:
    kept = (
        sa.select(_addresses.c.address_index, _addresses.c.key_id.label("key_id"), _keys)
        .outerjoin(_asking, _asking.c.address_index == _addresses.c.address_index)
        .outerjoin(_keys, _keys.c.prefix == _asking.c.prefix)
    )
    rows = connection.execute(kept).all()
    erased = _erased(ledger, connection, [row for row in rows if row.prefix is not None])
    now = ledger.clock().timestamp()
    for row in rows:
        if row.prefix is None or not as_key(row).is_active(now) or row.prefix in erased:
            yield row


def _erased(ledger: Ledger, connection: Connection, rows: Sequence[sa.Row[Any]]) -> set[str]:
    """Return the prefixes of the keys whose holders were erased."""
    applications = views.applications.c
    applied = connection.execute(
        sa.select(applications.applicant, applications.party).where(
            holds_now(views.applications),
            applications.applicant.in_([row.principal for row in rows]),
        )
    ).all()
    people = {row.prefix: {row.person, row.party} for row in rows}
    for row in rows:
        people[row.prefix] |= {each.party for each in applied if each.applicant == row.principal}
    destroyed = _destroyed(ledger, connection, {each for some in people.values() for each in some})
    return {prefix for prefix, some in people.items() if some & destroyed}


def _destroyed(ledger: Ledger, connection: Connection, people: Iterable[str | None]) -> set[str]:
    """Return the people among these whose own key is destroyed."""
    subjects = tables.subject_keys.c
    wanted = [f"person:{each}" for each in people if each is not None]
    found = {
        row.subject.removeprefix("person:"): row.key_id
        for row in connection.execute(
            sa.select(subjects.subject, subjects.key_id).where(subjects.subject.in_(wanted))
        )
    }
    keys = ledger.keys.get_many(list(found.values()))
    return {person for person, key_id in found.items() if keys[key_id] is Missing.DESTROYED}
