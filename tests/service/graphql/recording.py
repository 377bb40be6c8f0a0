"""The record that the coalition keeps of itself, written and asked."""

from __future__ import annotations

from typing import Any

from service.security.principal import Principal, Role
from tests.service.coalition import Coalition
from tests.service.graphql.api import Api

RECORD = """query ($asOf: AsOf) { governance(asOf: $asOf) {
    director { since until name recordedName person version }
    leaders { office } roster { office until } partners { tier { key } }
    workgroups { name purpose formedOn { text } dissolvedOn version }
    standards { wave title sha256 basedOn workgroup { name } supersedes { wave } }
    library { kind title publishedOn { text } supersededBy { wave } }
    funding { funder stipulations source since { text } until { text } }
} }"""
SHA256 = "ab" * 32


def must(api: Api, mutation: str, given: dict[str, Any], returning: str = "") -> dict[str, Any]:
    """Send a command as the director that is to be accepted."""
    answer = api.do(mutation, given, Role.DIRECTOR, returning=returning)
    assert answer["__typename"] == f"{mutation[0].upper()}{mutation[1:]}Accepted", answer
    assert answer["receipt"]["entries"]
    return answer


def governance(
    api: Api, query: str, who: Role | Principal = Role.PUBLIC, as_of: dict[str, Any] | None = None
) -> dict[str, Any]:
    found: dict[str, Any] = api.ask(query, who, asOf=as_of)["governance"]
    return found


def claim(api: Api, text: str, source: str, on: str, **more: object) -> str:
    given = {"text": text, "source": source, "precision": "YEAR", "effectiveOn": on} | more
    recorded: str = must(api, "recordHistory", given, "claim { id }")["claim"]["id"]
    return recorded


def partner_of(coalition: Coalition) -> str:
    """Return the global id of the founding partner."""
    query = "{ memberships(first: 1) { nodes { party { ... on Organisation { id } } } } }"
    found = Api(coalition).ask(query, Role.DIRECTOR)["memberships"]["nodes"][0]["party"]["id"]
    return str(found)


def write_down_one_of_everything(api: Api) -> None:
    coalition = api.coalition
    coalition.clock.advance(days=1)
    must(api, "appointDirector", {"name": "Robin Example", "named": False})
    party = partner_of(coalition)
    must(api, "namePartnerLeader", {"party": party, "name": "Teal Example", "named": True})
    group = must(
        api,
        "formWorkgroup",
        {"name": "Standards", "effectiveOn": "2019-01-01", "precision": "YEAR"},
        "workgroup { id name }",
    )["workgroup"]
    first = must(
        api,
        "publishStandards",
        {
            "wave": 1,
            "title": "Wave One",
            "sha256": SHA256,
            "link": "https://standards.example/one",
            "workgroup": group["id"],
            "basedOn": ["Guiding Principles"],
        },
        "publication { id }",
    )["publication"]
    must(api, "publishStandards", {"wave": 2, "title": "Wave Two", "supersedes": first["id"]})
    must(
        api,
        "publishLibraryItem",
        {
            "kind": "GUIDE",
            "title": "Where to find what",
            "effectiveOn": "2022-05-01",
            "precision": "MONTH",
        },
    )
    must(
        api,
        "recordFunding",
        {
            "funder": "Planted Foundation",
            "stipulations": "planted stipulations",
            "source": "planted report",
            "effectiveOn": "2022-01-01",
            "precision": "YEAR",
            "until": "2024-01-01",
            "untilPrecision": "YEAR",
        },
    )
