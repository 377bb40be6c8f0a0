"""`coalition sweep`."""

# Help must be there at once, so what takes long to import is imported where it is used.
# ruff: noqa: PLC0415

from __future__ import annotations

import contextlib
from datetime import datetime
from typing import TYPE_CHECKING, Annotated, Final

import typer

from service.cli.exits import FailedError, UsageError
from service.cli.output import data, say, table

if TYPE_CHECKING:
    from collections.abc import Sequence

    from service.deadline import Due
    from service.ledger.ledger import Ledger
    from service.settings import Settings
    from service.sweep import Failed, Foretold, Swept

_VOTED: Final = "enough have voted on it"


def sweep(
    *,
    dry_run: Annotated[
        bool, typer.Option("--dry-run", help="Print what would be done, and do nothing.")
    ] = False,
    today: Annotated[
        datetime | None,
        typer.Option(
            formats=["%Y-%m-%d"],
            metavar="DATE",
            help="The day to go by, with --dry-run; today without this.",
        ),
    ] = None,
    as_json: Annotated[bool, typer.Option("--json", help="Print it as JSON.")] = False,
) -> None:
    """Do what is overdue and takes nobody to decide, such as closing votes whose last day is over.

    A dry run tells what would be done if nothing happened until then, and what expires unless a
    vote that is closed first has passed. Drafts that nobody saved for long are deleted, too, and
    files of applications that came to nothing, once an appeal is too late.

    Those who are waited for are reminded by mail (`coalition keys address`), once for each last
    day, a week before it. On a day on which something happened, the read models are attested too
    (`coalition attest`).

    To be run once a day where the service does not do it (COALITION_SWEEP_EVERY_S). A second run
    finds nothing to do. What cannot be done is told, and makes the exit code 1.
    """
    if today is not None and not dry_run:
        raise UsageError("--today goes with --dry-run: what is done is done on the day that it is.")

    from service import sweep as sweeping
    from service.opening import open_ledger, reminder_mail
    from service.reminding import reminders
    from service.settings import Settings, load
    from service.transparency.attesting import attest_if_due

    settings = load(Settings)
    mail = reminder_mail(settings)
    with contextlib.closing(open_ledger(settings)) as ledger:
        if dry_run:
            day = None if today is None else today.date()
            told = [] if mail is None else reminders.find(ledger, day)
            mails = _rows([due for each in told for due in each.dues], "a mail")
            _foretell(sweeping.foretell(ledger, day), mails, as_json=as_json)
            return
        _find_files(ledger, settings)
        swept = sweeping.sweep(ledger)
        if attest_if_due(ledger):
            say("What the read models hold was attested.")
        reminded = None if mail is None else reminders.remind(ledger, mail)
    _tell(swept, as_json=as_json)
    if reminded is not None:
        say(f"{reminded.sent} reminded by mail, {reminded.failed} to be tried again.")
    _refuse_failed(swept.failed)


def _find_files(ledger: Ledger, settings: Settings) -> None:
    """Let the files of evidence be deleted that the sweep finds too old."""
    from service.evidence.aging import kept_in
    from service.opening import evidence_folder

    if (folder := evidence_folder(settings)) is not None:
        kept_in(ledger, folder)


def _tell(swept: Swept, *, as_json: bool) -> None:
    _show(_rows(swept.done), as_json=as_json)
    say(f"{len(swept.done)} done.")
    if swept.drafts:
        say(f"{swept.drafts} drafts that nobody saved for long deleted.")
    if swept.files:
        say(f"{swept.files} files of applications that came to nothing deleted.")


def _foretell(foretold: Foretold, mails: list[dict[str, str]], *, as_json: bool) -> None:
    later = _rows(foretold.unless_voted, unless=_VOTED)
    _show([*_rows(foretold.due), *later, *mails], as_json=as_json)
    say(f"{foretold.drafts} drafts that nobody saved for long would be deleted.")
    say(f"{foretold.files} files of applications that came to nothing would be deleted.")


def _refuse_failed(failed: Sequence[Failed]) -> None:
    if failed:
        reasons = "\n".join(
            f"{each.due.deadline.kind} of {each.due.about}: {each.reason}" for each in failed
        )
        raise FailedError(f"{len(failed)} not done:\n{reasons}")


def _rows(
    found: Sequence[Due], instead: str | None = None, unless: str = ""
) -> list[dict[str, str]]:
    """Return a row for each thing that is due; ``instead`` stands for its command."""
    from service.graphql.ids import NodeKind, global_id

    return [
        {
            "kind": due.deadline.kind.value,
            "about": str(global_id(NodeKind[due.deadline.about.name], due.about)),
            "dueOn": due.due_on.isoformat(),
            "command": instead or type(due.command).__name__,
            "unless": unless,
        }
        for due in found
    ]


def _show(rows: list[dict[str, str]], *, as_json: bool) -> None:
    if as_json:
        data(rows)
    elif rows:
        table(list(rows[0]), [list(row.values()) for row in rows])
