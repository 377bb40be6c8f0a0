"""A backup restores to what there was, or to nothing; and what was erased stays erased."""

from __future__ import annotations

import json
import os
import random
import tarfile
from contextlib import closing
from pathlib import Path

import pytest
import sqlalchemy as sa

from domain.coalition.erasure import ErasePerson, ExpungeValue
from domain.ledger.checkpoint import Checkpoint
from domain.terms import PrincipalId
from service.drafts.store import DraftStore
from service.evidence.folder import Folder
from service.evidence.store import EvidenceStore
from service.ledger import key_rows, tables
from service.ledger.engine import begin_writing, create_engine
from service.ledger.keys import KeyStore, Missing
from service.reminding import holders
from service.security import addresses, issuing
from service.security.principal import Principal, Role
from service.transparency.published import published
from service.transparency.signer import Signer
from tests.databases import create_database, drop_database
from tests.service.backups.conftest import CONTENT, Custody
from tests.service.cli.conftest import Installation, assert_fault
from tests.service.coalition import KEK, new_id, organisation
from tests.service.ledger.erasures import (
    QUILLONIA,
    assert_views_follow,
    entry_of,
    holding,
    key_of,
    opened,
    public,
)


def test_all_that_was_lost_is_there_again(custody: Custody) -> None:
    kept, ledger = custody.kept, custody.coalition.ledger
    position, before = custody.appointed(), public(ledger)
    with ledger.read() as snapshot:
        checkpoint = published(snapshot.connection)
    custody.back_up()
    custody.lose_ledger()
    custody.lose_keys()
    custody.restore_all()

    with closing(custody.reopen()) as restored:
        assert public(restored) == before
        assert opened(restored, position)["data.name"] == QUILLONIA
        assert_views_follow(restored)
        with restored.read() as snapshot:
            assert published(snapshot.connection) == checkpoint
        Signer(restored, custody.signed).check()
        files = EvidenceStore(restored.engine, restored.keys, Folder(custody.evidence_path))
        found = files.get(kept.application, kept.file.sha256)
        assert found is not None
        assert b"".join(found[1]) == CONTENT
        owner = custody.coalition.principals[Role.APPLICANT].id
        assert DraftStore(restored.engine, restored.keys).of(owner) == [kept.draft]
    # The ledger goes on where it was.
    custody.coalition.ledger = custody.reopen()
    custody.coalition.set_seats("collaborative-partner", 9)
    custody.sign()
    assert len(public(custody.coalition.ledger)) == len(before) + 1


def test_a_backup_moves_a_ledger_from_one_database_to_the_other(
    custody: Custody, postgres_server_url: str, tmp_path: Path
) -> None:
    before = public(custody.coalition.ledger)
    custody.back_up()
    custody.lose_ledger()
    moved = (
        create_database(postgres_server_url)
        if custody.place.database_url.startswith("sqlite")
        else f"sqlite:///{tmp_path / 'moved.db'}"
    )
    custody.place.environment["COALITION_DATABASE_URL"] = custody.place.database_url = moved
    custody.place.must("restore", "ledger", str(custody.ledger_backup))
    with closing(custody.reopen()) as restored:
        assert public(restored) == before
        assert_views_follow(restored)
    if moved.startswith("postgresql"):
        drop_database(postgres_server_url, moved)


def test_a_backup_holds_nothing_that_can_be_read(custody: Custody) -> None:
    custody.back_up()
    for file in (custody.ledger_backup, custody.keys_backup):
        content = file.read_bytes()
        for hidden in (QUILLONIA.encode(), b"Zanzaboom", CONTENT[:40], bytes(range(32))):
            assert hidden not in content
        assert file.stat().st_mode & 0o077 == 0
    assert json.loads(custody.place.must("backup", "keys", "x", "--json").stdout)["kind"] == "keys"
    Path("x").unlink()


