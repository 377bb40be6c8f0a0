"""How free text is looked at: as sentences of words, without regard to case and accents."""

from __future__ import annotations

import re
import unicodedata
from typing import Final

import msgspec

# No part of it can begin in two ways, so that text of any kind is read in one pass.
_TOKEN: Final = re.compile(
    r"(?P<number>[0-9]+(?:[/.\-][0-9]+)*)|(?P<word>[^\W\d_]+)|(?P<end>[.!?;\n])"
)
_DATE: Final = re.compile(
    r"(?:19|20)[0-9]{2}|[0-9]{1,2}[/.\-][0-9]{1,2}[/.\-][0-9]{2,4}|[0-9]{4}-[0-9]{2}-[0-9]{2}"
)
_SMALL: Final = 2
_LONG: Final = 5
_YOUNG: Final = 25


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
    text: str, *, numbers: frozenset[str] = _NOTHING, offices: frozenset[str] = _NOTHING
) -> list[Token]:
    """Return the tokens of a text, in time that grows as its length.

    Args:
        text: any text.
        numbers: words that are numbers.
        offices: words that name no person although they are capitalised.
    """
    found: list[Token] = []
    for match in _TOKEN.finditer(plain(text)):
        part = match[0]
        if match.lastgroup == "word":
            found.append(_word(part, numbers, offices))
        elif match.lastgroup == "number":
            found.append(Token(part, _number(part)))
        # A point after one capital letter is that of an initial.
        elif part != "." or not found or "<initial>" not in found[-1].classes:
            found.append(_END)
    return found


def _number(text: str) -> frozenset[str]:
    classes = set()
    if len(text) <= _SMALL:
        classes |= {"<n>"} if int(text) > _YOUNG else {"<n>", "<young>"}
    if _DATE.fullmatch(text):
        classes.add("<date>")
    elif sum(each.isdigit() for each in text) >= _LONG:
        classes.add("<id>")
    return frozenset(classes)


def _word(text: str, numbers: frozenset[str], offices: frozenset[str]) -> Token:
    word = text.casefold()
    if word in numbers:
        return Token(word, _SPELLED)
    if len(text) == 1 and text.isupper():
        return Token(word, _INITIAL)
    if text[0].isupper() and word not in offices:
        return Token(word, _NAME)
    return Token(word)
