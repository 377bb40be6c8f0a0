"""A coalition whose log is signed."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from domain.ledger.checkpoint import Checkpoint, verify
from domain.ledger.note import Note
from service.transparency.published import published
from service.transparency.signed_file import SignedFile
from service.transparency.signer import Signer
from tests.service.coalition import Coalition


class SignedLog:
    """A coalition, its signer, and what a reader sees of it."""

    def __init__(self, coalition: Coalition, folder: Path) -> None:
        self.coalition = coalition
        self.file = SignedFile(folder / "signed")
        self.signer = Signer(coalition.ledger, self.file)

    def grow(self, seats: int) -> int:
        """Append an entry, and return how many there are."""
        return self.coalition.set_seats("collaborative-partner", seats).entries[-1].position

    def published(self) -> Note | None:
        """Return the checkpoint that readers see."""
        with self.coalition.ledger.read() as snapshot:
            return published(snapshot.connection)

    def verified(self, note: Note | None) -> Checkpoint:
        """Return what a note signs, having checked that the log has signed it."""
        assert note is not None
        return verify(note, [key.verifier for key in self.signer.keys]).checkpoint


@pytest.fixture
def signed_log(database_url: str, tmp_path: Path) -> Iterator[SignedLog]:
    """A log on either database; nothing is signed yet."""
    coalition = Coalition(database_url, tmp_path)
    yield SignedLog(coalition, tmp_path)
    coalition.close()
