"""The two ways in which a policy can disappoint: its file is wrong, or it lacks what was asked."""

import json
import re
import unicodedata

FieldPath = tuple[str | int, ...]
"""Where a value sits in a policy file: keys of tables and 0-based indexes of arrays."""

_BARE_KEY = re.compile(r"[A-Za-z0-9_-]+")
_LONGEST_QUOTATION = 60
_UNPRINTABLE = frozenset({"Cc", "Cf", "Cs", "Zl", "Zp"})


class PolicyError(ValueError):
    """A policy file that cannot be used, and the one line that says where and why.

    `line` is 1-based and never beyond the file. `field` is the dotted path, such as
    `tiers.ally-network.requirements[2].kind` (indexes 0-based), and empty where the file could not
    be read that far. `problem` is the rest of the sentence. `allowed` lists what would have been
    accepted, and is empty where that is not a list.

    >>> print(PolicyError(9, "tiers.ally.number", '"som" is not known', ("limited", "open")))
    line 9: tiers.ally.number: "som" is not known; allowed: limited, open
    """

    def __init__(self, line: int, field: str, problem: str, allowed: tuple[str, ...] = ()) -> None:
        super().__init__(line, field, problem, allowed)
        self._place = (line, field)
        self._cause = (problem, allowed)

    @property
    def line(self) -> int:
        """The 1-based line that has to change."""
        return self._place[0]

    @property
    def field(self) -> str:
        """The dotted path of the value, or nothing where the file is not readable as TOML."""
        return self._place[1]

    @property
    def problem(self) -> str:
        """What is wrong, as the end of a sentence that starts with the field."""
        return self._cause[0]

    @property
    def allowed(self) -> tuple[str, ...]:
        """Every value that would have been accepted, where they can be listed."""
        return self._cause[1]

    def __str__(self) -> str:
        """Say it in one line."""
        place = f"line {self.line}: {self.field}: " if self.field else f"line {self.line}: "
        choices = f"; allowed: {', '.join(self.allowed)}" if self.allowed else ""
        return f"{place}{self.problem}{choices}"


class NotInPolicyError(LookupError):
    """A policy was asked for something that it does not define.

    `policy` is the reference (`cate@1`), `kind` what was asked for (`tier`), `name` which one.
    Commands come from outside: check their names with `Policy.has_tier` and its like first.
    """

    def __init__(self, policy: str, kind: str, name: str) -> None:
        super().__init__(policy, kind, name)
        self.policy = policy
        self.kind = kind
        self.name = name

    def __str__(self) -> str:
        """Say it in one line."""
        return f"{self.policy} has no {self.kind} {quoted(self.name)}"


def is_unprintable(character: str) -> bool:
    """Whether a character has no place in one line of text.

    True of controls, line and paragraph separators, surrogates, and the invisible format
    characters by which text can be made to read differently from how it is stored.
    """
    return unicodedata.category(character) in _UNPRINTABLE


def quoted(value: str) -> str:
    """Quote text for a message: short, on one line, with nothing invisible in it."""
    if len(value) > _LONGEST_QUOTATION:
        value = f"{value[:_LONGEST_QUOTATION]}…"
    return "".join(
        ascii(character)[1:-1] if is_unprintable(character) else character
        for character in json.dumps(value, ensure_ascii=False)
    )


def dotted(path: FieldPath) -> str:
    """Write a path as TOML would: `tiers.ally-network.requirements[2].kind`."""
    written = ""
    for part in path:
        if isinstance(part, int):
            written += f"[{part}]"
            continue
        key = part if _BARE_KEY.fullmatch(part) else quoted(part)
        written += f".{key}" if written else key
    return written
