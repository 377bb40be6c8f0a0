"""Signing in with a browser: a link that is good once, a session, and nothing for other sites."""

from __future__ import annotations

from datetime import datetime, timedelta
from pathlib import Path

import pytest
from httpx2 import Response
from starlette.testclient import TestClient

from service.ledger.engine import begin_writing
from service.security import api_keys, key_ring, sessions
from service.security.api_keys import KeyRefusedError
from service.security.principal import Role
from service.security.sessions import COOKIE, LINK_S, SESSION_S
from tests.service.coalition import Coalition
from tests.service.http.conftest import HOST, new_key, serving
from tests.service.live.served import served, socket_to

ROLE = {"query": "{ viewer { role } }"}


@pytest.fixture(autouse=True)
def _quick(monkeypatch: pytest.MonkeyPatch) -> None:
    """Nothing is remembered, so that every question goes to the database."""
    monkeypatch.setattr(key_ring, "CACHE_S", 0.0)


def link(coalition: Coalition, key: str, now: datetime | None = None) -> str:
    """Make a link for a key."""
    with begin_writing(coalition.ledger.engine) as connection:
        return sessions.make_link(
            connection, key.partition(".")[0], now=now or coalition.ledger.clock()
        )


def sign_in(client: TestClient, token: str, **headers: str) -> Response:
    return client.post("/sign-in", data={"token": token}, headers=headers, follow_redirects=False)


def cookie_of(response: Response) -> dict[str, str]:
    """Return what a browser keeps of a response, and sends back."""
    value = response.headers["set-cookie"].partition(";")[0].partition("=")[2]
    return {"cookie": f"{COOKIE}={value}"}


def role(client: TestClient, **headers: str) -> str:
    told = client.post("/graphql", json=ROLE, headers=headers).json()["data"]["viewer"]["role"]
    return str(told)


@pytest.fixture
def present(small_coalition: Coalition) -> Coalition:
    """A coalition whose clock shows the time: keys and sessions end by it."""
    return _present(small_coalition)


def _present(coalition: Coalition) -> Coalition:
    coalition.clock.now = datetime.now(coalition.clock.now.tzinfo)
    return coalition


def test_a_link_begins_a_session_once(coalition: Coalition) -> None:
    _present(coalition)
    token = link(coalition, new_key(coalition, Role.AUDITOR))
    with serving(coalition) as client:
        page = client.get("/sign-in", params={"token": token})
        # Whoever only looks at the link does not use it up.
        assert token in page.text
        assert "form-action 'self'" in page.headers["content-security-policy"]
        signed_in = sign_in(client, token)
        assert (signed_in.status_code, signed_in.headers["location"]) == (303, "/graphql")
        kept = signed_in.headers["set-cookie"]
        for part in ("__Host-session=", "HttpOnly", "Secure", "SameSite=strict", "Path=/"):
            assert part in kept
        assert "Domain" not in kept
        assert role(client, **cookie_of(signed_in)) == "AUDITOR"
        assert sign_in(client, token).status_code == 403


@pytest.mark.parametrize("token", ["", "x", "A" * 43, "<script>", "A" * 2_000])
def test_another_link_begins_nothing(present: Coalition, token: str) -> None:
    link(present, new_key(present))
    with serving(present) as client:
        answer = sign_in(client, token)
        assert answer.status_code == 403
        assert "set-cookie" not in answer.headers
        assert "<script>" not in client.get("/sign-in", params={"token": token}).text


def test_links_and_sessions_end(present: Coalition) -> None:
    key = new_key(present)
    now = present.clock.now
    late = link(present, key, now - timedelta(seconds=LINK_S + 1))
    with serving(present) as client:
        assert sign_in(client, late).status_code == 403
        present.clock.now = now - timedelta(seconds=SESSION_S + 1)
        old = sign_in(client, link(present, key))
        assert old.status_code == 303
        answer = client.post("/graphql", json=ROLE, headers=cookie_of(old))
        assert answer.status_code == 401


