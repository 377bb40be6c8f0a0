"""The audit of a whole log: from its files to a verdict, in one pass and bounded memory.

    audited = audit_log(read, Trust(keys=keys, now=now))

What is checked, in this order: who signed the checkpoint; each entry's bytes against its hash in
the tree, and its rules against the entries before it; the tree against every checkpoint that was
kept from earlier, and against the one that is signed. So the first fault found is the first there
is, and its position is named.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Final

import msgspec

from domain.audit.documents import Documents
from domain.audit.entries import EntryAudit, Seen
from domain.audit.finding import TamperedError, UnreadableError
from domain.audit.opened import MAX_OPENED_BYTES, OpenedEntry, decode_opened, opened_path
from domain.ledger.checkpoint import Checkpoint, Verified, verify
from domain.ledger.merkle import HASH_BYTES, TILE_HASHES, ProofError, TileId, Tree, leaf_hash
from domain.ledger.note import MAX_NOTE_BYTES, Note, NoteError, VerifierKey
from domain.ledger.proofs import verify_consistency
from domain.ledger.tiles import TileError, TilePath, entries_of, tiles_of
from domain.ledger.witness import AddCheckpoint

CHECKPOINT: Final = "checkpoint"
KEYS: Final = "keys"
"""The log's verifier keys, a line each, as a bundle brings them: nothing is checked by them."""
FULL: Final = "full"
"""An empty file: the bundle opens every entry, as ``disclosures/`` has it."""
AS_OF: Final = "as-of"
"""Where a bundle ends before the checkpoint does: the proof, as a witness is sent it."""
MAX_BUNDLE_BYTES: Final = TILE_HASHES * 65_537
CLOCK_TOLERANCE_S: Final = 300
"""How far a witness's clock may be ahead of the auditor's."""

Read = Callable[[str, int], bytes | None]
"""Returns a file of the log by its path; ``None`` where there is none.

Of a file larger than so many bytes it returns a byte more. It raises `UnreadableError` where
nobody can tell what is there.
"""


class Trust(msgspec.Struct, frozen=True, kw_only=True):
    """What an auditor knows before, and from elsewhere than the log.

    Attributes:
        keys: the log's verifier keys.
        witnesses: verifier keys of witnesses.
        quorum: how many of them have to have cosigned.
        earlier: checkpoints that were seen before; the log has to extend each.
        now: seconds since 1970.
    """

    keys: Sequence[VerifierKey]
    witnesses: Sequence[VerifierKey] = ()
    quorum: int = 0
    earlier: Sequence[Note] = ()
    now: int


class Audited(msgspec.Struct, frozen=True, kw_only=True):
    """A log in which nothing was found wrong.

    Attributes:
        checkpoint: what was signed.
        note: the same with its signatures.
        size: how many entries were there; fewer than were signed, where the bundle ends before.
        signed_by: names of the log's keys that signed it, a name for each key.
        witnessed_by: names of the witnesses that cosigned it.
        types: how many entries there are of each type, and how many confidential ones.
        streams: how many streams have shown themselves.
        documents: how many texts have the hash that an entry names.
        documents_absent: how many texts were not there.
        opened: how many hidden values a full bundle opens, each as its entry commits to it.
        erased: how many were erased, as entries say.
        attestations: how many digests of read models follow from the entries, as they say.
        clock_steps: how often the recorded time went back from one entry to the next.
        extends: sizes of the earlier checkpoints that it extends.
    """

    checkpoint: Checkpoint
    note: Note
    size: int
    signed_by: tuple[str, ...]
    witnessed_by: tuple[str, ...]
    types: dict[str, int]
    streams: int
    documents: int
    documents_absent: int
    opened: int
    erased: int
    attestations: int
    clock_steps: int
    extends: tuple[int, ...]


def audit_log(
    read: Read,
    trust: Trust,
    progress: Callable[[int, int], None] = lambda *_: None,
    seen: Seen | None = None,
) -> Audited:
    """Check a log from its first byte to its signature.

    Args:
        read: its files, as C2SP tlog-tiles names them, and beside them ``documents/<SHA-256>``.
        trust: what is known of it from elsewhere.
        progress: told how many entries are checked, and of how many.
        seen: told of each entry; see `EntryAudit`.

    Raises:
        TamperedError: something is not what was signed, or breaks a rule.
        UnreadableError: there is no log to read.
    """
    note = read_checkpoint(read)
    checkpoint = Checkpoint.parse(note.text)
    signed, witnessed = check_signatures(note, trust)
    earlier = _earlier(checkpoint, trust)
    documents = Documents(read)
    entries = EntryAudit(documents, seen)
    part = _part(read, note)
    size = checkpoint.size if part is None else part.old_size
    if earlier and earlier[-1].size > size:
        raise UnreadableError(
            f"the bundle ends at position {size}, before the checkpoint from earlier does"
        )
    made = _Pass(read, size, earlier, entries)
    made.run(progress)
    made.finish(checkpoint, () if part is None else part.proof)
    _refuse_retired(signed, entries)
    return Audited(
        checkpoint=checkpoint,
        note=note,
        size=size,
        signed_by=_names(signed),
        witnessed_by=_names(witnessed),
        types=dict(sorted(entries.types.items())),
        streams=entries.streams,
        documents=documents.checked,
        documents_absent=documents.absent,
        opened=entries.opened,
        erased=entries.erasures.count,
        attestations=entries.state.checked,
        clock_steps=entries.clock_steps,
        extends=tuple(each.size for each in earlier),
    )