def test_nothing_is_overwritten(custody: Custody) -> None:
    custody.back_up()
    place = custody.place
    assert_fault(place.run("backup", "ledger", str(custody.ledger_backup)), 3, "exists")
    assert_fault(place.run("restore", "keys", str(custody.keys_backup)), 3, "There is a key store")
    before = public(custody.coalition.ledger)
    assert_fault(place.run("restore", "ledger", str(custody.ledger_backup)), 3, "none is overwrit")
    assert public(custody.coalition.ledger) == before


def test_who_was_erased_since_stays_erased(custody: Custody) -> None:
    position, person = custody.appointed(), custody.kept.person
    subject = f"person:{person}"
    key = key_of(custody.coalition.ledger, subject)
    custody.back_up()
    custody.coalition.must(ErasePerson(person=person), Role.DIRECTOR)
    custody.lose_ledger()

    custody.place.must("restore", "ledger", str(custody.ledger_backup))

    with closing(custody.reopen()) as restored:
        assert "data.name" not in opened(restored, position)
        assert restored.keys.get(key) is Missing.DESTROYED
        with restored.read() as snapshot:
            types = snapshot.connection.execute(sa.select(tables.entries.c.type)).scalars().all()
        assert types[-1] == "coalition.person_erased.v1"
        assert_views_follow(restored)
    for needle in (QUILLONIA.encode(), b"quillonia@unrepeatable"):
        assert holding([custody.place.folder], needle) == []


def test_an_older_key_store_is_brought_up_to_the_erasures_of_the_ledger(custody: Custody) -> None:
    position, person = custody.appointed(), custody.kept.person
    key = key_of(custody.coalition.ledger, f"person:{person}")
    store = custody.coalition.ledger.keys
    with store._engine.begin() as connection:
        wrapped = key_rows.read(connection, [key])[0][key]
    custody.place.must("backup", "keys", str(custody.keys_backup))
    custody.coalition.must(ErasePerson(person=person), Role.DIRECTOR)
    custody.sign()
    custody.place.must("backup", "ledger", str(custody.ledger_backup))
    custody.lose_ledger()
    custody.lose_keys()

    custody.restore_all()

    with closing(custody.reopen()) as restored:
        assert "data.name" not in opened(restored, position)
        assert restored.keys.get(key) is Missing.DESTROYED
    # Of the key nothing is left but in its own backup, which is to be deleted.
    assert holding([custody.place.folder], wrapped) == [custody.keys_backup]


def test_drafts_and_files_that_were_deleted_since_stay_deleted(custody: Custody) -> None:
    kept, ledger = custody.kept, custody.coalition.ledger
    owner = custody.coalition.principals[Role.APPLICANT].id
    custody.back_up()
    files = EvidenceStore(ledger.engine, ledger.keys, Folder(custody.evidence_path))
    with ledger.engine.connect() as connection:
        file_id = connection.execute(sa.select(tables.evidence_files.c.id)).scalar_one()
    assert files.delete(file_id)
    assert DraftStore(ledger.engine, ledger.keys).delete(owner, kept.draft.id)
    custody.lose_ledger()
    custody.place.must("restore", "ledger", str(custody.ledger_backup))
    with closing(custody.reopen()) as restored:
        files = EvidenceStore(restored.engine, restored.keys, Folder(custody.evidence_path))
        assert files.get(kept.application, kept.file.sha256) is None
        assert not files.delete(file_id)
        assert not DraftStore(restored.engine, restored.keys).delete(owner, kept.draft.id)
    assert not custody.evidence_path.exists()


def test_an_address_for_reminders_is_restored_unless_it_was_forgotten_since(
    custody: Custody,
) -> None:
    ledger = custody.coalition.ledger
    now = ledger.clock()
    prefix = ""
    for address in ("kim@example.org", "robin@example.org"):
        index = addresses.index_of(ledger.blind, address)
        who = Principal(PrincipalId(new_id()), Role.APPLICANT)
        with begin_writing(ledger.engine) as connection:
            prefix = issuing.create(connection, who, "a test's", now=now).key.prefix
            addresses.put(connection, prefix, index, now=now)
            holders.keep(connection, ledger.keys, index, address)
    custody.back_up()
    with begin_writing(ledger.engine) as connection:
        addresses.drop(connection, prefix)
    assert holders.purge(ledger) == 1
    custody.lose_ledger()
    custody.place.must("restore", "ledger", str(custody.ledger_backup))
    with closing(custody.reopen()) as restored, restored.engine.connect() as connection:
        (found,) = holders.holders(connection, now.timestamp())
        assert holders.address_of(restored.keys, found) == "kim@example.org"


