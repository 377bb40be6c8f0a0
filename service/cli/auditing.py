"""`coalition audit …`: the log checked from outside, without trust in its server."""

# Help must be there at once, so what takes long to import is imported where it is used.
# ruff: noqa: PLC0415

from __future__ import annotations

import contextlib
import time
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, NoReturn

import typer

from service.cli.exits import FAILED, UNAVAILABLE, USAGE, FailedError, UsageError
from service.cli.output import data, progress, say, table

if TYPE_CHECKING:
    from domain.audit.log import Audited, Trust
    from domain.ledger.note import Note, VerifierKey

app = typer.Typer(help="Audit a log from outside.", no_args_is_help=True)

PLACE_ARGUMENT = Annotated[
    str, typer.Argument(help="A bundle, a folder that was exported, or a service's address.")
]
KEY_OPTION = Annotated[
    list[str],
    typer.Option(
        "--log-key",
        help="The log's verifier key, or a file of them, from somebody else than its server.",
    ),
]
WITNESS_OPTION = Annotated[
    list[str] | None,
    typer.Option("--witness-key", help="A witness's verifier key, or a file of them."),
]
QUORUM_OPTION = Annotated[
    int | None,
    typer.Option(min=0, help="How many witnesses have to have cosigned; all without this."),
]
EARLIER_OPTION = Annotated[
    list[Path] | None,
    typer.Option("--checkpoint", help="A checkpoint that was kept from earlier, as a file."),
]
JSON_OPTION = Annotated[bool, typer.Option("--json", help="Print the verdict as JSON.")]


@app.command()
def verify(
    place: PLACE_ARGUMENT,
    log_key: KEY_OPTION,
    *,
    witness_key: WITNESS_OPTION = None,
    quorum: QUORUM_OPTION = None,
    checkpoint: EARLIER_OPTION = None,
    as_json: JSON_OPTION = False,
) -> None:
    """Check every byte: signatures, tree, the rules of each entry, what was kept from earlier.

    Exit code 0 says that nothing is wrong; 1 names the first position that is, and why; 3 says
    that there is nothing to check.
    """
    from domain.audit.log import audit_log
    from service.auditing.sources import opened

    earlier = [_note(file) for file in checkpoint or ()]
    trust = _trust(log_key, witness_key or (), quorum, earlier)
    with _verdict(as_json=as_json), progress("checking") as show, opened(place) as read:
        audited = audit_log(read, trust, show)
    if as_json:
        data(_record(audited))
        return
    for line in _lines(audited):
        typer.echo(line)


@app.command()
def bundle(
    file: Annotated[Path, typer.Argument(help="The file to write.")],
    *,
    as_of: Annotated[
        int | None, typer.Option(min=1, help="The last position; all that is published without.")
    ] = None,
    full: Annotated[
        bool,
        typer.Option(
            "--full", help="With hidden values, but personal ones: for an auditor who may see them."
        ),
    ] = False,
) -> None:
    """Write what is published into one file that `coalition audit verify` takes.

    It is a tar archive of the log's files, the texts that entries name, and the log's keys.
    """
    from service.opening import open_ledger
    from service.settings import Settings, load
    from service.transparency.bundle import AsOfError, write_bundle

    with (
        contextlib.closing(open_ledger(load(Settings), outdated=True)) as ledger,
        progress("writing") as show,
    ):
        try:
            size = write_bundle(ledger, file, as_of=as_of, full=full, progress=show)
        except AsOfError as error:
            raise UsageError(f"There is no position {as_of}: {error}.") from None
    say(f"{file} has the first {size} entries of {ledger.origin}.")


@app.command()
def diff(
    old: Annotated[str, typer.Argument(help="An earlier bundle, folder or checkpoint's file.")],
    new: PLACE_ARGUMENT,
    log_key: KEY_OPTION,
    *,
    as_json: JSON_OPTION = False,
) -> None:
    """Print what was added since, by type and by stream; that it only was added is proved.

    The new log is checked whole, as `coalition audit verify` does it.
    """
    from domain.audit.log import audit_log
    from domain.ledger.checkpoint import Checkpoint
    from service.auditing.added import Added
    from service.auditing.sources import opened

    with _verdict(as_json=as_json), progress("checking") as show:
        known = _published(old)
        added = Added(Checkpoint.parse(known.text).size)
        trust = _trust(log_key, (), None, [known])
        with opened(new) as read:
            audited = audit_log(read, trust, show, added)
    if as_json:
        data({"verdict": "ok", "from": added.since, "to": audited.size, **added.record()})
        return
    typer.echo(f"{audited.size - added.since} entries were added to the first {added.since}")
    table(("type", "entries"), sorted(added.types.items()))
    table(("stream", "kind", "entries"), added.rows())


