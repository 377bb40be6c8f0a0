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

    def fits(self, token: Token) -> bool:
        """Whether the step is this token."""
        return (
            token.word in self.words
            or self.kind in token.classes
            or (self.prefix != "" and token.word.startswith(self.prefix))
        )


_Steps = tuple[_Step, ...]


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
        # Most go on with certain words, which are looked at before anything is called.
        self._starts: Final[dict[str, list[tuple[Rule, frozenset[str] | None, _Steps]]]] = {}
        for rule in given.rules:
            for pattern in rule.patterns:
                first, *rest = [self._step(part, pattern) for part in pattern.split()]
                if first.gap or first.prefix or first.absent:
                    message = f"{rule.id}: {pattern!r} does not begin with words"
                    raise RulesError(message)
                going_on = rest[0].words if rest and rest[0].words and not rest[0].absent else None
                for word in first.words or {first.kind}:
                    self._starts.setdefault(word, []).append((rule, going_on, tuple(rest)))

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
            following = tokens[place].word if place < len(tokens) else ""
            for start in (token.word, *token.classes):
                for rule, going_on, steps in starts.get(start, ()):
                    if (going_on is None or following in going_on) and _follows(
                        tokens, place, steps, 0
                    ):
                        return rule
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
