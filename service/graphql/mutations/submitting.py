"""From the input of a mutation to a command, and from its outcome to an answer."""

from __future__ import annotations

import dataclasses
import re
import secrets
from collections.abc import Callable, Mapping, Sequence
from datetime import date
from types import MappingProxyType
from typing import Any, Final, TypeAlias, TypeVar

import msgspec
import orjson
import strawberry
from strawberry.utils.str_converters import to_camel_case

from domain.decision import Command, Refusal, refuse_input
from domain.ledger.entry import canonical_json
from projections.as_of import AsOf
from service.graphql.context import Context, Info
from service.graphql.declare import input_type
from service.graphql.ids import NodeKind, OtherIdError, own_id, refuse_id
from service.graphql.receipts import (
    Accepted,
    CommandIdReused,
    Conflict,
    NotAllowed,
    Refused,
    refused,
    rejection_of,
)
from service.graphql.scalars import CommandId
from service.ledger import request as outcomes
from service.ledger.request import Document, Request
from service.security.access import may_ever

CommandT = TypeVar("CommandT", bound=Command)

AcceptedT = TypeVar("AcceptedT", bound=Accepted)

AnyRejection: TypeAlias = Refused | NotAllowed | Conflict | CommandIdReused

_ENVELOPE: Final = ("command_id", "expected_version", "effective_on")
_PLACE: Final = re.compile(r"(?P<problem>.*?)(?: - at `\$\.?(?P<place>.*)`)?", re.DOTALL)
_LENGTH: Final = re.compile(r"Expected `str` of length (?P<bound><=|>=) (?P<length>\d+)")
_SIGN_IN: Final = re.compile(r"[!-~]{1,128}")
_TEXT: Final = "Text with more in it than white space, and without control characters."
_SHAPES: Final = {
    "counties": "FIPS codes, each of five digits.",
    "email": "An e-mail address such as name@example.org.",
    "phone": "A telephone number of digits, spaces and ( ) . x - +.",
    "link": "An address that begins with https://.",
    "sha256": "A SHA-256 hash: 64 hexadecimal digits in lower case.",
    "website": "An address that begins with https://.",
}


@input_type
class CommandInput:
    """What every command has."""

    command_id: CommandId = strawberry.field(
        description=(
            "A UUID that you draw. Send the same one when you ask for a lost answer again, and "
            "another one for everything else."
        )
    )
    expected_version: int | None = strawberry.field(
        default=None,
        description=(
            "The `version` of the object as you saw it: a `Conflict` if it moved on. Whoever "
            "reviews or decides an application gives that of its `review`."
        ),
    )
    effective_on: date | None = strawberry.field(
        default=None,
        description=(
            "The day from which it is to hold: today if left out, never a later one, and none "
            "before what it is about. An applicant names none for a new party."
        ),
    )


class NothingSuchError(Exception):
    """The input names nothing, which looks like something one may not touch."""


class RefusedInputError(Exception):
    """The input cannot become a command.

    Args:
        refusal: what is wrong with it.
    """

    def __init__(self, refusal: Refusal) -> None:
        super().__init__(refusal.message)
        self.refusal = refusal


class Done(msgspec.Struct, frozen=True):
    """A command that was accepted.

    Attributes:
        accepted: its outcome.
        as_of: when to look at what it changed: now, at a head that has it.
    """

    accepted: outcomes.Accepted
    as_of: AsOf


def perform(
    info: Info,
    given: CommandInput,
    make: Callable[[], Command],
    accept: Callable[[Context, Done], AcceptedT],
    *,
    documents: tuple[Document, ...] = (),
    fields: Mapping[str, str] = MappingProxyType({}),
) -> AcceptedT | AnyRejection:
    """Make a command, run it until it is durable, and answer with what came of it.

    Args:
        info: the mutation's.
        given: its input.
        make: makes the command; it may raise `NothingSuchError`, `RefusedInputError` and
            `OtherIdError`.
        accept: makes the answer when it was accepted.
        documents: texts that the command names by hash.
        fields: fields of the input by the name that the rules have for them.
    """
    context = info.context
    try:
        request = Request(
            principal=context.principal,
            command=make(),
            command_id=given.command_id,
            content=_content(info.field_name, given),
            expected_version=given.expected_version,
            effective_on=given.effective_on,
            documents=documents,
        )
    except NothingSuchError:
        return rejection_of(outcomes.NotAllowed(info.field_name))
    except (RefusedInputError, OtherIdError) as error:
        # Whoever may do it to nothing is told that alone.
        if not may_ever(context.principal, info.field_name):
            return rejection_of(outcomes.NotAllowed(info.field_name))
        if isinstance(error, OtherIdError):
            return refused(refuse_id(values_of(given), error))
        return refused(error.refusal)
    outcome = context.execute(request)
    if isinstance(outcome, outcomes.Accepted):
        return accept(context, Done(outcome, context.now))
    if isinstance(outcome, Refusal) and outcome.field is not None:
        named_here = fields.get(outcome.field, outcome.field)
        outcome = msgspec.structs.replace(outcome, field=named_here)
    return rejection_of(outcome)


