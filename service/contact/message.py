"""A message that somebody sends to the coalition: its fields, and what is wrong with them."""

from __future__ import annotations

from typing import Annotated, Final
from urllib.parse import parse_qsl

import msgspec

from domain.terms import Name, Text

TRAP: Final = "website"
"""A field that people do not see. Whoever fills it in is a program."""

MOST_FIELDS: Final = 10

# Enough for every field at its longest, with each of its bytes escaped in three.
MOST_BYTES: Final = 64 * 1024

Reply = Annotated[str, msgspec.Meta(max_length=254, pattern=r"\A[^\x00-\x1f\x7f]*\Z")]


class MessageError(ValueError):
    """A message that cannot be taken.

    Args:
        field: which field is wrong; "" where it is the whole.
        rule: what it breaks, for programs.
        message: for people.
    """

    def __init__(self, field: str, rule: str, message: str) -> None:
        super().__init__(message)
        self.field = field
        self.rule = rule


class Message(msgspec.Struct, frozen=True, kw_only=True):
    """A message.

    Attributes:
        text: what somebody wants to say.
        name: what they are called, if they say so.
        reply: how they can be reached, if they want an answer.
        website: the trap.
    """

    text: Text
    name: Name | None = None
    reply: Reply | None = None
    website: str | None = None

    @property
    def is_by_a_program(self) -> bool:
        """Whether a field is filled in that people do not see."""
        return bool(self.website)


def parse_form(body: bytes) -> Message:
    """Return the message of a form, ``application/x-www-form-urlencoded`` in UTF-8.

    Fields without a value count as left out, and those that nobody asked for as nothing.

    Raises:
        MessageError: it is no form, or a field is missing or too long.
    """
    try:
        pairs = parse_qsl(
            body.decode(), keep_blank_values=False, max_num_fields=MOST_FIELDS, errors="strict"
        )
    except ValueError:
        message = f"A form in UTF-8 of at most {MOST_FIELDS} fields."
        raise MessageError("", "form", message) from None
    # Browsers send line ends in two characters.
    values = {name: value.replace("\r\n", "\n").strip() for name, value in pairs}
    try:
        return msgspec.convert({name: text for name, text in values.items() if text}, Message)
    except msgspec.ValidationError as error:
        raise _wrong(values, str(error)) from None


def _wrong(values: dict[str, str], problem: str) -> MessageError:
    field = next((name for name in Message.__struct_fields__ if f"$.{name}`" in problem), "text")
    if not values.get(field):
        return MessageError(field, "required", "Say what it is about.")
    if "length" in problem:
        return MessageError(field, "max-length", f"{field} is too long.")
    return MessageError(field, "pattern", f"{field} has characters that are no text.")
