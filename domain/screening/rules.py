"""Screening: which free text looks like data about one survivor or client.

The rules are a published file, `rules.toml`, of patterns of words. Each is tried where its first
word stands, and looks at a bounded number of words from there, so that the time grows as the text.
"""

from __future__ import annotations

import tomllib
from collections.abc import Sequence
from typing import Final

import msgspec

from domain.screening.text import Token, tokens_of

RULES_RESOURCE: Final = "rules.toml"
"""The file's name in this package."""


class RulesError(ValueError):
    """A file of rules is not one."""


class Rule(msgspec.Struct, frozen=True):
    """One kind of data that free text may not hold.

    Attributes:
        id: such as ``en.age``: the language, and what it is about.
        says: what such a text says, to follow "seems to say".
        patterns: rows of words; see the head of the file.
    """

    id: str
    says: str
    patterns: list[str]


class _File(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    version: int
    lists: dict[str, list[str]]
    rules: list[Rule]


class _Step(msgspec.Struct, frozen=True, gc=False):
    """One part of a pattern.

    Attributes:
        words: any of these, exactly.
        prefix: or a word that begins so.
        kind: or a token of that class.
        gap: or up to so many tokens, whatever they are.
        absent: the words are those that must not follow.
    """

    words: frozenset[str] = frozenset()
    prefix: str = ""
    kind: str = ""
    gap: int = 0
    absent: bool = False

    @property
    def keys(self) -> frozenset[str]:
        """The words or the class of which the next token must be one; none where others may be."""
        if self.absent or self.gap or self.prefix:
            return frozenset()
        return self.words or frozenset({self.kind})

    def fits(self, token: Token) -> bool:
        """Whether the step is this token."""
        return (
            token.word in self.words
            or self.kind in token.classes
            or (self.prefix != "" and token.word.startswith(self.prefix))
        )


_Steps = tuple[_Step, ...]


class _Row(msgspec.Struct, frozen=True, gc=False):
    """What is left of a pattern once it has begun, and the rule that it is of.

    Attributes:
        order: its place among all patterns: of several that stand somewhere, the first one counts.
    """

    order: int
    rule: Rule
    steps: _Steps


class _Begun(msgspec.Struct, frozen=True, gc=False):
    """The patterns that begin with a word, or with a class.

    Attributes:
        next: those that go on with certain words or a class, by that; it is looked up, and no
            pattern is followed whose next word is another.
        open: those that go on with anything else.
    """

    next: dict[str, list[_Row]] = msgspec.field(default_factory=dict)
    open: list[_Row] = msgspec.field(default_factory=list)

    def add(self, keys: frozenset[str], row: _Row) -> None:
        """Add a pattern that goes on with one of these; with anything, where there are none."""
        for key in keys:
            self.next.setdefault(key, []).append(row)
        if not keys:
            self.open.append(row)


class Screen:
    """The rules, ready to be applied.

    Args:
        content: the file of rules, TOML.

    Raises:
        RulesError: it is no such file.
    """

    def __init__(self, content: bytes) -> None:
        try:
            given = msgspec.convert(tomllib.loads(content.decode()), _File)
        except (UnicodeDecodeError, tomllib.TOMLDecodeError, msgspec.ValidationError) as error:
            raise RulesError(str(error)) from None
        self.version: Final = given.version
        self.rules: Final[Sequence[Rule]] = given.rules
        self._lists: Final = {name: frozenset(words) for name, words in given.lists.items()}
        self._numbers: Final = self._lists.get("numbers", frozenset())
        self._offices: Final = self._lists.get("offices", frozenset())
        self._abbreviations: Final = self._lists.get("abbreviations", frozenset())
        # By the word, or the class, that a pattern begins with: few are tried at any one place.
        self._starts: Final[dict[str, _Begun]] = {}
        patterns = ((rule, pattern) for rule in given.rules for pattern in rule.patterns)
        for order, (rule, pattern) in enumerate(patterns):
            first, *rest = [self._step(part, pattern) for part in pattern.split()]
            if not first.keys:
                message = f"{rule.id}: {pattern!r} does not begin with words"
                raise RulesError(message)
            keys = rest[0].keys if rest else frozenset[str]()
            row = _Row(order, rule, tuple(rest[1:] if keys else rest))
            for word in first.keys:
                self._starts.setdefault(word, _Begun()).add(keys, row)

    def refuses(self, text: str) -> Rule | None:
        """Return the first rule that a text breaks; ``None`` where it may stand."""
        tokens = tokens_of(
            text,
            numbers=self._numbers,
            offices=self._offices,
            abbreviations=self._abbreviations,
        )
        starts = self._starts
        for place, token in enumerate(tokens, 1):
            for start in (token.word, *token.classes):
                begun = starts.get(start)
                if begun is not None and (row := _standing(tokens, place, begun)) is not None:
                    return row.rule
        return None

    def _step(self, part: str, pattern: str) -> _Step:
        if part.startswith(".."):
            return _Step(gap=int(part[2:]))
        if part.startswith("<"):
            return _Step(kind=part)
        absent = part.startswith("!")
        name = part.removeprefix("!")
        if name.startswith("{"):
            words = self._lists.get(name[1:-1])
            if words is None:
                message = f"{pattern!r} names no list: {name}"
                raise RulesError(message)
            return _Step(words=words, absent=absent)
        if name.endswith("*"):
            return _Step(prefix=name[:-1])
        return _Step(words=frozenset({name}), absent=absent)


def _standing(tokens: Sequence[Token], place: int, begun: _Begun) -> _Row | None:
    """Return the first of the patterns begun that stands from a place on."""
    found: _Row | None = None
    if place < len(tokens):
        following = tokens[place]
        for key in (following.word, *following.classes):
            for row in begun.next.get(key, ()):
                if (found is None or row.order < found.order) and _follows(
                    tokens, place + 1, row.steps, 0
                ):
                    found = row
    for row in begun.open:
        if (found is None or row.order < found.order) and _follows(tokens, place, row.steps, 0):
            found = row
    return found


def _follows(tokens: Sequence[Token], place: int, steps: _Steps, done: int) -> bool:
    """Whether the rest of a pattern stands from a place on, within its sentence."""
    if done == len(steps):
        return True
    step = steps[done]
    inside = place < len(tokens) and tokens[place].word != ""
    if step.absent:
        fits = inside and step.fits(tokens[place])
        return not fits and _follows(tokens, place, steps, done + 1)
    if step.gap:
        for skipped in range(step.gap + 1):
            if _follows(tokens, place + skipped, steps, done + 1):
                return True
            if place + skipped >= len(tokens) or tokens[place + skipped].word == "":
                return False
        return False
    return inside and step.fits(tokens[place]) and _follows(tokens, place + 1, steps, done + 1)
