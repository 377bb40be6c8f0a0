"""A bundle: the log's files one after another in one file, as POSIX tar has them (ustar).

Nothing in it is compressed, so that a fault stays where it is, and ``tar xf`` makes the folder
that any web host can serve. Only plain files are read, each name once.
"""

from __future__ import annotations

from typing import Final

from domain.audit.finding import UnreadableError

BLOCK_BYTES: Final = 512
END: Final = bytes(2 * BLOCK_BYTES)
"""What a bundle ends with."""

_NAME_BYTES: Final = 100
_SUM: Final = slice(148, 156)
_MOST_BYTES: Final = 8**11 - 1


def header(name: str, size_bytes: int) -> bytes:
    """Return the block above a file: always the same for the same name and size.

    Raises:
        ValueError: the name or the size does not fit.
    """
    encoded = name.encode("ascii")
    if not 0 < len(encoded) <= _NAME_BYTES or not 0 <= size_bytes <= _MOST_BYTES:
        raise ValueError("the name or the size does not fit into a bundle")
    block = b"".join(
        (
            encoded.ljust(_NAME_BYTES, b"\0"),
            b"0000644\0" + b"0000000\0" * 2,  # mode, and nobody's
            b"%011o\0" % size_bytes,
            b"00000000000\0" + b" " * 8,  # no time, and room for the sum
            b"0" + bytes(_NAME_BYTES) + b"ustar\00000",
        )
    ).ljust(BLOCK_BYTES, b"\0")
    return block[: _SUM.start] + b"%06o\0 " % sum(block) + block[_SUM.stop :]


def padding(size_bytes: int) -> bytes:
    """Return what fills the last block of a file."""
    return bytes(-size_bytes % BLOCK_BYTES)


def parse_header(block: bytes) -> tuple[str, int]:
    """Return name and size from the block above a file.

    Raises:
        UnreadableError: it is none that `header` makes.
    """
    try:
        name = block[:_NAME_BYTES].rstrip(b"\0").decode("ascii")
        size_bytes = int(block[124:135], 8)
        if header(name, size_bytes) == block:
            return name, size_bytes
    except ValueError:
        pass
    raise UnreadableError("this is no bundle, or what follows a file in it is none")