def fresh_id() -> str:
    """Return a random id of 128 bits."""
    return secrets.token_hex(16)


def named(kind: NodeKind, text: str) -> str:
    """Return the id that a global id of one kind holds.

    Raises:
        OtherIdError: it is no id, or one of another kind.
    """
    found = own_id(kind, text)
    if found is None:
        raise OtherIdError(kind, text)
    return found


def values_of(given: CommandInput) -> dict[str, Any]:
    """Return what an input holds besides the envelope, as plain values by field.

    A field that may be left out, and was, is left out here too.
    """
    return {
        name: value
        for name, value in dataclasses.asdict(given).items()
        if name not in _ENVELOPE and getattr(given, name) is not strawberry.UNSET
    }


def command_of(command_type: type[CommandT], given: CommandInput, **more: object) -> CommandT:
    """Return the command of an input; text limits are those of the command's fields.

    Args:
        command_type: the command.
        given: the input, whose fields are named as the command's.
        more: fields that the input lacks, or has in another form.

    Raises:
        RefusedInputError: a field has a value that it cannot have.
    """
    known = command_type.__struct_fields__
    values = {name: value for name, value in values_of(given).items() if name in known} | more
    try:
        return msgspec.convert(values, command_type)
    except msgspec.ValidationError as error:
        raise RefusedInputError(refusal_of(str(error))) from None


def sign_in(field: str, text: str) -> str:
    """Return the id of a sign-in, which is any short text that can be printed.

    Raises:
        RefusedInputError: it is longer, or has other characters.
    """
    if _SIGN_IN.fullmatch(text):
        return text
    raise refuse(field, "sign-in", f"{field} is no sign-in.", "What `Viewer.principal` gives.")


def refuse(field: str, rule: str, message: str, satisfied_by: str) -> RefusedInputError:
    """Return the error by which an input field is refused."""
    return RefusedInputError(refuse_input(field, rule, message, satisfied_by))


def refuse_long(field: str, text: str | bytes, most: int) -> None:
    """Refuse text of more than so many characters, or bytes of UTF-8."""
    if len(text) > most:
        unit = "characters" if isinstance(text, str) else "bytes"
        raise RefusedInputError(_too_long(field, most, unit))


def refuse_many(field: str, given: Sequence[object], most: int) -> None:
    """Refuse a list of the input with more in it than the command takes."""
    if len(given) > most:
        raise refuse(field, "max-items", f"{field} has too many.", f"At most {most}.")


def _content(mutation: str, given: CommandInput) -> bytes:
    """Return the bytes that tell a repeated command from another one."""
    values = msgspec.to_builtins(
        {name: value for name, value in vars(given).items() if value is not strawberry.UNSET}
    )
    del values["command_id"]
    try:
        return canonical_json([mutation, values])
    except (orjson.JSONEncodeError, TypeError):
        raise refuse(
            "input", "text", "A text holds half a character.", "Text that is valid Unicode."
        ) from None


def refusal_of(problem: str) -> Refusal:
    """Return the refusal that says what msgspec found in a text, by field and rule."""
    found = _PLACE.fullmatch(problem)
    path = (found["place"] or "") if found is not None else ""
    field = ".".join(to_camel_case(part) for part in path.split("."))
    length = _LENGTH.match(problem)
    if length is None:
        name = field.rpartition(".")[2].partition("[")[0]
        satisfied_by = _SHAPES.get(name, _TEXT)
        return refuse_input(field, "pattern", f"{field} has another form.", satisfied_by)
    if length["bound"] == "<=":
        return _too_long(field, int(length["length"]), "characters")
    return refuse_input(field, "min-length", f"{field} is empty.", _TEXT)


def _too_long(field: str, most: int, unit: str) -> Refusal:
    wanted = f"Text of at most {most} {unit}."
    return refuse_input(field, "max-length", f"{field} is too long.", wanted)