def test_whoever_signs_out_is_nobody_any_more(present: Coalition) -> None:
    token = link(present, new_key(present))
    with serving(present) as client:
        cookie = cookie_of(sign_in(client, token))
        assert "Sign out" in client.get("/sign-out").text
        out = client.post("/sign-out", data={"token": ""}, headers=cookie, follow_redirects=False)
        assert out.status_code == 303
        assert "Max-Age=0" in out.headers["set-cookie"]
        assert client.post("/graphql", json=ROLE, headers=cookie).status_code == 401
        assert role(client) == "PUBLIC"


def test_a_session_ends_with_its_key(present: Coalition) -> None:
    key = new_key(present)
    prefix = key.partition(".")[0]
    with serving(present) as client:
        cookie = cookie_of(sign_in(client, link(present, key)))
        assert role(client, **cookie) == "DIRECTOR"
        with begin_writing(present.ledger.engine) as connection:
            api_keys.revoke(connection, prefix, now=present.clock.now)
        assert client.post("/graphql", json=ROLE, headers=cookie).status_code == 401
    with pytest.raises(KeyRefusedError):
        link(present, key)


def test_a_session_is_never_the_one_that_the_browser_had(present: Coalition) -> None:
    key = new_key(present)
    planted = {"cookie": f"{COOKIE}=~{'A' * 43}"}
    with serving(present) as client:
        first = cookie_of(sign_in(client, link(present, key), **planted))
        assert first != planted
        assert client.post("/graphql", json=ROLE, headers=planted).status_code == 401
        second = cookie_of(sign_in(client, link(present, key), **first))
        assert second != first
        # Nobody goes on with the one that was left behind.
        assert client.post("/graphql", json=ROLE, headers=first).status_code == 401
        assert role(client, **second) == "DIRECTOR"
        # A link that is none ends nothing.
        assert sign_in(client, "x", **second).status_code == 403
        assert role(client, **second) == "DIRECTOR"


@pytest.mark.parametrize("more", ["", "&next=https://evil.example", "&url=//evil.example"])
def test_signing_in_leads_nowhere_else(present: Coalition, more: str) -> None:
    token = link(present, new_key(present))
    with serving(present) as client:
        answer = client.post(
            f"/sign-in?token=x{more}", data={"token": token}, follow_redirects=False
        )
        assert answer.headers["location"] == "/graphql"
        for name in ("host", "x-forwarded-host"):
            page = client.get(f"/sign-in?token={token}{more}", headers={name: "evil.example"})
            assert "evil.example" not in page.text


def test_a_page_of_another_site_acts_for_nobody(present: Coalition) -> None:
    key = new_key(present)
    evil = {"origin": "https://evil.example"}
    with serving(present) as client:
        assert sign_in(client, link(present, key), **evil).status_code == 403
        cookie = cookie_of(sign_in(client, link(present, key), origin=f"https://{HOST}"))
        refused = client.post("/graphql", json=ROLE, headers={**cookie, **evil})
        assert refused.status_code == 403
        assert refused.json()["errors"][0]["extensions"]["code"] == "CROSS_ORIGIN"
        out = client.post("/sign-out", data={"token": ""}, headers={**cookie, **evil})
        assert out.status_code == 403
        assert role(client, **cookie, origin=f"https://{HOST}") == "DIRECTOR"
        # A key is sent by whoever has it, and by no browser for somebody else.
        assert role(client, authorization=f"Bearer {key}", **evil) == "DIRECTOR"


def test_a_session_is_good_for_a_websocket(present: Coalition) -> None:
    with serving(present) as client:
        cookie = cookie_of(sign_in(client, link(present, new_key(present))))
    with (
        served(present) as address,
        socket_to(address, additional_headers=cookie) as socket,
    ):
        socket.subscribe(ROLE["query"])
        assert socket.hear()["payload"]["data"] == {"viewer": {"role": "DIRECTOR"}}


def test_nothing_kept_lets_anybody_in(present: Coalition) -> None:
    """Neither a hash of a link nor of a session is one."""
    with serving(present) as client:
        token = link(present, new_key(present))
        cookie = cookie_of(sign_in(client, token))
    secret = cookie["cookie"].partition("=")[2]
    raw = b"".join(file.read_bytes() for file in _files(present))
    assert secret.encode() not in raw
    assert token.encode() not in raw


def _files(coalition: Coalition) -> list[Path]:
    database = Path(coalition.places.database_url.removeprefix("sqlite:///"))
    return [file for file in database.parent.iterdir() if file.is_file()]
