"""What members and staff show elsewhere: checked by our code, and by a library of others."""

from __future__ import annotations

import base64
import json
from typing import Any

import pytest
from jwcrypto.jwk import JWK
from sd_jwt.verifier import SDJWTVerifier

from domain.ledger.sd_jwt import SdJwtError, check_presentation, parse_sd_jwt
from service.credentials import verify_credential
from service.graphql.ids import NodeKind, global_id
from service.security.principal import Principal, Role
from tests.service.coalition import Admitted, organisation
from tests.service.graphql.api import Api
from tests.service.ledger.test_erasing import entry_of, opened, represented

CREDENTIAL = "query ($id: ID!) { node(id: $id) { ... on Membership { credential } } }"


def verified_by_others(text: str, metadata: dict[str, Any]) -> dict[str, Any]:
    """Return what the library `sd-jwt` finds in it."""
    key = JWK.from_json(json.dumps(metadata["jwks"]["keys"][0]))
    claims: dict[str, Any] = SDJWTVerifier(text, lambda *_: key).get_verified_payload()
    return claims


@pytest.fixture
def member(api: Api) -> Admitted:
    coalition = api.coalition
    version, sha256 = coalition.publish("network-member-agreement", "We agree.")
    admitted = coalition.admit("community-network", organisation())
    coalition.sign(admitted, "network-member-agreement", version, sha256)
    return admitted


def credential(api: Api, member: Admitted, who: Role | Principal) -> str | None:
    shown = api.ask(CREDENTIAL, who, id=global_id(NodeKind.MEMBERSHIP, member.membership))
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
    assert credential(api, member, Role.PUBLIC) is None
    stranger = api.coalition.representative(represented(api.coalition)[0])
    assert credential(api, member, stranger) is None


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
