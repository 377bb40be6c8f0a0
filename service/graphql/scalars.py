"""The scalars of the schema, each parsed strictly and specified elsewhere."""

from __future__ import annotations

import base64
import re
import uuid
from collections.abc import Callable
from datetime import UTC, date, datetime
from typing import Any, Final, NewType, NoReturn

import strawberry
from graphql import GraphQLError
from strawberry.types.scalar import ScalarDefinition

Fips = NewType("Fips", str)
Ein = NewType("Ein", str)
Sha256 = NewType("Sha256", str)
CommandId = NewType("CommandId", str)
Base64 = NewType("Base64", bytes)
Json = NewType("Json", object)
Jwk = NewType("Jwk", object)

_DATE: Final = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}")
_INSTANT: Final = re.compile(
    r"[0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9]{2}:[0-9]{2}:[0-9]{2}(\.[0-9]{1,6})?(Z|[+-][0-9]{2}:[0-9]{2})"
)
_UUID: Final = re.compile(r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}", re.IGNORECASE)


def parse_date(value: object) -> date:
    """Read a day such as ``2026-03-01``."""
    if isinstance(value, str) and _DATE.fullmatch(value):
        try:
            return date.fromisoformat(value)
        except ValueError:
            pass
    raise GraphQLError("A Date is a day of the calendar such as 2026-03-01.")


def parse_instant(value: object) -> datetime:
    """Read an instant such as ``2026-03-01T17:04:05Z``, with any offset."""
    if isinstance(value, str) and _INSTANT.fullmatch(value):
        try:
            return datetime.fromisoformat(value).astimezone(UTC)
        except (ValueError, OverflowError):
            pass
    raise GraphQLError("A DateTime is an instant with an offset such as 2026-03-01T17:04:05Z.")


def format_instant(value: datetime) -> str:
    """Write an instant in UTC, in whole seconds."""
    return value.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


def parse_command_id(value: object) -> CommandId:
    """Read a UUID (RFC 9562), in either case; it is kept in lower case."""
    if isinstance(value, str) and _UUID.fullmatch(value):
        return CommandId(str(uuid.UUID(value)))
    raise GraphQLError("A CommandId is a UUID such as 1b4e28ba-2fa1-41d2-883f-0016d3cca427.")


def _matching(name: str, pattern: str, example: str) -> Callable[[Any], str]:
    compiled = re.compile(pattern)

    def parse(value: object) -> str:
        if isinstance(value, str) and compiled.fullmatch(value):
            return value
        raise GraphQLError(f"{name} is text such as {example}.")

    return parse


def _output_only(name: str) -> Callable[[object], NoReturn]:
    def parse(_: object) -> NoReturn:
        raise GraphQLError(f"{name} is not for input.")

    return parse


def _base64(value: bytes) -> str:
    return base64.b64encode(value).decode("ascii")


SCALARS: Final[dict[object, ScalarDefinition]] = {
    date: strawberry.scalar(
        name="Date",
        description="A day of the calendar (ISO 8601), such as 2026-03-01.",
        specified_by_url="https://scalars.graphql.org/andimarek/local-date.html",
        serialize=date.isoformat,
        parse_value=parse_date,
    ),
    datetime: strawberry.scalar(
        name="DateTime",
        description="An instant in UTC (RFC 3339), in whole seconds: 2026-03-01T17:04:05Z.",
        specified_by_url="https://scalars.graphql.org/andimarek/date-time.html",
        serialize=format_instant,
        parse_value=parse_instant,
    ),
    Fips: strawberry.scalar(
        name="Fips",
        description="The five-digit FIPS code of a county, such as 29510 for St. Louis city.",
        specified_by_url="https://www.census.gov/library/reference/code-lists/ansi.html",
        serialize=str,
        parse_value=_matching("A Fips", r"[0-9]{5}", "29510"),
    ),
    Ein: strawberry.scalar(
        name="Ein",
        description="An Employer Identification Number: nine digits, a hyphen after two allowed.",
        specified_by_url="https://www.irs.gov/businesses/employer-identification-number",
        serialize=str,
        parse_value=_matching("An Ein", r"[0-9]{2}-?[0-9]{7}", "12-3456789"),
    ),
    Sha256: strawberry.scalar(
        name="Sha256",
        description="A SHA-256 digest as 64 lower-case hexadecimal digits.",
        specified_by_url="https://csrc.nist.gov/pubs/fips/180-4/upd1/final",
        serialize=str,
        parse_value=_matching("A Sha256", r"[0-9a-f]{64}", "64 hexadecimal digits"),
    ),
    CommandId: strawberry.scalar(
        name="CommandId",
        description=(
            "A UUID that the caller draws for each command. Sending an accepted command again "
            "with the same id gives its first outcome, so a lost answer can be asked for again."
        ),
        specified_by_url="https://www.rfc-editor.org/rfc/rfc9562",
        serialize=str,
        parse_value=parse_command_id,
    ),
    Base64: strawberry.scalar(
        name="Base64",
        description="Bytes in Base64 with the standard alphabet and padding.",
        specified_by_url="https://www.rfc-editor.org/rfc/rfc4648#section-4",
        serialize=_base64,
        parse_value=_output_only("Base64"),
    ),
    Json: strawberry.scalar(
        name="JSON",
        description="Any JSON value.",
        specified_by_url="https://www.rfc-editor.org/rfc/rfc8259",
        serialize=lambda value: value,
        parse_value=_output_only("JSON"),
    ),
    # Whoever takes one says what is wrong with it: an error here would repeat a private key.
    Jwk: strawberry.scalar(
        name="Jwk",
        description="A public key as a JSON Web Key: an object with kty, crv, x and maybe y.",
        specified_by_url="https://www.rfc-editor.org/rfc/rfc7517#section-4",
        serialize=lambda value: value,
        parse_value=lambda value: value,
    ),
}
"""For the schema's configuration: the Python type that stands for each scalar."""
