"""`coalition disclose …`, `coalition credential …`, and where the issuer's key is found."""

from __future__ import annotations

import json
from pathlib import Path

from jwcrypto.jwk import JWK
from sd_jwt.holder import SDJWTHolder

from service.cli.exits import FAILED, USAGE
from service.key_binding import holder_key
from tests.service.cli.conftest import Installation, assert_fault
from tests.service.coalition import Coalition, organisation
from tests.service.http.conftest import serving
from tests.service.ledger.erasures import PARTY, entry_of, represented


def installed(coalition: Coalition, folder: Path) -> Installation:
    place = Installation(folder, coalition.places.database_url)
    place.kek.write_bytes(bytes(range(32)))
    place.kek.chmod(0o600)
    return place


def test_a_field_is_shown_and_checked_offline(sqlite_url: str, tmp_path: Path) -> None:
    coalition = Coalition(sqlite_url, tmp_path)
    party, _ = represented(coalition)
    entry, _ = entry_of(coalition.ledger, party)
    coalition.close()
    place = installed(coalition, tmp_path)
    file = tmp_path / "shown"

    file.write_text(place.must("disclose", "make", entry, "name").stdout)
    assert_fault(place.run("disclose", "make", entry, "shoe"), USAGE, "shoe", "party_type")
    assert_fault(place.run("disclose", "make", "nothing", "name"), USAGE, "no entry nothing")

    # Whoever checks has neither settings nor a database.
    place.environment = dict.fromkeys(place.environment, "")
    found = json.loads(place.must("disclose", "verify", str(file)).stdout)
    assert found["values"] == {"data.name": PARTY}
    place.must("disclose", "verify", str(file), f"--leaf-hash={found['leafHash']}")
    other = place.run("disclose", "verify", str(file), f"--leaf-hash={'0' * 64}")
    assert_fault(other, FAILED, "another entry")
    file.write_text(file.read_text().replace("~", "~AAAA", 1))
    assert_fault(place.run("disclose", "verify", str(file)), FAILED, "not good")
    assert_fault(place.run("disclose", "verify", str(tmp_path / "none")), USAGE, "cannot be read")


def test_a_credential_is_checked_with_what_the_service_publishes(
    sqlite_url: str, tmp_path: Path
) -> None:
    coalition = Coalition(sqlite_url, tmp_path)
    place = installed(coalition, tmp_path)
    text = coalition.ledger.issuer.membership(
        {"tier": "community-network"}, {"position": 7}, coalition.clock()
    )
    with serving(coalition) as client:
        published = client.get("/.well-known/jwt-vc-issuer/ledger")
        assert published.content == client.get("/.well-known/jwt-vc-issuer").content
    coalition.close()
    issuer, file = tmp_path / "issuer.json", tmp_path / "credential"
    issuer.write_bytes(published.content)
    file.write_text(text)
    assert "d" not in published.json()["jwks"]["keys"][0]

    check = ("credential", "verify", str(file), f"--issuer={issuer}")
    assert json.loads(place.must(*check).stdout)["tier"] == "community-network"
    assert "bound to no key" in place.must(*check).stderr
    assert organisation().name not in place.must(*check).stdout
    file.write_text(text.replace(".", ".A", 1))
    assert_fault(place.run(*check), FAILED, "not good")
    file.write_bytes(b"\xff")
    assert_fault(place.run(*check), FAILED, "not ASCII")
    file.write_text(text)
    issuer.write_text("[]")
    assert_fault(place.run(*check), USAGE, "no JSON object")


def test_whoever_asks_is_shown_that_the_presenter_is_the_holder(
    small_place: Installation, tmp_path: Path
) -> None:
    key = JWK.generate(kty="EC", crv="P-256")
    coalition = Coalition(small_place.database_url, tmp_path)
    text = coalition.ledger.issuer.membership(
        {"tier": "community-network"},
        {"position": 7},
        coalition.clock(),
        holder_key(json.loads(key.export_public())),
    )
    issuer, file = tmp_path / "issuer.json", tmp_path / "credential"
    issuer.write_text(json.dumps(coalition.ledger.issuer.metadata))
    coalition.close()
    holder = SDJWTHolder(text)
    holder.create_presentation({"tier": True}, "n-0S6", "https://partner.example", key)
    file.write_text(holder.sd_jwt_presentation)
    check = ("credential", "verify", str(file), f"--issuer={issuer}")
    audience, nonce = "--audience=https://partner.example", "--nonce=n-0S6"

    shown = small_place.must(*check, audience, nonce)
    assert json.loads(shown.stdout)["tier"] == "community-network"
    assert "Its presenter has the key of its holder." in shown.stderr
    other = small_place.run(*check, audience, "--nonce=another")
    assert_fault(other, FAILED, "not good", "another nonce")
    for one in ((audience,), (nonce,), (audience, "--nonce="), ("--audience=", nonce)):
        assert_fault(small_place.run(*check, *one), USAGE, "both --audience and --nonce")

    # Nobody asked, or there is nothing to ask about: then it says that nothing was shown.
    assert "not shown to be its holder" in small_place.must(*check).stderr
    file.write_text(text)
    assert "not shown to be its holder" in small_place.must(*check).stderr
    assert_fault(small_place.run(*check, audience, nonce), FAILED, "did not sign")
