"""Credentials that are bound to a key of their holder, and how a holder shows that they have it.

The key stands in the credential (``cnf``, RFC 7800). Whoever presents it signs a JWT over what they
present, for the one who asked: RFC 9901 §4.3 says what it is like, and §7.3 how it is checked.
"""

from __future__ import annotations

import base64
import binascii
from collections.abc import Mapping
from datetime import datetime
from hashlib import sha256
from typing import Any, Final, TypeAlias

import msgspec
from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ec import (
    ECDSA,
    SECP256R1,
    EllipticCurvePublicKey,
    EllipticCurvePublicNumbers,
)
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey
from cryptography.hazmat.primitives.asymmetric.utils import encode_dss_signature
from cryptography.hazmat.primitives.hashes import SHA256

from domain.ledger.sd_jwt import Jwt, SdJwt, SdJwtError, parse_jwt

BINDING_TYPE: Final = "kb+jwt"
MAX_AGE_S: Final = 600
MAX_AHEAD_S: Final = 60
"""By how much the presenter's clock may be ahead of ours."""

CURVES: Final = {"EC": "P-256", "OKP": "Ed25519"}
"""The keys that a holder may have, by ``kty``."""

# EdDSA is what RFC 8037 called the signature that RFC 9864 calls Ed25519.
_ALGORITHMS: Final = {"EC": ("ES256",), "OKP": ("Ed25519", "EdDSA")}
_COORDINATES: Final = {"EC": ("x", "y"), "OKP": ("x",)}
_COORDINATE_BYTES: Final = 32

Verifying: TypeAlias = EllipticCurvePublicKey | Ed25519PublicKey


class HolderKeyError(ValueError):
    """What was given is no public key that a credential can be bound to.

    Args:
        member: the member of the JSON Web Key that is wrong; "" where it is none at all.
        rule: the rule that it breaks, in short.
        message: what would be right, in words that go on from the member's name.
    """

    def __init__(self, member: str, rule: str, message: str) -> None:
        super().__init__(f"{member} {message}".strip())
        self.member = member
        self.rule = rule
        self.message = message


class Challenge(msgspec.Struct, frozen=True):
    """What a presenter was asked to sign for.

    Attributes:
        audience: who asked.
        nonce: what they drew for this one presentation.
        now: the present instant.
    """

    audience: str
    nonce: str
    now: datetime


def holder_key(given: object) -> dict[str, str]:
    """Return the public key of a holder, as it stands in a credential: what defines it alone.

    Members that do not define the key are left aside (RFC 7517 §4).

    Args:
        given: a JSON Web Key: ``EC`` on P-256, or ``OKP`` on Ed25519.

    Raises:
        HolderKeyError: it is another, a private one, or none.
    """
    return _read(given)[0]


def check_binding(sd_jwt: SdJwt, challenge: Challenge) -> None:
    """Check that whoever presents an SD-JWT has the key that it is bound to (RFC 9901 §7.3).

    Args:
        sd_jwt: what was presented; that its issuer signed it is checked before.
        challenge: what the presenter was asked to sign for.

    Raises:
        SdJwtError: that is not shown.
    """
    key, verifying = _bound_to(sd_jwt.payload)
    if not sd_jwt.binding:
        raise SdJwtError("its presenter did not sign, who should have: no key-binding JWT ends it")
    jwt = parse_jwt(sd_jwt.binding)
    if jwt.header.get("alg") not in _ALGORITHMS[key["kty"]]:
        raise SdJwtError("the key-binding JWT is not signed in the way of the holder's key")
    if not _is_signed(jwt, verifying):
        raise SdJwtError("the key-binding JWT was not signed by the holder's key")
    if jwt.header.get("typ") != BINDING_TYPE:
        raise SdJwtError(f"a key-binding JWT is of the type {BINDING_TYPE}")
    if "crit" in jwt.header:
        # RFC 7515 §4.1.11: whoever does not understand what is critical refuses.
        raise SdJwtError("the key-binding JWT asks for an extension that is not known here")
    _check_time(jwt.payload, challenge.now.timestamp())
    # Each is one text by RFC 9901 §4.3, so that a list is no match.
    if jwt.payload.get("aud") != challenge.audience:
        raise SdJwtError("the key-binding JWT was made for another audience")
    if jwt.payload.get("nonce") != challenge.nonce:
        raise SdJwtError("the key-binding JWT was made for another nonce")
    presented = msgspec.structs.replace(sd_jwt, binding="").text()
    if jwt.payload.get("sd_hash") != _encode(sha256(presented.encode()).digest()):
        raise SdJwtError("the key-binding JWT was made for something else than is presented")


