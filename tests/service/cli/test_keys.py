"""`coalition keys …`: made, listed, changed and revoked by an operator."""

from __future__ import annotations

import contextlib
import ipaddress
import json
import re
import ssl
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta
from email import message_from_bytes
from email.message import EmailMessage
from email.policy import default
from pathlib import Path

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat
from cryptography.x509.oid import NameOID

from service.contact import mailbox
from service.contact.mailbox import send
from service.ledger.engine import begin_writing, create_engine
from service.opening import open_ledger
from service.security import addresses, sessions
from service.security.key_ring import KeyRing
from service.security.principal import Principal
from service.settings import Settings, load
from tests.service.cli.conftest import FOUNDING, Installation, assert_fault
from tests.service.post_office import post_office


def authenticate(place: Installation, text: str) -> Principal | None:
    engine = create_engine(place.database_url)
    try:
        return KeyRing(engine).authenticate(text)
    finally:
        engine.dispose()


def test_a_key_is_made_listed_changed_and_revoked(place: Installation) -> None:
    place.must(*FOUNDING)
    # Whoever manages keys needs no access to the key-encryption key.
    for name in ("COALITION_KEK_FILE", "COALITION_KEYS_URL"):
        del place.environment[name]
    made = place.must("keys", "create", "--role=director", "--label=Avery")
    text = made.stdout.strip()
    prefix = text.split(".")[0]
    assert text not in made.stderr
    principal = authenticate(place, text)
    assert principal is not None
    assert principal.role == "director"

    listed = place.must("keys", "list")
    assert prefix in listed.stdout
    assert "active" in listed.stdout
    assert text.split(".")[1] not in listed.stdout

    second = json.loads(place.must("keys", "rotate", prefix, "--days=0", "--json").stdout)
    assert authenticate(place, second["key"]) == principal
    assert second["expires"] is None

    revoked = json.loads(place.must("keys", "revoke", prefix, "--json").stdout)
    assert revoked["state"] == "revoked"
    assert authenticate(place, text) is None
    assert authenticate(place, second["key"]) == principal
    states = [
        json.loads(line)["state"]
        for line in place.must("keys", "list", "--json").stdout.splitlines()
    ]
    assert sorted(states) == ["active", "revoked"]


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (("create", "--role=king", "--label=x"), "director"),
        (("create", "--role=public", "--label=x"), "director"),
        (("create", "--role=representative", "--label=x"), "party"),
        (("create", "--role=auditor", "--label=x", "--party=p"), "party"),
        (("create", "--role=reviewer", "--label=x", "--belongs-to=p"), "no party p"),
        (("create", "--role=portal", "--label=x", "--scope=all"), "webhooks"),
        (("create", "--role=auditor", "--label=x", "--scope=keys"), "Name none"),
        (("create", "--role=auditor", "--label=x", "--subject=s"), "--issuer"),
        (("revoke", "abcdefgh"), "keys list"),
        (("rotate", "abcdefgh"), "keys list"),
    ],
)
def test_what_makes_no_sense_is_refused(
    small_place: Installation, arguments: tuple[str, ...], said: str
) -> None:
    small_place.must(*FOUNDING)
    assert_fault(small_place.run("keys", *arguments), 2, said)


def test_tokens_of_an_issuer_can_be_the_key(place: Installation) -> None:
    place.must(*FOUNDING)
    made = place.must(
        *("keys", "create", "--role=reviewer", "--label=x"),
        *("--issuer=https://id.example.org", "--subject=248289761001"),
    )
    assert made.stdout == ""
    listed = json.loads(place.must("keys", "list", "--json").stdout)
    assert listed["prefix"] in made.stderr
    assert "248289761001" not in json.dumps(listed)
    assert json.loads(place.must("keys", "revoke", listed["prefix"], "--json").stdout)["state"]


def test_a_link_to_sign_in_is_made_for_a_key(place: Installation) -> None:
    place.must(*FOUNDING)
    prefix = place.must("keys", "create", "--role=auditor", "--label=x").stdout.split(".")[0]
    made = place.must("keys", "link", prefix, "--url=https://ledger.example.org/")
    assert made.stdout.startswith("https://ledger.example.org/sign-in?token=")
    place.must("keys", "revoke", prefix)
    assert_fault(place.run("keys", "link", prefix, "--url=https://x"), 2, "revoked")


