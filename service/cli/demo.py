"""`coalition demo`."""

# Help must be there at once, so what takes long to import is imported where it is used.
# ruff: noqa: PLC0415

from __future__ import annotations

import contextlib
import fcntl
import os
import shlex
import shutil
import sys
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Final

import typer

from service.cli.exits import UsageError
from service.cli.output import say

if TYPE_CHECKING:
    from service.demo.seed import DemoCoalition

KEYS_FILE: Final = "demo-keys.json"
PARTNERS_FILE: Final = "partner-keys.txt"


def demo(
    data: Annotated[
        Path, typer.Option(help="The folder to keep it in; made where there is none.")
    ] = Path(".demo"),
    host: Annotated[str, typer.Option(help="A loopback address to listen on.")] = "127.0.0.1",
    port: Annotated[int, typer.Option(min=0, max=65_535, help="The port to listen on.")] = 8000,
    seed: Annotated[int, typer.Option(help="Another number makes another coalition.")] = 1,
    *,
    no_serve: Annotated[bool, typer.Option("--no-serve", help="Make it only.")] = False,
) -> None:
    """Serve a demonstration coalition, made up the first time, on this machine only.

    Its keys lie open in demo-keys.json, so it listens on loopback addresses alone.
    """
    from service.settings import demo_settings, is_loopback

    if not is_loopback(host):
        raise UsageError(
            f"{host} is no loopback address: the keys of the demonstration are open to all, so "
            "it is for this machine only. For others, see `coalition init` and `coalition serve`."
        )
    if not no_serve:
        from service.server import listen

        # Making it takes a while, after which nobody wants to hear that the port is taken.
        listen(host, port).close()
    make(data, seed)
    settings = demo_settings(data, host=host, port=port)
    if no_serve:
        typer.echo(_welcome(data, f"http://{host}:{port}"))
        return

    from service import logs
    from service.app import serve

    logs.configure(settings.log_level, settings.log_format)
    serve(settings, lambda address: typer.echo(_welcome(data, address)))


def make(folder: Path, seed: int) -> None:
    """Make the demonstration, whole or not at all.

    Raises:
        UsageError: the folder holds something else, or it is being made by somebody else.
    """
    if (folder / "ledger.db").exists():
        return
    if folder.exists() and any(folder.iterdir()):
        raise UsageError(
            f"{folder} is neither empty nor a demonstration: name another folder with --data."
        )
    partial = folder.with_name(f"{folder.name}.partial")
    partial.parent.mkdir(parents=True, exist_ok=True)
    try:
        partial.mkdir(mode=0o700)
        found = False
    except FileExistsError:
        found = True
    with _alone(partial):
        if found:
            say(f"An earlier run was interrupted: {partial} is thrown away and made anew.")
            _empty(partial)
        _seed(partial, seed)
        _settle(partial)
        # The name is given last: what has it is whole.
        partial.rename(folder)
        _sync(folder.parent)


def _seed(folder: Path, seed: int) -> None:
    from rich.console import Console
    from rich.progress import BarColumn, Progress, TextColumn

    from service.demo.seed import seed as seed_ledger
    from service.settings import demo_settings

    settings = demo_settings(folder, host="127.0.0.1", port=0)
    bar = Progress(TextColumn("{task.description}"), BarColumn(), console=Console(stderr=True))
    with bar:
        task = bar.add_task("making the demonstration", total=1.0)
        made = seed_ledger(settings, seed, lambda done: bar.update(task, completed=done))
    with contextlib.closing(made.ledger):
        _write_keys(folder, made)


def _write_keys(folder: Path, made: DemoCoalition) -> None:
    """Make a key for each of the figures, and write them down in clear, with the queries.

    Those of the partners stand in a file of their own, one a line.
    """
    import orjson

    from service.ledger.engine import begin_writing
    from service.security import issuing

    now = datetime.now(UTC)
    with begin_writing(made.ledger.engine) as connection:
        keys = [
            issuing.create(connection, login.principal, login.label, now=now)
            for login in made.logins.values()
        ]
        partners = [
            issuing.create(connection, each, "speaks for a partner", now=now).text
            for each in made.partners
        ]
    content = {
        "keys": [
            {"role": each.key.principal.role.value, "label": each.key.label, "key": each.text}
            for each in keys
        ],
        "queries": [
            {"title": query.title, "role": query.role.value, "query": query.document}
            for query in made.queries
        ],
    }
    _write(folder / KEYS_FILE, orjson.dumps(content, option=orjson.OPT_INDENT_2) + b"\n")
    _write(folder / PARTNERS_FILE, "".join(f"{each}\n" for each in partners).encode())


