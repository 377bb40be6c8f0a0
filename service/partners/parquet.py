"""Tables as Apache Parquet, whose columns have types.

Nothing of such a file can be written before its last row is known. Until then the rows wait in a
file without a name, which nobody else can open, and which is gone when it is closed or the
process ends, however that comes about.
"""

from __future__ import annotations

import tempfile
import weakref
import zlib
from collections.abc import Iterator, Mapping, Sequence
from importlib.util import find_spec
from typing import Any, BinaryIO, Final

import orjson

from service.faults import NotInstalledError
from service.partners.columns import Column, Kind

_TYPES: Final = {
    Kind.TEXT: "VARCHAR",
    Kind.TEXTS: "VARCHAR[]",
    Kind.DATE: "DATE",
    Kind.TIME: "TIMESTAMPTZ",
    Kind.INTEGER: "INTEGER",
    Kind.BOOLEAN: "BOOLEAN",
    Kind.JSON: "VARCHAR",
}
_GZIP: Final = 31
_CHUNK_BYTES: Final = 1 << 16
_GROUP_ROWS: Final = 4_096
# It reads and writes the two files that it is given, and fetches nothing.
_CONFINED: Final[dict[str, str | bool | int | float | list[str]]] = {
    "threads": 1,
    "memory_limit": "256MiB",
    "temp_directory": "",
    "autoinstall_known_extensions": False,
    "autoload_known_extensions": False,
}


class Parquet:
    """A table with the types of its columns, all of which comes at its foot.

    Args:
        columns: those of a row, by name.

    Raises:
        NotInstalledError: the extra that writes it is missing.
    """

    media_type = "application/vnd.apache.parquet"

    def __init__(self, columns: Mapping[str, Column]) -> None:
        if find_spec("duckdb") is None:
            raise NotInstalledError(
                "Parquet needs the extra parquet, coalition-ledger[parquet], which is not "
                "installed here: install it, or take the file as CSV or JSON Lines."
            )
        self._columns = columns
        self._waiting: BinaryIO = tempfile.TemporaryFile()  # noqa: SIM115 - see below
        self._packer = zlib.compressobj(1, wbits=_GZIP)
        # Who asked may go away before the last row, or in the middle of writing it in a thread.
        weakref.finalize(self, self._waiting.close)

    def head(self) -> bytes:
        """Return nothing."""
        return b""

    def rows(self, found: Sequence[dict[str, Any]]) -> bytes:
        """Keep the rows, and return nothing yet."""
        for row in found:
            line = {name: _value(each.of(row)) for name, each in self._columns.items()}
            written = orjson.dumps(line, option=orjson.OPT_APPEND_NEWLINE)
            self._waiting.write(self._packer.compress(written))
        return b""

    def foot(self) -> Iterator[bytes]:
        """Yield the file in chunks."""
        with tempfile.TemporaryFile() as made:
            with self._waiting as waiting:
                waiting.write(self._packer.flush())
                waiting.flush()
                _convert(waiting, made, self._columns)
            made.seek(0)
            while chunk := made.read(_CHUNK_BYTES):
                yield chunk


def _value(value: object) -> object:
    if isinstance(value, list):
        return [each for each in value if each is not None]
    return value


def _convert(rows: BinaryIO, made: BinaryIO, columns: Mapping[str, Column]) -> None:
    # It takes 25 MB, which only who writes Parquet should spend.
    import duckdb  # noqa: PLC0415

    with duckdb.connect(config=_CONFINED) as connection:
        connection.read_json(
            f"/dev/fd/{rows.fileno()}",
            columns={name: _TYPES[each.kind] for name, each in columns.items()},
            format="newline_delimited",
            compression="gzip",
        ).write_parquet(
            f"/dev/fd/{made.fileno()}",
            compression="zstd",
            row_group_size=_GROUP_ROWS,
            use_tmp_file=False,
        )
