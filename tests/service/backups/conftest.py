"""A coalition with something of everything that a backup has to keep."""

from __future__ import annotations

import dataclasses
import shutil
from collections.abc import Callable, Iterator
from contextlib import closing
from pathlib import Path

import pytest
import sqlalchemy as sa

from domain.membership.draft import Draft
from domain.terms import PartyId, PersonId
from service.drafts.store import DraftStore, Kept
from service.evidence.folder import Folder
from service.evidence.store import EvidenceFile, EvidenceStore
from service.ledger.engine import create_engine
from service.ledger.ledger import Ledger
from service.security.principal import Role
from service.transparency.signed_file import SignedFile
from service.transparency.signer import Signer
from tests.databases import create_database, drop_database
from tests.service.cli.conftest import Installation
from tests.service.coalition import Coalition
from tests.service.ledger.erasures import entry_of, represented

CONTENT = b"Minutes of a meeting that nobody else may read. " * 4_000


@dataclasses.dataclass
class Remembered:
    """What is looked for after a restore."""

    party: PartyId
    person: PersonId
    application: str
    file: EvidenceFile
    draft: Kept


class Custody:
    """An installation whose operator makes backups of it, and then loses it."""

    def __init__(self, place: Installation, fresh: Callable[[], str]) -> None:
        self.place = place
        self._fresh = fresh
        place.kek.write_bytes(bytes(range(32)))
        place.kek.chmod(0o600)
        place.environment["COALITION_EVIDENCE_FOLDER"] = str(self.evidence_path)
        self.coalition = Coalition(place.database_url, place.folder)
        self.signed = SignedFile(Path(f"{place.keys}.signed"))
        self.kept = self._fill()
        self.sign()

    def _fill(self) -> Remembered:
        party, person = represented(self.coalition)
        ledger = self.coalition.ledger
        applicant = self.coalition.principals[Role.APPLICANT].id
        files = EvidenceStore(ledger.engine, ledger.keys, Folder(self.evidence_path))
        application = "ab" * 16
        return Remembered(
            party,
            person,
            application,
            files.put(application, "text/plain", [CONTENT]),
            DraftStore(ledger.engine, ledger.keys).create(
                applicant, Draft(tier="community-network"), ledger.clock()
            ),
        )

    @property
    def evidence_path(self) -> Path:
        """Where files of evidence are."""
        return self.place.folder / "evidence"

    @property
    def ledger_backup(self) -> Path:
        return self.place.folder / "ledger.backup"

    @property
    def keys_backup(self) -> Path:
        return self.place.folder / "keys.backup"

    def sign(self) -> None:
        """Sign the log's end."""
        Signer(self.coalition.ledger, self.signed).sign()

    def appointed(self) -> int:
        """Return the position of the entry that has the person's name."""
        return entry_of(self.coalition.ledger, self.kept.party, 2)[1]

    def back_up(self) -> None:
        """Make both backups."""
        self.place.must("backup", "ledger", str(self.ledger_backup))
        self.place.must("backup", "keys", str(self.keys_backup))

    def lose_ledger(self) -> None:
        """Lose the ledger's database and the files of evidence."""
        self.coalition.close()
        self.place.database_url = self._fresh()
        self.place.environment["COALITION_DATABASE_URL"] = self.place.database_url
        shutil.rmtree(self.evidence_path)

    def lose_keys(self) -> None:
        """Lose the key store, but not what was signed last."""
        for suffix in ("", "-wal", "-shm"):
            Path(f"{self.place.keys}{suffix}").unlink(missing_ok=True)

    def restore_all(self) -> None:
        """Restore both backups."""
        self.place.must("restore", "keys", str(self.keys_backup))
        self.place.must("restore", "ledger", str(self.ledger_backup))

    def reopen(self) -> Ledger:
        """Open what is there."""
        places = self.coalition.places
        self.coalition.places = type(places)(self.place.database_url, places.keys_url)
        return self.coalition.reopen()

    def is_empty(self) -> bool:
        """Whether nothing was restored."""
        engine = create_engine(self.place.database_url)
        try:
            with closing(engine.connect()) as connection:
                return not sa.inspect(connection).get_table_names()
        finally:
            engine.dispose()


@pytest.fixture
def custody(database_url: str, tmp_path: Path, request: pytest.FixtureRequest) -> Iterator[Custody]:
    """The installation, on either database."""
    made: list[str] = []

    def fresh() -> str:
        if database_url.startswith("sqlite"):
            return f"sqlite:///{tmp_path / 'restored.db'}"
        server = request.getfixturevalue("postgres_server_url")
        made.append(create_database(server))
        return made[-1]

    custody = Custody(Installation(tmp_path, database_url), fresh)
    yield custody
    custody.coalition.close()
    for url in made:
        drop_database(request.getfixturevalue("postgres_server_url"), url)
