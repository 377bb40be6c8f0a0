"""`coalition replay`."""

# Help must be there at once, so what takes long to import is imported where it is used.
# ruff: noqa: PLC0415

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, datetime
from typing import TYPE_CHECKING, Annotated, Any

import typer

from service.cli.exits import UsageError
from service.cli.output import data, table

if TYPE_CHECKING:
    from projections.model import ReadModel
    from projections.replay import Replay


def replay(
    as_of: Annotated[
        int | None, typer.Option(min=0, help="The last position to take in; the end without this.")
    ] = None,
    effective_on: Annotated[
        datetime | None,
        typer.Option(
            formats=["%Y-%m-%d"],
            metavar="DATE",
            help="The day facts are to hold on; today without.",
        ),
    ] = None,
    model: Annotated[str | None, typer.Option(help="One read model; all without this.")] = None,
    *,
    as_json: Annotated[
        bool, typer.Option("--json", help="Print the rows, as lines of JSON.")
    ] = False,
) -> None:
    """Fold the entries anew in memory, as of a position, and print the rows or their number."""
    from service.settings import Settings, load

    settings = load(Settings)

    import contextlib

    import msgspec

    from projections.models import read_models
    from projections.replay import Replay
    from service.ledger.reader import read_between
    from service.opening import open_ledger

    with contextlib.closing(open_ledger(settings, outdated=True)) as ledger:
        models = read_models(blind=ledger.blind)
        names = [each.name for each in models]
        if model is not None and model not in names:
            raise UsageError(f"{model!r} is no read model: use one of {', '.join(names)}.")
        wanted = [each for each in models if model in (None, each.name)]
        made = Replay(models)
        with ledger.read() as snapshot:
            position = snapshot.position if as_of is None else as_of
            if position > snapshot.position:
                raise UsageError(f"The ledger ends at position {snapshot.position}.")
            made.extend(read_between(snapshot.connection, ledger.opener, 0, position))
    day = effective_on.date() if effective_on else _today(made, models, position)
    rows = {each.name: made.rows(each, position, day) for each in wanted}
    if not as_json:
        table(("model", "rows"), [(name, len(found)) for name, found in rows.items()])
        return
    for name, found in rows.items():
        for row in found:
            data({"model": name, **msgspec.to_builtins(row)})


def _today(made: Replay, models: Sequence[ReadModel[Any]], position: int) -> date:
    """Return the day that it is for the coalition."""
    from zoneinfo import ZoneInfo

    coalition = next(each for each in models if each.name == "coalition")
    founded = made.rows(coalition, position, date.max)
    zone = str(getattr(founded[0], "time_zone", "UTC")) if founded else "UTC"
    return datetime.now(ZoneInfo(zone)).date()
