"""Help: there for every command, at once, and without any setting."""

from __future__ import annotations

import os
import resource
import subprocess
import sys

import pytest
import typer
from typer.testing import CliRunner

from service.cli import app

COMMANDS = [
    (),
    ("init",),
    ("serve",),
    ("demo",),
    ("rebuild",),
    ("replay",),
    ("attest",),
    ("audit",),
    ("audit", "bundle"),
    ("audit", "diff"),
    ("audit", "watch"),
    ("audit", "verify"),
    ("backup",),
    ("backup", "keys"),
    ("backup", "ledger"),
    ("restore",),
    ("restore", "keys"),
    ("restore", "ledger"),
    ("sweep",),
    ("credential",),
    ("credential", "verify"),
    ("disclose",),
    ("disclose", "make"),
    ("disclose", "verify"),
    ("db",),
    ("db", "upgrade"),
    ("erase",),
    ("erase", "person"),
    ("erase", "value"),
    ("erase", "finish"),
    ("export",),
    ("listen",),
    ("mcp",),
    ("keys",),
    ("keys", "address"),
    ("keys", "create"),
    ("keys", "rotate"),
    ("keys", "link"),
    ("keys", "list"),
    ("keys", "revoke"),
    ("log",),
    ("log", "export"),
    ("log", "keys"),
    ("log", "add-key"),
    ("log", "retire-key"),
    ("schema",),
    ("schema", "documents"),
    ("schema", "print"),
    ("witness",),
    ("witness", "serve"),
]
SLOW_TO_IMPORT = {"sqlalchemy", "strawberry", "graphql", "cryptography", "alembic"}


def test_every_command_is_in_this_list() -> None:
    def commands(group: object, path: tuple[str, ...]) -> list[tuple[str, ...]]:
        found = [path]
        for name, command in getattr(group, "commands", {}).items():
            found += commands(command, (*path, name))
        return found

    assert sorted(commands(typer.main.get_command(app), ())) == sorted(COMMANDS)


@pytest.mark.parametrize("command", COMMANDS)
def test_every_command_explains_itself(command: tuple[str, ...]) -> None:
    result = CliRunner().invoke(app, [*command, "--help"], env={})
    assert result.exit_code == 0
    assert "Usage: " in result.stdout
    assert result.stderr == ""


@pytest.mark.parametrize("command", [("--help",), ("init", "--help"), ("keys", "create", "-h")])
def test_help_is_there_at_once(command: tuple[str, ...]) -> None:
    program = (
        "import sys\n"
        "from service.cli import app\n"
        "try:\n"
        f"    app({list(command)!r})\n"
        "finally:\n"
        "    print(*sys.modules, file=sys.stderr)\n"
    )
    environment = {
        name: value for name, value in os.environ.items() if not name.startswith("COALITION_")
    }
    times_s = []
    for _ in range(3):
        before = resource.getrusage(resource.RUSAGE_CHILDREN)
        done = subprocess.run(
            [sys.executable, "-c", program],
            env=environment,
            capture_output=True,
            text=True,
            check=True,
        )
        after = resource.getrusage(resource.RUSAGE_CHILDREN)
        # Of the processor: how long it takes by the clock depends on what else runs.
        times_s.append(after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime)
        assert "Usage: " in done.stdout
        assert not SLOW_TO_IMPORT & set(done.stderr.split())
    assert min(times_s) < 1.0


@pytest.mark.parametrize("wrong", [("nothing",), ("serve", "--what"), ("keys", "revoke")])
def test_a_command_that_is_wrong_is_usage(wrong: tuple[str, ...]) -> None:
    result = CliRunner().invoke(app, wrong, env={})
    assert result.exit_code == 2
    assert result.stdout == ""
