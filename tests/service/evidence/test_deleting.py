"""Files of evidence that are deleted: who did it is on record, and no crash makes that untrue."""

from __future__ import annotations

import functools
import hashlib
from collections.abc import Callable, Iterator
from contextlib import closing
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa

from domain.membership.application import AttachEvidence
from domain.membership.evidence_files import DeleteEvidenceFiles
from domain.membership.waiting import WithdrawApplication
from service import sweep
from service.evidence.aging import kept_in
from service.evidence.folder import Folder
from service.graphql.ids import NodeKind, global_id
from service.ledger import tables
from service.ledger.engine import begin_writing
from service.ledger.key_faults import KeyStoreUnavailable
from service.ledger.keys import KeyStore
from service.ledger.request import NotAllowed
from service.security.principal import Role
from tests.service.coalition import POLICY, Coalition
from tests.service.evidence.test_evidence import PDF, SHA256, TIER, Files
from tests.service.graphql.api import Api
from tests.service.graphql.steps import accepted
from tests.service.http.conftest import serving

DAYS = POLICY.deadlines.appeal_window_days
EVIDENCE = """
query ($id: ID!) { application(id: $id) { evidence { kept deletion {
  position type actor recordedOn disclosures { path value }
} } } }
"""


class Given(Files):
    """A file that is attached to a requirement, and what everybody sees of that."""

    finish: Callable[[], None]

    def attach(self) -> None:
        self.send(Role.APPLICANT)
        self.coalition.must(
            AttachEvidence(
                application=self.application,
                requirement=f"{TIER}.population",
                description="A letter.",
                sha256=SHA256,
            ),
            Role.APPLICANT,
        )

    @functools.cached_property
    def api(self) -> Api:
        return Api(self.coalition)

    @property
    def global_id(self) -> str:
        return global_id(NodeKind.APPLICATION, self.application)

    def seen(self, who: Role = Role.DIRECTOR) -> dict[str, Any]:
        answer = self.api.send(EVIDENCE, who, id=self.global_id)
        assert answer.data is not None, answer.errors
        evidence, *_ = answer.data["application"]["evidence"]
        return dict(evidence)

    def kept_after(self, days: int) -> int:
        """Return how many files are kept after so many days and a sweep, which foretells it."""
        self.coalition.clock.advance(days=days)
        ledger, before = self.coalition.ledger, len(self.rows())
        foretold = sweep.foretell(ledger)
        swept = sweep.sweep(ledger)
        left = len(self.rows())
        assert foretold.files == swept.files == before - left
        assert sweep.foretell(ledger).files == sweep.sweep(ledger).files == 0
        return left


@pytest.fixture
def given(database_url: str, tmp_path: Path) -> Iterator[Given]:
    coalition = Coalition(database_url, tmp_path)
    folder = tmp_path / "evidence"
    with serving(coalition, evidence_folder=str(folder)) as client:
        files = Given(coalition, client, folder)
        files.attach()
        yield files
    coalition.close()


@pytest.fixture
def broken(given: Given) -> Given:
    """A file whose deletion is an entry, and nothing more has happened."""
    ledger = given.coalition.ledger
    given.finish, ledger.finish_deletions = ledger.finish_deletions, lambda: None
    assert given.delete(Role.APPLICANT).status_code == 204
    assert len(given.rows()) == len(given.kept()) == 1
    return given


def test_evidence_says_that_its_file_is_kept_and_then_who_deleted_it(given: Given) -> None:
    assert given.seen() == {"kept": True, "deletion": None}
    assert given.delete(Role.APPLICANT).status_code == 204
    seen = given.seen()
    assert (seen["kept"], seen["deletion"]["actor"]) == (False, "APPLICANT")
    assert seen["deletion"]["type"] == "review.evidence_file_deleted.v1"
    said = {each["path"]: each["value"] for each in seen["deletion"]["disclosures"]}
    assert said["actorId"] == given.coalition.principals[Role.APPLICANT].id
    assert said["data.sha256"] == SHA256


