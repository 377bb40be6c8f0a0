"""What members and staff show elsewhere: checked by our code, and by a library of others."""

from __future__ import annotations

import base64
import json
from datetime import UTC, datetime
from typing import Any

import pytest
from jwcrypto.jwk import JWK
from sd_jwt.holder import SDJWTHolder
from sd_jwt.verifier import SDJWTVerifier

from domain.ledger.sd_jwt import SdJwtError, check_presentation, parse_sd_jwt
from service.credentials import verify_credential
from service.graphql.ids import NodeKind, global_id
from service.key_binding import Challenge
from service.security.principal import Principal, Role
from tests.service.coalition import Admitted, organisation
from tests.service.graphql.api import Api
from tests.service.ledger.erasures import entry_of, opened, represented

CREDENTIAL = """query ($id: ID!, $key: Jwk) {
    node(id: $id) { ... on Membership { credential(holderKey: $key) } }
}"""
HOLDER = JWK.generate(kty="EC", crv="P-256")
PUBLIC_KEY = json.loads(HOLDER.export_public())
ASKED = ("https://partner.example", "n-0S6_WzA2Mj")


def verified_by_others(
    text: str, metadata: dict[str, Any], audience: str | None = None, nonce: str | None = None
) -> dict[str, Any]:
    """Return what the library `sd-jwt` finds in it."""
    key = JWK.from_json(json.dumps(metadata["jwks"]["keys"][0]))
    verifier = SDJWTVerifier(text, lambda *_: key, audience, nonce)
    claims: dict[str, Any] = verifier.get_verified_payload()
    return claims


def presented_by_others(
    text: str, key: JWK, show: dict[str, bool], algorithm: str | None = None
) -> str:
    """Return what the library `sd-jwt` makes of a credential, as its holder."""
    holder = SDJWTHolder(text)
    audience, nonce = ASKED
    holder.create_presentation(show, nonce, audience, key, algorithm)
    made: str = holder.sd_jwt_presentation
    return made


def admitted(api: Api) -> Admitted:
    coalition = api.coalition
    version, sha256 = coalition.publish("network-member-agreement", "We agree.")
    member = coalition.admit("community-network", organisation())
    coalition.sign(member, "network-member-agreement", version, sha256)
    return member


@pytest.fixture
def member(api: Api) -> Admitted:
    return admitted(api)


def credential(api: Api, member: Admitted, who: Role | Principal, key: object = None) -> str | None:
    place = global_id(NodeKind.MEMBERSHIP, member.membership)
    shown = api.ask(CREDENTIAL, who, id=place, key=key)
    text: str | None = shown["node"]["credential"]
    return text


def test_a_member_holds_a_credential_that_others_can_check(api: Api, member: Admitted) -> None:
    text = credential(api, member, api.coalition.representative(member.party))
    assert text is not None
    metadata = api.coalition.ledger.issuer.metadata

    claims = verify_credential(text, metadata)

    assert claims == verified_by_others(text, metadata)
    assert claims["tier"] == "community-network"
    assert claims["standing"] == "active"
    assert claims["iss"] == "https://test.example/ledger"
    place = claims["ledger"]
    entry = api.ask(
        "query ($p: Int!) { ledger { entry(by: { position: $p }) { leafHash } } }",
        p=place["position"],
    )["ledger"]["entry"]
    assert entry["leafHash"] == place["leafHash"]
    assert "d" not in metadata["jwks"]["keys"][0]


def test_the_holder_shows_as_much_as_they_like(api: Api, member: Admitted) -> None:
    text = credential(api, member, Role.DIRECTOR)
    assert text is not None
    jwt, *disclosures, _ = text.split("~")
    metadata = api.coalition.ledger.issuer.metadata
    nothing = verify_credential(f"{jwt}~", metadata)
    assert set(nothing) == {"iss", "iat", "vct", "ledger"}
    one = verify_credential(f"{jwt}~{disclosures[1]}~", metadata)
    assert len(one) == len(nothing) + 1


def test_a_changed_or_foreign_credential_is_refused(api: Api, member: Admitted) -> None:
    text = credential(api, member, Role.DIRECTOR)
    assert text is not None
    metadata = api.coalition.ledger.issuer.metadata
    header, rest = text.split(".", 1)
    payload, signature = rest.split(".", 1)
    for changed in (
        f"{header}.{payload[:-2]}AA.{signature}",
        f"{header}.{payload}.AAAA{signature[4:]}",
        text.replace("~", "~AAAA~", 1),
    ):
        with pytest.raises(SdJwtError):
            verify_credential(changed, metadata)
    with pytest.raises(SdJwtError, match="after the last tilde"):
        verify_credential(text + text.split("~")[0], metadata)
    with pytest.raises(SdJwtError, match="another issuer"):
        verify_credential(text, metadata | {"issuer": "https://elsewhere.example"})
    with pytest.raises(SdJwtError, match="not signed"):
        verify_credential(text, metadata | {"jwks": {"keys": []}})
    assert parse_sd_jwt(text).text() == text


def test_others_get_no_credential_of_a_member(api: Api, member: Admitted) -> None:
    stranger = api.coalition.representative(represented(api.coalition)[0])
    for key in (None, PUBLIC_KEY, "no key"):
        assert credential(api, member, Role.PUBLIC, key) is None
        assert credential(api, member, stranger, key) is None