MAILED = ("--url=https://ledger.example.org", "--to=kim@example.org")


def _with_post(place: Installation, url: str) -> str:
    """Say where mails go, make a key, and return its prefix."""
    place.environment |= {
        "COALITION_SMTP_URL": url,
        "COALITION_MAILBOX": "office@coalition.example",
    }
    made = place.must("keys", "create", "--role=reviewer", "--label=reviews")
    return made.stdout.partition(".")[0]


def test_a_link_to_sign_in_is_sent_and_not_printed(place: Installation) -> None:
    place.must(*FOUNDING)
    with post_office() as (server, url):
        sent = place.must("keys", "link", _with_post(place, url), *MAILED)
        (mail,) = (message_from_bytes(each, policy=default) for each in server.mails)
    assert (mail["To"], mail["From"]) == ("kim@example.org", "office@coalition.example")
    assert mail["Auto-Submitted"] == "auto-generated"
    (found,) = re.findall(r"https://ledger\.example\.org/sign-in\?token=\S{43}", mail.get_content())
    assert sent.stdout == ""
    assert found.partition("=")[2] not in sent.stderr


@pytest.mark.parametrize("smtps", [False, True])
def test_a_link_goes_over_an_encrypted_connection_where_the_server_can(
    small_place: Installation, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, *, smtps: bool
) -> None:
    small_place.must(*FOUNDING)
    certificate, tls = _certified(tmp_path)
    with post_office(tls=tls, smtps=smtps) as (server, url):
        prefix = _with_post(small_place, url)
        # Of a server that nobody vouches for, nothing is taken.
        assert_fault(small_place.run("keys", "link", prefix, *MAILED), 3, "not sent")
        assert server.mails == []
        monkeypatch.setenv("SSL_CERT_FILE", str(certificate))
        # Nor of one that somebody vouches for, by another name.
        small_place.environment["COALITION_SMTP_URL"] = url.replace("127.0.0.1", "localhost")
        assert_fault(small_place.run("keys", "link", prefix, *MAILED), 3, "not sent")
        assert server.mails == []
        small_place.environment["COALITION_SMTP_URL"] = url
        small_place.must("keys", "link", prefix, *MAILED)
        assert (len(server.mails), server.encrypted) == (1, 1)


def test_a_link_is_not_sent_in_clear_to_another_machine() -> None:
    mail = EmailMessage()
    mail["From"] = mail["To"] = "office@coalition.example"
    with post_office() as (server, url):
        port = url.rpartition(":")[2]
        # Another name of this machine, which is not known to be one.
        with pytest.raises(OSError, match="STARTTLS"):
            send(f"smtp://127.1:{port}", mail, secret=True)
        assert server.mails == []


def _certified(folder: Path) -> tuple[Path, ssl.SSLContext]:
    """Return the file of a certificate for this machine, and what a server uses it by."""
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "127.0.0.1")])
    now = datetime.now(UTC)
    names = x509.SubjectAlternativeName([x509.IPAddress(ipaddress.ip_address("127.0.0.1"))])
    made = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - timedelta(days=1))
        .not_valid_after(now + timedelta(days=1))
        .add_extension(names, critical=False)
        .add_extension(x509.BasicConstraints(ca=True, path_length=None), critical=True)
        .sign(key, hashes.SHA256())
    )
    certificate, private = folder / "certificate.pem", folder / "private.pem"
    certificate.write_bytes(made.public_bytes(Encoding.PEM))
    private.write_bytes(key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()))
    tls = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    tls.load_cert_chain(certificate, private)
    return certificate, tls


