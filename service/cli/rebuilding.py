"""`coalition rebuild`."""

# Help must be there at once, so what takes long to import is imported where it is used.
# ruff: noqa: PLC0415

from __future__ import annotations

from collections.abc import Generator, Iterator, Sequence
from contextlib import AbstractContextManager, closing, contextmanager
from typing import TYPE_CHECKING, Annotated, Any

import typer

from service.cli.exits import UsageError
from service.cli.output import data, say

if TYPE_CHECKING:
    from sqlalchemy.engine import Connection, Engine

    from domain.ledger.recorded import Recorded
    from projections.model import ReadModel
    from projections.rebuild import Rebuilt
    from service.ledger.ledger import Ledger
    from service.ledger.vault import Opener
    from service.settings import Settings


def rebuild(
    *,
    model: Annotated[
        list[str] | None, typer.Option(help="A read model, several times for several; or all.")
    ] = None,
    as_json: Annotated[bool, typer.Option("--json", help="Print what was made, as JSON.")] = False,
) -> None:
    """Make the read models anew beside those that serve, compare, and switch.

    The service may run meanwhile. On PostgreSQL it works as the role of COALITION_MIGRATION_URL.
    """
    from service.settings import Settings, load

    settings = load(Settings)

    from service.opening import open_ledger

    with closing(open_ledger(settings, outdated=True)) as ledger:
        made = rebuild_all(settings, ledger, model)
    # Names of tables are a kind of text of SQLAlchemy's.
    differing = [str(name) for name in made.differing]
    if as_json:
        digests = {str(name): digest for name, digest in made.digests.items()}
        data({"position": made.position, "digests": digests, "differing": differing})
    say(f"{len(made.digests)} read models are those of position {made.position}.")
    if differing:
        say(f"These had held other rows, and hold the right ones now: {', '.join(differing)}.")


def rebuild_all(settings: Settings, ledger: Ledger, chosen: Sequence[str] | None = None) -> Rebuilt:
    """Rebuild the read models, or those that are chosen, as the role that owns the tables.

    Raises:
        UsageError: there is no such read model.
    """
    from projections.models import opened_events, read_models
    from service.ledger.engine import create_engine

    models = read_models(blind=ledger.blind)
    names = [each.name for each in models]
    if unknown := set(chosen or []) - set(names):
        raise UsageError(f"{', '.join(sorted(unknown))}: no read model; use {', '.join(names)}.")
    owner = create_engine(settings.migration_url or settings.database_url)
    try:
        return _rebuilt(
            [each for each in models if not chosen or each.name in chosen],
            LedgerSource(owner, ledger.opener, opened_events(models)),
        )
    finally:
        owner.dispose()


def _rebuilt(models: Sequence[ReadModel[Any]], source: LedgerSource) -> Rebuilt:
    """Rebuild, and show how far it is."""
    from rich.console import Console
    from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn

    from projections.rebuild import rebuild as rebuild_models

    with source.snapshot() as connection:
        entries = source.size(connection)
    bar = Progress(
        TextColumn("{task.description}"),
        BarColumn(),
        MofNCompleteColumn(),
        console=Console(stderr=True),
    )
    with bar:
        task = bar.add_task("reading", total=entries)

        def show(doing: str, position: int) -> None:
            bar.update(task, description=doing, completed=position, total=max(entries, position))

        return rebuild_models(models, source, show)


class LedgerSource:
    """The ledger, as `projections.rebuild` needs it.

    Args:
        engine: of the role that owns the tables.
        opener: opens hidden values.
        opens: the stored names of the events whose hidden values read models need.
    """

    def __init__(self, engine: Engine, opener: Opener, opens: frozenset[str]) -> None:
        self._engine = engine
        self._opener = opener
        self._opens = opens

    @contextmanager
    def snapshot(self) -> Iterator[Connection]:
        """Give a transaction in which all reads see one state of the database."""
        engine = self._engine
        if engine.dialect.name == "postgresql":
            engine = engine.execution_options(isolation_level="REPEATABLE READ")
        with engine.begin() as connection:
            yield connection

    def writing(self) -> AbstractContextManager[Connection]:
        """Give a transaction that may write and change the schema, committed at the end."""
        from service.ledger.engine import begin_writing

        return begin_writing(self._engine)

    @contextmanager
    def locked(self) -> Iterator[Connection]:
        """Give such a transaction that holds the ledger lock: nothing is appended meanwhile."""
        import sqlalchemy as sa

        from service.ledger.sql import LOCK_KEY

        with self.writing() as connection:
            if connection.dialect.name == "postgresql":
                connection.execute(sa.select(sa.func.pg_advisory_xact_lock(LOCK_KEY)))
            yield connection

    def entries(self, connection: Connection, after: int) -> Generator[Recorded, None, None]:
        """Yield the entries after a position, in order, as the transaction sees them."""
        from service.ledger.reader import read_between

        return read_between(connection, self._opener, after, self.size(connection), self._opens)

    def size(self, connection: Connection) -> int:
        """Return the last position, as the transaction sees it."""
        import sqlalchemy as sa

        from service.ledger import tables

        size: int = connection.execute(sa.select(tables.head.c.size)).scalar_one()
        return size
