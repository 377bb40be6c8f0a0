"""`coalition disclose …`, `coalition credential …`, and where the issuer's key is found."""

from __future__ import annotations

import json
from pathlib import Path

from service.cli.exits import FAILED, USAGE
from tests.service.cli.conftest import Installation, assert_fault
from tests.service.coalition import Coalition, organisation
from tests.service.http.conftest import serving
from tests.service.ledger.test_erasing import PARTY, entry_of, represented


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
    assert organisation().name not in place.must(*check).stdout
    file.write_text(text.replace(".", ".A", 1))
    assert_fault(place.run(*check), FAILED, "not good")
    file.write_bytes(b"\xff")
    assert_fault(place.run(*check), FAILED, "not ASCII")
    file.write_text(text)
    issuer.write_text("[]")
    assert_fault(place.run(*check), USAGE, "no JSON object")
