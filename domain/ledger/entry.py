r"""The bytes of an entry: canonical JSON after one line of domain separation.

    coalition-ledger/entry/v1\n
    {"_sd":[…],"_sd_alg":"sha-256","actor":"committee","at":"2026-03-01T17:04:05Z",…}

The JSON is RFC 8785 (ASCII keys, integers only). Hidden fields appear as SD-JWT
digests (RFC 9901 §4.2): base64url(SHA-256(base64url(JSON [salt, name, value]))).
The position is not inside: the log's index is the position.

Two shapes exist. An *open* entry shows its type, stream, version, actor's role,
effective date, policy and public fields; only the actor's identity and the hidden
fields are digests. A *confidential* entry shows its id and day, and a fixed number
of digests whatever it holds: its ``data`` is itself one hidden object, with digests
of its own (RFC 9901 §4.2.6, recursive disclosures).
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from datetime import UTC, date, datetime, time
from typing import Any, Final

import msgspec
import orjson

from domain.ledger.body import (
    CONFIDENTIAL_CLAIMS,
    OPEN_CLAIMS,
    ConfidentialBody,
    Digest,
    Id,
    OpenBody,
    format_instant,
    parse_day,
    parse_instant,
)
from domain.ledger.commitment import (
    Disclosure,
    EntryError,
    canonical_json,
    decoy,
    salts_from,
)
from domain.ledger.disclosure import Event, hidden_fields

__all__ = [
    "DOMAIN_LINE",
    "MAX_ENTRY_BYTES",
    "Disclosure",
    "EncodedEntry",
    "EntryError",
    "Envelope",
    "PublicEntry",
    "canonical_json",
    "decode_event",
    "encode_entry",
    "open_entry",
    "parse_entry",
    "salts_from",
]

DOMAIN_LINE: Final = b"coalition-ledger/entry/v1\n"
MAX_ENTRY_BYTES: Final = 65_535


class Envelope(msgspec.Struct, frozen=True, kw_only=True, gc=False):
    """What every entry says about itself, beside the event.

    Attributes:
        entry_id: 128 random bits, lower-case hex.
        stream: id of the stream, 128 random bits, lower-case hex.
        version: 1-based place of the entry in its stream.
        at: recorded time, UTC, whole seconds.
        effective: the day from which the fact holds, in the coalition's time zone.
        actor: the role in which the actor acted.
        actor_id: the actor's identity; always hidden.
        policy: the policy version in force, such as ``cate@3``.
    """

    entry_id: str
    stream: str
    version: int
    at: datetime
    effective: date
    actor: str
    actor_id: str
    policy: str


class EncodedEntry(msgspec.Struct, frozen=True, gc=False):
    """An entry's bytes with everything that was left out of them."""

    data: bytes
    disclosures: tuple[Disclosure, ...]


class PublicEntry(msgspec.Struct, frozen=True, kw_only=True):
    """What anyone reads from the bytes alone.

    ``envelope`` is ``None`` for a confidential entry. ``data`` holds the public
    fields without ``_sd``. ``digests`` are all digests, of envelope and data.
    """

    entry_id: str
    at: str
    envelope: Envelope | None
    type: str | None
    data: dict[str, Any]
    digests: frozenset[str]


def encode_entry(envelope: Envelope, event: Event, salts: Iterator[str]) -> EncodedEntry:
    """Return the bytes of one entry and its disclosures.

    Args:
        envelope: what the entry says about itself.
        event: the fact; its declared levels decide what enters in clear.
        salts: fresh 128-bit salts; one is taken for each digest, decoys included.

    Raises:
        EntryError: the entry would exceed 65,535 bytes, or a value has no canonical form.
    """
    fields: dict[str, Any] = msgspec.to_builtins(event)
    data, disclosures, digests = {}, [], []
    hidden = hidden_fields(type(event))
    for name in hidden:
        salt = next(salts)
        if name in fields:
            disclosure = Disclosure(f"data.{name}", salt, fields.pop(name))
            disclosures.append(disclosure)
            digests.append(disclosure.digest())
        else:
            # A decoy: whether an optional hidden field was given stays hidden too.
            digests.append(decoy(salt))
    data = fields
    if hidden:
        data["_sd"] = sorted(digests)
    body = (_confidential_body if event.confidential else _open_body)(
        envelope, event, data, salts, disclosures
    )
    encoded = DOMAIN_LINE + canonical_json(body)
    if len(encoded) > MAX_ENTRY_BYTES:
        raise EntryError(f"entry has {len(encoded)} bytes; at most {MAX_ENTRY_BYTES} are allowed")
    return EncodedEntry(encoded, tuple(disclosures))


