"""`coalition serve` is read without typer where that reads it alike."""

import sys

import pytest

from service import start
from service.cli.exits import USAGE


@pytest.mark.parametrize(
    ("arguments", "options"),
    [
        (["serve"], {}),
        (["serve", "--host", "::1", "--port=80"], {"host": "::1", "port": "80"}),
        (["serve", "--host=[::1]"], {"host": "[::1]"}),
        # The last of two counts, as typer has it.
        (["serve", "--port", "80", "--port", "81"], None),
        (["serve", "--port"], None),
        (["serve", "--port", "eighty"], None),
        (["serve", "--host", "--port"], None),
        (["serve", "--help"], None),
        (["serve", "80"], None),
        (["demo"], None),
        ([], None),
    ],
)
def test_what_is_plain_is_read_here_and_the_rest_by_typer(
    arguments: list[str], options: dict[str, str] | None
) -> None:
    assert start.plainly_serving(arguments) == options


@pytest.mark.parametrize("arguments", [["serve"], ["serve", "--help"], ["serve", "--port", "no"]])
def test_a_fault_ends_alike_whoever_reads_it(
    arguments: list[str], monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(sys, "argv", ["coalition", *arguments])
    monkeypatch.delenv("COALITION_DATABASE_URL", raising=False)

    with pytest.raises(SystemExit) as ended:
        start.main()

    said = capsys.readouterr()
    if arguments[-1] == "--help":
        assert ended.value.code in (0, None)
        assert "--port" in said.out
    else:
        assert ended.value.code == USAGE
        assert "COALITION_DATABASE_URL is not set" in said.err or "--port" in said.err


def test_being_interrupted_before_it_serves_is_no_fault(monkeypatch: pytest.MonkeyPatch) -> None:
    def interrupt(**_: str) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr(sys, "argv", ["coalition", "serve"])
    monkeypatch.setattr(start, "serve", interrupt)

    with pytest.raises(SystemExit) as ended:
        start.main()

    assert ended.value.code == start.INTERRUPTED
