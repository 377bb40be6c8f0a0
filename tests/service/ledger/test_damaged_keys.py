"""A key store that was damaged says so: it never shows less than there is, and never anew."""

from __future__ import annotations

import random
import shutil
from contextlib import ExitStack, closing
from pathlib import Path

import pytest
import sqlalchemy as sa

from service.faults import LedgerFaultError
from service.ledger import key_rows
from service.ledger.engine import create_engine
from service.ledger.key_faults import KeyLost
from service.ledger.keys import KeyStore
from service.ledger.ledger import Ledger
from service.planning.deciding import decide
from tests.faults.writing import open_ledger
from tests.service.coalition import KEK, Coalition
from tests.service.ledger.erasures import represented

DAMAGES = 60
PAGE_BYTES = 4096


def everything(ledger: Ledger) -> dict[int, dict[str, object]]:
    with ledger.read() as snapshot:
        positions = list(range(1, snapshot.position + 1))
        found = ledger.disclosures(snapshot.connection, positions)
    return {
        position: {path: each.value for path, each in values.items()}
        for position, values in found.items()
    }


def damaged(whole: bytes, chance: random.Random) -> bytes:
    """Return a file in which bits were flipped, or that was cut, overwritten or mixed up."""
    content = bytearray(whole)
    match chance.randrange(4):
        case 0:
            for _ in range(chance.choice([1, 4, 50])):
                content[chance.randrange(len(content))] ^= 1 << chance.randrange(8)
        case 1:
            del content[chance.randrange(len(content)) :]
        case 2:
            place = chance.randrange(len(content) // 512) * 512
            content[place : place + 512] = bytes(512)
        case _:
            pages = len(content) // PAGE_BYTES
            to, of = (chance.randrange(pages) * PAGE_BYTES for _ in range(2))
            content[to : to + PAGE_BYTES] = whole[of : of + PAGE_BYTES]
    return bytes(content)


def test_a_damaged_key_store_is_a_fault_or_does_no_harm(sqlite_url: str, tmp_path: Path) -> None:
    coalition = Coalition(sqlite_url, tmp_path)
    for _ in range(3):
        represented(coalition)
    there = everything(coalition.ledger)
    coalition.close()
    whole = (tmp_path / "keys.db").read_bytes()
    chance = random.Random(2026)  # noqa: S311 - what to damage, not a secret
    faults = 0
    for number in range(DAMAGES):
        # A place of its own: what could not be opened may still be open.
        folder = tmp_path / str(number)
        folder.mkdir()
        shutil.copy(tmp_path / "ledger.db", folder)
        (folder / "keys.db").write_bytes(damaged(whole, chance))
        try:
            with closing(
                open_ledger(f"sqlite:///{folder}/ledger.db", f"sqlite:///{folder}/keys.db")
            ) as ledger:
                ledger.finish_erasures()
                assert everything(ledger) == there
        except LedgerFaultError:
            faults += 1
    assert DAMAGES // 5 < faults < DAMAGES


@pytest.mark.parametrize("name", ["blind-index", "command-inputs"])
def test_a_key_that_the_ledger_was_founded_with_is_not_made_anew(
    coalition: Coalition, name: str
) -> None:
    places = coalition.places
    with ExitStack() as opened:
        keys = create_engine(places.keys_url)
        opened.callback(keys.dispose)
        with keys.begin() as connection:
            connection.execute(sa.delete(key_rows.keys).where(key_rows.keys.c.key_id == name))
        store = KeyStore.open(places.keys_url, KEK)
        opened.callback(store.close)
        engine = create_engine(places.database_url)
        opened.callback(engine.dispose)
        with pytest.raises(KeyLost, match=name):
            Ledger(engine, store, decide)