@pytest.mark.parametrize(
    ("kind", "curve", "algorithm"), [("EC", "P-256", "ES256"), ("OKP", "Ed25519", "EdDSA")]
)
def test_the_holder_of_a_bound_credential_shows_that_it_is_theirs(
    small_api: Api, kind: str, curve: str, algorithm: str
) -> None:
    api = small_api
    key = JWK.generate(kty=kind, crv=curve)
    given = json.loads(key.export_public()) | {"use": "sig"}
    member = admitted(api)
    text = credential(api, member, api.coalition.representative(member.party), given)
    assert text is not None
    metadata = api.coalition.ledger.issuer.metadata
    asked = Challenge(*ASKED, datetime.now(UTC))

    shown = presented_by_others(text, key, {"tier": True}, algorithm)

    claims = verify_credential(shown, metadata, asked)
    assert claims["tier"] == "community-network"
    assert "since" not in claims
    assert claims["cnf"] == {"jwk": json.loads(key.export_public())}
    if kind == "EC":
        # The library checks a holder's signature by this algorithm alone.
        assert claims == verified_by_others(shown, metadata, *ASKED)


def test_a_copy_of_a_bound_credential_shows_nobody_to_be_its_holder(
    small_api: Api,
) -> None:
    api = small_api
    text = credential(api, admitted(api), Role.DIRECTOR, PUBLIC_KEY)
    assert text is not None
    metadata = api.coalition.ledger.issuer.metadata
    asked = Challenge(*ASKED, datetime.now(UTC))
    shown = presented_by_others(text, HOLDER, {"tier": True})
    unasked = verify_credential(text, metadata)
    # What comes with it is not looked at unless somebody asks (RFC 9901 §7.3, step 1).
    assert verify_credential(f"{text}nonsense", metadata) == unasked
    thief = presented_by_others(text, JWK.generate(kty="EC", crv="P-256"), {})
    for presented, said in (
        (text, "did not sign"),
        (thief, "not signed by the holder's key"),
        (shown.rsplit("~", 2)[0] + "~" + shown.rsplit("~", 1)[1], "something else"),
    ):
        with pytest.raises(SdJwtError, match=said):
            verify_credential(presented, metadata, asked)
    for again in (Challenge("https://other.example", ASKED[1], asked.now),
                  Challenge(ASKED[0], "another", asked.now)):  # fmt: skip
        with pytest.raises(SdJwtError, match="made for another"):
            verify_credential(shown, metadata, again)


def test_nobody_is_shown_to_hold_what_is_bound_to_no_key(small_api: Api) -> None:
    api = small_api
    text = credential(api, admitted(api), Role.DIRECTOR)
    assert text is not None
    metadata = api.coalition.ledger.issuer.metadata
    asked = Challenge(*ASKED, datetime.now(UTC))
    with pytest.raises(SdJwtError, match="bound to no key"):
        verify_credential(text, metadata, asked)
    with pytest.raises(SdJwtError, match="after the last tilde"):
        verify_credential(presented_by_others(text, HOLDER, {}), metadata, asked)


def test_a_credential_is_bound_to_no_key_but_a_public_one(small_api: Api) -> None:
    api = small_api
    place = global_id(NodeKind.MEMBERSHIP, admitted(api).membership)
    private = json.loads(HOLDER.export_private())
    for key, field, rule in (
        (private, "holderKey.d", "public"),
        (PUBLIC_KEY | {"kty": "oct"}, "holderKey.kty", "known-type"),
        (PUBLIC_KEY | {"crv": "P-521"}, "holderKey.crv", "known-curve"),
        ("text", "holderKey", "jwk"),
    ):
        error = api.refused(CREDENTIAL, Role.DIRECTOR, id=place, key=key)
        assert error["extensions"]["code"] == "INVALID_ARGUMENT"
        assert error["extensions"]["field"] == field
        assert error["extensions"]["rule"] == rule
        assert error["message"].startswith(f"{field} is ")
        # A private key that came by mistake is not said again.
        assert private["d"] not in json.dumps(error)
    written = f"""query ($id: ID!) {{ node(id: $id) {{ ... on Membership {{
        credential(holderKey: {{kty: "EC", crv: "P-256", x: "{PUBLIC_KEY["x"]}",
            y: "{PUBLIC_KEY["y"]}"}})
    }} }} }}"""
    text = api.ask(written, Role.DIRECTOR, id=place)["node"]["credential"]
    assert parse_sd_jwt(text).payload["cnf"] == {"jwk": PUBLIC_KEY}


def test_a_presentation_of_an_entry_is_checked_by_others_too(api: Api) -> None:
    ledger = api.coalition.ledger
    party, _ = represented(api.coalition)
    _, position = entry_of(ledger, party, 2)
    query = "query ($p: Int!) { ledger { entry(by: { position: $p }) { bytes leafHash } } }"
    with ledger.read() as snapshot:
        found = ledger.disclosures(snapshot.connection, [position])[position]
    known = opened(ledger, position)
    entry = api.ask(query, Role.DIRECTOR, p=position)["ledger"]["entry"]
    data = base64.b64decode(entry["bytes"])

    text = ledger.issuer.present(data, found, ["data.name"])

    shown = check_presentation(text)
    assert shown.values == {"data.name": known["data.name"]}
    assert shown.leaf_hash == entry["leafHash"]
    others = verified_by_others(text, ledger.issuer.metadata)
    assert others["data"] == {"name": known["data.name"]}