def read_checkpoint(read: Read) -> Note:
    """Return the checkpoint of a log, with nothing about it checked but its form.

    Raises:
        TamperedError: it is none.
        UnreadableError: there is none.
    """
    content = read(CHECKPOINT, MAX_NOTE_BYTES)
    if content is None:
        raise UnreadableError("there is no checkpoint: this is no log, or not all of one")
    try:
        note = Note.parse(content)  # which refuses too many bytes
        Checkpoint.parse(note.text)
    except NoteError as error:
        raise TamperedError(f"the checkpoint is none: {error.reason}") from None
    return note


def check_signatures(note: Note, trust: Trust) -> tuple[Verified, Verified | None]:
    """Check a checkpoint's signatures: the log's, and as many witnesses' as are asked for.

    Returns:
        The log's signatures, and the witnesses'; ``None`` where no witness is known.

    Raises:
        TamperedError: the log's key has not signed it, too few witnesses have, or one did so at
            a time that is still to come.
    """
    origin = Checkpoint.parse(note.text).origin
    own = [key for key in trust.keys if key.name == origin]
    if not own:
        raise TamperedError("the checkpoint is another log's: its origin is no trusted key's name")
    try:
        signed = verify(note, own)
    except NoteError as error:
        raise TamperedError(f"the checkpoint does not hold: {error.reason}") from None
    witnessed = None
    if any(line.is_by(key) for line in note.signatures for key in trust.witnesses):
        try:
            witnessed = verify(note, trust.witnesses)
        except NoteError as error:
            raise TamperedError(f"a cosignature does not hold: {error.reason}") from None
    found = len(set() if witnessed is None else {each.key for each in witnessed.by})
    if found < trust.quorum:
        raise TamperedError(f"{found} witnesses have cosigned it, and {trust.quorum} are asked for")
    for each in (*signed.by, *(witnessed.by if witnessed is not None else ())):
        if each.at is not None and each.at > trust.now + CLOCK_TOLERANCE_S:
            raise TamperedError("the checkpoint is signed at a time that is still to come")
    return signed, witnessed


def _names(verified: Verified | None) -> tuple[str, ...]:
    keys = () if verified is None else dict.fromkeys(each.key for each in verified.by)
    return tuple(key.name for key in keys)


def _earlier(checkpoint: Checkpoint, trust: Trust) -> list[Checkpoint]:
    """Return the earlier checkpoints by size, having refused those that cannot be extended."""
    found = []
    for note in trust.earlier:
        known = check_signatures(note, msgspec.structs.replace(trust, quorum=0))[0].checkpoint
        if known.origin != checkpoint.origin:
            raise TamperedError("the checkpoint from earlier is another log's")
        if known.size > checkpoint.size:
            raise TamperedError(
                f"the log has {checkpoint.size} entries, and had {known.size}: it was rolled back",
                checkpoint.size + 1,
            )
        found.append(known)
    return sorted(found, key=lambda each: each.size)


def _refuse_retired(signed: Verified, entries: EntryAudit) -> None:
    """Refuse a checkpoint that only keys have signed which the log itself says sign no more."""
    positions = [entries.retired.get(str(each.key), 0) for each in signed.by]
    if all(positions):
        reason = "the checkpoint is signed only by keys that were retired before"
        raise TamperedError(reason, max(positions))


def _part(read: Read, note: Note) -> AddCheckpoint | None:
    """Return the proof that a bundle's entries are the first of those signed, if it ends before."""
    content = read(AS_OF, MAX_NOTE_BYTES)
    if content is None:
        return None
    try:
        part = AddCheckpoint.parse(content)
        signed = Checkpoint.parse(note.text)
    except NoteError as error:
        raise TamperedError(f"the proof of a part is none: {error.reason}") from None
    if not 0 < part.old_size < signed.size or part.note != note:
        raise TamperedError("the proof of a part is of another checkpoint")
    return part


