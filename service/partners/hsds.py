"""The directory as Open Referral's Human Services Data Specification 3.0 has it.

An organisation is one that shows its name; people are in no such file, whatever they show in the
directory. There is no place in it: members show counties, and addresses are given out one by one.
What a member does not show is left out. Ids follow from those of the listings, so that they stay.
"""

from __future__ import annotations

import uuid
from collections.abc import Callable, Iterator, Sequence
from typing import Any, Final

import orjson

_IDS: Final = uuid.UUID("f1c6cb06-6c2f-4b0a-8d8e-3b6d1a6f0f3c")


def organisations(listing: dict[str, Any]) -> list[dict[str, Any]]:
    """Return a listing as an organization with its services; nothing, of one that is none."""
    organisation = _organisation(listing)
    if organisation is None:
        return []
    return [{**organisation, "services": _services(listing)}]


def services(listing: dict[str, Any]) -> list[dict[str, Any]]:
    """Return the services of a listing, each with its organization."""
    organisation = _organisation(listing)
    if organisation is None:
        return []
    return [{**service, "organization": organisation} for service in _services(listing)]


class Hsds:
    """A JSON array of what is made of each listing, written page by page.

    Args:
        made_of: what is made of a listing: `organisations` or `services`.
    """

    media_type = "application/json; charset=utf-8"

    def __init__(self, made_of: Callable[[dict[str, Any]], list[dict[str, Any]]]) -> None:
        self._made_of = made_of
        self._between = b"\n"

    def head(self) -> bytes:
        """Return the beginning of the array."""
        return b"["

    def rows(self, found: Sequence[dict[str, Any]]) -> bytes:
        """Return what is made of a page."""
        written = []
        for row in found:
            for made in self._made_of(row):
                written += [self._between, orjson.dumps(made)]
                self._between = b",\n"
        return b"".join(written)

    def foot(self) -> Iterator[bytes]:
        """Yield the end of the array."""
        yield b"\n]\n"


def _organisation(listing: dict[str, Any]) -> dict[str, Any] | None:
    if listing["kind"] != "ORGANISATION" or not listing["name"]:
        return None
    own_id = _id(listing["id"])
    # A description is required, and not everybody shows one.
    shown = {
        "id": own_id,
        "name": listing["name"],
        "description": listing["description"] or listing["tier"]["name"],
        "email": listing["email"],
        "website": listing["website"],
    }
    organisation = {name: value for name, value in shown.items() if value is not None}
    if listing["phone"] is not None:
        organisation["phones"] = [
            {
                "id": _id(listing["id"], "phone"),
                "organization_id": own_id,
                "number": listing["phone"],
            }
        ]
    return organisation


def _services(listing: dict[str, Any]) -> list[dict[str, Any]]:
    return [_service(listing, name) for name in dict.fromkeys(listing["services"])]


def _service(listing: dict[str, Any], name: str) -> dict[str, Any]:
    own_id = _id(listing["id"], "service", name)
    service: dict[str, Any] = {
        "id": own_id,
        "organization_id": _id(listing["id"]),
        "name": name,
        "status": "active",
        "service_areas": [
            {
                "id": _id(own_id, county["fips"]),
                "service_id": own_id,
                "name": f"{county['name']}, {county['state']}",
                "uri": f"urn:fips:{county['fips']}",
            }
            for county in listing["counties"]
        ],
    }
    if listing["populations"]:
        service["eligibility_description"] = "; ".join(listing["populations"])
    return service


def _id(*names: str) -> str:
    return str(uuid.uuid5(_IDS, "/".join(names)))