def test_a_ledger_older_than_an_expunged_value_is_refused(custody: Custody) -> None:
    custody.back_up()
    entry, _ = entry_of(custody.coalition.ledger, custody.kept.party)
    custody.coalition.must(ExpungeValue(entry=entry, field="name"), Role.DIRECTOR)
    custody.lose_ledger()
    refused = custody.place.run("restore", "ledger", str(custody.ledger_backup))
    assert_fault(refused, 3, "older than its key store")
    assert custody.is_empty()


def test_a_ledger_older_than_what_was_signed_waits_for_a_choice(custody: Custody) -> None:
    before = public(custody.coalition.ledger)
    custody.back_up()
    custody.coalition.set_seats("collaborative-partner", 9)
    custody.sign()
    custody.lose_ledger()
    command = ("restore", "ledger", str(custody.ledger_backup))
    assert_fault(custody.place.run(*command), 3, "would fork the log", "(1)", "(2)")
    assert custody.is_empty()

    custody.place.must(*command, "--older")
    with closing(custody.reopen()) as restored:
        assert public(restored) == before
    assert_fault(custody.place.run("serve"), 3, "would fork the log")


def test_what_was_signed_last_is_asked_for_where_it_is_gone(custody: Custody) -> None:
    custody.back_up()
    custody.lose_ledger()
    custody.signed.path.unlink()
    done = custody.place.must("restore", "ledger", str(custody.ledger_backup))
    assert str(custody.signed.path) in done.stderr
    assert_fault(custody.place.run("serve"), 3, "is gone")
    # The backup has the checkpoint that was published, for whoever knows no newer one.
    os.system(f"tar -xOf {custody.ledger_backup} checkpoint > {custody.signed.path}")  # noqa: S605
    note = custody.signed.read()
    assert note is not None
    assert Checkpoint.parse(note.text).size
    with closing(custody.reopen()) as restored:
        Signer(restored, custody.signed).check()


def test_a_key_store_that_lacks_keys_is_refused(custody: Custody) -> None:
    custody.place.must("backup", "keys", str(custody.keys_backup))
    # As many as the pool has, so that some are of a later batch.
    for _ in range(300):
        custody.coalition.ledger.keys.take()
    custody.coalition.submit("community-network", organisation())
    custody.place.must("backup", "ledger", str(custody.ledger_backup))
    custody.lose_ledger()
    custody.lose_keys()
    custody.place.must("restore", "keys", str(custody.keys_backup))
    assert_fault(
        custody.place.run("restore", "ledger", str(custody.ledger_backup)), 3, "nobody destroyed"
    )
    assert custody.is_empty()


@pytest.mark.parametrize("kind", ["ledger", "keys"])
def test_a_backup_that_was_changed_anywhere_restores_nothing(custody: Custody, kind: str) -> None:
    custody.back_up()
    custody.lose_ledger()
    if kind == "keys":
        custody.lose_keys()
    file = custody.ledger_backup if kind == "ledger" else custody.keys_backup
    whole = file.read_bytes()
    chance = random.Random(2026)  # noqa: S311 - where to change, not a secret
    end = len(whole) - 1024
    with tarfile.open(file) as archive:
        parts = [(each.offset, each.offset_data + each.size) for each in archive]
    for number in range(12):
        # Padding is not read: what differs there is no other backup.
        place = chance.randrange(*chance.choice(parts))
        changed = whole[:place] + bytes([whole[place] ^ 1 << number % 8]) + whole[place + 1 :]
        cut = whole[: chance.randrange(end)]
        for content in (changed, cut):
            file.write_bytes(content)
            result = custody.place.run("restore", kind, str(file))
            assert result.exit_code != 0, f"byte {place} was changed"
            assert_fault(result, 3)
            assert custody.is_empty()
            assert kind == "ledger" or not key_store_there(custody)