def _write(file: Path, content: bytes) -> None:
    descriptor = os.open(file, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    with os.fdopen(descriptor, "wb") as opened:
        opened.write(content)


def _welcome(folder: Path, address: str) -> str:
    """Return what there is to see, and how to see it."""
    import orjson

    content = orjson.loads((folder / KEYS_FILE).read_bytes())
    keys = {each["role"]: each["key"] for each in content["keys"]}
    lines = [f"GraphQL    {address}/graphql", f"readiness  {address}/readyz", "", "API keys"]
    for each in content["keys"]:
        lines += [f"  {each['label']}", f"    {each['key']}"]
    lines += ["  each partner who may vote, one a line", f"    {folder / PARTNERS_FILE}"]
    for each in content["queries"]:
        key = keys.get(each["role"])
        who = "without a key" if key is None else f"as the {each['role']}"
        body = shlex.quote(orjson.dumps({"query": each["query"]}).decode())
        lines += ["", f"{each['title']}, {who}:", f"  curl -s {address}/graphql \\"]
        if key is not None:
            lines.append(f"    -H 'Authorization: Bearer {key}' \\")
        lines += ["    -H 'Content-Type: application/json' \\", f"    -d {body}"]
    lines += ["", "Follow the log as it grows, without a key:", f"  curl -N {address}/graphql \\"]
    follow = "subscription { entries(after: 0) { position entries { position recordedOn } } }"
    body = shlex.quote(orjson.dumps({"query": follow}).decode())
    lines.append(
        f"    -H 'Accept: text/event-stream' -H 'Content-Type: application/json' -d {body}"
    )
    lines += ["", "Sign in, once each, within 15 minutes:"]
    for each in content["keys"]:
        prefix = each["key"].partition(".")[0]
        lines += [f"  {each['label']}", f"    {address}/sign-in?token={_link(folder, prefix)}"]
    lines += ["", *_sweeping(folder)]
    return "\n".join(lines)


def _sweeping(folder: Path) -> list[str]:
    """Return how to do what has fallen due since the story ended."""
    from service.settings import demo_settings

    settings = demo_settings(folder, host="127.0.0.1", port=0)
    places = (
        f"COALITION_DATABASE_URL={settings.database_url}",
        f"COALITION_KEYS_URL={settings.keys_url}",
        f"COALITION_KEK_FILE={settings.kek_file}",
    )
    return [
        "Nothing is swept here: the story ends on a day, and is to be found as it ended. To close",
        "votes, and end what has lapsed since then, by today's date, once and for all:",
        *(f"  {shlex.quote(each)} \\" for each in places),
        f"    {shlex.quote(str(Path(sys.executable).with_name('coalition')))} sweep",
    ]


def _link(folder: Path, prefix: str) -> str:
    from service.ledger.engine import begin_writing, create_engine
    from service.security import sessions

    engine = create_engine(f"sqlite:///{folder / 'ledger.db'}")
    try:
        with begin_writing(engine) as connection:
            return sessions.make_link(connection, prefix, now=datetime.now(UTC))
    finally:
        engine.dispose()


@contextlib.contextmanager
def _alone(folder: Path) -> Iterator[None]:
    """Hold a folder, so that two runs do not make the same demonstration."""
    descriptor = os.open(folder, os.O_RDONLY | os.O_DIRECTORY)
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        yield
    except BlockingIOError:
        raise UsageError(f"Another run is making {folder}: wait for it.") from None
    finally:
        os.close(descriptor)


def _empty(folder: Path) -> None:
    for each in folder.iterdir():
        if each.is_dir():
            shutil.rmtree(each)
        else:
            each.unlink()


def _settle(folder: Path) -> None:
    """Put on disk what was written, before the folder gets its name."""
    for each in folder.iterdir():
        _sync(each)
    _sync(folder)


def _sync(path: Path) -> None:
    descriptor = os.open(path, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
