"""The operators' guide names every setting, command and exit code that there is, and no other."""

from __future__ import annotations

import re
from pathlib import Path

import msgspec
import pytest
import typer

from service.cli import app, exits
from service.settings import LOOPBACK_NAMES, PREFIX, Settings

GUIDE = (Path(__file__).parents[3] / "docs/operators.md").read_text()


def rows(heading: str) -> list[list[str]]:
    """Return the cells of the first table after a heading."""
    section = GUIDE.split(f"\n{heading}\n", 1)[1]
    lines = re.search(r"(?:^\|.*\n)+", section, re.MULTILINE)
    assert lines is not None
    cells = [
        [cell.strip() for cell in line.strip("|").split("|")] for line in lines[0].splitlines()
    ]
    return cells[2:]


def test_every_setting_is_there_with_its_default() -> None:
    told = {cells[0].strip("`"): cells[2].strip("`") for cells in rows("## Settings")}
    assert set(told) == {PREFIX + name.upper() for name in Settings.__struct_fields__}
    for field in msgspec.structs.fields(Settings):
        name, default = field.name, field.default
        if field.required:
            assert told[PREFIX + name.upper()] == "needed"
        elif default == LOOPBACK_NAMES:
            assert told[PREFIX + name.upper()] == "loopback names"
        elif default == ():
            assert told[PREFIX + name.upper()] == "nobody"
        elif isinstance(default, float):
            assert float(told[PREFIX + name.upper()]) == default
        elif default is not None:
            written = str(default).lower() if isinstance(default, bool) else str(default)
            assert told[PREFIX + name.upper()] == written


def test_every_command_is_there() -> None:
    names = set()
    for name, command in getattr(typer.main.get_command(app), "commands", {}).items():
        names |= {name, *getattr(command, "commands", {})}
    told = " ".join(cells[0] for cells in rows("## Commands"))
    assert set(re.findall(r"[a-z]+(?:-[a-z]+)*", told.replace("coalition", ""))) == names


@pytest.mark.parametrize("code", [0, exits.FAILED, exits.USAGE, exits.UNAVAILABLE])
def test_every_exit_code_is_there(code: int) -> None:
    assert f"\n| {code} | " in GUIDE
