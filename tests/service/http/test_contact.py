"""The contact form: what is taken, what is refused, and that nothing of it is kept."""

from __future__ import annotations

import re
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from email import message_from_bytes
from email.policy import default
from pathlib import Path

import pytest
from starlette.testclient import TestClient

from service.contact import mailbox
from service.contact.http import AN_HOUR
from service.contact.mailbox import MOST_FILES
from service.settings import Settings, SettingsError, load
from tests.service.coalition import Coalition
from tests.service.http.conftest import serving
from tests.service.ledger.rows import everything
from tests.service.post_office import post_office

MAILBOX = "office@coalition.example"
TEXT = "Quince jars of something that nobody else would ever say.\nSecond line, ñandú."
GIVEN = {"text": TEXT, "name": "Quill Invented", "reply": "quill@example.org"}


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return tmp_path / "mail"


@contextmanager
def form(coalition: Coalition, **settings: object) -> Iterator[TestClient]:
    with serving(coalition, mailbox=MAILBOX, **settings) as client:
        yield client


def mails(folder: Path) -> list[str]:
    """Return the texts of the mails in a folder."""
    found = []
    for path in sorted(folder.glob("*.eml")):
        mail = message_from_bytes(path.read_bytes(), policy=default)
        assert (mail["To"], mail["From"]) == (MAILBOX, MAILBOX)
        found.append(f"{mail['Reply-To']}\n{mail.get_content()}")
    return found


def test_a_message_goes_to_the_folder_and_nowhere_else(
    coalition: Coalition,
    folder: Path,
    capsys: pytest.CaptureFixture[str],
    caplog: pytest.LogCaptureFixture,
) -> None:
    before = everything(coalition)
    with form(coalition, mail_folder=folder) as client:
        answer = client.post("/contact", data=GIVEN)
    assert answer.status_code == 202
    assert answer.headers["cache-control"] == "no-store"
    (mail,) = mails(folder)
    for part in (TEXT.split("\n", maxsplit=1)[0], "ñandú", "Quill Invented", "quill@example.org\n"):
        assert part in mail
    assert {path.stat().st_mode & 0o777 for path in folder.iterdir()} == {0o600}
    assert everything(coalition) == before
    said = capsys.readouterr()
    for each in ("Quince", "Quill", "quill@"):
        assert each not in answer.text + said.out + said.err + caplog.text


def test_name_and_answer_are_nobody_s_duty(shared_coalition: Coalition, folder: Path) -> None:
    with form(shared_coalition, mail_folder=folder) as client:
        assert client.post("/contact", data={"text": TEXT, "reply": ""}).status_code == 202
    (mail,) = mails(folder)
    assert "Name: not said" in mail


def test_a_program_that_fills_in_the_trap_is_told_the_same_and_nothing_is_sent(
    shared_coalition: Coalition, folder: Path
) -> None:
    with form(shared_coalition, mail_folder=folder) as client:
        trapped = client.post("/contact", data=GIVEN | {"website": "https://spam.example"})
        honest = client.post("/contact", data=GIVEN)
    assert (trapped.status_code, trapped.text) == (honest.status_code, honest.text)
    assert len(mails(folder)) == 1


def test_one_address_sends_a_few_an_hour(shared_coalition: Coalition, folder: Path) -> None:
    with form(shared_coalition, mail_folder=folder) as client:
        answers = [client.post("/contact", data=GIVEN) for _ in range(AN_HOUR + 2)]
    assert [each.status_code for each in answers] == [202] * AN_HOUR + [429] * 2
    assert int(answers[-1].headers["retry-after"]) > 60
    assert len(mails(folder)) == AN_HOUR


@pytest.mark.parametrize(
    ("data", "status"),
    [
        ({"text": ""}, 422),
        ({"text": "   "}, 422),
        ({"name": "Quill"}, 422),
        ({"text": "x" * 4_001}, 422),
        ({"text": TEXT, "name": "x" * 201}, 422),
        ({"text": TEXT, "reply": "a@b.example\r\nBcc: all@example.org"}, 422),
        ({"text": "\x00"}, 422),
        ({str(number): "x" for number in range(20)}, 422),
        ({"text": "x" * 70_000}, 422),
    ],
)
def test_what_is_no_message_is_refused(
    shared_coalition: Coalition, folder: Path, data: dict[str, str], status: int
) -> None:
    with form(shared_coalition, mail_folder=folder) as client:
        answer = client.post("/contact", data=data)
    assert answer.status_code == status, answer.text
    assert re.search(r'role="alert">[A-Za-z][^<]*<span lang="es">[A-Z]', answer.text)
    assert not folder.exists()


