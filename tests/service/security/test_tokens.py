"""Access tokens of an issuer that is asked over HTTP: which are good, and for whom."""

from __future__ import annotations

import dataclasses
import json
import threading
import time
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

import pytest
from joserfc import jws, jwt
from joserfc.jwk import ECKey, KeySet, OctKey, OKPKey, RSAKey

from service.faults import UnavailableError
from service.ledger.engine import begin_writing
from service.security import api_keys, key_ring, tokens
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

    def answer(self, path: str) -> dict[str, Any] | None:
        """Return what is published at a path."""
        self.asked += 1
        if path == "/.well-known/openid-configuration":
            return {"issuer": self.named or self.url, "jwks_uri": f"{self.url}/keys"}
        if path == "/keys":
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


def let_in(coalition: Coalition, issuer: Issuer, role: Role = Role.REVIEWER) -> str:
    """Say in whose name the subject acts; return the prefix by which that is revoked."""
    with begin_writing(coalition.ledger.engine) as connection:
        made = api_keys.create(
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
