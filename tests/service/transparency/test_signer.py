"""The signer: what it signs is the log's end, durable before it is published, and never a fork."""

from __future__ import annotations

import shutil
import time
from pathlib import Path

import pytest
import sqlalchemy as sa

from domain.ledger.checkpoint import Checkpoint
from domain.ledger.merkle import Frontier
from domain.ledger.note import Note
from service.faults import NotReadyError
from service.ledger import tables
from service.ledger.engine import begin_writing
from service.transparency.signed_file import SignedFile
from service.transparency.signer import ForkRefusedError, Signer
from tests.service.coalition import Coalition
from tests.service.transparency.conftest import SignedLog


def test_the_logs_end_is_signed_kept_and_published(signed_log: SignedLog) -> None:
    size = signed_log.grow(9)
    note = signed_log.signer.sign()
    assert note == signed_log.published() == signed_log.file.read()
    checkpoint = signed_log.verified(note)
    ledger = signed_log.coalition.ledger
    with ledger.read() as snapshot:
        stored = snapshot.connection.execute(sa.select(tables.head.c.frontier)).scalar_one()
    root = Frontier.from_bytes(bytes(stored)).root()
    assert checkpoint == Checkpoint("test.example/ledger", size, root)


def test_nothing_is_signed_twice(signed_log: SignedLog) -> None:
    assert signed_log.signer.sign() is not None
    assert signed_log.signer.sign() is None
    size = signed_log.grow(9)
    assert signed_log.verified(signed_log.signer.sign()).size == size


def test_the_key_stays_when_the_service_starts_again(signed_log: SignedLog) -> None:
    signed_log.signer.sign()
    again = Signer(signed_log.coalition.ledger, SignedFile(signed_log.file.path))
    assert again.keys == signed_log.signer.keys
    assert again.sign() is None


def test_what_was_signed_and_not_published_is_published(signed_log: SignedLog) -> None:
    signed_log.signer.sign()
    shown = signed_log.published()
    signed_log.grow(9)
    signed_log.signer.sign()
    latest = signed_log.file.read()
    with begin_writing(signed_log.coalition.ledger.engine) as connection:
        assert shown is not None
        connection.execute(
            sa.update(tables.checkpoint).values(
                size=signed_log.verified(shown).size, note=shown.to_bytes()
            )
        )
    assert signed_log.signer.sign() == latest
    assert signed_log.published() == latest


def test_a_later_checkpoint_stays_published(signed_log: SignedLog) -> None:
    from service.transparency.published import publish  # noqa: PLC0415 - of this test alone

    first = signed_log.signer.sign()
    signed_log.grow(9)
    second = signed_log.signer.sign()
    assert first is not None
    with begin_writing(signed_log.coalition.ledger.engine) as connection:
        publish(connection, first)
    assert signed_log.published() == second


def restored(folder: Path, *, grow: int) -> SignedLog:
    """Return a log on SQLite whose database is older than what it has signed."""
    database = folder / "ledger.db"
    coalition = Coalition(f"sqlite:///{database}", folder)
    log = SignedLog(coalition, folder)
    log.signer.sign()
    with coalition.ledger.engine.connect() as connection:
        connection.exec_driver_sql("PRAGMA wal_checkpoint(TRUNCATE)")
    shutil.copy(database, folder / "backup.db")
    log.grow(9)
    log.grow(10)
    log.signer.sign()
    coalition.ledger.engine.dispose()
    coalition.ledger.writer.close()
    for part in folder.glob("ledger.db*"):
        part.unlink()
    shutil.copy(folder / "backup.db", database)
    coalition.ledger = coalition.reopen()
    older = SignedLog(coalition, folder)
    for seats in range(grow):
        older.grow(20 + seats)
    return older


@pytest.mark.parametrize(
    ("grow", "why"),
    [(0, "older state"), (1, "older state"), (2, "restored from"), (5, "restored from")],
)
def test_a_restored_older_database_is_never_signed(tmp_path: Path, grow: int, why: str) -> None:
    log = restored(tmp_path, grow=grow)
    kept, shown = log.file.path.read_bytes(), log.published()
    with pytest.raises(ForkRefusedError, match=why):
        log.signer.check()
    with pytest.raises(ForkRefusedError, match=why) as refused:
        log.signer.sign()
    assert "(1) stop the service and restore" in str(refused.value)
    assert "(2)" in str(refused.value)
    assert log.file.path.read_bytes() == kept
    assert log.published() == shown
    log.coalition.close()


