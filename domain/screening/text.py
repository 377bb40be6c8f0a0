"""How free text is looked at: as sentences of words, without regard to case and accents."""

from __future__ import annotations

import re
import unicodedata
from typing import Final

import msgspec

# No part of it can begin in two ways, so that text of any kind is read in one pass. A line that
# goes on in lower case is one that was broken to fit.
_TOKEN: Final = re.compile(
    r"(?P<amount>\$ ?[0-9]+(?:[.,][0-9]+)*)|(?P<number>(?:# ?)?[0-9]+(?:[/.\-][0-9]+)*)"
    r"|(?P<word>[^\W\d_]+)|(?P<end>[.!?;]|\n(?![a-z0-9]))"
)
_DATE: Final = re.compile(
    r"(?:19|20)[0-9]{2}|[0-9]{1,2}[/.\-][0-9]{1,2}[/.\-][0-9]{2,4}|[0-9]{4}-[0-9]{2}-[0-9]{2}"
)
_SMALL: Final = 2
_FILED: Final = 4
_LONG: Final = 5
_ALIEN: Final = range(8, 10)
_YOUNG: Final = 25
_CAPITALS_MOST: Final = 3


class Token(msgspec.Struct, frozen=True, gc=False):
    """A word, a number, or the end of a sentence, which is empty.

    Attributes:
        word: without accents, in lower case.
        classes: what it is besides, such as ``<n>``.
    """

    word: str
    classes: frozenset[str] = frozenset()


_END: Final = Token("")
_NOTHING: Final = frozenset[str]()
_NAME: Final = frozenset({"<name>"})
_SPELLED: Final = frozenset({"<n>", "<young>"})
_INITIAL: Final = frozenset({"<initial>", "<name>"})
_CAPITALS: Final = frozenset({"<capitals>", "<name>"})
_DATED: Final = frozenset({"<digits>", "<date>"})


def plain(text: str) -> str:
    """Return text as it is compared: decomposed, without accents and invisible characters."""
    if text.isascii():
        return text
    return "".join(
        each
        for each in unicodedata.normalize("NFKD", text)
        if unicodedata.category(each) not in {"Mn", "Cf"}
    )


def tokens_of(
    text: str,
    *,
    numbers: frozenset[str] = _NOTHING,
    offices: frozenset[str] = _NOTHING,
    abbreviations: frozenset[str] = _NOTHING,
) -> list[Token]:
    """Return the tokens of a text, in time that grows as its length.

    Args:
        text: any text.
        numbers: words that are numbers.
        offices: words that name no person although they are capitalised.
        abbreviations: words that end in a point, as single letters do.
    """
    found: list[Token] = []
    for match in _TOKEN.finditer(plain(text)):
        part = match[0]
        if match.lastgroup == "word":
            found.append(_word(part, numbers, offices))
        elif match.lastgroup == "number":
            found.append(Token(part.lstrip("# "), _number(part)))
        elif match.lastgroup == "amount":
            found.append(Token(part))
        elif part != "." or not (found and _is_cut(found[-1].word, abbreviations)):
            found.append(_END)
    return found


def _is_cut(word: str, abbreviations: frozenset[str]) -> bool:
    return (len(word) == 1 and word.isalpha()) or word in abbreviations


def _number(text: str) -> frozenset[str]:
    if _DATE.fullmatch(text):
        return _DATED
    classes = {"<digits>"}
    if len(text) <= _SMALL:
        classes |= {"<n>"} if int(text) > _YOUNG else {"<n>", "<young>"}
    digits = sum(each.isdigit() for each in text)
    if digits >= _FILED or text.startswith("#"):
        classes.add("<filed>")
    if digits >= _LONG:
        classes.add("<id>")
    if digits in _ALIEN:
        classes.add("<alien>")
    return frozenset(classes)


def _word(text: str, numbers: frozenset[str], offices: frozenset[str]) -> Token:
    word = text.casefold()
    if word in numbers:
        return Token(word, _SPELLED)
    if not text[0].isupper():
        return Token(word)
    if len(text) == 1:
        return Token(word, _INITIAL)
    if word in offices:
        return Token(word)
    if len(text) <= _CAPITALS_MOST and text.isupper():
        return Token(word, _CAPITALS)
    return Token(word, _NAME)
