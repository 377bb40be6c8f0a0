"""Wherever a deletion of a file was killed: it is there and no entry denies it, or it is gone."""

from __future__ import annotations

import itertools
import signal
from contextlib import closing
from pathlib import Path

import sqlalchemy as sa

from projections import deleted_files
from projections.tables import deleted_files as gone_files
from service.evidence.aging import kept_in
from service.evidence.folder import Folder
from service.ledger import tables
from tests.faults.forking import Parent
from tests.faults.writing import open_ledger
from tests.service.coalition import Coalition, organisation

STEPS = 4
"""At least so many there are to be killed before: the entry, the key, the file, its row."""


def test_a_deletion_is_whole_or_has_not_begun_wherever_it_was_killed(
    database_url: str, tmp_path: Path
) -> None:
    coalition = Coalition(database_url, tmp_path)
    places, folder = coalition.places, tmp_path / "evidence"
    seen = set()
    with Parent("tests.faults.deleting", tmp_path) as parent:
        for steps in itertools.count():
            application = coalition.submit("community-network", organisation()).application
            store = kept_in(coalition.ledger, Folder(folder))
            file = store.put(application, "text/plain", [b"a letter"])
            where = (places.database_url, places.keys_url, str(folder))
            code, said = parent.run(*where, application, file.sha256, str(steps))
            if code == 0:
                assert said == "finished\n"
                break
            assert code == -signal.SIGKILL, said
            with closing(open_ledger(places.database_url, places.keys_url)) as ledger:
                files = tables.evidence_files.c.application == application
                with ledger.read() as snapshot:
                    of_it = gone_files.c.application == application
                    told = bool(deleted_files.rows(snapshot.connection, of_it))
                # Before anything is finished, nobody reads what an entry says is gone.
                found = store.get(application, file.sha256)
                assert (found is None) is told
                store = kept_in(ledger, Folder(folder))
                with ledger.engine.connect() as connection:
                    rows = connection.execute(
                        sa.select(tables.evidence_files.c.id).where(files)
                    ).all()
                assert len(rows) == len(list(folder.iterdir())) == (0 if told else 1)
                if found is not None:
                    assert b"".join(found[1]) == b"a letter"
                    store.delete(rows[0].id)
            seen.add(told)
    coalition.close()
    assert seen == {False, True}
    assert steps > STEPS