@app.command()
def watch(
    place: PLACE_ARGUMENT,
    log_key: KEY_OPTION,
    *,
    witness_key: WITNESS_OPTION = None,
    quorum: QUORUM_OPTION = None,
    folder: Annotated[
        Path, typer.Option("--data", help="Where the last checkpoint is kept; back it up.")
    ] = Path("watched"),
    every_s: Annotated[
        float, typer.Option(min=1, max=86_400, help="Seconds between two looks.")
    ] = 60.0,
    once: Annotated[bool, typer.Option("--once", help="Look once, and end.")] = False,
) -> None:
    """Look at a log again and again, and end with 1 when it was forked or rolled back.

    Each checkpoint is kept once it is proved to extend the one before. What cannot be reached is
    told, and looked at again.
    """
    from domain.audit.finding import UnreadableError

    trust = _trust(log_key, witness_key or (), quorum, ())
    while True:
        try:
            _look(place, trust, folder)
        except UnreadableError as error:
            if once:
                _end(UNAVAILABLE, f"{error.reason}.")
            say(f"coalition: {error.reason}.")
        if once:
            return
        time.sleep(every_s)


def _look(place: str, trust: Trust, folder: Path) -> None:
    """Look at a log, and keep its checkpoint if it extends the one that is kept."""
    from domain.audit.finding import TamperedError
    from domain.audit.log import CHECKPOINT
    from domain.audit.monitor import follow
    from domain.ledger.checkpoint import Checkpoint
    from domain.ledger.note import MAX_NOTE_BYTES
    from service.auditing.monitor import Kept
    from service.auditing.sources import opened

    kept = Kept(folder, trust.keys[0].name)
    known = kept.read()
    shown: list[bytes | None] = []
    try:
        with opened(place) as read:

            def remembered(name: str, most: int) -> bytes | None:
                content = read(name, most)
                if name == CHECKPOINT:
                    shown.append(content)
                return content

            note = follow(remembered, trust, known)
    except TamperedError as error:
        if not shown:
            _end(FAILED, f"{error.reason}.")
        file = kept.evidence((shown[0] or b"")[:MAX_NOTE_BYTES])
        _end(FAILED, f"{error.reason}. What was seen before is in {kept.file}, now in {file}.")
    checkpoint = Checkpoint.parse(note.text)
    if known is not None and Checkpoint.parse(known.text) == checkpoint:
        return
    kept.write(note)
    say(f"{checkpoint.origin} has {checkpoint.size} entries, and only grew.")


def _published(place: str) -> Note:
    """Return the checkpoint of a place, or the one that is the file."""
    from domain.audit.finding import UnreadableError
    from domain.audit.log import CHECKPOINT
    from domain.ledger.checkpoint import Checkpoint
    from domain.ledger.note import MAX_NOTE_BYTES, Note, NoteError
    from service.auditing.sources import opened

    try:
        with opened(place) as read:
            content = read(CHECKPOINT, MAX_NOTE_BYTES)
    except UnreadableError:
        if not _is_file(place):
            raise
        return _note(Path(place))
    try:
        note = Note.parse(content or b"")
        Checkpoint.parse(note.text)
    except NoteError as error:
        raise UnreadableError(f"{place} has no checkpoint: {error.reason}") from None
    return note


def attest(*, as_json: JSON_OPTION = False) -> None:
    """Compare the database with its entries, and record a digest of what its read models hold.

    Auditors compute the digest from the public entries, and find one that does not follow from
    them. Nothing is recorded where the database and its entries differ, or nothing happened.
    """
    from domain.decision import Refusal
    from service.ledger.request import Accepted
    from service.opening import open_ledger
    from service.settings import Settings, load
    from service.transparency.attesting import ContradictedError
    from service.transparency.attesting import attest as attest_now

    with contextlib.closing(open_ledger(load(Settings))) as ledger:
        try:
            outcome = attest_now(ledger)
        except ContradictedError as error:
            raise FailedError(str(error)) from None
    if isinstance(outcome, Refusal):
        raise FailedError(outcome.message)
    assert isinstance(outcome, Accepted)  # noqa: S101 - a command id of its own, and no version
    positions = [each.position for each in outcome.entries]
    if as_json:
        data({"positions": positions})
    say("Attested." if positions else "Nothing happened since the last time.")


