"""Access tokens of an issuer that is asked over HTTP: which are good, and for whom."""

from __future__ import annotations

import base64
import dataclasses
import json
import socket
import threading
import time
from collections.abc import Iterator
from contextlib import suppress
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

import pytest
from joserfc import jws, jwt
from joserfc.jwk import ECKey, KeySet, OctKey, OKPKey, RSAKey

from service.faults import UnavailableError
from service.ledger.engine import begin_writing
from service.security import api_keys, issuing, key_ring, tokens
from service.security.api_keys import KeyRefusedError, Subject
from service.security.principal import Role
from tests.service.coalition import Coalition
from tests.service.http.conftest import serving

AUDIENCE = "https://ledger.example.org"
SUBJECT = "248289761001"
Key = ECKey | RSAKey | OKPKey


@dataclasses.dataclass
class Issuer:
    """A small issuer, whose keys and metadata a test may change."""

    keys: list[Key]
    url: str = ""
    named: str = ""
    asked: int = 0
    delay_s: float = 0.0
    published: object = ...

    def answer(self, path: str) -> dict[str, Any] | None:
        """Return what is published at a path."""
        self.asked += 1
        time.sleep(self.delay_s)
        if path == "/.well-known/openid-configuration":
            return {"issuer": self.named or self.url, "jwks_uri": f"{self.url}/keys?policy=sign-in"}
        # The query is part of the address.
        if path == "/keys?policy=sign-in":
            if self.published is not ...:
                return {"keys": self.published}
            public = [{**key.as_dict(private=False), "kid": key.kid} for key in self.keys]
            return {"keys": public}
        return None

    def token(
        self,
        key: Key | None = None,
        *,
        algorithm: str = "ES256",
        header: dict[str, Any] | None = None,
        **claims: object,
    ) -> str:
        """Return a token, good unless something is said otherwise; ``None`` leaves a claim out."""
        key = key or self.keys[0]
        now = int(time.time())
        content = {"iss": self.url, "aud": AUDIENCE, "sub": SUBJECT, "iat": now, "exp": now + 60}
        described = {"alg": algorithm, "kid": key.kid, "typ": "at+jwt"}
        return jwt.encode(
            _given(described | (header or {})),
            _given(content | claims),
            key,
            algorithms=[algorithm],
        )


