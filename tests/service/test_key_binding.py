"""Who shows a credential that is bound to a key: its holder, or nobody that was shown to be."""

from __future__ import annotations

import base64
import json
from datetime import UTC, datetime, timedelta
from hashlib import sha256
from typing import Any

import pytest
from cryptography.hazmat.primitives.asymmetric import ec, ed25519
from cryptography.hazmat.primitives.asymmetric.utils import decode_dss_signature
from cryptography.hazmat.primitives.hashes import SHA256
from hypothesis import given
from hypothesis import strategies as st
from joserfc.jwk import ECKey, OKPKey

from domain.ledger.sd_jwt import SdJwtError, parse_sd_jwt
from service.key_binding import (
    MAX_AGE_S,
    MAX_AHEAD_S,
    Challenge,
    HolderKeyError,
    check_binding,
    holder_key,
)

NOW = datetime(2026, 3, 2, 18, tzinfo=UTC)
AT = int(NOW.timestamp())
ASKED = Challenge("https://partner.example", "n-0S6_WzA2Mj", NOW)

EC = ec.derive_private_key(7, ec.SECP256R1())
ED = ed25519.Ed25519PrivateKey.from_private_bytes(bytes(32))
OTHER_EC = ec.derive_private_key(8, ec.SECP256R1())
OTHER_ED = ed25519.Ed25519PrivateKey.from_private_bytes(b"\x01" * 32)
Private = ec.EllipticCurvePrivateKey | ed25519.Ed25519PrivateKey


def public(key: Private) -> dict[str, Any]:
    """Return the public half as a JSON Web Key."""
    made = ECKey if isinstance(key, ec.EllipticCurvePrivateKey) else OKPKey
    return dict(made.import_key(key.public_key()).as_dict(private=False))  # type: ignore[arg-type]


EC_JWK = public(EC)
ED_JWK = public(ED)


def base64url(value: object) -> str:
    data = value if isinstance(value, bytes) else json.dumps(value).encode()
    return base64.urlsafe_b64encode(data).rstrip(b"=").decode()


def jwt(header: object, claims: object, key: Private) -> str:
    """Return a JWT that is signed by a key, whatever its header says."""
    signed = f"{base64url(header)}.{base64url(claims)}"
    if isinstance(key, ed25519.Ed25519PrivateKey):
        return f"{signed}.{base64url(key.sign(signed.encode()))}"
    numbers = decode_dss_signature(key.sign(signed.encode(), ec.ECDSA(SHA256())))
    return f"{signed}.{base64url(b''.join(each.to_bytes(32) for each in numbers))}"


CREDENTIALS = {
    kind: f"e30.{base64url({'cnf': {'jwk': key}})}.c2ln~WyJhIl0~"
    for kind, key in (("EC", EC_JWK), ("OKP", ED_JWK))
}
BOUND = CREDENTIALS["EC"]
HEADER = {"alg": "ES256", "typ": "kb+jwt"}


def hash_of(presented: str) -> str:
    return base64url(sha256(presented.encode()).digest())


CLAIMS = {"aud": ASKED.audience, "iat": AT, "nonce": ASKED.nonce, "sd_hash": hash_of(BOUND)}


def checked(text: str) -> None:
    check_binding(parse_sd_jwt(text), ASKED)


def without(claims: dict[str, Any], name: str) -> dict[str, Any]:
    return {key: value for key, value in claims.items() if key != name}


@pytest.mark.parametrize(
    ("kind", "key", "algorithm"),
    [("EC", EC, "ES256"), ("OKP", ED, "EdDSA"), ("OKP", ED, "Ed25519")],
)
def test_the_holder_shows_that_the_credential_is_theirs(
    kind: str, key: Private, algorithm: str
) -> None:
    presented = CREDENTIALS[kind]
    claims = CLAIMS | {"sd_hash": hash_of(presented), "exp": AT + 1, "nbf": AT, "more": [1]}
    checked(presented + jwt(HEADER | {"alg": algorithm, "kid": "mine", "x": 1}, claims, key))


@pytest.mark.parametrize("iat", [AT - MAX_AGE_S, AT + MAX_AHEAD_S, AT - 0.5])
def test_a_presentation_is_fresh_for_a_while(iat: float) -> None:
    checked(BOUND + jwt(HEADER, CLAIMS | {"iat": iat}, EC))


def forged(header: dict[str, Any], claims: dict[str, Any] = CLAIMS, key: Private = EC) -> str:
    return BOUND + jwt(header, claims, key)


