"""What the service signs for somebody to show elsewhere: one entry's values, or a membership.

Both are SD-JWTs (RFC 9901). The key is one of the key store's, so that it is as durable, as secret
and as backed up as those are; its public half is published for verifiers.
"""

from __future__ import annotations

import base64
import secrets
from collections.abc import Mapping, Sequence
from datetime import datetime
from functools import cached_property
from typing import Any, Final

from cryptography.hazmat.primitives.asymmetric import ec
from joserfc import jws
from joserfc.errors import JoseError
from joserfc.jwk import ECKey, KeySet

from domain.ledger.commitment import canonical_json
from domain.ledger.entry import Disclosure
from domain.ledger.sd_jwt import (
    ENTRY_TYPE,
    SdJwtError,
    needed_for,
    parse_sd_jwt,
    payload_of,
    reveal,
)
from service.key_binding import Challenge, check_binding
from service.ledger.keys import KeyStore

CREDENTIAL_TYPE: Final = "dc+sd-jwt"
ALGORITHM: Final = "ES256"
KEY_NAME: Final = "credentials"

# The order of P-256 (SP 800-186, §3.2.1.3): a private key is below it and not zero.
_ORDER: Final = 0xFFFFFFFF00000000FFFFFFFFFFFFFFFFBCE6FAADA7179E84F3B9CAC2FC632551


class Issuer:
    """Signs in the coalition's name.

    Args:
        keys: the key store; the key is made there at the first use.
        origin: the log's name, which with ``https://`` before it is the issuer's.
    """

    def __init__(self, keys: KeyStore, origin: str) -> None:
        self._keys = keys
        self._origin = origin
        self.url: Final = f"https://{origin}"

    def present(
        self, entry: bytes, disclosures: Mapping[str, Disclosure], paths: Sequence[str]
    ) -> str:
        """Return a presentation of some hidden values of an entry.

        Args:
            entry: the entry's bytes.
            disclosures: its values that can be opened, by path.
            paths: which of them to show.

        Raises:
            KeyError: a value cannot be opened.
        """
        shown = needed_for(disclosures, paths)
        return "~".join([self._sign(ENTRY_TYPE, payload_of(entry)), *shown, ""])

    def membership(
        self,
        claims: Mapping[str, Any],
        status: Mapping[str, Any],
        issued_at: datetime,
        holder: Mapping[str, str] | None = None,
    ) -> str:
        """Return a credential of a membership (SD-JWT VC), every claim of which is disclosable.

        Args:
            claims: what it says of the member.
            status: the place in the log that it is as of: origin, position and leaf hash.
            issued_at: when.
            holder: the public key that it is bound to, as `holder_key` reads it, if to any.
        """
        shown = [
            Disclosure(name, _salt(), value) for name, value in claims.items() if value is not None
        ]
        payload = {
            "_sd": sorted(each.digest() for each in shown),
            "_sd_alg": "sha-256",
            "iat": int(issued_at.timestamp()),
            "iss": self.url,
            "ledger": dict(status),
            "vct": f"{self.url}/membership",
        }
        if holder is not None:
            payload["cnf"] = {"jwk": dict(holder)}
        signed = self._sign(CREDENTIAL_TYPE, payload)
        return "~".join([signed, *(each.encoded() for each in shown), ""])

    @cached_property
    def metadata(self) -> dict[str, Any]:
        """What verifiers fetch at ``/.well-known/jwt-vc-issuer``: the name and the public key."""
        public = self._key.as_dict(private=False)
        return {
            "issuer": self.url,
            "jwks": {"keys": [public | {"kid": self._key.thumbprint(), "alg": ALGORITHM}]},
        }

    @cached_property
    def _key(self) -> ECKey:
        drawn = int.from_bytes(self._keys.named_key(KEY_NAME))
        private = ec.derive_private_key(drawn % (_ORDER - 1) + 1, ec.SECP256R1())
        return ECKey.import_key(private)

    def _sign(self, kind: str, payload: Mapping[str, Any]) -> str:
        header = {"alg": ALGORITHM, "kid": self._key.thumbprint(), "typ": kind}
        return jws.serialize_compact(
            header, canonical_json(payload), self._key, algorithms=[ALGORITHM]
        )


def verify_credential(
    text: str, metadata: Mapping[str, Any], challenge: Challenge | None = None
) -> dict[str, Any]:
    """Return what a credential of a membership says, checked against its issuer's key.

    Whether its presenter is its holder is asked by whoever relies on it, and never left to what
    comes with the credential (RFC 9901 §7.3).

    Args:
        text: the credential, with as much disclosed as its holder shows.
        metadata: what the issuer publishes; see `Issuer.metadata`.
        challenge: what the presenter was asked to sign for, to show that they are the holder.

    Raises:
        SdJwtError: it is no such credential, was changed, or is somebody else's; or its presenter
            was asked, and is not shown to be its holder.
    """
    sd_jwt = parse_sd_jwt(text)
    if sd_jwt.header.get("typ") != CREDENTIAL_TYPE or sd_jwt.header.get("alg") != ALGORITHM:
        raise SdJwtError("this is no credential of a membership")
    try:
        keys = KeySet.import_key_set(metadata["jwks"])
        jws.deserialize_compact(sd_jwt.jwt, keys, algorithms=[ALGORITHM])
    except (JoseError, KeyError, TypeError, ValueError):
        raise SdJwtError("it was not signed by a key of this issuer") from None
    if sd_jwt.binding and "cnf" not in sd_jwt.payload:
        # The credential names no key of its holder, so that nothing can be bound to one.
        raise SdJwtError("what stands after the last tilde belongs to no key that it names")
    issuer = sd_jwt.payload.get("iss")
    if not isinstance(issuer, str) or issuer != metadata.get("issuer"):
        raise SdJwtError("it names another issuer")
    if sd_jwt.payload.get("vct") != f"{issuer}/membership":
        raise SdJwtError("it is a credential of another kind")
    claims = reveal(sd_jwt)
    if challenge is not None:
        check_binding(sd_jwt, challenge)
    return claims


def _salt() -> str:
    return base64.urlsafe_b64encode(secrets.token_bytes(16)).rstrip(b"=").decode()
