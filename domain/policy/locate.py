"""Which line each value of a TOML document is on.

The standard library's `tomllib` says where a document breaks its syntax and nothing about where
the values of a sound one are. This scanner adds that. It reads documents that `tomllib` has
accepted, so it looks only for the ends of keys and values (TOML 1.0.0, sections Keys, String,
Array, Inline Table, Table, Array of Tables) and leaves their meaning and correctness alone.
"""

import re
import tomllib
from bisect import bisect_left

from domain.policy.errors import FieldPath, PolicyError

DEEPEST = 16
"""The most arrays and inline tables within one another; a policy needs three."""

_BARE_KEY = re.compile(r"[A-Za-z0-9_-]+")
_BLANK = re.compile(r"(?:[ \t\n,]|#[^\n]*)*")
_SPACE = re.compile(r"[ \t]*")
_SCALAR = re.compile(r"[^,\]}#\n]+")
_STRINGS = (
    # The longer delimiters come first. Up to two quotation marks may precede a closing one.
    re.compile(r'"""(?:[^\\]|\\.)*?""""{0,2}', re.DOTALL),
    re.compile(r"'''.*?''''{0,2}", re.DOTALL),
    re.compile(r'"(?:[^"\\\n]|\\.)*"'),
    re.compile(r"'[^'\n]*'"),
)


def locate(text: str) -> dict[FieldPath, int]:
    """Map the path of every table, key and array element to its 1-based line.

    A key is on the line where it is written, a table on the line of its header or, where it has
    none, of the first key that implies it; the document itself, `()`, is on line 1.

    Raises `PolicyError` where values nest deeper than `DEEPEST`.
    """
    scan = _Scan(text.replace("\r\n", "\n"))
    scan.document()
    return scan.lines


class _Scan:
    """A position in the text, and the lines found so far."""

    def __init__(self, text: str) -> None:
        self.lines: dict[FieldPath, int] = {(): 1}
        self._text = text
        self._at = 0
        self._breaks = [found.start() for found in re.finditer("\n", text)]
        self._elements: dict[FieldPath, int] = {}

    def document(self) -> None:
        table: FieldPath = ()
        self._skip(_BLANK)
        while self._at < len(self._text):
            if self._text.startswith("[[", self._at):
                table = self._array_header()
            elif self._text.startswith("[", self._at):
                table = self._table_header()
            else:
                self._pair(table, depth=0)
            self._skip(_BLANK)

    def _table_header(self) -> FieldPath:
        line = self._line()
        self._at += len("[")
        path = self._resolved(self._key(), line)
        self._at += len("]")
        # A header outranks the keys that implied the table before it.
        self.lines[path] = line
        return path

    def _array_header(self) -> FieldPath:
        line = self._line()
        self._at += len("[[")
        path = self._resolved(self._key(), line)
        self._at += len("]]")
        self.lines.setdefault(path, line)
        element = (*path, self._elements.get(path, 0))
        self._elements[path] = self._elements.get(path, 0) + 1
        self.lines[element] = line
        return element

    def _resolved(self, key: tuple[str, ...], line: int) -> FieldPath:
        """Follow a header's key, through the newest element of each array of tables."""
        path: FieldPath = ()
        for part in key[:-1]:
            path = (*path, part)
            self.lines.setdefault(path, line)
            if path in self._elements:
                path = (*path, self._elements[path] - 1)
        return (*path, key[-1])

    def _pair(self, table: FieldPath, depth: int) -> None:
        line = self._line()
        path = table
        for part in self._key():
            path = (*path, part)
            self.lines.setdefault(path, line)
        self._at += len("=")
        self._skip(_SPACE)
        self._value(path, depth)

    def _key(self) -> tuple[str, ...]:
        """Read a dotted key and stop at what ends it: an equals sign or a closing bracket."""
        parts = []
        while True:
            self._skip(_SPACE)
            if self._text[self._at] in "\"'":
                written = self._skip_string()
                parts.append(str(tomllib.loads(f"key = {written}")["key"]))
            else:
                parts.append(self._skip(_BARE_KEY))
            self._skip(_SPACE)
            if self._text[self._at] != ".":
                return tuple(parts)
            self._at += len(".")

    def _value(self, path: FieldPath, depth: int) -> None:
        if depth > DEEPEST:
            raise PolicyError(self._line(), "", f"nested more than {DEEPEST} deep")
        opening = self._text[self._at]
        if opening in "\"'":
            self._skip_string()
        elif opening == "[":
            self._array(path, depth)
        elif opening == "{":
            self._inline_table(path, depth)
        else:
            self._skip(_SCALAR)

    def _array(self, path: FieldPath, depth: int) -> None:
        self._at += len("[")
        index = 0
        self._skip(_BLANK)
        while self._text[self._at] != "]":
            element = (*path, index)
            self.lines[element] = self._line()
            self._value(element, depth + 1)
            self._skip(_BLANK)
            index += 1
        self._at += len("]")

    def _inline_table(self, path: FieldPath, depth: int) -> None:
        self._at += len("{")
        self._skip(_BLANK)
        while self._text[self._at] != "}":
            self._pair(path, depth + 1)
            self._skip(_BLANK)
        self._at += len("}")

    def _skip_string(self) -> str:
        pattern = next(p for p in _STRINGS if p.match(self._text, self._at))
        return self._skip(pattern)

    def _skip(self, pattern: re.Pattern[str]) -> str:
        found = pattern.match(self._text, self._at)
        if found is None:
            # Only a document that the TOML reader refused could lead here.
            raise PolicyError(self._line(), "", "not valid TOML")
        self._at = found.end()
        return found.group()

    def _line(self) -> int:
        return bisect_left(self._breaks, self._at) + 1
