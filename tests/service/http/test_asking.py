"""Asking for a link to sign in: who gets one, and that nobody else learns who does."""

from __future__ import annotations

import re
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from email import message_from_bytes
from email.message import EmailMessage
from email.policy import default
from pathlib import Path

import pytest
from httpx2 import Response
from starlette.testclient import TestClient

from service.contact import mailbox
from service.ledger.engine import begin_writing
from service.security import addresses, api_keys, issuing
from service.security.addresses import OPEN_LINKS
from service.security.asking import AN_HOUR
from service.security.principal import Role
from service.settings import Settings, SettingsError, load
from tests.service.coalition import Coalition
from tests.service.http.conftest import HOST, new_key, serving
from tests.service.http.test_endings import Representative
from tests.service.http.test_sessions import cookie_of, role, sign_in
from tests.service.post_office import PostOffice, post_office

KNOWN = "kim@example.org"
UNKNOWN = "quill@example.org"
URL = "https://ledger.example.org"
LINK = re.compile(rf"{re.escape(URL)}/sign-in\?token=(\S{{43}})\s")


@pytest.fixture
def prefix(coalition: Coalition) -> str:
    """A key of an auditor, for which `KNOWN` may ask."""
    return _let(coalition)


@pytest.fixture
def small_prefix(small_coalition: Coalition) -> str:
    """The same on SQLite alone."""
    return _let(small_coalition)


def _let(coalition: Coalition) -> str:
    coalition.clock.now = datetime.now(UTC)
    prefix = new_key(coalition, Role.AUDITOR).partition(".")[0]
    index = addresses.index_of(coalition.ledger.blind, KNOWN)
    with begin_writing(coalition.ledger.engine) as connection:
        addresses.put(connection, prefix, index, now=coalition.clock.now)
    return prefix


@contextmanager
def asked_of(coalition: Coalition, url: str, **settings: object) -> Iterator[TestClient]:
    """Give a client; when it is left, all that was asked has been done."""
    post = {"smtp_url": url, "mailbox": "office@coalition.example", "public_url": URL}
    with serving(coalition, **post, **settings) as client:
        yield client


def ask(client: TestClient, address: str, **headers: str) -> Response:
    return client.post("/sign-in", data={"address": address}, headers=headers)


def mails(server: PostOffice) -> list[EmailMessage]:
    return [message_from_bytes(each, policy=default) for each in server.mails]


@pytest.mark.usefixtures("prefix")
def test_whoever_may_ask_is_sent_a_link_that_signs_in_once(coalition: Coalition) -> None:
    with post_office() as (server, url):
        with asked_of(coalition, url) as client:
            assert 'name="address"' in client.get("/sign-in").text
            forged = {"x-forwarded-host": "evil.example", "forwarded": "host=evil.example"}
            # Letters of either size are the same address, and what is sent goes to small ones.
            assert ask(client, " Kim@Example.org ", **forged).status_code == 202
        (mail,) = mails(server)
        assert (mail["To"], mail["From"]) == (KNOWN, "office@coalition.example")
        assert "evil" not in mail.as_string()
        (token,) = LINK.findall(mail.get_content())
        with asked_of(coalition, url) as client:
            signed_in = sign_in(client, token)
            assert role(client, **cookie_of(signed_in)) == "AUDITOR"
            again = sign_in(client, token)
            assert again.status_code == 403
            # Whose link is used up may ask for another at once.
            assert 'name="address"' in again.text


def test_whoever_may_not_ask_is_told_the_same_and_sent_nothing(
    small_coalition: Coalition,
    small_prefix: str,
    capsys: pytest.CaptureFixture[str],
    caplog: pytest.LogCaptureFixture,
) -> None:
    def told(client: TestClient, address: str) -> tuple[int, str, dict[str, str]]:
        answer = ask(client, address)
        kept = {name: text for name, text in answer.headers.items() if name != "x-request-id"}
        return answer.status_code, answer.text, kept

    with post_office() as (server, url):
        with asked_of(small_coalition, url) as client:
            known = told(client, KNOWN)
            assert told(client, UNKNOWN) == known
        with begin_writing(small_coalition.ledger.engine) as connection:
            api_keys.revoke(connection, small_prefix, now=small_coalition.clock.now)
        with asked_of(small_coalition, url) as client:
            assert told(client, KNOWN) == known
        assert len(server.mails) == 1
    said = capsys.readouterr()
    for each in (KNOWN, UNKNOWN):
        assert each not in said.out + said.err + caplog.text + known[1]


@pytest.mark.parametrize(
    "end", [Representative.revoked, Representative.expired, Representative.speaks_no_more]
)
def test_whose_key_has_ended_is_sent_nothing(
    small_coalition: Coalition, end: Callable[[Representative], None]
) -> None:
    somebody = Representative(small_coalition)
    index = addresses.index_of(small_coalition.ledger.blind, KNOWN)
    with begin_writing(small_coalition.ledger.engine) as connection:
        addresses.put(connection, somebody.prefix, index, now=small_coalition.clock.now)
    with post_office() as (server, url):
        with asked_of(small_coalition, url) as client:
            ask(client, KNOWN)
        assert len(server.mails) == 1
        end(somebody)
        with asked_of(small_coalition, url) as client:
            assert ask(client, KNOWN).status_code == 202
        assert len(server.mails) == 1