def test_only_forms_are_taken(shared_coalition: Coalition, folder: Path) -> None:
    with form(shared_coalition, mail_folder=folder) as client:
        assert client.post("/contact", json=GIVEN).status_code == 415
        wrong = {"content-type": "application/x-www-form-urlencoded"}
        assert client.post("/contact", content=b"text=%ff%fe", headers=wrong).status_code == 422
        assert client.put("/contact", data=GIVEN).status_code == 405


def test_the_page_has_the_form_in_two_languages_and_hides_the_trap(
    shared_coalition: Coalition, folder: Path
) -> None:
    with form(shared_coalition, mail_folder=folder) as client:
        page = client.get("/contact")
    assert page.status_code == 200
    assert "form-action 'self'" in page.headers["content-security-policy"]
    assert '<span lang="es">Mensaje</span>' in page.text
    assert re.search(r"<p hidden>[^§]*name=\"website\"", page.text)


def test_whoever_is_watched_leaves_the_page_at_once(
    shared_coalition: Coalition, folder: Path
) -> None:
    with form(shared_coalition, mail_folder=folder) as client:
        pages = [client.get("/contact"), client.post("/contact", data=GIVEN)]
    for page in pages:
        # The other site is not told from where somebody comes, and no script is needed.
        assert re.search(r'<a href="https://[^"]*" rel="noreferrer">Leave this page', page.text)
        assert '<span lang="es">Salir de esta página ahora</span>' in page.text


def test_without_a_mailbox_there_is_no_form(shared_coalition: Coalition) -> None:
    with serving(shared_coalition) as client:
        assert client.get("/contact").status_code == 404


def test_a_full_folder_takes_no_more(shared_coalition: Coalition, folder: Path) -> None:
    folder.mkdir()
    for number in range(MOST_FILES):
        (folder / f"{number}.eml").touch()
    with form(shared_coalition, mail_folder=folder) as client:
        answer = client.post("/contact", data=GIVEN)
    assert (answer.status_code, answer.headers["retry-after"]) == (503, "600")
    assert len(list(folder.iterdir())) == MOST_FILES


def test_a_mailbox_needs_a_place(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("SMTP_URL", "MAIL_FOLDER"):
        monkeypatch.delenv(f"COALITION_{name}", raising=False)
    given = {"database_url": "sqlite:///x", "keys_url": "sqlite:///y", "kek": "k"}
    with pytest.raises(SettingsError, match="COALITION_SMTP_URL"):
        load(Settings, **given, mailbox=MAILBOX)


def test_a_server_takes_mails_where_there_is_one(shared_coalition: Coalition, folder: Path) -> None:
    with post_office() as (server, url):
        with form(shared_coalition, smtp_url=url, mail_folder=folder) as client:
            assert client.post("/contact", data=GIVEN).status_code == 202
        (mail,) = (message_from_bytes(each, policy=default) for each in server.mails)
    assert mail["To"] == MAILBOX
    assert "ñandú" in mail.get_content()
    assert not folder.exists()


def test_what_the_server_does_not_take_goes_to_the_folder(
    shared_coalition: Coalition, folder: Path
) -> None:
    with post_office(refuses=b"RCPT") as (server, url):
        with form(shared_coalition, smtp_url=url, mail_folder=folder) as client:
            assert client.post("/contact", data=GIVEN).status_code == 202
        assert server.mails == []
    assert len(mails(folder)) == 1


def test_a_password_goes_over_an_encrypted_connection_or_nowhere(
    shared_coalition: Coalition,
) -> None:
    with post_office() as (server, url):
        secret = url.replace("//", "//office:secret@")
        with form(shared_coalition, smtp_url=secret) as client:
            assert client.post("/contact", data=GIVEN).status_code == 503
        assert server.mails == []


def test_a_slow_server_is_given_up_and_holds_up_nobody_else(
    shared_coalition: Coalition, folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(mailbox, "SMTP_TIMEOUT_S", 2.0)
    with (
        post_office(drips=True) as (server, url),
        form(shared_coalition, smtp_url=url, mail_folder=folder, worker_threads=1) as client,
        ThreadPoolExecutor(1) as somebody,
    ):
        writing = somebody.submit(client.post, "/contact", data=GIVEN)
        assert server.called.wait(10)
        told = client.post("/graphql", json={"query": "{ viewer { role } }"})
        assert told.json()["data"] == {"viewer": {"role": "PUBLIC"}}
        assert not writing.done()
        assert writing.result(10).status_code == 202
    assert len(mails(folder)) == 1


def test_a_server_that_cannot_be_called_takes_nothing(
    shared_coalition: Coalition, folder: Path
) -> None:
    with form(shared_coalition, smtp_url="smtp://127.0.0.1:99999", mail_folder=folder) as client:
        assert client.post("/contact", data=GIVEN).status_code == 202
    assert len(mails(folder)) == 1