def test_others_see_no_more_than_that_something_happened(given: Given) -> None:
    given.delete(Role.APPLICANT)
    seen = given.seen(Role.APPLICANT)
    assert seen["kept"] is False
    assert (seen["deletion"]["type"], seen["deletion"]["actor"]) == (None, None)
    for who in (Role.PUBLIC, Role.REVIEWER):
        answer = given.api.send(EVIDENCE, who, id=given.global_id)
        assert answer.data is not None
        assert not (answer.data["application"] or {}).get("evidence")


def test_evidence_without_a_file_has_none_to_keep(given: Given) -> None:
    more = AttachEvidence(
        application=given.application, requirement=f"{TIER}.population", description="A map."
    )
    given.coalition.must(more, Role.APPLICANT)
    answer = given.api.send(EVIDENCE, Role.DIRECTOR, id=given.global_id)
    assert answer.data is not None
    kept = [each["kept"] for each in answer.data["application"]["evidence"]]
    assert kept == [True, None]


def test_a_file_is_deleted_by_a_mutation_that_says_why(given: Given) -> None:
    given.coalition.review(given.application, TIER, "nonprofit-501c3")
    asked = {"application": given.global_id, "sha256": SHA256}
    refused = given.api.do("deleteEvidenceFile", asked, Role.APPLICANT)
    assert (refused["code"], refused["rule"]) == ("WRONG_PHASE", "evidence.relied-on")
    why = {"reason": "Its second page names somebody."}
    accepted(given.api.do("deleteEvidenceFile", asked | why, Role.DIRECTOR))
    assert (given.rows(), given.kept()) == ([], [])
    said = {each["path"]: each["value"] for each in given.seen()["deletion"]["disclosures"]}
    assert said["data.reason"] == why["reason"]
    refused = given.api.do("deleteEvidenceFile", asked, Role.DIRECTOR)
    assert (refused["rule"], refused["field"]) == ("evidence.file", "sha256")


def test_what_was_deleted_may_be_sent_again(given: Given) -> None:
    given.delete(Role.APPLICANT)
    assert given.send(Role.APPLICANT).status_code == 201
    assert given.read(Role.APPLICANT).content == PDF
    assert given.seen()["kept"] is True
    assert given.delete(Role.APPLICANT).status_code == 204
    assert given.seen()["kept"] is False


def key_destroyed(given: Given) -> None:
    (row,) = given.rows()
    given.coalition.ledger.keys.destroy(row.key_id)


def file_deleted(given: Given) -> None:
    key_destroyed(given)
    (file,) = given.kept()
    file.unlink()


def row_deleted(given: Given) -> None:
    file_deleted(given)
    with begin_writing(given.coalition.ledger.engine) as connection:
        connection.execute(sa.delete(tables.evidence_files))


STEPS: tuple[Callable[[Given], None], ...] = (
    lambda _: None,
    key_destroyed,
    file_deleted,
    row_deleted,
)


@pytest.mark.parametrize("step", STEPS)
def test_wherever_a_deletion_broke_off_nobody_reads_the_file(
    broken: Given, step: Callable[[Given], None]
) -> None:
    step(broken)
    assert broken.read(Role.DIRECTOR).status_code == 404
    assert broken.seen()["kept"] is False


@pytest.mark.parametrize("step", STEPS)
def test_a_deletion_that_broke_off_is_finished_by_the_next_start(
    broken: Given, step: Callable[[Given], None]
) -> None:
    step(broken)
    with closing(broken.coalition.reopen()) as ledger:
        kept_in(ledger, Folder(broken.folder))
    assert (broken.rows(), broken.kept()) == ([], [])


@pytest.mark.parametrize("step", STEPS)
def test_a_file_that_is_sent_again_after_a_deletion_that_broke_off_is_kept(
    broken: Given, step: Callable[[Given], None]
) -> None:
    step(broken)
    assert broken.send(Role.APPLICANT).status_code == 201
    kept_in(broken.coalition.ledger, Folder(broken.folder))
    sweep.sweep(broken.coalition.ledger)
    assert broken.read(Role.APPLICANT).content == PDF
    assert broken.seen()["kept"] is True


