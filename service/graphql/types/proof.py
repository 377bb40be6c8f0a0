"""What proves the log: its checkpoint, its keys, and proofs against it."""

from __future__ import annotations

import strawberry

from domain.ledger.checkpoint import Checkpoint as SignedCheckpoint
from domain.ledger.merkle import ProofError
from domain.ledger.note import VerifierKey
from service.graphql.context import Context
from service.graphql.declare import object_type
from service.graphql.errors import InvalidArgumentError
from service.graphql.scalars import Sha256
from service.ledger.custody import attested
from service.transparency.published import prove_consistency, prove_inclusion, published


@object_type
class Checkpoint:
    """The newest end of the log that was signed and published (C2SP tlog-checkpoint)."""

    size: int = strawberry.field(description="How many entries it covers.")
    root_hash: Sha256 = strawberry.field(description="The Merkle root over them (RFC 6962).")
    note: str = strawberry.field(
        description="The signed note itself, with all signatures, as `/log/v1/checkpoint` has it."
    )


@object_type
class PublicKey:
    """A key that the log signs with."""

    name: str = strawberry.field(description="The name that its signatures bear.")
    key_id: str = strawberry.field(description="The key id that they begin with, in hex.")
    verifier_key: str = strawberry.field(
        description="Name, key id and key as verifiers take them (C2SP signed-note)."
    )


@object_type
class InclusionProof:
    """That an entry stands in the tree of a size (RFC 6962 §2.1.1)."""

    leaf_index: int = strawberry.field(description="The position less one: trees count from 0.")
    tree_size: int = strawberry.field(description="The size of the tree.")
    hashes: list[Sha256] = strawberry.field(description="The proof, the leaf's neighbour first.")


@object_type
class ConsistencyProof:
    """That one tree of the log extends another (RFC 6962 §2.1.2)."""

    from_size: int = strawberry.field(description="The size of the earlier tree.")
    to_size: int = strawberry.field(description="The size of the later tree.")
    hashes: list[Sha256] = strawberry.field(description="The proof, lowest first.")


@object_type
class Attestation:
    """That a read model held what follows from the entries, as the log says itself."""

    model: str = strawberry.field(description="The read model's name.")
    version: int = strawberry.field(description="Of what its rows are made of in the digest.")
    position: int = strawberry.field(description="The last position that was taken in.")
    rows: int = strawberry.field(description="How many rows it had.")
    digest: Sha256 = strawberry.field(
        description="SHA-256 over the public part of them; auditors compute the same."
    )
    attested_at: int = strawberry.field(description="The position of the entry that says so.")


def attestations(context: Context) -> list[Attestation]:
    """Return the last attestation of each read model."""
    return [
        Attestation(
            model=event.model,
            version=event.version,
            position=event.position,
            rows=event.rows,
            digest=Sha256(event.digest),
            attested_at=position,
        )
        for position, event in attested(context.connection, context.ledger.coalition)
    ]


def newest_checkpoint(context: Context) -> Checkpoint | None:
    """Return the published checkpoint."""
    context.beside_ledger = True
    note = published(context.connection)
    if note is None:
        return None
    signed = SignedCheckpoint.parse(note.text)
    text = note.to_bytes().decode()
    return Checkpoint(size=signed.size, root_hash=Sha256(signed.root.hex()), note=text)


def public_key(key: VerifierKey) -> PublicKey:
    """Return a key."""
    return PublicKey(name=key.name, key_id=key.key_id.hex(), verifier_key=str(key))


def included(context: Context, position: int, tree_size: int | None) -> InclusionProof:
    """Return the proof of an entry; without a size, in the tree of the newest checkpoint."""
    if tree_size is None:
        checkpoint = newest_checkpoint(context)
        tree_size = context.snapshot.position if checkpoint is None else checkpoint.size
    _require_reached(context, "treeSize", tree_size)
    try:
        hashes = prove_inclusion(context.connection, position, tree_size)
    except ProofError:
        message = f"position is from 1 to the size of the tree, {tree_size}."
        raise InvalidArgumentError("position", "in-tree", message) from None
    return InclusionProof(leaf_index=position - 1, tree_size=tree_size, hashes=_hex(hashes))


def consistent(context: Context, from_size: int, to_size: int) -> ConsistencyProof:
    """Return the proof that a later tree extends an earlier one."""
    _require_reached(context, "toSize", to_size)
    try:
        hashes = prove_consistency(context.connection, from_size, to_size)
    except ProofError:
        message = f"fromSize is from 1 to toSize, {to_size}."
        raise InvalidArgumentError("fromSize", "in-order", message) from None
    return ConsistencyProof(from_size=from_size, to_size=to_size, hashes=_hex(hashes))


def _require_reached(context: Context, argument: str, size: int) -> None:
    position = context.snapshot.position
    if not 1 <= size <= position:
        message = f"{argument} is from 1 to what the log has, {position}."
        raise InvalidArgumentError(argument, "reached", message)


def _hex(hashes: list[bytes]) -> list[Sha256]:
    return [Sha256(each.hex()) for each in hashes]