@pytest.mark.usefixtures("small_prefix")
def test_a_slow_mail_server_is_nobody_s_matter(
    small_coalition: Coalition, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    monkeypatch.setattr(mailbox, "SMTP_TIMEOUT_S", 3.0)
    with post_office(drips=True) as (server, url):
        with asked_of(small_coalition, url, worker_threads=1) as client:
            began = time.monotonic()
            # More than there are threads to send in.
            for address in (KNOWN, UNKNOWN, KNOWN, UNKNOWN, KNOWN):
                assert ask(client, address).status_code == 202
            assert server.called.wait(10)
            assert role(client) == "PUBLIC"
            # All were answered before the server was given up for the first time.
            assert time.monotonic() - began < 3
        assert server.mails == []
    # The operator is told, and not of whom.
    assert "a link to sign in was not sent" in caplog.text
    assert KNOWN not in caplog.text


@pytest.mark.usefixtures("small_prefix")
def test_nobody_is_flooded_with_links(small_coalition: Coalition) -> None:
    with post_office() as (server, url):
        with asked_of(small_coalition, url) as client:
            answers = [ask(client, KNOWN) for _ in range(AN_HOUR + 1)]
        assert [each.status_code for each in answers] == [202] * AN_HOUR + [429]
        assert int(answers[-1].headers["retry-after"]) > 60
        assert len(server.mails) == OPEN_LINKS
        # Those have expired.
        small_coalition.clock.now += timedelta(minutes=15)
        with asked_of(small_coalition, url) as client:
            ask(client, KNOWN)
        assert len(server.mails) == OPEN_LINKS + 1


@pytest.mark.parametrize(
    "address",
    [
        "",
        "kim",
        f"{KNOWN}\r\nBcc: all@example.org",
        f"{KNOWN}, all@example.org",
        f"{KNOWN}; all@example.org",
        f"all <{KNOWN}>",
        f'"all"{KNOWN}',
        "kím@example.org",
        "k" * 250 + "@example.org",
    ],
)
def test_what_is_no_address_is_refused(shared_coalition: Coalition, address: str) -> None:
    with asked_of(shared_coalition, "smtp://127.0.0.1:1") as client:
        answer = ask(client, address)
    assert answer.status_code == 422
    assert 'role="alert"' in answer.text
    assert address not in answer.text or not address


@pytest.mark.usefixtures("small_prefix")
def test_no_other_site_asks_for_somebody(small_coalition: Coalition) -> None:
    with post_office() as (server, url):
        with asked_of(small_coalition, url) as client:
            assert ask(client, KNOWN, origin="https://evil.example").status_code == 403
            assert ask(client, KNOWN, host="evil.example").status_code == 400
            many = {str(number): "x" for number in range(9)}
            assert client.post("/sign-in", data=many).status_code == 403
            assert client.post("/sign-in", json={"address": KNOWN}).status_code == 403
            assert ask(client, KNOWN, origin=f"http://{HOST}").status_code == 202
        assert len(server.mails) == 1


def test_an_address_leads_to_one_key_and_is_kept_in_clear_nowhere(
    small_coalition: Coalition, small_prefix: str
) -> None:
    ledger, now = small_coalition.ledger, small_coalition.clock.now
    index = addresses.index_of(ledger.blind, KNOWN)
    other = new_key(small_coalition, Role.DIRECTOR).partition(".")[0]
    with begin_writing(ledger.engine) as connection:
        assert addresses.find(connection, index) == small_prefix
        addresses.put(connection, other, index, now=now)
        assert addresses.find(connection, index) == other
        addresses.put(connection, other, addresses.index_of(ledger.blind, UNKNOWN), now=now)
        assert addresses.find(connection, index) is None
    folder = Path(small_coalition.places.database_url.removeprefix("sqlite:///")).parent
    raw = b"".join(file.read_bytes() for file in folder.iterdir() if file.is_file())
    assert KNOWN.encode() not in raw


def test_an_address_goes_to_the_key_that_takes_the_place_of_its_own(
    small_coalition: Coalition, small_prefix: str
) -> None:
    ledger, now = small_coalition.ledger, small_coalition.clock.now
    index = addresses.index_of(ledger.blind, KNOWN)
    with begin_writing(ledger.engine) as connection:
        second = issuing.rotate(connection, small_prefix, now=now).key.prefix
        api_keys.revoke(connection, small_prefix, now=now)
        assert addresses.find(connection, index) == second != small_prefix


@pytest.mark.usefixtures("small_prefix")
def test_where_links_are_not_sent_nobody_asks(small_coalition: Coalition) -> None:
    with serving(small_coalition) as client:
        assert 'name="address"' not in client.get("/sign-in").text
        assert ask(client, KNOWN).status_code == 403


@pytest.mark.parametrize("missing", ["smtp_url", "mailbox"])
def test_what_is_missing_to_let_people_ask_is_named(
    monkeypatch: pytest.MonkeyPatch, missing: str
) -> None:
    given = {
        "database_url": "sqlite:///x",
        "keys_url": "sqlite:///y",
        "kek": "k",
        "public_url": URL,
        "smtp_url": "smtp://127.0.0.1",
        "mailbox": "office@coalition.example",
        "mail_folder": "mail",
    }
    del given[missing]
    monkeypatch.delenv(f"COALITION_{missing.upper()}", raising=False)
    with pytest.raises(SettingsError) as refused:
        load(Settings, **given)
    (line,) = str(refused.value).splitlines()
    assert line.startswith(f"COALITION_{missing.upper()} is not set")


@pytest.mark.parametrize("url", ["http://ledger.example", f"{URL}@evil.example", f"{URL}/?a=b"])
def test_links_lead_where_it_is_safe(url: str) -> None:
    with pytest.raises(SettingsError, match="COALITION_PUBLIC_URL is not allowed"):
        load(Settings, database_url="sqlite:///x", keys_url="y", kek="k", public_url=url)