def _check_time(claims: Mapping[str, Any], now: float) -> None:
    times = {name: claims[name] for name in ("iat", "nbf", "exp") if name in claims}
    if any(isinstance(each, bool) or not isinstance(each, int | float) for each in times.values()):
        raise SdJwtError("the times of a key-binding JWT are numbers of seconds")
    if "iat" not in times:
        raise SdJwtError("the key-binding JWT does not say when it was made")
    if times["iat"] < now - MAX_AGE_S:
        raise SdJwtError(f"the key-binding JWT was made more than {MAX_AGE_S} seconds ago")
    if max(times["iat"], times.get("nbf", now)) > now + MAX_AHEAD_S:
        raise SdJwtError("the key-binding JWT is of a time that is still to come")
    if times.get("exp", now + 1) <= now:
        raise SdJwtError("the key-binding JWT holds no longer")


def _bound_to(payload: Mapping[str, Any]) -> tuple[dict[str, str], Verifying]:
    confirmed = payload.get("cnf")
    if not isinstance(confirmed, dict):
        raise SdJwtError("it is bound to no key, so that nobody can be shown to be its holder")
    try:
        return _read(confirmed.get("jwk"))
    except HolderKeyError as error:
        raise SdJwtError(f"it is bound to no key that is known here: {error}") from None


def _read(given: object) -> tuple[dict[str, str], Verifying]:
    if not isinstance(given, dict):
        raise HolderKeyError("", "jwk", "is a JSON Web Key: an object with kty, crv and x")
    if "d" in given:
        message = "is the private part of a key, which its holder gives to nobody"
        raise HolderKeyError("d", "public", message)
    kind = given.get("kty")
    if not isinstance(kind, str) or kind not in CURVES:
        raise HolderKeyError("kty", "known-type", f"is one of {', '.join(CURVES)}")
    if given.get("crv") != CURVES[kind]:
        raise HolderKeyError("crv", "known-curve", f"is {CURVES[kind]} for kty {kind}")
    coordinates = {name: _coordinate(given, name) for name in _COORDINATES[kind]}
    key = {"crv": CURVES[kind], "kty": kind}
    key |= {name: _encode(value) for name, value in coordinates.items()}
    if kind == "OKP":
        return key, Ed25519PublicKey.from_public_bytes(coordinates["x"])
    x, y = (int.from_bytes(value) for value in coordinates.values())
    try:
        return key, EllipticCurvePublicNumbers(x, y, SECP256R1()).public_key()
    except ValueError:
        raise HolderKeyError("y", "on-curve", "makes no point of P-256 together with x") from None


def _coordinate(given: Mapping[str, Any], name: str) -> bytes:
    text = given.get(name)
    try:
        # Whatever is no base64url makes other bytes, or none.
        value = base64.urlsafe_b64decode(text + "=") if isinstance(text, str) else b""
    except (binascii.Error, ValueError):
        value = b""
    if len(value) != _COORDINATE_BYTES or _encode(value) != text:
        message = f"is base64url, without padding, of {_COORDINATE_BYTES} bytes"
        raise HolderKeyError(name, "coordinate", message)
    return value


def _is_signed(jwt: Jwt, key: Verifying) -> bool:
    try:
        if isinstance(key, Ed25519PublicKey):
            key.verify(jwt.signature, jwt.signed)
        else:
            # RFC 7518 §3.4: both numbers, of 32 bytes each.
            if len(jwt.signature) != 2 * _COORDINATE_BYTES:
                return False
            first = int.from_bytes(jwt.signature[:_COORDINATE_BYTES])
            second = int.from_bytes(jwt.signature[_COORDINATE_BYTES:])
            key.verify(encode_dss_signature(first, second), jwt.signed, ECDSA(SHA256()))
    except InvalidSignature:
        return False
    return True


def _encode(data: bytes) -> str:
    return base64.urlsafe_b64encode(data).rstrip(b"=").decode()
