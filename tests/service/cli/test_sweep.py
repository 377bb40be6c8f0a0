"""`coalition sweep`."""

from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from domain.membership.membership import SendAgreement
from domain.membership.waiting import WithdrawApplication
from service.evidence.aging import kept_in
from service.evidence.folder import Folder
from service.ledger.engine import begin_writing
from service.security import issuing
from service.security.principal import Role
from tests.service.assembly import Assembly
from tests.service.cli.conftest import Installation, assert_fault
from tests.service.coalition import POLICY, Coalition, organisation
from tests.service.post_office import post_office


@pytest.fixture
def overdue(database_url: str, tmp_path: Path) -> Installation:
    """A vote that was to be closed long ago."""
    assembly = Assembly(database_url, tmp_path, partners=3)
    assembly.open(assembly.apply())
    assembly.coalition.close()
    place = Installation(tmp_path, database_url)
    place.kek.write_bytes(bytes(range(32)))
    place.kek.chmod(0o600)
    return place


def test_a_dry_run_tells_and_a_sweep_does_and_the_next_one_finds_nothing(
    overdue: Installation,
) -> None:
    told = json.loads(overdue.must("sweep", "--dry-run", "--json").stdout)
    assert (told[0]["kind"], told[0]["command"]) == ("vote-closes", "CloseVote")
    assert [each["command"] for each in told[1:-1]] == ["OpenRenewal"] * 3
    # With its vote closed, which takes nobody to decide, the application is overdue too.
    expires = told.pop()
    assert (expires["kind"], expires["command"], expires["unless"]) == (
        "application-decision",
        "ExpireApplication",
        "enough have voted on it",
    )
    assert "CloseVote" in overdue.must("sweep", "--dry-run").stdout
    done = json.loads(overdue.must("sweep", "--json").stdout)
    assert done == [*told, expires | {"unless": ""}]
    again = overdue.must("sweep")
    assert (again.stdout, again.stderr) == ("", "0 done.\n")


def test_a_day_is_for_looking_ahead_only(overdue: Installation) -> None:
    earlier = overdue.must("sweep", "--dry-run", "--today", "2023-03-02", "--json")
    assert json.loads(earlier.stdout) == []
    assert_fault(overdue.run("sweep", "--today", "2023-03-02"), 2, "--today goes with --dry-run")


def test_reminders_are_shown_and_sent_by_the_mail_server_of_the_settings(
    database_url: str, tmp_path: Path
) -> None:
    coalition = Coalition(database_url, tmp_path)
    coalition.clock.now = datetime.now(UTC)
    coalition.publish("network-member-agreement", "We agree.")
    admitted = coalition.admit("community-network", organisation(ein=None))
    coalition.must(SendAgreement(membership=admitted.membership), Role.DIRECTOR)
    speaker = coalition.representative(admitted.party)
    with begin_writing(coalition.ledger.engine) as connection:
        made = issuing.create(connection, speaker, "a test's", now=coalition.clock.now)
    coalition.close()
    place = Installation(tmp_path, database_url)
    place.kek.write_bytes(bytes(range(32)))
    place.kek.chmod(0o600)
    ahead = coalition.clock.now + timedelta(days=POLICY.deadlines.agreement_signing_days - 1)
    look = ("sweep", "--dry-run", "--json", "--today", ahead.strftime("%Y-%m-%d"))
    place.must("keys", "address", made.key.prefix, "kim@example.org")
    with post_office() as (server, url):
        assert "a mail" not in place.must(*look).stdout
        place.environment |= {
            "COALITION_SMTP_URL": url,
            "COALITION_MAILBOX": "office@coalition.example",
            "COALITION_PUBLIC_URL": "https://ledger.example.org",
        }
        found = json.loads(place.must(*look).stdout)
        (told,) = (each for each in found if each["command"] == "a mail")
        assert told["kind"] == "agreement"
        assert place.must("sweep").stderr.endswith("0 reminded by mail, 0 to be tried again.\n")
        assert server.mails == []


def test_a_sweep_deletes_files_of_what_came_to_nothing(database_url: str, tmp_path: Path) -> None:
    coalition = Coalition(database_url, tmp_path)
    application = coalition.submit("coalition-member", organisation(ein=coalition.ein()))
    ledger, folder = coalition.ledger, tmp_path / "evidence"
    files = kept_in(ledger, Folder(folder))
    files.put(application.application, "text/plain", [b"a letter"])
    withdraw = WithdrawApplication(application=application.application)
    coalition.must(withdraw, Role.APPLICANT)
    coalition.close()
    place = Installation(tmp_path, database_url)
    place.environment["COALITION_EVIDENCE_FOLDER"] = str(folder)
    place.kek.write_bytes(bytes(range(32)))
    place.kek.chmod(0o600)
    told = "1 files of applications that came to nothing"
    assert f"{told} would be deleted." in place.must("sweep", "--dry-run").stderr
    assert len(list(folder.iterdir())) == 1
    assert f"{told} deleted." in place.must("sweep").stderr
    assert list(folder.iterdir()) == []
    assert "files of applications" not in place.must("sweep").stderr
