"""Evidence files over HTTP: sent, committed to, read by whom they concern, deleted for good."""

from __future__ import annotations

import hashlib
import os
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa
from httpx2 import Response
from starlette.testclient import TestClient

from domain.membership.application import AttachEvidence
from domain.membership.review import AssignReviewer, RecuseReviewer
from domain.membership.waiting import WithdrawApplication
from domain.terms import PrincipalId
from service.evidence import store
from service.evidence.folder import Folder
from service.graphql.ids import NodeKind, global_id
from service.ledger import tables
from service.ledger.engine import begin_writing
from service.ledger.keys import Missing
from service.security import issuing
from service.security.principal import Principal, Role
from tests.service.coalition import Coalition, new_id, organisation
from tests.service.http.conftest import serving

TIER = "coalition-member"
PDF = b"%PDF-1.7 a made-up letter " * 10_000
SHA256 = hashlib.sha256(PDF).hexdigest()


class Files:
    """An application, and whoever asks for its files."""

    def __init__(self, coalition: Coalition, client: TestClient, folder: Path) -> None:
        self.coalition, self.client, self.folder = coalition, client, folder
        self.application = coalition.submit(TIER, organisation(ein=coalition.ein())).application
        self.path = f"/evidence/{global_id(NodeKind.APPLICATION, self.application)}"
        self._keys: dict[str, str] = {}

    def headers(self, who: Role | Principal) -> dict[str, str]:
        principal = self.coalition.principals[who] if isinstance(who, Role) else who
        if principal.role is Role.PUBLIC:
            return {}
        if principal.id not in self._keys:
            with begin_writing(self.coalition.ledger.engine) as connection:
                now = self.coalition.clock()
                made = issuing.create(connection, principal, "a test's", now=now)
            self._keys[principal.id] = made.text
        return {"Authorization": f"Bearer {self._keys[principal.id]}"}

    def send(
        self, who: Role | Principal, content: bytes = PDF, media_type: str = "application/pdf"
    ) -> Response:
        headers = self.headers(who) | {"Content-Type": media_type}
        return self.client.post(self.path, headers=headers, content=content)

    def read(self, who: Role | Principal, sha256: str = SHA256) -> Response:
        return self.client.get(f"{self.path}/{sha256}", headers=self.headers(who))

    def delete(self, who: Role | Principal, sha256: str = SHA256) -> Response:
        return self.client.delete(f"{self.path}/{sha256}", headers=self.headers(who))

    def rows(self) -> list[Any]:
        with self.coalition.ledger.engine.connect() as connection:
            return list(connection.execute(sa.select(tables.evidence_files)).all())

    def kept(self) -> list[Path]:
        return list(self.folder.iterdir()) if self.folder.exists() else []


@pytest.fixture
def files(database_url: str, tmp_path: Path) -> Iterator[Files]:
    coalition = Coalition(database_url, tmp_path)
    folder = tmp_path / "evidence"
    with serving(coalition, evidence_folder=str(folder)) as client:
        yield Files(coalition, client, folder)
    coalition.close()


def test_a_file_is_sent_committed_to_and_read(files: Files) -> None:
    sent = files.send(Role.APPLICANT)
    assert (sent.status_code, sent.json()) == (201, {"sha256": SHA256, "size": len(PDF)})
    command = AttachEvidence(
        application=files.application,
        requirement=f"{TIER}.population",
        description="A letter.",
        sha256=SHA256,
    )
    files.coalition.must(command, Role.APPLICANT)
    read = files.read(Role.APPLICANT)
    assert (read.status_code, read.content) == (200, PDF)
    assert read.headers["content-type"] == "application/pdf"
    assert read.headers["content-disposition"].startswith("attachment")
    assert read.headers["x-content-type-options"] == "nosniff"
    (file,) = files.kept()
    assert PDF[:64] not in file.read_bytes()


def test_the_same_file_twice_is_kept_once(files: Files) -> None:
    assert files.send(Role.APPLICANT).json() == files.send(Role.DIRECTOR).json()
    assert len(files.rows()) == len(files.kept()) == 1


def test_whom_it_does_not_concern_sees_no_file(files: Files) -> None:
    files.send(Role.APPLICANT)
    reviewer = files.coalition.principals[Role.REVIEWER]
    stranger = Principal(PrincipalId(new_id()), Role.APPLICANT)
    for who in (Role.PUBLIC, Role.PORTAL, Role.OPERATOR, reviewer, stranger):
        assert files.read(who).status_code == 404
        assert files.send(who).status_code == 404
        assert files.delete(who).status_code == 404
    for who in (Role.COMMITTEE, Role.AUDITOR):
        assert files.read(who).status_code == 200
        assert files.send(who).status_code == files.delete(who).status_code == 404


def test_an_assigned_reviewer_reads_it_until_they_are_recused(files: Files) -> None:
    files.send(Role.APPLICANT)
    for role in (Role.REVIEWER, Role.COMMITTEE):
        who = files.coalition.principals[role]
        if role is Role.REVIEWER:
            assign = AssignReviewer(application=files.application, reviewer=who.id)
            files.coalition.must(assign, Role.DIRECTOR)
        assert files.read(role).content == PDF
        recuse = RecuseReviewer(application=files.application, reviewer=who.id)
        files.coalition.must(recuse, Role.DIRECTOR)
        assert files.read(role).status_code == 404