SHOWS_NOTHING: list[tuple[str, str, str]] = [
    # step of RFC 9901 §7.3, presentation, what is said
    ("2: there is no key-binding JWT", BOUND, "did not sign"),
    ("3: it is no JWT", f"{BOUND}a.b", "header.payload.signature"),
    ("3: it is no JSON", f"{BOUND}AAAA.AAAA.c2ln", "JSON objects"),
    ("5.1: no key", f"e30.e30.c2ln~{jwt(HEADER, CLAIMS, EC)}", "bound to no key, so"),
    ("5.1: no key in cnf", f"e30.{base64url({'cnf': {}})}.c2ln~{jwt(HEADER, CLAIMS, EC)}",
     "JSON Web Key"),
    ("5.1: cnf is odd", f"e30.{base64url({'cnf': [1]})}.c2ln~{jwt(HEADER, CLAIMS, EC)}",
     "bound to no key, so"),
    ("5.1: a key of another kind",
     f"e30.{base64url({'cnf': {'jwk': {'kty': 'RSA'}}})}.c2ln~{jwt(HEADER, CLAIMS, EC)}",
     "kty is one of EC, OKP"),
    ("5.2: none", f"{BOUND}{base64url(HEADER | {'alg': 'none'})}.{base64url(CLAIMS)}.",
     "not signed in the way"),
    ("5.2: of another kind of key", forged(HEADER | {"alg": "EdDSA"}), "not signed in the way"),
    ("5.2: of a secret", forged(HEADER | {"alg": "HS256"}), "not signed in the way"),
    ("5.2: no algorithm", forged({"typ": "kb+jwt"}), "not signed in the way"),
    ("5.2: a list", forged(HEADER | {"alg": ["ES256"]}), "not signed in the way"),
    ("5.3: by another key", forged(HEADER, key=OTHER_EC), "not signed by the holder's key"),
    ("5.3: by a key that it brings", forged(HEADER | {"jwk": public(OTHER_EC)}, key=OTHER_EC),
     "not signed by the holder's key"),
    ("5.3: by a key of another kind", forged(HEADER, key=ED), "not signed by the holder's key"),
    ("5.3: by another key of that kind",
     CREDENTIALS["OKP"] + jwt(HEADER | {"alg": "EdDSA"}, CLAIMS, OTHER_ED),
     "not signed by the holder's key"),
    ("5.3: cut off", forged(HEADER)[:-4], "not signed by the holder's key"),
    ("5.3: in another form", f"{forged(HEADER)}AAAA", "not signed by the holder's key"),
    ("5.4: of no type", forged({"alg": "ES256"}), "of the type kb"),
    ("5.4: of another type", forged(HEADER | {"typ": "JWT"}), "of the type kb"),
    ("5.5: no time", forged(HEADER, without(CLAIMS, "iat")), "when it was made"),
    ("5.5: too long ago", forged(HEADER, CLAIMS | {"iat": AT - MAX_AGE_S - 1}), "seconds ago"),
    ("5.5: to come", forged(HEADER, CLAIMS | {"iat": AT + MAX_AHEAD_S + 1}), "still to come"),
    ("5.5: a text", forged(HEADER, CLAIMS | {"iat": str(AT)}), "numbers of seconds"),
    ("5.5: true", forged(HEADER, CLAIMS | {"iat": True}), "numbers of seconds"),
    ("5.6: another audience", forged(HEADER, CLAIMS | {"aud": "https://other.example"}),
     "another audience"),
    ("5.6: several audiences", forged(HEADER, CLAIMS | {"aud": [ASKED.audience]}),
     "another audience"),
    ("5.6: no audience", forged(HEADER, without(CLAIMS, "aud")), "another audience"),
    ("5.6: another nonce", forged(HEADER, CLAIMS | {"nonce": "earlier"}), "another nonce"),
    ("5.6: no nonce", forged(HEADER, without(CLAIMS, "nonce")), "another nonce"),
    ("5.7: less is presented", forged(HEADER).replace("WyJhIl0~", ""), "something else"),
    ("5.7: more is presented", forged(HEADER).replace("~", "~WyJiIl0~", 1), "something else"),
    ("5.7: another credential", forged(HEADER).replace(".c2ln~", ".AAAA~"), "something else"),
    ("5.7: no hash", forged(HEADER, without(CLAIMS, "sd_hash")), "something else"),
    ("5.8: it holds no longer", forged(HEADER, CLAIMS | {"exp": AT}), "no longer"),
    ("5.8: it does not hold yet", forged(HEADER, CLAIMS | {"nbf": AT + MAX_AHEAD_S + 1}),
     "still to come"),
    ("5.8: an end that is no time", forged(HEADER, CLAIMS | {"exp": "never"}), "numbers"),
    ("5.8: something critical", forged(HEADER | {"crit": ["b64"], "b64": True}), "extension"),
]  # fmt: skip


@pytest.mark.parametrize(
    ("presented", "said"),
    [pytest.param(presented, said, id=step) for step, presented, said in SHOWS_NOTHING],
)
def test_each_step_of_the_rfc_is_taken(presented: str, said: str) -> None:
    with pytest.raises(SdJwtError, match=said):
        checked(presented)


def test_a_signature_has_its_whole_length() -> None:
    # One signature in 256 has a second number whose first byte is zero, and could go without.
    signed = (forged(HEADER).rsplit(".", 1) for _ in range(100_000))
    whole, signature = next(
        (text, raw)
        for text, raw in ((text, base64.urlsafe_b64decode(end + "==")) for text, end in signed)
        if raw[32] == 0
    )
    with pytest.raises(SdJwtError, match="not signed by the holder's key"):
        checked(f"{whole}.{base64url(signature[:32] + signature[33:])}")