class _Pass:
    """One pass over the entries of a log."""

    def __init__(
        self, read: Read, size: int, earlier: Iterable[Checkpoint], entries: EntryAudit
    ) -> None:
        self._read = read
        self._size = size
        self._earlier = list(earlier)
        self._entries = entries
        self._tree = Tree()
        self._upper: dict[TileId, bytes] = {}
        self._agreed = 0
        # Nothing else has a file of this name.
        self._full = read(FULL, 1) is not None

    def run(self, progress: Callable[[int, int], None]) -> None:
        """Check every entry, and every checkpoint from earlier."""
        self._compare_earlier([])
        for first in range(0, self._size, TILE_HASHES):
            width = min(TILE_HASHES, self._size - first)
            self._take(TilePath(0, first // TILE_HASHES, width, entries=True))
            progress(first + width, self._size)

    def finish(self, signed: Checkpoint, proof: Sequence[bytes]) -> None:
        """Compare the tree with what is signed, and the tiles above the leaves with the tree."""
        root = self._tree.frontier.root()
        try:
            if not self._size:
                proved = signed.root == root
            else:
                verify_consistency(self._size, signed.size, proof, root, signed.root)
                proved = True
        except ProofError:
            proved = False
        if not proved:
            raise TamperedError(
                "the entries do not have the root that is signed: since this position, one was "
                "changed, added or left out",
                self._agreed + 1,
            )
        self._check_upper()
        self._entries.erasures.settle()

    def _take(self, bundle: TilePath) -> None:
        """Check the entries of one bundle against their hashes and rules, in order."""
        first, width = bundle.first, bundle.width
        tile = TilePath(0, bundle.number, width)
        hashes = self._file(tile, first + 1)
        opened = self._disclosed(bundle)
        entries, fault = self._bundle(bundle)
        leaves = [leaf_hash(entry) for entry in entries[:width]]
        sound = _same(b"".join(leaves), hashes)
        for position, entry in enumerate(entries[:sound], first + 1):
            of_this = None if opened is None else opened.get(position, OpenedEntry())
            self._entries.take(position, entry, of_this)
        if sound < len(leaves):
            reason = "the entry does not have the hash that the tree has"
            raise TamperedError(reason, first + sound + 1)
        if len(entries) > width:
            raise TamperedError(
                f"a bundle has more entries than the {width} due", first + width + 1
            )
        if fault is not None:
            raise TamperedError(fault, first + len(entries) + 1)
        if len(entries) < width:
            reason = f"a bundle has {len(entries)} entries, and {width} are due"
            raise TamperedError(reason, first + len(entries) + 1)
        if len(hashes) != width * HASH_BYTES:
            raise TamperedError(f"{tile} goes on after its hashes", first + width)
        self._compare_earlier(leaves)
        self._tree, changes = self._tree.extend(leaves)
        self._upper.update((each.tile, each.hashes) for each in changes if each.tile.level)

    def _disclosed(self, bundle: TilePath) -> Mapping[int, OpenedEntry] | None:
        """Return what a full bundle opens of some entries; ``None`` where it is none."""
        if not self._full:
            return None
        content = self._read(opened_path(bundle), MAX_OPENED_BYTES)
        if content is None:
            raise TamperedError("a full bundle opens every entry", bundle.first + 1)
        try:
            return decode_opened(content)
        except TamperedError as error:
            raise TamperedError(error.reason, bundle.first + 1) from None

    def _bundle(self, bundle: TilePath) -> tuple[list[bytes], str | None]:
        """Return the entries of a bundle, and what is wrong with it after them."""
        entries: list[bytes] = []
        try:
            entries.extend(entries_of(self._file(bundle, bundle.first + 1)))
        except TileError as error:
            return entries, error.reason
        return entries, None

    def _file(self, tile: TilePath, position: int) -> bytes:
        """Read a file that the checkpoint promises; what is wrong with it is the position's."""
        most = MAX_BUNDLE_BYTES if tile.entries else TILE_HASHES * HASH_BYTES
        content = self._read(str(tile), most)
        if content is None:
            raise TamperedError(f"{tile} is missing, which the checkpoint promises", position)
        if len(content) > most:
            raise TamperedError(f"{tile} is larger than any", position)
        return content

    def _compare_earlier(self, fresh: list[bytes]) -> None:
        """Compare the roots of earlier checkpoints that these leaves reach."""
        while self._earlier and self._earlier[0].size <= self._tree.size + len(fresh):
            known = self._earlier.pop(0)
            grown = self._tree.frontier.extend(fresh[: known.size - self._tree.size])
            if grown.root() != known.root:
                raise TamperedError(
                    f"the first {known.size} entries are not those of the checkpoint from "
                    "earlier: the log was forked, or one of them since this position changed",
                    self._agreed + 1,
                )
            self._agreed = known.size

    def _check_upper(self) -> None:
        """Check the tiles above the leaves, which proofs are made from."""
        for tile in tiles_of(self._size):
            if not tile.level:
                continue
            span = TILE_HASHES**tile.level
            made = self._upper[TileId(tile.level, tile.number)]
            found = self._file(tile, tile.first * span + 1)
            if found != made:
                pairs = enumerate(zip(found, made, strict=False))
                at = next((at for at, (one, other) in pairs if one != other), len(found))
                place = min(at // HASH_BYTES, tile.width - 1)
                raise TamperedError(
                    f"{tile} is not made of the entries below it", (tile.first + place) * span + 1
                )


def _same(made: bytes, hashes: bytes) -> int:
    """Return how many hashes at the beginning are the same."""
    if hashes.startswith(made):
        return len(made) // HASH_BYTES
    starts = range(0, len(made), HASH_BYTES)
    return next(
        number
        for number, start in enumerate(starts)
        if made[start : start + HASH_BYTES] != hashes[start : start + HASH_BYTES]
    )
