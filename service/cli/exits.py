"""How a command ends: a fault becomes one clear line and an exit code, never a traceback."""

# Help must be there at once, so what takes long to import is imported where it is used.
# ruff: noqa: PLC0415

from __future__ import annotations

from typing import Any, Final

import typer
from typer.core import TyperGroup

FAILED: Final = 1
USAGE: Final = 2
UNAVAILABLE: Final = 3


class UsageError(Exception):
    """What was asked for makes no sense; the message says what would."""


class FailedError(Exception):
    """A check failed, or the rules refused."""


class Commands(TyperGroup):
    """The commands, whose faults end as the module says."""

    def invoke(self, ctx: typer.Context) -> Any:  # type: ignore[override]  # noqa: ANN401
        """Run a command."""
        try:
            return super().invoke(ctx)
        except Exception as error:
            if type(error).__module__.startswith("typer."):
                # An exit or a wrong option, which typer tells of by itself.
                raise
            explained = explain(error)
            if explained is None:
                raise
            code, message = explained
            typer.echo(f"coalition: {message}", err=True)
            ctx.exit(code)


def explain(error: Exception) -> tuple[int, str] | None:
    """Return the exit code and the message of a fault; ``None`` for a bug of ours."""
    # SQLAlchemy takes long to import, and help needs nothing of it.
    from sqlalchemy.exc import DBAPIError
    from sqlalchemy.exc import TimeoutError as PoolTimeoutError

    from domain.policy import PolicyError
    from service.faults import LedgerFaultError
    from service.settings import SettingsError

    if isinstance(error, (UsageError, SettingsError)):
        return USAGE, str(error)
    if isinstance(error, PolicyError):
        return USAGE, f"The policy file cannot be used: {error}."
    if isinstance(error, FailedError):
        return FAILED, str(error)
    if isinstance(error, LedgerFaultError):
        return UNAVAILABLE, str(error)
    if isinstance(error, DBAPIError):
        return UNAVAILABLE, _database_fault(error)
    if isinstance(error, (PoolTimeoutError, TimeoutError)):
        return UNAVAILABLE, "The database does not answer in time: try again."
    return None


def _database_fault(error: Exception) -> str:
    said = " ".join(str(getattr(error, "orig", error)).split())
    if "malformed" in said or "not a database" in said:
        return (
            f"The database is damaged or half-written ({said}): stop whatever writes to it, and "
            "restore its newest backup beside it."
        )
    if "permission denied" in said or "insufficient" in said:
        return f"The database refuses this role ({said}): see the roles in docs/operators.md."
    return (
        f"The database did not do what was asked ({said}): check COALITION_DATABASE_URL, that the "
        "database runs and has space, and try again."
    )