def _open_body(
    envelope: Envelope,
    event: Event,
    data: dict[str, Any],
    salts: Iterator[str],
    disclosures: list[Disclosure],
) -> dict[str, Any]:
    actor = Disclosure("actorId", next(salts), envelope.actor_id)
    disclosures.append(actor)
    return {
        "_sd": [actor.digest()],
        "_sd_alg": "sha-256",
        "actor": envelope.actor,
        "at": format_instant(envelope.at),
        "data": data,
        "effective": envelope.effective.isoformat(),
        "id": envelope.entry_id,
        "policy": envelope.policy,
        "stream": envelope.stream,
        "type": event.stored_name,
        "version": envelope.version,
    }


def _confidential_body(
    envelope: Envelope,
    event: Event,
    data: dict[str, Any],
    salts: Iterator[str],
    disclosures: list[Disclosure],
) -> dict[str, Any]:
    everything = {
        "actor": envelope.actor,
        "actorId": envelope.actor_id,
        "data": data,
        "effective": envelope.effective.isoformat(),
        "policy": envelope.policy,
        "stream": envelope.stream,
        "type": event.stored_name,
        "version": envelope.version,
    }
    hidden = [Disclosure(name, next(salts), value) for name, value in everything.items()]
    disclosures.extend(hidden)
    return {
        "_sd": sorted(disclosure.digest() for disclosure in hidden),
        "_sd_alg": "sha-256",
        "at": format_instant(envelope.at)[:10],
        "id": envelope.entry_id,
    }


def parse_entry(encoded: bytes) -> PublicEntry:
    """Read an entry's bytes.

    Raises:
        EntryError: the bytes are too many, lack the domain line, are not canonical JSON,
            or hold other keys or values than an entry has.
    """
    if len(encoded) > MAX_ENTRY_BYTES:
        raise EntryError(f"entry has {len(encoded)} bytes; at most {MAX_ENTRY_BYTES} are allowed")
    if not encoded.startswith(DOMAIN_LINE):
        raise EntryError("entry does not begin with the domain line")
    json = encoded[len(DOMAIN_LINE) :]
    try:
        body = orjson.loads(json)
    except orjson.JSONDecodeError as error:
        raise EntryError(f"entry is not JSON: {error}") from None
    # Re-encoding finds white space, key order, escapes and repeated keys alike.
    if canonical_json(body) != json or not isinstance(body, dict):
        raise EntryError("entry is not canonical JSON")
    try:
        return _read_open(body) if "type" in body else _read_confidential(body)
    except ValueError as error:
        raise EntryError(f"entry has a field of the wrong kind: {error}") from None


def _read_open(fields: dict[str, Any]) -> PublicEntry:
    body = msgspec.convert(fields, OpenBody)
    data = body.data
    inner = _inner_digests(data)
    _refuse_fractions(data)
    return PublicEntry(
        entry_id=body.id,
        at=body.at,
        envelope=Envelope(
            entry_id=body.id,
            stream=body.stream,
            version=body.version,
            at=parse_instant(body.at),
            effective=parse_day(body.effective),
            actor=body.actor,
            actor_id="",
            policy=body.policy,
        ),
        type=body.type,
        data=data,
        digests=inner.union(body.digests),
    )


def _read_confidential(fields: dict[str, Any]) -> PublicEntry:
    body = msgspec.convert(fields, ConfidentialBody)
    parse_day(body.at)
    return PublicEntry(
        entry_id=body.id,
        at=body.at,
        envelope=None,
        type=None,
        data={},
        digests=_as_set(body.digests),
    )


def _inner_digests(data: dict[str, Any]) -> frozenset[str]:
    """Take the digests of hidden fields out of an entry's data."""
    if "_sd" not in data:
        return frozenset()
    digests = msgspec.convert(data.pop("_sd"), list[Digest])
    if not digests:
        raise EntryError("an empty list of digests is left out")
    return _as_set(digests)


def _as_set(digests: list[str]) -> frozenset[str]:
    """Return digests that stand sorted and once each (RFC 9901 §4.2.4.1 asks for an order)."""
    found = frozenset(digests)
    if len(found) != len(digests) or sorted(digests) != digests:
        raise EntryError("digests are not sorted, or one stands twice")
    return found


def _refuse_fractions(value: object) -> None:
    """Refuse what RFC 8785 allows and entries do not: fractions and keys beyond ASCII."""
    if isinstance(value, float):
        raise EntryError("an entry holds integers only")
    inner = value if isinstance(value, list) else []
    if isinstance(value, dict):
        if not "".join(value).isascii():
            raise EntryError("an entry has ASCII keys only")
        inner = list(value.values())
    for each in inner:
        if not isinstance(each, str):
            _refuse_fractions(each)