@contextlib.contextmanager
def _verdict(*, as_json: bool) -> Iterator[None]:
    """End with a verdict, and never with a traceback, whatever was read."""
    from domain.audit.finding import TamperedError, UnreadableError

    try:
        yield
    except TamperedError as error:
        where = "" if error.position is None else f"position {error.position}: "
        if as_json:
            reason = _as_text(error.reason)
            data({"verdict": "tampered", "position": error.position, "reason": reason})
        _end(FAILED, f"{where}{error.reason}.")
    except UnreadableError as error:
        if as_json:
            data({"verdict": "unreadable", "position": None, "reason": _as_text(error.reason)})
        _end(UNAVAILABLE, f"{error.reason}.")


def _as_text(reason: str) -> str:
    """Return a reason as JSON takes it: the name of a file need not be text."""
    return reason.encode(errors="backslashreplace").decode()


def _trust(
    log_keys: Sequence[str],
    witness_keys: Sequence[str],
    quorum: int | None,
    earlier: Sequence[Note],
) -> Trust:
    from domain.audit.log import Trust

    witnesses = _keys(witness_keys)
    if quorum is not None and quorum > len(witnesses):
        _end(USAGE, f"{quorum} witnesses are asked for, and {len(witnesses)} keys are given.")
    return Trust(
        keys=_keys(log_keys),
        witnesses=witnesses,
        quorum=len(witnesses) if quorum is None else quorum,
        earlier=earlier,
        now=int(time.time()),
    )


def _keys(given: Sequence[str]) -> list[VerifierKey]:
    from domain.ledger.note import NoteError, VerifierKey

    keys: dict[VerifierKey, None] = {}
    for each in given:
        # A key has plus signs and base64; what names a file that is there is a file.
        try:
            lines = Path(each).read_text("utf-8").splitlines() if _is_file(each) else [each]
            keys |= {VerifierKey.parse(line.strip()): None for line in lines if line.strip()}
        except NoteError as error:
            _end(USAGE, f"A key cannot be used: {error.reason}.")
        except (OSError, UnicodeDecodeError):
            _end(USAGE, f"The file {each} cannot be read as keys.")
    return list(keys)


def _is_file(place: str) -> bool:
    try:
        return Path(place).is_file()
    except OSError:
        # It is too long to be a name, as the key of ML-DSA mostly is.
        return False


def _note(file: Path) -> Note:
    from domain.ledger.checkpoint import Checkpoint
    from domain.ledger.note import MAX_NOTE_BYTES, Note, NoteError

    try:
        with file.open("rb") as opened:
            note = Note.parse(opened.read(MAX_NOTE_BYTES + 1))
        Checkpoint.parse(note.text)
    except OSError as error:
        _end(USAGE, f"The checkpoint {file} cannot be read ({error.strerror}).")
    except NoteError as error:
        _end(USAGE, f"The file {file} is no checkpoint: {error.reason}.")
    return note


def _end(code: int, message: str) -> NoReturn:
    say(f"coalition: {message}")
    raise typer.Exit(code)


def _record(audited: Audited) -> dict[str, Any]:
    return {
        "verdict": "ok",
        "origin": audited.checkpoint.origin,
        "size": audited.size,
        "signedSize": audited.checkpoint.size,
        "rootHash": audited.checkpoint.root.hex(),
        "signedBy": audited.signed_by,
        "witnessedBy": audited.witnessed_by,
        "extends": audited.extends,
        "streams": audited.streams,
        "types": audited.types,
        "documents": audited.documents,
        "documentsAbsent": audited.documents_absent,
        "opened": audited.opened,
        "erased": audited.erased,
        "attestations": audited.attestations,
        "clockSteps": audited.clock_steps,
    }


def _lines(audited: Audited) -> Iterator[str]:
    checkpoint = audited.checkpoint
    confidential = audited.types.get("confidential", 0)
    yield f"nothing is wrong with the {audited.size} entries of {checkpoint.origin}"
    if audited.size < checkpoint.size:
        yield f"part          {checkpoint.size} are signed; the others are not here"
    yield f"root          {checkpoint.root.hex()}"
    yield f"signed by     {', '.join(audited.signed_by)}"
    yield f"cosigned by   {', '.join(audited.witnessed_by) or 'nobody that was asked for'}"
    yield f"extends       {', '.join(map(str, audited.extends)) or 'no checkpoint was given'}"
    yield (
        f"entries       {audited.size - confidential} of {len(audited.types)} types in "
        f"{audited.streams} streams, {confidential} confidential"
    )
    yield f"texts         {audited.documents} checked, {audited.documents_absent} not there"
    yield f"attested      {audited.attestations} digests of read models follow from the entries"
    if audited.opened:
        yield f"opened        {audited.opened} hidden values, {audited.erased} were erased"
    if audited.clock_steps:
        yield f"clock         was set back {audited.clock_steps} times"