def test_a_deletion_that_broke_off_is_finished_by_asking_again_and_recorded_once(
    broken: Given,
) -> None:
    position = broken.seen()["deletion"]["position"]
    broken.coalition.ledger.finish_deletions = broken.finish
    assert broken.delete(Role.DIRECTOR).status_code == 204
    assert (broken.rows(), broken.kept()) == ([], [])
    assert broken.delete(Role.DIRECTOR).status_code == 404
    assert broken.seen()["deletion"]["position"] == position


def test_a_file_whose_key_cannot_be_destroyed_keeps_no_other_from_being_deleted(
    broken: Given, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    """It kept the service from starting before, and answered each deletion with a fault."""
    ledger = broken.coalition.ledger
    ledger.finish_deletions = broken.finish
    (held,) = broken.rows()
    destroy = KeyStore.destroy

    def refuse_one(keys: KeyStore, *key_ids: str) -> None:
        if held.key_id in key_ids:
            raise KeyStoreUnavailable("This key is held.")
        destroy(keys, *key_ids)

    monkeypatch.setattr(KeyStore, "destroy", refuse_one)
    other = b"%PDF-1.7 another letter"
    assert broken.send(Role.APPLICANT, other).status_code == 201
    assert broken.delete(Role.APPLICANT, hashlib.sha256(other).hexdigest()).status_code == 204
    assert broken.rows() == [held]
    # Nobody reads what is left, nor is the same kept again before it is gone.
    assert broken.read(Role.DIRECTOR).status_code == 404
    assert broken.send(Role.APPLICANT).status_code == 503
    with closing(broken.coalition.reopen()) as reopened:
        kept_in(reopened, Folder(broken.folder))
    sweep.sweep(ledger)
    assert (broken.rows(), len(broken.kept())) == ([held], 1)
    told = [str(each.msg) for each in caplog.records if each.name == "service.evidence.store"]
    assert told
    for secret in (held.id, held.key_id, SHA256, broken.application):
        assert all(secret not in each for each in told)
    # The next time it goes, too.
    monkeypatch.undo()
    with closing(broken.coalition.reopen()) as reopened:
        kept_in(reopened, Folder(broken.folder))
    assert (broken.rows(), broken.kept()) == ([], [])
    assert broken.send(Role.APPLICANT).status_code == 201


def test_files_of_what_came_to_nothing_are_deleted_once_no_appeal_is_to_come(given: Given) -> None:
    given.coalition.must(WithdrawApplication(application=given.application), Role.APPLICANT)
    assert given.kept_after(DAYS) == 1
    assert given.kept_after(1) == 0
    assert given.kept() == []
    seen = given.seen()
    assert (seen["kept"], seen["deletion"]["actor"]) == (False, "SYSTEM")


def test_files_of_what_goes_on_are_kept(given: Given) -> None:
    given.coalition.review(given.application, TIER, "nonprofit-501c3")
    assert given.kept_after(DAYS + 1) == 1
    # It expires in the sweep, and its files have all of their days then.
    expiry = POLICY.deadlines.application_expiry_days
    assert given.kept_after(expiry) == 1
    assert given.kept_after(DAYS) == 1
    assert given.kept_after(1) == 0


def test_nobody_but_the_sweep_deletes_files_because_they_are_old(given: Given) -> None:
    given.coalition.must(WithdrawApplication(application=given.application), Role.APPLICANT)
    given.coalition.clock.advance(days=DAYS + 1)
    for who in (Role.APPLICANT, Role.DIRECTOR, Role.OPERATOR):
        outcome = given.coalition.run(DeleteEvidenceFiles(application=given.application), who)
        assert isinstance(outcome, NotAllowed)


def test_the_dry_run_counts_files_of_a_day_to_come(given: Given) -> None:
    given.coalition.must(WithdrawApplication(application=given.application), Role.APPLICANT)
    ledger = given.coalition.ledger
    over = ledger.clock().date() + timedelta(days=DAYS)
    assert sweep.foretell(ledger, over).files == 0
    assert sweep.foretell(ledger, over + timedelta(days=1)).files == 1