def key_store_there(custody: Custody) -> bool:
    engine = create_engine(f"sqlite:///{custody.place.keys}")
    try:
        with engine.connect() as connection:
            return bool(sa.inspect(connection).get_table_names())
    finally:
        engine.dispose()


def test_a_backup_of_another_key_store_is_refused(custody: Custody) -> None:
    custody.back_up()
    custody.lose_ledger()
    custody.lose_keys()
    KeyStore.create(f"sqlite:///{custody.place.keys}", KEK).close()
    assert_fault(
        custody.place.run("restore", "ledger", str(custody.ledger_backup)), 3, "belongs to the key"
    )
    assert_fault(custody.place.run("restore", "ledger", str(custody.keys_backup)), 3, "of kind")
    assert_fault(custody.place.run("restore", "ledger", "nowhere"), 3, "cannot be read")


def test_a_key_store_wrapped_by_another_key_is_refused(custody: Custody) -> None:
    custody.back_up()
    custody.lose_keys()
    custody.place.kek.write_bytes(bytes(32))
    assert_fault(
        custody.place.run("restore", "keys", str(custody.keys_backup)), 3, "key-encryption key"
    )


def test_entries_that_somebody_changed_in_the_database_do_not_restore(custody: Custody) -> None:
    with begin_writing(custody.coalition.ledger.engine) as connection:
        table = tables.entries
        if connection.dialect.name == "sqlite":
            connection.exec_driver_sql("DROP TRIGGER entries_refuses_update")
        else:
            connection.exec_driver_sql("ALTER TABLE entries DISABLE TRIGGER USER")
        data = connection.execute(sa.select(table.c.data).where(table.c.position == 3)).scalar_one()
        changed = bytes(data).replace(b'"version":', b'"versiom":')
        assert changed != bytes(data)
        connection.execute(sa.update(table).where(table.c.position == 3).values(data=changed))
    custody.place.must("backup", "ledger", str(custody.ledger_backup))
    custody.lose_ledger()
    refused = custody.place.run("restore", "ledger", str(custody.ledger_backup))
    assert_fault(refused, 3, "does not hold at position 3")
    assert custody.is_empty()


def test_a_file_of_evidence_that_is_not_there_is_told_of(custody: Custody) -> None:
    for file in custody.evidence_path.iterdir():
        file.unlink()
    result = custody.place.run("backup", "ledger", str(custody.ledger_backup))
    assert result.exit_code == 1
    assert "1 files of evidence were not there" in result.stderr
    assert custody.ledger_backup.exists()


def test_no_session_is_restored(custody: Custody) -> None:
    with begin_writing(custody.coalition.ledger.engine) as connection:
        connection.execute(
            sa.insert(tables.sessions).values(digest=b"d" * 32, prefix="p", expires_at=2**40)
        )
    custody.back_up()
    custody.lose_ledger()
    custody.place.must("restore", "ledger", str(custody.ledger_backup))
    with closing(custody.reopen()) as restored, restored.read() as snapshot:
        sessions = snapshot.connection.execute(sa.select(tables.sessions)).all()
    assert sessions == []


def test_files_of_evidence_need_a_place(custody: Custody, postgres_server_url: str) -> None:
    custody.back_up()
    custody.lose_ledger()
    url = create_database(postgres_server_url)
    place = Installation(custody.place.folder, url)
    place.environment["COALITION_SIGNED_FILE"] = str(custody.signed.path)
    assert_fault(
        place.run("restore", "ledger", str(custody.ledger_backup)), 3, "COALITION_EVIDENCE_FOLDER"
    )
    drop_database(postgres_server_url, url)