def test_every_changed_character_is_found() -> None:
    text = forged(HEADER)
    # The last character of all has bits that stand for nothing.
    for place in range(text.index(".") + 1, len(text) - 1):
        other = "A" if text[place] != "A" else "B"
        with pytest.raises(SdJwtError):
            checked(text[:place] + other + text[place + 1 :])


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text(max_size=9),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=4), inner),
    max_leaves=6,
)
NAMES = st.sampled_from(["alg", "typ", "crit", "jwk", "iat", "exp", "nbf", "aud", "sd_hash"])
ODD = st.dictionaries(NAMES, JSON | st.just(AT), max_size=3)


@given(header=ODD, claims=ODD)
def test_whatever_a_holder_signs_gets_a_verdict(
    header: dict[str, Any], claims: dict[str, Any]
) -> None:
    try:
        checked(BOUND + jwt(HEADER | header, CLAIMS | claims, EC))
    except SdJwtError:
        return
    assert "crit" not in header
    assert all((HEADER | header)[name] == value for name, value in HEADER.items())
    due = without(CLAIMS, "iat")
    assert all((CLAIMS | claims)[name] == value for name, value in due.items())


@given(st.text(alphabet="abcAB.~-_=09{}", max_size=80) | st.binary(max_size=60).map(base64url))
def test_whatever_stands_after_the_last_tilde_gets_a_verdict(text: str) -> None:
    for attempt in (text, f"{text}.{text}.{text}", f"{base64url(HEADER)}.{text}.{text}"):
        with pytest.raises(SdJwtError):
            checked(BOUND + attempt)


@pytest.mark.parametrize("key", [EC_JWK, ED_JWK])
def test_a_key_is_kept_without_what_does_not_define_it(key: dict[str, Any]) -> None:
    more = {"use": "sig", "kid": "mine", "key_ops": ["verify"], "ext": True}
    assert holder_key(key | more) == key
    assert holder_key(holder_key(key)) == key


FOREIGN = base64url(b"\xff" * 32)


@pytest.mark.parametrize(
    ("given_key", "member", "rule"),
    [
        ("text", "", "jwk"),
        ([], "", "jwk"),
        ({}, "kty", "known-type"),
        ({"kty": ["EC"]}, "kty", "known-type"),
        ({"kty": "oct", "k": "AAAA"}, "kty", "known-type"),
        ({"kty": "RSA", "n": "AAAA", "e": "AQAB"}, "kty", "known-type"),
        (EC_JWK | {"d": FOREIGN}, "d", "public"),
        (ED_JWK | {"d": None}, "d", "public"),
        ({"kty": "RSA", "d": "AAAA"}, "d", "public"),
        (EC_JWK | {"crv": "P-384"}, "crv", "known-curve"),
        (ED_JWK | {"crv": "X25519"}, "crv", "known-curve"),
        (EC_JWK | {"crv": "Ed25519"}, "crv", "known-curve"),
        (EC_JWK | {"x": 1}, "x", "coordinate"),
        (EC_JWK | {"x": "é"}, "x", "coordinate"),
        (EC_JWK | {"x": EC_JWK["x"] + "="}, "x", "coordinate"),
        (EC_JWK | {"x": "!" + EC_JWK["x"]}, "x", "coordinate"),
        (EC_JWK | {"x": "A"}, "x", "coordinate"),
        (EC_JWK | {"y": EC_JWK["y"][:-1]}, "y", "coordinate"),
        (without(EC_JWK, "y"), "y", "coordinate"),
        (without(ED_JWK, "x"), "x", "coordinate"),
        (ED_JWK | {"x": base64url(bytes(33))}, "x", "coordinate"),
        (EC_JWK | {"y": EC_JWK["x"]}, "y", "on-curve"),
        (EC_JWK | {"x": FOREIGN}, "y", "on-curve"),
        (EC_JWK | {"x": base64url(bytes(32)), "y": base64url(bytes(32))}, "y", "on-curve"),
    ],
)
def test_what_is_no_public_key_of_a_holder_is_refused_by_member_and_rule(
    given_key: object, member: str, rule: str
) -> None:
    with pytest.raises(HolderKeyError) as refused:
        holder_key(given_key)
    assert (refused.value.member, refused.value.rule) == (member, rule)
    assert FOREIGN not in str(refused.value)


@given(
    JSON
    | st.dictionaries(st.sampled_from(["kty", "crv", "x", "y", "d"]), JSON).map(EC_JWK.__or__)
    | st.dictionaries(st.sampled_from(["kty", "crv", "x", "y", "d"]), JSON).map(ED_JWK.__or__)
)
def test_whatever_is_given_as_a_key_is_one_or_is_refused(given_key: object) -> None:
    try:
        found = holder_key(given_key)
    except HolderKeyError:
        return
    assert found in (EC_JWK, ED_JWK)


def test_the_time_is_that_of_whoever_asks() -> None:
    later = Challenge(ASKED.audience, ASKED.nonce, NOW + timedelta(seconds=MAX_AGE_S + 1))
    with pytest.raises(SdJwtError, match="seconds ago"):
        check_binding(parse_sd_jwt(forged(HEADER)), later)
