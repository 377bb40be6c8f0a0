"""Everything that somebody might do to a log, and where an audit finds it.

The table in docs/auditors.md is made of this list, and a test holds both together.
"""

from __future__ import annotations

import dataclasses
import sys
from collections.abc import Callable
from typing import Any

from domain.audit.finding import TamperedError
from domain.coalition.custody import SigningKeyAdded, SigningKeyRetired
from domain.ledger.checkpoint import Checkpoint
from domain.ledger.tiles import decode_bundle, encode_bundle
from tests.domain.audit.logs import (
    KEY,
    NOW,
    OTHER_KEY,
    WITNESS,
    Writer,
    audit,
    checkpoint_of,
    files_of,
    note_of,
    written,
)

SIZE = 600
ENTRIES = written(SIZE)
Files = dict[str, bytes]

_SECOND = "tile/entries/001"
_HASHES = "tile/0/001"


@dataclasses.dataclass(frozen=True)
class Tampering:
    """One thing done to a log of 600 entries.

    Attributes:
        what: for people.
        done: returns the files afterwards.
        position: the one that the audit names; ``None`` where no entry is wrong.
        reason: a part of what it says.
        trust: what the auditor knows beside the log's key.
    """

    what: str
    done: Callable[[], Files]
    position: int | None
    reason: str
    trust: dict[str, Any] = dataclasses.field(default_factory=dict)


def changed(path: str, content: bytes | None) -> Callable[[], Files]:
    """Replace one file, or take it away."""

    def done() -> Files:
        files = files_of(ENTRIES)
        assert path in files
        if content is None:
            del files[path]
        else:
            assert files[path] != content
            files[path] = content
        return files

    return done


def bundle(change: Callable[[list[bytes]], object]) -> Callable[[], Files]:
    """Change the entries of the second bundle, and nothing else."""
    entries = ENTRIES[256:512]
    change(entries)
    return changed(_SECOND, encode_bundle(entries))


def rebuilt(change: Callable[[list[bytes]], object], **how: Any) -> Callable[[], Files]:  # noqa: ANN401
    """Change entries, and make every hash anew; the checkpoint stays unless a key is given."""

    def done() -> Files:
        entries = list(ENTRIES)
        change(entries)
        assert entries != ENTRIES
        files = files_of(entries, **how)
        return files if how else files | {"checkpoint": files_of(ENTRIES)["checkpoint"]}

    return done


def flipped(content: bytes, place: int) -> bytes:
    """Change one bit."""
    return content[:place] + bytes([content[place] ^ 1]) + content[place + 1 :]


def at(position: int, change: Callable[[bytes], bytes]) -> Callable[[list[bytes]], None]:
    """Change the bytes of one entry."""

    def change_entry(entries: list[bytes]) -> None:
        entries[position - 1] = change(entries[position - 1])

    return change_entry


def set_item(place: int, content: bytes) -> Callable[[list[bytes]], None]:
    """Put other bytes at a place."""

    def change(entries: list[bytes]) -> None:
        entries[place] = content

    return change


def swapped(one: int, other: int) -> Callable[[list[bytes]], None]:
    """Let two entries change places."""

    def change(entries: list[bytes]) -> None:
        entries[one - 1], entries[other - 1] = entries[other - 1], entries[one - 1]

    return change


def twice_the_key(entry: bytes) -> bytes:
    """Return an entry of which one JSON key stands twice."""
    return entry.replace(b'{"_sd":', b'{"_sd":[],"_sd":', 1)


FILES = files_of(ENTRIES)
CHECKPOINT = FILES["checkpoint"]
_NOTE = checkpoint_of(FILES)
_SIGNED = Checkpoint.parse(_NOTE.text)
_AT_300 = checkpoint_of(files_of(ENTRIES[:300]))
_AT_301 = checkpoint_of(files_of(ENTRIES[:301]))
_FORKED = checkpoint_of(files_of([*ENTRIES[:299], ENTRIES[300]]))
_FIRST = decode_bundle(FILES[_SECOND])
_PLACE = sum(len(each) + 2 for each in _FIRST[:43])  # where the entry at position 300 begins


def _later(seconds: int) -> bytes:
    line = WITNESS.sign(_SIGNED, NOW + seconds)
    return type(_NOTE)(_NOTE.text, (*_NOTE.signatures, line)).to_bytes()


_RETIRED = Writer(seed=11)
_RETIRED.entries += ENTRIES[:2]
_RETIRED.write(f"{7:032x}", SigningKeyAdded(key=str(OTHER_KEY.verifier)))
_RETIRED.write(f"{7:032x}", SigningKeyRetired(key=str(KEY.verifier)))