def test_a_lost_file_is_refused_until_it_is_put_back(signed_log: SignedLog) -> None:
    signed_log.signer.sign()
    latest = signed_log.published()
    signed_log.file.path.unlink()
    signed_log.grow(9)
    with pytest.raises(ForkRefusedError, match="Put the file back"):
        signed_log.signer.sign()
    assert latest is not None
    signed_log.file.path.write_bytes(latest.to_bytes())
    assert signed_log.signer.sign() is not None


@pytest.mark.parametrize("content", [b"", b"nonsense\n", bytes(range(256))])
def test_a_damaged_file_is_refused(signed_log: SignedLog, content: bytes) -> None:
    signed_log.file.path.write_bytes(content)
    with pytest.raises(NotReadyError, match="is no checkpoint"):
        signed_log.signer.sign()
    assert signed_log.published() is None
    assert signed_log.file.path.read_bytes() == content


def test_a_file_of_another_key_is_refused(signed_log: SignedLog) -> None:
    note = signed_log.signer.sign()
    assert note is not None
    other = note.signatures[0]
    forged = Note(note.text, (type(other)("somebody.example", other.key_id, other.signature),))
    signed_log.file.path.write_bytes(forged.to_bytes())
    with pytest.raises(NotReadyError, match="no checkpoint that this log's key has signed"):
        signed_log.signer.sign()


def test_a_file_that_cannot_be_written_stops_publication(signed_log: SignedLog) -> None:
    signed_log.signer.sign()
    shown = signed_log.published()
    signed_log.grow(9)
    signed_log.file.path.with_name("signed.new").mkdir()
    with pytest.raises(NotReadyError, match="cannot be kept"):
        signed_log.signer.sign()
    assert signed_log.published() == shown


def test_the_thread_signs_as_the_log_grows_and_once_more_at_the_end(
    signed_log: SignedLog,
) -> None:
    signer = Signer(signed_log.coalition.ledger, signed_log.file, every_s=0.02)
    signer.start()
    size = signed_log.grow(9)
    deadline = time.monotonic() + 20
    while signed_log.published() is None or signed_log.verified(signed_log.published()).size < size:
        assert time.monotonic() < deadline
        time.sleep(0.02)
    signer.close()
    slow = Signer(signed_log.coalition.ledger, signed_log.file, every_s=300)
    slow.start()
    size = signed_log.grow(10)
    slow.close()
    assert signed_log.verified(signed_log.published()).size == size


def test_the_thread_outlives_whatever_goes_wrong(signed_log: SignedLog) -> None:
    asked: list[Note] = []

    def fail(note: Note) -> None:
        asked.append(note)
        raise ValueError("a port out of range")

    signer = Signer(signed_log.coalition.ledger, signed_log.file, every_s=0.02, after=fail)
    signed_log.file.path.write_bytes(b"nonsense")
    signer.start()
    deadline = time.monotonic() + 20
    while signer.refused is None:
        assert time.monotonic() < deadline
        time.sleep(0.02)
    signed_log.file.path.unlink()
    for seats in range(9, 2_000):
        signed_log.grow(seats)
        if len(asked) > 1:
            break
        time.sleep(0.02)
    signer.close()
    assert len(asked) > 1
    assert not getattr(signer, "refused")  # noqa: B009 - mypy remembers what it was


def test_two_signers_at_once_sign_one_history(signed_log: SignedLog) -> None:
    signers = [
        Signer(signed_log.coalition.ledger, SignedFile(signed_log.file.path), every_s=0.005)
        for _ in range(3)
    ]
    for signer in signers:
        signer.start()
    size = [signed_log.grow(seats) for seats in range(9, 30)][-1]
    for signer in signers:
        signer.close()
        assert signer.refused is None
    assert signed_log.published() == signed_log.file.read()
    assert signed_log.verified(signed_log.published()).size == size
