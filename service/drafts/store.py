"""Where drafts are kept: encrypted, each under a key of its own, so that deleting is real.

A draft is deleted by destroying its key first. A crash after that leaves a row that nobody can
read, which counts as none and goes with the next purge.
"""

from __future__ import annotations

import re
import secrets
from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any, Final, TypeAlias

import msgspec
import sqlalchemy as sa
from sqlalchemy.engine import Connection, Engine

from domain.membership.draft import Draft
from domain.terms import BLANK, PrincipalId
from service.ledger import tables
from service.ledger.engine import begin_writing
from service.ledger.key_faults import KeyStoreUnavailable
from service.ledger.keys import KeyStore, Missing
from service.ledger.sealing import DataKey, open_sealed, place, seal

MOST_DRAFTS: Final = 20
"""How many one applicant may keep."""

_ID: Final = re.compile("[0-9a-f]{32}")
_ORIGIN: Final = "drafts"
_drafts = tables.drafts
_json = msgspec.json.Encoder(order="sorted")


_Row: TypeAlias = sa.Row[Any]


class TooManyError(Exception):
    """An applicant keeps as many drafts as one may."""


class Kept(msgspec.Struct, frozen=True, kw_only=True):
    """A draft as it was saved last.

    Attributes:
        id: 128 random bits, lower-case hex.
        updated_at: seconds since 1970, UTC.
    """

    id: str
    updated_at: int
    draft: Draft


class DraftStore:
    """Keeps drafts for those who write them; safe to use from many threads.

    Args:
        engine: of the ledger's database, which holds them beside the ledger.
        keys: the key store.
    """

    def __init__(self, engine: Engine, keys: KeyStore) -> None:
        self._engine = engine
        self._keys = keys

    def create(self, owner: PrincipalId, draft: Draft, now: datetime) -> Kept:
        """Keep a new draft.

        Raises:
            TooManyError: the owner has as many as one may have.
            KeyStoreUnavailable: there is no key for it.
        """
        key = self._keys.take()
        kept = Kept(id=secrets.token_hex(16), updated_at=int(now.timestamp()), draft=draft)
        with begin_writing(self._engine) as connection:
            count = sa.select(sa.func.count()).where(_drafts.c.principal == owner)
            if connection.execute(count).scalar_one() >= MOST_DRAFTS:
                raise TooManyError
            connection.execute(
                sa.insert(_drafts).values(
                    id=kept.id,
                    principal=owner,
                    key_id=key.key_id,
                    sealed=_sealed(key, kept),
                    updated_at=kept.updated_at,
                )
            )
        return kept

    def replace(
        self, owner: PrincipalId, draft_id: str, draft: Draft, now: datetime
    ) -> Kept | None:
        """Keep another text in place of a draft; ``None`` where the owner has no such draft."""
        kept = Kept(id=draft_id, updated_at=int(now.timestamp()), draft=draft)
        with begin_writing(self._engine) as connection:
            key = self._key(_row(connection, owner, draft_id))
            if key is None:
                return None
            connection.execute(
                sa.update(_drafts)
                .where(_drafts.c.id == draft_id)
                .values(sealed=_sealed(key, kept), updated_at=kept.updated_at)
            )
        return kept

    def get(self, owner: PrincipalId, draft_id: str) -> Kept | None:
        """Return one of an owner's drafts; ``None`` where there is no such one."""
        with self._engine.connect() as connection, connection.begin():
            row = _row(connection, owner, draft_id)
        return self._opened(row)

    def of(self, owner: PrincipalId) -> list[Kept]:
        """Return an owner's drafts, the one saved last first."""
        with self._engine.connect() as connection, connection.begin():
            rows = connection.execute(
                sa.select(_drafts)
                .where(_drafts.c.principal == owner)
                .order_by(_drafts.c.updated_at.desc(), _drafts.c.id)
            ).all()
        found = [self._opened(row) for row in rows]
        return [each for each in found if each is not None]

    def delete(self, owner: PrincipalId, draft_id: str) -> bool:
        """Delete a draft and destroy its key; whether the owner had such a one.

        Raises:
            KeyStoreUnavailable: the key could not be destroyed; nothing is deleted.
        """
        with self._engine.connect() as connection, connection.begin():
            row = _row(connection, owner, draft_id)
        if row is None:
            return False
        self._remove([row])
        return True

    def purge(self, now: datetime, days: int) -> int:
        """Delete what nobody saved for so many days; return how many.

        Raises:
            KeyStoreUnavailable: the keys could not be destroyed; nothing is deleted.
        """
        with self._engine.connect() as connection, connection.begin():
            rows = connection.execute(sa.select(_drafts).where(_unsaved(now, days))).all()
        if rows:
            self._remove(rows)
        return len(rows)

    def stale(self, now: datetime, days: int) -> int:
        """Return how many drafts nobody saved for so many days."""
        count = sa.select(sa.func.count()).select_from(_drafts).where(_unsaved(now, days))
        with self._engine.connect() as connection, connection.begin():
            return connection.execute(count).scalar_one()

    def _remove(self, rows: Sequence[_Row]) -> None:
        key_ids = [row.key_id for row in rows]
        try:
            self._keys.destroy(*key_ids)
        except KeyStoreUnavailable:
            # A copy may stand in a log for a while, and the keys be gone all the same.
            if any(key is not Missing.DESTROYED for key in self._keys.get_many(key_ids).values()):
                raise
        with begin_writing(self._engine) as connection:
            connection.execute(sa.delete(_drafts).where(_drafts.c.key_id.in_(key_ids)))

    def _opened(self, row: _Row | None) -> Kept | None:
        key = self._key(row)
        if row is None or key is None:
            return None
        data = open_sealed(key, place(_ORIGIN, row.id, "draft"), bytes(row.sealed))
        return Kept(id=row.id, updated_at=row.updated_at, draft=_read(data))

    def _key(self, row: _Row | None) -> DataKey | None:
        key = None if row is None else self._keys.get(row.key_id)
        return key if isinstance(key, DataKey) else None


def _read(data: bytes) -> Draft:
    """Return a draft that was kept, without the blanks that once were texts."""
    try:
        return msgspec.json.decode(data, type=Draft)
    except msgspec.ValidationError:
        said = _without_blanks(msgspec.json.decode(data))
        return msgspec.json.decode(_json.encode(said), type=Draft)


def _without_blanks(said: object) -> object:
    if not isinstance(said, dict):
        return said
    return {
        name: _without_blanks(value)
        for name, value in said.items()
        if not (isinstance(value, str) and re.fullmatch(BLANK, value))
    }


def _row(connection: Connection, owner: PrincipalId, draft_id: str) -> _Row | None:
    if not _ID.fullmatch(draft_id):
        # Not every database takes any text.
        return None
    return connection.execute(
        sa.select(_drafts).where(_drafts.c.id == draft_id, _drafts.c.principal == owner)
    ).one_or_none()


def _sealed(key: DataKey, kept: Kept) -> bytes:
    return seal(key, place(_ORIGIN, kept.id, "draft"), _json.encode(kept.draft))


def _unsaved(now: datetime, days: int) -> sa.ColumnElement[bool]:
    return _drafts.c.updated_at < int((now - timedelta(days=days)).timestamp())