TAMPERINGS = [
    Tampering(
        "a bit of an entry is flipped",
        bundle(set_item(43, flipped(ENTRIES[299], 60))),
        300,
        "hash",
    ),
    Tampering(
        "a bit of an entry's length is flipped",
        changed(_SECOND, flipped(FILES[_SECOND], _PLACE + 1)),
        300,
        "hash",
    ),
    Tampering(
        "a bit of a leaf hash is flipped",
        changed(_HASHES, flipped(FILES[_HASHES], 43 * 32)),
        300,
        "hash",
    ),
    Tampering(
        "a bit of a hash above the leaves is flipped",
        changed("tile/1/000.p/2", flipped(FILES["tile/1/000.p/2"], 40)),
        257,
        "not made of the entries",
    ),
    Tampering("an entry is taken out", bundle(lambda each: each.pop(43)), 300, "hash"),
    Tampering(
        "the last entry of a bundle is taken out", bundle(lambda each: each.pop()), 512, "are due"
    ),
    Tampering("an entry is put in", bundle(lambda each: each.insert(43, ENTRIES[0])), 300, "hash"),
    Tampering(
        "an entry is put in twice", bundle(lambda each: each.insert(44, each[43])), 301, "hash"
    ),
    Tampering("two entries change places", bundle(swapped(44, 50)), 300, "hash"),
    Tampering("an entry has the bytes of another", bundle(set_item(43, ENTRIES[100])), 300, "hash"),
    Tampering("an entry is empty", bundle(set_item(43, b"")), 300, "hash"),
    Tampering(
        "a bundle is cut off", changed(_SECOND, FILES[_SECOND][: _PLACE + 70]), 300, "ends in"
    ),
    Tampering("a bundle is missing", changed(_SECOND, None), 257, "missing"),
    Tampering("a bundle is empty", changed(_SECOND, b""), 257, "are due"),
    Tampering(
        "a bundle is larger than any",
        changed(_SECOND, FILES[_SECOND] + bytes(17_000_000)),
        257,
        "larger",
    ),
    Tampering("a tile is missing", changed(_HASHES, None), 257, "missing"),
    Tampering("a tile is cut off", changed(_HASHES, FILES[_HASHES][: 43 * 32 + 5]), 300, "hash"),
    Tampering("a hash of no length", changed(_HASHES, FILES[_HASHES][: 43 * 32]), 300, "hash"),
    Tampering(
        "a tile goes on",
        changed("tile/0/002.p/88", FILES["tile/0/002.p/88"] + b"0"),
        600,
        "goes on",
    ),
    Tampering(
        "a tile above the leaves is cut off",
        changed("tile/1/000.p/2", FILES["tile/1/000.p/2"][:32]),
        257,
        "not made of the entries",
    ),
    Tampering(
        "an entry is changed, and every hash made anew",
        rebuilt(at(300, lambda each: each.replace(b'"version":299', b'"version":290'))),
        1,
        "root that is signed",
    ),
    Tampering(
        "the same, where a checkpoint was kept from earlier",
        rebuilt(at(300, lambda each: each.replace(b'"version":299', b'"version":290'))),
        300,
        "first 300 entries",
        {"earlier": [checkpoint_of(files_of(ENTRIES[:299])), _AT_300]},
    ),
    Tampering(
        "a key stands twice in an entry, and every hash made anew",
        rebuilt(at(300, twice_the_key), key=KEY),
        300,
        "canonical",
    ),
    Tampering(
        "an entry has white space, and every hash made anew",
        rebuilt(at(300, lambda each: each.replace(b'":', b'": ', 1)), key=KEY),
        300,
        "canonical",
    ),
    Tampering(
        "an entry is empty, signed by the log's own key",
        rebuilt(set_item(299, b""), key=KEY),
        300,
        "domain line",
    ),
    Tampering(
        "an entry is of a type that there is not, signed by the log's own key",
        rebuilt(
            at(300, lambda each: each.replace(b".agreement_sent.v1", b".agreement_sent.v9")),
            key=KEY,
        ),
        300,
        "unknown event type",
    ),
    Tampering(
        "a field is of another kind, signed by the log's own key",
        rebuilt(at(300, lambda each: each.replace(b'"version":299', b'"version":"9"')), key=KEY),
        300,
        "agreement_sent",
    ),
    Tampering(
        "a hidden field stands in clear, signed by the log's own key",
        rebuilt(
            at(
                301,
                lambda each: each.replace(b'"tier":', b'"party":"x","tier":'),
            ),
            key=KEY,
        ),
        301,
        "which is hidden",
    ),
    Tampering(
        "a policy that nobody adopted, signed by the log's own key",
        rebuilt(at(300, lambda each: each.replace(b'"cate@1"', b'"cate@2"')), key=KEY),
        300,
        "not adopted",
    ),
    Tampering(
        "an entry is taken out of a stream, signed by the log's own key",
        rebuilt(lambda each: each.pop(299), key=KEY),
        301,
        "version",
    ),
    Tampering(
        "two entries of a stream change places, signed by the log's own key",
        rebuilt(swapped(300, 302), key=KEY),
        300,
        "version",
    ),
    Tampering(
        "an entry stands twice, signed by the log's own key",
        rebuilt(lambda each: each.insert(301, each[300]), key=KEY),
        302,
        "same id",
    ),
    Tampering(
        "the founding is taken out, signed by the log's own key",
        rebuilt(lambda each: each.pop(0), key=KEY),
        1,
        "version",
    ),
    Tampering(
        "the log is forked by its own key",
        rebuilt(lambda each: each.pop(300), key=KEY),
        301,
        "first 301 entries",
        {"earlier": [_AT_300, _AT_301]},
    ),
    Tampering(
        "another end was seen before",
        lambda: files_of(ENTRIES),
        1,
        "first 300 entries",
        {"earlier": [_FORKED]},
    ),
    Tampering(
        "the log is rolled back",
        lambda: files_of(ENTRIES[:300]),
        301,
        "rolled back",
        {"earlier": [_AT_301]},
    ),
    Tampering(
        "the log is signed by another's key",
        lambda: files_of(ENTRIES, OTHER_KEY),
        None,
        "no key that is trusted",
    ),
    Tampering(
        "a bit of the checkpoint's signature is flipped",
        changed("checkpoint", CHECKPOINT[:-10] + b"A" + CHECKPOINT[-9:]),
        None,
        "does not hold",
    ),
    Tampering(
        "the checkpoint says another root",
        changed(
            "checkpoint",
            type(_NOTE)(
                str(dataclasses.replace(_SIGNED, root=bytes(32))), _NOTE.signatures
            ).to_bytes(),
        ),
        None,
        "does not hold",
    ),
    Tampering(
        "the checkpoint says a later size, signed by the log's own key",
        changed("checkpoint", note_of(dataclasses.replace(_SIGNED, size=700), KEY).to_bytes()),
        513,
        "missing",
    ),
    Tampering(
        "the checkpoint says a size beyond all bounds, signed by the log's own key",
        changed("checkpoint", note_of(dataclasses.replace(_SIGNED, size=2**62), KEY).to_bytes()),
        513,
        "missing",
    ),
    Tampering(
        "the checkpoint is another log's",
        changed(
            "checkpoint",
            note_of(dataclasses.replace(_SIGNED, origin="other.example/log"), KEY).to_bytes(),
        ),
        None,
        "another log",
    ),
    Tampering("the checkpoint is nonsense", changed("checkpoint", b"nonsense"), None, "is none"),
    Tampering(
        "too few witnesses have cosigned",
        lambda: files_of(ENTRIES),
        None,
        "0 witnesses",
        {"witnesses": [WITNESS.verifier], "quorum": 1},
    ),
    Tampering(
        "a cosignature is of a time to come",
        changed("checkpoint", _later(3_600)),
        None,
        "still to come",
        {"witnesses": [WITNESS.verifier], "quorum": 1},
    ),
    Tampering(
        "the checkpoint is signed by a key that the log has retired",
        lambda: files_of(_RETIRED.entries),
        4,
        "retired before",
    ),
    Tampering(
        "the text of the policy is another",
        lambda: {
            path: content + b"\n# more" if path.startswith("documents/") else content
            for path, content in FILES.items()
        },
        2,
        "hash that the entry names",
    ),
]


def table() -> list[str]:
    """Return the table in docs/auditors.md; `python -m tests.domain.audit.tampering` prints it."""
    lines = ["| what was done to a log of 600 entries | position named | what is said |"]
    lines.append("| --- | ---: | --- |")
    for each in TAMPERINGS:
        try:
            audit(each.done(), **each.trust)
            said = "nothing"
        except TamperedError as error:
            said = error.reason
        lines.append(f"| {each.what} | {each.position or ''} | {said} |")
    return lines


if __name__ == "__main__":
    sys.stdout.write("\n".join(table()) + "\n")
