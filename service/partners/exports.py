"""The files that can be had, by name, and how each is made from a reading of its list."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from types import MappingProxyType
from typing import Any, Final

import msgspec

from service.partners.calendar import Calendar
from service.partners.hsds import Hsds, organisations, services
from service.partners.layouts import Csv, JsonLines, Layout
from service.partners.lists import DIRECTORY, DUE_DATES, TABLES, ListOfRows
from service.partners.parquet import Parquet
from service.partners.reading import Reading, RefusedError, Wanted

_AS_OF: Final = ("position", "recordedAt", "effectiveOn")
_DIGITS: Final = re.compile(r"[0-9]{1,15}", re.ASCII)


class Export(msgspec.Struct, frozen=True, kw_only=True):
    """One file.

    Attributes:
        rows: the list that it is made of.
        layout: makes the layout of a file of a reading, of the log with an origin; it raises
            `NotInstalledError` where that needs what is not there.
    """

    rows: ListOfRows
    layout: Callable[[Reading, str], Layout]

    def wanted(
        self,
        name: str,
        given: Sequence[tuple[str, str]],
        key: str | None = None,
        address: str = "",
    ) -> Wanted:
        """Return what to read.

        Args:
            name: the file's.
            given: parameters: fields of the list's filter, those that are lists as often as they
                have terms; arguments that are true or false; and of what can be dated
                ``position`` or ``recordedAt``, and ``effectiveOn``.
            key: the API key of who asks.
            address: where they ask from.

        Raises:
            RefusedError: there is no such parameter, or it stands there twice.
        """
        arguments: dict[str, Any] = {}
        filtered: dict[str, Any] = {}
        as_of: dict[str, Any] = {}
        for parameter, value in given:
            if parameter in self.rows.terms:
                filtered.setdefault(parameter, []).append(value)
            elif parameter in filtered or parameter in arguments or parameter in as_of:
                raise _bad(parameter, f"{parameter} is given once.")
            elif parameter in self.rows.texts:
                filtered[parameter] = value
            elif parameter in self.rows.truths:
                arguments[parameter] = _truth(parameter, value)
            elif parameter in _AS_OF and self.rows.dated:
                as_of[parameter] = value
            else:
                raise _bad(parameter, self._unknown(parameter))
        return Wanted(
            document=self.rows.document,
            arguments={**arguments, "filter": filtered} if filtered else arguments,
            as_of=_as_of(as_of),
            dated=self.rows.dated,
            logged=self.rows.logged,
            form=name,
            key=key,
            address=address,
        )

    def _unknown(self, parameter: str) -> str:
        known = [*self.rows.terms, *self.rows.texts, *self.rows.truths]
        known += _AS_OF if self.rows.dated else []
        return f"{parameter} is none of: {', '.join(known) or 'no parameters'}."


def _table(rows: ListOfRows) -> Export:
    return Export(rows=rows, layout=lambda *_: Csv(rows.columns))


def _parquet(rows: ListOfRows) -> Export:
    return Export(rows=rows, layout=lambda *_: Parquet(rows.columns))


def _json_lines(rows: ListOfRows) -> Export:
    return Export(rows=rows, layout=lambda *_: JsonLines())


EXPORTS: Final[Mapping[str, Export]] = MappingProxyType(
    {
        **{f"{name}.csv": _table(rows) for name, rows in TABLES.items()},
        **{f"{name}.jsonl": _json_lines(rows) for name, rows in TABLES.items()},
        **{f"{name}.parquet": _parquet(rows) for name, rows in TABLES.items()},
        "hsds/organizations.json": Export(rows=DIRECTORY, layout=lambda *_: Hsds(organisations)),
        "hsds/services.json": Export(rows=DIRECTORY, layout=lambda *_: Hsds(services)),
        "due-dates.ics": Export(
            rows=DUE_DATES,
            layout=lambda reading, origin: Calendar(origin, reading.recorded_at),
        ),
    }
)
"""Every file, by its name below ``/export/``."""


def _as_of(given: Mapping[str, str]) -> dict[str, Any] | None:
    if not given:
        return None
    point: dict[str, Any] = {}
    if "position" in given:
        if not _DIGITS.fullmatch(given["position"]):
            raise _bad("position", "position is a number.")
        point["position"] = int(given["position"])
    if "recordedAt" in given:
        point["recordedAt"] = given["recordedAt"]
    as_of: dict[str, Any] = {"at": point} if point else {}
    if "effectiveOn" in given:
        as_of["effectiveOn"] = given["effectiveOn"]
    return as_of


def _truth(parameter: str, value: str) -> bool:
    if value not in ("true", "false"):
        raise _bad(parameter, f"{parameter} is true or false.")
    return value == "true"


def _bad(parameter: str, message: str) -> RefusedError:
    extensions = {"code": "BAD_REQUEST", "field": parameter}
    return RefusedError([{"message": message, "extensions": extensions}])
