"""A log as its files, made by no service, and what can be done to it."""

from __future__ import annotations

import random
from collections.abc import Iterable, Sequence
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

from domain.audit.entries import Seen
from domain.audit.log import Audited, Trust, audit_log
from domain.coalition.coalition import CoalitionFounded, PolicyAdopted
from domain.ledger.checkpoint import Checkpoint, SigningKey
from domain.ledger.commitment import salts_from
from domain.ledger.disclosure import Event
from domain.ledger.entry import Envelope, encode_entry
from domain.ledger.merkle import Tree, leaf_hash
from domain.ledger.note import Algorithm, Note
from domain.ledger.tiles import encode_bundle, tiles_of
from domain.membership.membership import AgreementSent, MemberAdmitted
from domain.membership.review import ReviewerAssigned
from domain.terms import Basis, PartyId, PrincipalId

KEY = SigningKey("test.example/ledger", Algorithm.ED25519, bytes(32))
OTHER_KEY = SigningKey("test.example/ledger", Algorithm.ED25519, b"\1" * 32)
WITNESS = SigningKey("witness.example.org", Algorithm.ED25519_COSIGNATURE, b"\2" * 32)
NOW = 1_790_000_000
POLICY_SHA256 = "97f83b7274e3b0a647ba9f88affd89e376b6611b31c43df7c0d8795c144d781f"
_VECTORS = Path(__file__).parents[3] / "docs" / "vectors"
# Of the day on which the test vectors were made: they stay when the policy that ships changes.
POLICY_FILE = (_VECTORS / "log" / "documents" / POLICY_SHA256).read_bytes()
COALITION = f"{1:032x}"
MEMBER = f"{1_000_002:032x}"

_BEGAN = datetime(2026, 3, 1, 12, 0, 0, tzinfo=UTC)


class Writer:
    """Writes entries as a service would, with ids that are the same every time."""

    def __init__(self, seed: int = 7) -> None:
        self.entries: list[bytes] = []
        self._random = random.Random(seed)  # noqa: S311 - repeatable, and nothing secret is in it
        self._versions: dict[str, int] = {}

    def write(self, stream: str, event: Event, *, policy: str = "cate@1") -> None:
        """Append an entry."""
        version = self._versions[stream] = self._versions.get(stream, 0) + 1
        envelope = Envelope(
            entry_id=f"{self._random.getrandbits(128):032x}",
            stream=stream,
            version=version,
            at=_BEGAN + timedelta(minutes=len(self.entries)),
            effective=date(2026, 3, 1),
            actor="director",
            actor_id="somebody",
            policy=policy,
        )
        salts = salts_from(self._random.randbytes(16 * 40))
        self.entries.append(encode_entry(envelope, event, salts).data)

    def leave_out(self, stream: str, count: int) -> None:
        """Let so many entries of a stream be somewhere else."""
        self._versions[stream] = self._versions.get(stream, 0) + count


def written(size: int) -> list[bytes]:
    """Return entries of a coalition: its founding, members, and now and then a review."""
    writer = Writer()
    writer.write(COALITION, CoalitionFounded(name="Coalition of the Test", time_zone="UTC"))
    writer.write(
        COALITION,
        PolicyAdopted(policy="cate", version=1, sha256=POLICY_SHA256, basis=Basis.FOUNDING),
    )
    while len(writer.entries) < size:
        place = len(writer.entries)
        if place % 7 == 3:
            writer.write(
                f"{2_000 + place:032x}", ReviewerAssigned(reviewer=PrincipalId("somebody"))
            )
        elif place % 2:
            writer.write(
                MEMBER,
                AgreementSent(agreement="partner-agreement", version=place, sha256="0" * 64),
            )
        else:
            writer.write(
                f"{1_000_000 + place:032x}",
                MemberAdmitted(
                    basis=Basis.FOUNDING,
                    tier="collaborative-partner",
                    membership_class="full",
                    agreement="partner-agreement",
                    application=None,
                    clauses=[],
                    party=PartyId(f"{3_000_000 + place:032x}"),
                    standards={},
                ),
            )
    return writer.entries[:size]


def files_of(
    entries: Sequence[bytes], key: SigningKey = KEY, more: Iterable[SigningKey] = ()
) -> dict[str, bytes]:
    """Return the files of a log that has these entries and is signed by a key."""
    leaves = [leaf_hash(entry) for entry in entries]
    tree, changes = Tree().extend(leaves)
    stored = {tuple(each.tile): each.hashes for each in changes}
    made = {}
    for tile in tiles_of(len(entries)):
        span = slice(tile.first, tile.first + tile.width)
        if tile.entries:
            made[str(tile)] = encode_bundle(entries[span])
        elif tile.level == 0:
            made[str(tile)] = b"".join(leaves[span])
        else:
            made[str(tile)] = stored[tile.level, tile.number]
    checkpoint = Checkpoint(key.name, len(entries), tree.frontier.root())
    made["checkpoint"] = note_of(checkpoint, key, *more).to_bytes()
    made[f"documents/{POLICY_SHA256}"] = POLICY_FILE
    return made


def note_of(checkpoint: Checkpoint, *keys: SigningKey) -> Note:
    """Return a signed checkpoint."""
    return Note(str(checkpoint), tuple(key.sign(checkpoint, NOW - 60) for key in keys))


def checkpoint_of(files: dict[str, bytes]) -> Note:
    """Return the checkpoint among files."""
    return Note.parse(files["checkpoint"])


def audit(files: dict[str, bytes], **trust: object) -> Audited:
    """Audit files, trusting the log's key."""
    return audit_with(files, lambda *_: None, **trust)


def audit_with(files: dict[str, bytes], seen: Seen, **trust: object) -> Audited:
    """Audit files, and be told of each entry."""

    def read(name: str, most: int) -> bytes | None:
        content = files.get(name)
        return None if content is None else content[: most + 1]

    given = {"keys": (KEY.verifier,), "now": NOW} | trust
    return audit_log(read, Trust(**given), seen=seen)  # type: ignore[arg-type]