@pytest.fixture
def issuer() -> Iterator[Issuer]:
    made = Issuer([_ec("first")])

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            found = made.answer(self.path)
            self.send_response(200 if found else 404)
            self.end_headers()
            self.wfile.write(json.dumps(found).encode())

        def log_message(self, *_: object) -> None:
            """Say nothing."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    made.url = f"http://127.0.0.1:{server.server_port}"
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    yield made
    server.shutdown()
    thread.join()
    server.server_close()


@pytest.fixture
def eager(monkeypatch: pytest.MonkeyPatch) -> None:
    """The issuer is asked as often as tokens name keys that are not known."""
    monkeypatch.setattr(tokens, "LEAST_BETWEEN_S", -1.0)
    monkeypatch.setattr(key_ring, "CACHE_S", 0.0)


def _given(values: dict[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in values.items() if value is not None}


def _ec(kid: str) -> ECKey:
    return ECKey.generate_key("P-256", {"kid": kid})


def _forged(header: dict[str, Any], body: str, signature: str) -> str:
    """Return a token whose header was put in the place of another."""
    described = json.dumps({"typ": "at+jwt", **header}).encode()
    return f"{base64.urlsafe_b64encode(described).rstrip(b'=').decode()}.{body}.{signature}"


def _signed(issuer: Issuer, changed: str) -> str:
    """Return a token with claims that only a lax reader of JSON takes."""
    claims = {"iss": issuer.url, "aud": AUDIENCE, "sub": SUBJECT}
    text = json.dumps(claims)[:-1] + ", " + changed[1:]
    header = {"alg": "ES256", "kid": issuer.keys[0].kid, "typ": "at+jwt"}
    return jws.serialize_compact(header, text.encode(), issuer.keys[0], algorithms=["ES256"])


def let_in(coalition: Coalition, issuer: Issuer, role: Role = Role.REVIEWER) -> str:
    """Say in whose name the subject acts; return the prefix by which that is revoked."""
    with begin_writing(coalition.ledger.engine) as connection:
        made = issuing.create(
            connection,
            coalition.principals[role],
            "signs in",
            now=coalition.clock(),
            subject=Subject(issuer.url, SUBJECT),
        )
    assert made.text == ""
    return made.key.prefix


def role_of(coalition: Coalition, issuer: Issuer, *presented: str) -> list[object]:
    """Return as whom each token is accepted, or the status with which it is refused."""
    found: list[object] = []
    names = {"token_issuer": issuer.url, "token_audience": AUDIENCE}
    with serving(coalition, **names) as client:
        for token in presented:
            answer = client.post(
                "/graphql",
                json={"query": "{ viewer { role } }"},
                headers={"authorization": f"Bearer {token}"},
            )
            refused = answer.status_code != 200
            found.append(answer.status_code if refused else answer.json()["data"]["viewer"]["role"])
    return found


def test_whoever_the_issuer_knows_acts_as_the_operator_said(
    coalition: Coalition, issuer: Issuer
) -> None:
    token = issuer.token()
    assert role_of(coalition, issuer, token) == [401]
    let_in(coalition, issuer)
    assert role_of(coalition, issuer, token, token) == ["REVIEWER", "REVIEWER"]


@pytest.mark.parametrize(
    ("algorithm", "key"),
    [
        ("RS256", RSAKey.generate_key(2048, {"kid": "rsa"})),
        ("PS256", RSAKey.generate_key(2048, {"kid": "rsa"})),
        ("Ed25519", OKPKey.generate_key("Ed25519", {"kid": "okp"})),
    ],
)
def test_keys_of_other_kinds_are_good(
    small_coalition: Coalition, issuer: Issuer, algorithm: str, key: Key
) -> None:
    issuer.keys.append(key)
    let_in(small_coalition, issuer)
    assert role_of(small_coalition, issuer, issuer.token(key, algorithm=algorithm)) == ["REVIEWER"]


def test_a_token_that_is_not_for_us_or_not_good_is_refused(
    small_coalition: Coalition, issuer: Issuer
) -> None:
    let_in(small_coalition, issuer)
    now = int(time.time())
    good = issuer.token()
    head, body, signature = good.split(".")
    public = json.dumps(issuer.keys[0].as_dict(private=False)).encode()
    forger = _ec("forger")
    confused = OctKey.import_key(public, {"kid": "first"})
    claims = {"iss": issuer.url, "aud": AUDIENCE, "sub": SUBJECT, "exp": now + 60}
    bad = {
        "another issuer": issuer.token(iss="https://other.example"),
        "another audience": issuer.token(aud="https://other.example"),
        "several audiences, none ours": issuer.token(aud=["a", "b"]),
        "no audience": issuer.token(aud=None),
        "expired": issuer.token(exp=now - 60),
        "no end": issuer.token(exp=None),
        "not yet": issuer.token(nbf=now + 600),
        "nobody": issuer.token(sub=None),
        "somebody else": issuer.token(sub="another"),
        "an identity token": issuer.token(header={"typ": "JWT"}),
        "no kid": issuer.token(header={"kid": None}),
        "somebody else's key": issuer.token(_ec("first")),
        "signed with the public key": jws.serialize_compact(
            {"alg": "HS256", "kid": "first", "typ": "at+jwt"},
            json.dumps(claims).encode(),
            confused,
            algorithms=["HS256"],
        ),
        "its own key in the header": issuer.token(
            forger, header={"kid": "first", "jwk": forger.as_dict(private=False)}
        ),
        "a key to be fetched elsewhere": issuer.token(
            forger, header={"kid": "first", "jku": "https://evil.example/keys"}
        ),
        "a kid that is a path": issuer.token(header={"kid": "../../../dev/null"}),
        "a kid that is a list": _forged({"alg": "ES256", "kid": ["first"]}, body, signature),
        "an algorithm named none": _forged({"alg": "none", "kid": "first"}, body, ""),
        "an algorithm of another kind of key": _forged(
            {"alg": "RS256", "kid": "first"}, body, signature
        ),
        "what must be understood": _forged(
            {"alg": "ES256", "kid": "first", "crit": ["exp"]}, body, signature
        ),
        "another header": _forged({"alg": "ES256", "kid": "first", "x": 1}, body, signature),
        "an end that never comes": _signed(issuer, '{"exp": Infinity}'),
        "an end that is a text": issuer.token(exp=str(now + 60)),
        "an end that is true": issuer.token(exp=True),
        "a beginning that is a text": issuer.token(nbf="soon"),
        "a subject that is a number": issuer.token(sub=int(SUBJECT)),
        "a subject that is a list": issuer.token(sub=[SUBJECT]),
        "an issuer in a list": issuer.token(iss=[issuer.url]),
        "not signed": f"{head}.{body}.",
        "another signature": f"{head}.{body}.{signature[::-1]}",
        "another body": f"{head}.{body[:-4]}AAAA.{signature}",
        "nothing": "..",
        "no JSON": "YQ.YQ.YQ",
        "endless": good + "A" * 9_000,
    }
    found = dict(zip(bad, role_of(small_coalition, issuer, *bad.values()), strict=True))
    assert found == dict.fromkeys(bad, 401)
    assert role_of(small_coalition, issuer, good) == ["REVIEWER"]


@pytest.mark.usefixtures("eager")
def test_an_issuer_may_change_its_keys(small_coalition: Coalition, issuer: Issuer) -> None:
    let_in(small_coalition, issuer)
    old, new = issuer.keys[0], _ec("second")
    checks = tokens.Tokens(issuer.url, AUDIENCE)
    assert checks.subject(issuer.token(old)) == SUBJECT
    issuer.keys = [new]
    assert checks.subject(issuer.token(new)) == SUBJECT
    assert checks.subject(issuer.token(old)) is None


def test_the_issuer_is_not_asked_for_each_token(issuer: Issuer) -> None:
    checks = tokens.Tokens(issuer.url, AUDIENCE)
    for number in range(20):
        checks.subject(issuer.token(_ec(f"unknown-{number}")))
        assert checks.subject(issuer.token()) == SUBJECT
    assert issuer.asked == 2


@pytest.mark.usefixtures("eager")
def test_an_issuer_that_does_not_answer_is_a_fault_until_its_keys_are_known(
    small_coalition: Coalition, issuer: Issuer
) -> None:
    let_in(small_coalition, issuer)
    keys, issuer.keys = issuer.keys, []
    token = issuer.token(keys[0])
    issuer.named = "https://other.example"
    assert role_of(small_coalition, issuer, token) == [503]
    issuer.named, issuer.keys = "", keys
    checks = tokens.Tokens(issuer.url, AUDIENCE)
    assert checks.subject(token) == SUBJECT
    issuer.named = "https://other.example"
    checks.subject(issuer.token(_ec("unknown")))
    assert checks.subject(token) == SUBJECT


def test_a_little_skew_of_clocks_is_allowed_and_no_more(issuer: Issuer) -> None:
    at = time.time()
    checks = tokens.Tokens(issuer.url, AUDIENCE, clock=lambda: at)
    now = int(at)
    assert checks.subject(issuer.token(exp=now - tokens.LEEWAY_S + 1)) == SUBJECT
    assert checks.subject(issuer.token(exp=now - tokens.LEEWAY_S - 1)) is None
    assert checks.subject(issuer.token(nbf=now + tokens.LEEWAY_S - 1)) == SUBJECT
    assert checks.subject(issuer.token(nbf=now + tokens.LEEWAY_S + 2)) is None


@pytest.mark.usefixtures("eager")
def test_an_issuer_that_is_slow_holds_up_nobody_whose_key_is_known(
    issuer: Issuer, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(tokens, "WAIT_S", 0.1)
    checks = tokens.Tokens(issuer.url, AUDIENCE)
    assert checks.subject(issuer.token()) == SUBJECT
    asked = issuer.asked
    issuer.delay_s = 2.0
    stranger = threading.Thread(target=lambda: checks.subject(issuer.token(_ec("unknown"))))
    stranger.start()
    while issuer.asked == asked:
        time.sleep(0.01)
    began = time.monotonic()
    assert checks.subject(issuer.token()) == SUBJECT
    with pytest.raises(UnavailableError):
        checks.subject(issuer.token(_ec("another")))
    assert time.monotonic() - began < 1.0
    issuer.delay_s = 0.0
    stranger.join()


def test_an_issuer_that_sends_byte_by_byte_is_given_up(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(tokens, "TIMEOUT_S", 0.5)
    stopped = threading.Event()

    def drip() -> None:
        while not stopped.is_set():
            try:
                connection, _ = server.accept()
            except OSError:
                return
            with connection, suppress(OSError):
                connection.sendall(b"HTTP/1.1 200 OK\r\nContent-Length: 100000\r\n\r\n")
                while not stopped.wait(0.05):
                    connection.sendall(b" ")

    with socket.create_server(("127.0.0.1", 0)) as server:
        thread = threading.Thread(target=drip)
        thread.start()
        try:
            url = f"http://127.0.0.1:{server.getsockname()[1]}"
            checks = tokens.Tokens(url, AUDIENCE)
            began = time.monotonic()
            with pytest.raises(UnavailableError):
                checks.subject(Issuer([_ec("first")], url).token())
            assert time.monotonic() - began < 3.0
        finally:
            stopped.set()
            server.shutdown(socket.SHUT_RDWR)
            thread.join()


@pytest.mark.parametrize("keys", ["x" * 400_000, [], {}, None, [1], [{"kty": "oct", "k": "c2"}]])
def test_a_set_of_keys_that_is_huge_or_none_is_a_fault(issuer: Issuer, keys: object) -> None:
    issuer.published = keys
    with pytest.raises(UnavailableError):
        tokens.Tokens(issuer.url, AUDIENCE).subject(issuer.token())


@pytest.mark.usefixtures("eager")
def test_what_was_revoked_or_has_expired_lets_nobody_in(
    coalition: Coalition, issuer: Issuer
) -> None:
    prefix = let_in(coalition, issuer)
    assert role_of(coalition, issuer, issuer.token()) == ["REVIEWER"]
    with begin_writing(coalition.ledger.engine) as connection:
        assert api_keys.find(connection, prefix).last_used_on is not None
        api_keys.revoke(connection, prefix, now=coalition.clock())
    assert role_of(coalition, issuer, issuer.token()) == [401]


def test_a_key_set_of_somebody_else_is_not_fetched_in_clear() -> None:
    checks = tokens.Tokens("http://id.example.org", AUDIENCE)
    key = _ec("first")
    token = jwt.encode({"alg": "ES256", "kid": "first", "typ": "at+jwt"}, {"sub": "x"}, key)
    with pytest.raises(UnavailableError):
        checks.subject(token)
    assert KeySet([key]).keys


def test_a_subject_is_let_in_as_one_principal_twice_at_most(
    small_coalition: Coalition, issuer: Issuer
) -> None:
    let_in(small_coalition, issuer)
    let_in(small_coalition, issuer)
    with pytest.raises(KeyRefusedError):
        let_in(small_coalition, issuer)