def open_entry(
    entry: PublicEntry, disclosures: Sequence[Disclosure], types: Mapping[str, type[Event]]
) -> tuple[Envelope, Event]:
    """Join what the bytes say with the values opened for them.

    Args:
        entry: the parsed bytes.
        disclosures: opened hidden values of this entry; any may be missing.
        types: event classes by stored name.

    Raises:
        EntryError: a disclosure is not committed in the entry, the type is unknown or
            not one for this shape of entry, a hidden field stands in clear, or a
            confidential entry was given without its envelope.
    """
    claims: dict[str, Any] = {}
    hidden: dict[str, Disclosure] = {}
    allowed = CONFIDENTIAL_CLAIMS if entry.envelope is None else OPEN_CLAIMS
    for disclosure in disclosures:
        if disclosure.path == f"data.{disclosure.name}":
            hidden[disclosure.name] = disclosure
        elif disclosure.path in allowed:
            _check_committed(disclosure, entry.digests)
            claims[disclosure.path] = disclosure.value
        else:
            raise EntryError(f"an entry has no {disclosure.path}")
    if entry.envelope is None:
        envelope, stored_name, data, inner = _open_confidential(entry, claims)
    else:
        envelope = msgspec.structs.replace(entry.envelope, actor_id=claims.get("actorId", ""))
        stored_name, data, inner = entry.type or "", entry.data, entry.digests
    for disclosure in hidden.values():
        _check_committed(disclosure, inner)
    _check_shape(entry, stored_name, data, types)
    opened = {name: disclosure.value for name, disclosure in hidden.items()}
    if clash := opened.keys() & data.keys():
        raise EntryError(f"{', '.join(sorted(clash))} stands in clear and is disclosed")
    return envelope, decode_event(stored_name, data | opened, types)


def _check_committed(disclosure: Disclosure, digests: frozenset[str]) -> None:
    if disclosure.digest() not in digests:
        raise EntryError(f"the value of {disclosure.path} is not the one committed")


def _open_confidential(
    entry: PublicEntry, claims: dict[str, Any]
) -> tuple[Envelope, str, dict[str, Any], frozenset[str]]:
    """Return envelope, stored name, data and the data's digests of a confidential entry."""
    if not claims.keys() >= CONFIDENTIAL_CLAIMS - OPEN_CLAIMS:
        raise EntryError("the confidential entry is not opened")
    try:
        data = msgspec.convert(claims["data"], dict[str, Any])
        inner = _inner_digests(data)
        envelope = Envelope(
            entry_id=entry.entry_id,
            stream=msgspec.convert(claims["stream"], Id),
            version=msgspec.convert(claims["version"], int),
            at=datetime.combine(parse_day(entry.at), time(), UTC),
            effective=parse_day(msgspec.convert(claims["effective"], str)),
            actor=msgspec.convert(claims["actor"], str),
            actor_id=claims.get("actorId", ""),
            policy=msgspec.convert(claims["policy"], str),
        )
        return envelope, msgspec.convert(claims["type"], str), data, inner
    except ValueError as error:
        raise EntryError(f"entry has a field of the wrong kind: {error}") from None


def _check_shape(
    entry: PublicEntry, stored_name: str, data: dict[str, Any], types: Mapping[str, type[Event]]
) -> None:
    """Refuse what the entry's shape shows though its type says that it is hidden."""
    event_type = _event_type(stored_name, types)
    if event_type.confidential is not (entry.envelope is None):
        raise EntryError(f"{stored_name} has the wrong shape of entry")
    if shown := data.keys() & set(hidden_fields(event_type)):
        raise EntryError(f"{stored_name} shows {', '.join(sorted(shown))}, which is hidden")


def decode_event(stored_name: str, data: dict[str, Any], types: Mapping[str, type[Event]]) -> Event:
    """Return the typed event of plain JSON fields, hidden ones possibly missing.

    Raises:
        EntryError: the type is unknown, or a field is unknown or of another kind.
    """
    try:
        return msgspec.convert(data, _event_type(stored_name, types))
    except msgspec.ValidationError as error:
        raise EntryError(f"{stored_name}: {error}") from None


def _event_type(stored_name: str, types: Mapping[str, type[Event]]) -> type[Event]:
    event_type = types.get(stored_name)
    if event_type is None:
        raise EntryError(f"unknown event type {stored_name!r}")
    return event_type
