"""What the log says about itself: by which keys it is signed, and what its views held.

All of it stands in one stream, and all of it is public. The first signing key stands in no entry:
it is what readers begin with.
"""

from __future__ import annotations

from datetime import date
from hashlib import sha256
from typing import ClassVar, Final, assert_never

import msgspec
from msgspec.structs import replace

from domain.decision import (
    Command,
    Decision,
    Fact,
    RefusalCode,
    refuse,
    refuse_input,
)
from domain.ledger.disclosure import Event, Public
from domain.ledger.note import Algorithm, NoteError, VerifierKey
from domain.terms import Sha256

MOST_KEYS: Final = 8
"""Keys that sign at once: a checkpoint has a line of each."""


class StateAttested(Event, frozen=True, kw_only=True):
    """What a read model held after a position, as anybody can compute it from the entries.

    Attributes:
        model: the read model's name.
        version: of what its rows are made of here.
        position: the last position taken in.
        rows: how many rows there were.
        digest: SHA-256 over them, lower-case hex.
    """

    stored_name: ClassVar[str] = "ledger.state_attested.v1"

    model: Public[str]
    version: Public[int]
    position: Public[int]
    rows: Public[int]
    digest: Public[str]


class SigningKeyAdded(Event, frozen=True, kw_only=True):
    """Checkpoints are signed by this key too, from now on: a verifier key (C2SP signed-note)."""

    stored_name: ClassVar[str] = "ledger.signing_key_added.v1"

    key: Public[str]


class SigningKeyRetired(Event, frozen=True, kw_only=True):
    """Checkpoints are signed by this key no more."""

    stored_name: ClassVar[str] = "ledger.signing_key_retired.v1"

    key: Public[str]


CustodyEvent = StateAttested | SigningKeyAdded | SigningKeyRetired


class ModelState(msgspec.Struct, frozen=True, kw_only=True):
    """What one read model holds; see `StateAttested`."""

    model: str
    version: int
    rows: int
    digest: Sha256


class AttestState(Command, frozen=True, kw_only=True):
    """Record what read models hold after a position."""

    position: int
    states: list[ModelState]


class AddSigningKey(Command, frozen=True, kw_only=True):
    """Sign by one more key; ``first`` is the key that no entry names."""

    first: str
    key: str


class RetireSigningKey(Command, frozen=True, kw_only=True):
    """Sign by a key no more; ``key_id`` is the part of it between the plus signs."""

    first: str
    key_id: str


class Custody(msgspec.Struct, frozen=True, kw_only=True):
    """What is known of the log itself.

    Attributes:
        added: the keys that were added, in order.
        retired: the keys that sign no more.
        attested_position: the position that the last attestation describes.
        attested_in: how many entries say so.
        attested_on: the day of it.
    """

    id: str
    version: int = 0
    added: tuple[str, ...] = ()
    retired: frozenset[str] = frozenset()
    attested_position: int = 0
    attested_in: int = 0
    attested_on: date | None = None

    def signing(self, first: str) -> list[str]:
        """Return the keys that sign, in order, given the one that no entry names."""
        return [key for key in (first, *self.added) if key not in self.retired]


def custody_stream(coalition: str) -> str:
    """Return the id of the one stream, which follows from the coalition's random one."""
    return sha256(f"coalition-ledger/custody/{coalition}".encode()).hexdigest()[:32]


def evolve(state: Custody, event: CustodyEvent, effective: date) -> Custody:
    """Return what is known after an event."""
    state = replace(state, version=state.version + 1)
    match event:
        case StateAttested():
            again = event.position == state.attested_position
            return replace(
                state,
                attested_position=event.position,
                attested_in=state.attested_in + 1 if again else 1,
                attested_on=effective,
            )
        case SigningKeyAdded():
            return replace(state, added=(*state.added, event.key))
        case SigningKeyRetired():
            return replace(state, retired=state.retired | {event.key})
        case _:
            assert_never(event)


def decide_attest_state(custody: Custody, command: AttestState) -> Decision:
    """Record what read models hold; nothing where nothing happened but attestations.

    An attestation is never made of one: it would be due again and again.
    """
    if command.position <= custody.attested_position + custody.attested_in:
        return []
    return [
        Fact(
            custody.id,
            StateAttested(
                model=state.model,
                version=state.version,
                position=command.position,
                rows=state.rows,
                digest=state.digest,
            ),
        )
        for state in command.states
    ]


def decide_add_signing_key(custody: Custody, command: AddSigningKey) -> Decision:
    """Add a key of the log's own name; refuse one that signs or signed, and too many at once."""
    try:
        key = VerifierKey.parse(command.key)
    except NoteError as error:
        return refuse_input(
            "key", "verifier-key", f"This is no key: {error.reason}.", "A verifier key."
        )
    if key.algorithm is Algorithm.ED25519_COSIGNATURE:
        return refuse_input(
            "key", "key-kind", "This is a witness's key.", "A key of type 0x01 or 0x06."
        )
    if key.name != VerifierKey.parse(command.first).name:
        return refuse_input(
            "key", "key-name", "The key bears another name.", "The log's origin as its name."
        )
    if command.key in (command.first, *custody.added):
        if command.key in custody.retired:
            return refuse_input(
                "key", "retired-key", "The key was retired.", "A key that never signed before."
            )
        return []
    if len(custody.signing(command.first)) >= MOST_KEYS:
        return refuse(
            RefusalCode.WRONG_PHASE,
            "most-keys",
            f"{MOST_KEYS} keys sign already.",
            "Retire one first.",
        )
    return [Fact(custody.id, SigningKeyAdded(key=command.key))]


def decide_retire_signing_key(custody: Custody, command: RetireSigningKey) -> Decision:
    """Retire a key; refuse one that never signed, and the last one."""
    known = {VerifierKey.parse(key).key_id.hex(): key for key in (command.first, *custody.added)}
    key = known.get(command.key_id.lower())
    if key is None:
        return refuse_input("keyId", "known-key", "No such key signs.", "One that signs now.")
    if key in custody.retired:
        return []
    if len(custody.signing(command.first)) == 1:
        return refuse(
            RefusalCode.WRONG_PHASE,
            "last-key",
            "It is the only key that signs.",
            "Add another one first, and let readers learn of it.",
        )
    return [Fact(custody.id, SigningKeyRetired(key=key))]
