"""The command line, `coalition …`.

What a command finds goes to stdout, what it says about that to stderr. Exit codes: 0 it is
done, 1 a check failed or the rules refused, 2 the command or a setting is wrong, 3 something
that is needed is missing or out of reach.

Whatever takes long to import is imported where it is used, so that help is there at once.
"""

from __future__ import annotations

import typer

from service.cli import (
    agents,
    auditing,
    backing_up,
    credentials,
    database,
    demo,
    erasing,
    exporting,
    founding,
    keys,
    listening,
    log,
    rebuilding,
    replaying,
    schema,
    serving,
    sweeping,
    witnessing,
)
from service.cli.exits import Commands

app = typer.Typer(
    name="coalition",
    help="Keep and serve the membership ledger of a coalition.",
    epilog="Settings are COALITION_… variables: see the operators' guide, docs/operators.md.",
    cls=Commands,
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
    rich_markup_mode=None,
    context_settings={"help_option_names": ["-h", "--help"]},
)
app.command("init")(founding.init)
app.command("serve")(serving.serve)
app.command("demo")(demo.demo)
app.command("rebuild")(rebuilding.rebuild)
app.command("replay")(replaying.replay)
app.add_typer(auditing.app, name="audit")
app.command("attest")(auditing.attest)
app.command("export")(exporting.export)
app.command("listen")(listening.listen)
app.command("mcp")(agents.mcp)
app.command("sweep")(sweeping.sweep)
app.add_typer(backing_up.backup, name="backup")
app.add_typer(backing_up.restore, name="restore")
app.add_typer(credentials.credential, name="credential")
app.add_typer(database.app, name="db")
app.add_typer(credentials.disclose, name="disclose")
app.add_typer(erasing.app, name="erase")
app.add_typer(keys.app, name="keys")
app.add_typer(log.app, name="log")
app.add_typer(schema.app, name="schema")
app.add_typer(witnessing.app, name="witness")
