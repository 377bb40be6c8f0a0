"""What people may write into a text."""

from __future__ import annotations

import msgspec
import pytest

from domain.terms import Line, Name, Text


@pytest.mark.parametrize("kind", [Name, Line, Text], ids=["name", "line", "text"])
def test_white_space_and_what_shows_as_nothing_are_no_text(kind: type[str]) -> None:
    for blank in ("", " ", "   ", "\u00a0", "\u3000", "\u200b", "\ufeff ", "\u00ad", " \u2060"):
        with pytest.raises(msgspec.ValidationError):
            msgspec.convert(blank, kind)
    for text in ("x", " padded ", "\u2014", "\u200bx", "\u00e9", "\u96c0"):
        assert msgspec.convert(text, kind) == text


def test_a_text_alone_has_lines_and_no_text_has_control_characters() -> None:
    assert msgspec.convert("two\nlines\tof it", Text) == "two\nlines\tof it"
    for kind in (Name, Line):
        with pytest.raises(msgspec.ValidationError):
            msgspec.convert("two\nlines", kind)
    for kind in (Name, Line, Text):
        for character in ("\x00", "\x1b", "\x7f"):
            with pytest.raises(msgspec.ValidationError):
                msgspec.convert(f"a{character}b", kind)
    for only in ("\n", "\n \t"):
        with pytest.raises(msgspec.ValidationError):
            msgspec.convert(only, Text)