def test_a_deleted_file_is_gone_for_good(files: Files) -> None:
    files.send(Role.APPLICANT)
    (row,) = files.rows()
    assert files.delete(Role.APPLICANT).status_code == 204
    assert (files.rows(), files.kept()) == ([], [])
    assert files.coalition.ledger.keys.get(row.key_id) is Missing.DESTROYED
    assert files.read(Role.APPLICANT).status_code == 404
    assert files.delete(Role.DIRECTOR).status_code == 404
    files.coalition.ledger.finish_erasures()


def test_what_a_recommendation_rests_on_is_deleted_by_the_director_alone(files: Files) -> None:
    other = b"%PDF-1.7 another letter"
    for content in (PDF, other):
        files.send(Role.APPLICANT, content)
    files.coalition.review(files.application, TIER, "nonprofit-501c3")
    refused = files.delete(Role.APPLICANT)
    assert (refused.status_code, refused.json()["error"]["code"]) == (409, "WRONG_PHASE")
    assert len(files.rows()) == len(files.kept()) == 2
    assert files.delete(Role.DIRECTOR).status_code == 204
    withdrawn = WithdrawApplication(application=files.application, reason="We wait a year.")
    files.coalition.must(withdrawn, Role.APPLICANT)
    assert files.delete(Role.APPLICANT, hashlib.sha256(other).hexdigest()).status_code == 204
    assert files.kept() == []


def test_a_deletion_that_broke_off_leaves_no_file_and_can_be_repeated(files: Files) -> None:
    files.send(Role.APPLICANT)
    (row,) = files.rows()
    files.coalition.ledger.keys.destroy(row.key_id)
    assert files.read(Role.APPLICANT).status_code == 404
    assert files.delete(Role.APPLICANT).status_code == 204
    assert (files.rows(), files.kept()) == ([], [])


def test_a_file_that_is_deleted_while_it_is_asked_for_is_not_there(files: Files) -> None:
    files.send(Role.APPLICANT)
    (file,) = files.kept()
    file.unlink()
    assert files.read(Role.APPLICANT).status_code == 404


def test_a_folder_that_takes_no_file_is_told_of(files: Files) -> None:
    files.folder.write_text("no folder")
    answer = files.send(Role.APPLICANT)
    assert (answer.status_code, answer.json()["error"]["code"]) == (503, "UNAVAILABLE")
    assert files.rows() == []


@pytest.mark.parametrize("media_type", ["text/html", "image/svg+xml", ""])
def test_a_file_of_another_kind_is_refused(files: Files, media_type: str) -> None:
    answer = files.send(Role.APPLICANT, media_type=media_type)
    assert (answer.status_code, answer.json()["error"]["code"]) == (415, "MEDIA_TYPE")
    assert files.kept() == []


def test_a_file_that_is_too_large_is_refused_and_leaves_nothing(files: Files) -> None:
    answer = files.send(Role.APPLICANT, b"x" * (store.LARGEST_BYTES + 1))
    assert (answer.status_code, answer.json()["error"]["code"]) == (413, "TOO_LARGE")
    assert (files.rows(), files.kept()) == ([], [])


def test_an_application_has_so_many_files(files: Files, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(store, "MOST_FILES", 2)
    assert [files.send(Role.APPLICANT, bytes([n])).status_code for n in range(3)] == [201, 201, 409]
    assert len(files.kept()) == 2


def test_what_is_over_takes_no_more_files_and_keeps_those_it_has(files: Files) -> None:
    files.send(Role.APPLICANT)
    files.coalition.must(WithdrawApplication(application=files.application), Role.APPLICANT)
    assert files.send(Role.APPLICANT, b"more", "text/plain").status_code == 409
    assert files.read(Role.DIRECTOR).status_code == 200


def test_what_is_not_there_and_a_key_that_is_none(files: Files) -> None:
    wrong = {"Authorization": "Bearer nonsense", "Content-Type": "text/plain"}
    assert files.client.post(files.path, headers=wrong, content=b"x").status_code == 401
    none = global_id(NodeKind.APPLICATION, new_id())
    headers = files.headers(Role.DIRECTOR)
    assert files.client.get(f"/evidence/{none}/{SHA256}", headers=headers).status_code == 404
    assert files.client.get(f"/evidence/nonsense/{SHA256}", headers=headers).status_code == 404


def test_what_a_crash_left_behind_is_deleted_a_day_later_and_nothing_else(files: Files) -> None:
    files.send(Role.APPLICANT)
    ledger = files.coalition.ledger
    folder = Folder(files.folder)
    kept = store.EvidenceStore(ledger.engine, ledger.keys, folder)
    # Killed after the file and before its row, and while a file was written.
    folder.put("e" * 32, ledger.keys.take(), [PDF])
    (files.folder / f"{'d' * 32}.part").write_bytes(b"half of it")
    assert kept.tidy() == 0
    for file in files.kept():
        os.utime(file, (0, 0))
    assert kept.tidy() == 2
    assert [file.name for file in files.kept()] == [row.id for row in files.rows()]
    assert files.read(Role.APPLICANT).content == PDF