def test_who_may_ask_for_links_is_said_for_a_key(place: Installation) -> None:
    place.must(*FOUNDING)
    prefix = _with_post(place, "smtp://127.0.0.1:1")
    said = place.must("keys", "address", prefix, "kim@example.org")
    assert "kim" not in said.output
    assert _asked(place) == prefix
    other = _with_post(place, "smtp://127.0.0.1:1")
    place.must("keys", "address", other, "Kim@Example.org")
    assert _asked(place) == other
    place.must("keys", "address", other)
    assert _asked(place) is None
    place.must("keys", "address", other, "kim@example.org")
    place.must("keys", "revoke", other)
    assert _asked(place) is None
    refused = place.run("keys", "address", other, "kim@example.org")
    assert_fault(refused, 2, "revoked")
    assert_fault(place.run("keys", "address", "nokey"), 2, "no key")
    assert_fault(place.run("keys", "address", prefix, "kim"), 2, "one e-mail address")


def _asked(place: Installation) -> str | None:
    """Return whose key an address leads to."""
    settings = load(
        Settings,
        database_url=place.database_url,
        keys_url=place.environment["COALITION_KEYS_URL"],
        kek_file=str(place.kek),
    )
    with (
        contextlib.closing(open_ledger(settings)) as ledger,
        ledger.engine.connect() as connection,
    ):
        return addresses.find(connection, addresses.index_of(ledger.blind, "kim@example.org"))


def test_a_link_that_cannot_be_sent_is_refused(small_place: Installation) -> None:
    small_place.must(*FOUNDING)
    with post_office(refuses=b"RCPT") as (server, url):
        prefix = _with_post(small_place, url)
        failed = small_place.run("keys", "link", prefix, *MAILED)
        assert_fault(failed, 3, "not sent")
        assert "kim@" not in failed.output
        for to in ("nobody", "a@example.org,b@example.org", "a@example.org\nBcc: b@example.org"):
            refused = small_place.run("keys", "link", prefix, MAILED[0], f"--to={to}")
            assert_fault(refused, 2, "one e-mail address")
        assert server.mails == []
    # Nobody listens any more.
    assert_fault(small_place.run("keys", "link", prefix, *MAILED), 3, "not sent")


@pytest.mark.parametrize(
    "url",
    [
        "http://ledger.example",
        "https://ledger.example.org@evil.example",
        "https://ledger.example.org/?next=//evil.example",
        "https://ledger.example.org/#",
        "https://ledger.example.org\nhttps://evil.example",
        "https://",
        "http://localhost.evil.example",
        "ledger.example.org",
    ],
)
def test_a_link_that_is_sent_leads_where_it_is_safe(small_place: Installation, url: str) -> None:
    small_place.environment |= {
        "COALITION_SMTP_URL": "smtp://127.0.0.1:1",
        "COALITION_MAILBOX": "office@coalition.example",
    }
    # Before anything is looked up: there is not even a ledger.
    assert_fault(small_place.run("keys", "link", "x", f"--url={url}", MAILED[1]), 2, "--url")


@pytest.mark.parametrize("missing", ["COALITION_SMTP_URL", "COALITION_MAILBOX"])
def test_what_is_missing_to_send_links_is_named(small_place: Installation, missing: str) -> None:
    small_place.environment |= {
        "COALITION_SMTP_URL": "smtp://127.0.0.1:1",
        "COALITION_MAILBOX": "office@coalition.example",
        "COALITION_MAIL_FOLDER": str(small_place.folder),
    }
    del small_place.environment[missing]
    refused = small_place.run("keys", "link", "x", *MAILED)
    assert_fault(refused, 2, f"{missing} is not set")


def test_a_slow_server_is_given_up_and_the_ledger_is_free_meanwhile(
    place: Installation, monkeypatch: pytest.MonkeyPatch
) -> None:
    place.must(*FOUNDING)
    monkeypatch.setattr(mailbox, "SMTP_TIMEOUT_S", 2.0)
    with post_office(drips=True) as (server, url), ThreadPoolExecutor(1) as operator:
        prefix = _with_post(place, url)
        sending = operator.submit(place.run, "keys", "link", prefix, *MAILED)
        assert server.called.wait(10)
        engine = create_engine(place.database_url)
        with begin_writing(engine) as connection:
            sessions.make_link(connection, prefix, now=datetime.now(UTC))
        engine.dispose()
        assert not sending.done()
        assert_fault(sending.result(10), 3, "in time")
