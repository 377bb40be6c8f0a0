"""Where `coalition` begins.

A process that serves does so all day, and is not to keep in memory what has read its command line:
typer, and pydantic with it, which typer needs for any option. So `coalition serve` is read here
where it is as plain as the guides write it; whatever else was asked for, typer reads, and explains.
"""

# What serving does not need is imported where it is used, and so is what help does not need.
# ruff: noqa: PLC0415

from __future__ import annotations

import sys
from collections.abc import Sequence
from typing import Final

INTERRUPTED: Final = 130
"""The exit code of whoever is stopped before there is anything to end in order."""

_SERVE: Final = "serve"
_OPTIONS: Final = frozenset({"--host", "--port"})


def main() -> None:
    """Do what the command line asks for, and exit."""
    options = plainly_serving(sys.argv[1:])
    if options is None:
        from service.cli import app

        app()
    else:
        try:
            serve(**options)
        except KeyboardInterrupt:
            sys.exit(INTERRUPTED)
        except Exception as error:
            from service.cli.exits import explain

            explained = explain(error)
            if explained is None:
                raise
            code, message = explained
            sys.stderr.write(f"coalition: {message}\n")
            sys.exit(code)


def plainly_serving(arguments: Sequence[str]) -> dict[str, str] | None:
    """Return the options of `coalition serve`; ``None`` where it is for typer to read them."""
    if arguments[:1] != [_SERVE]:
        return None
    words = [part for word in arguments[1:] for part in word.split("=", 1)]
    options = dict(zip(words[::2], words[1::2], strict=False))
    plain = (
        2 * len(options) == len(words)
        and options.keys() <= _OPTIONS
        and options.get("--port", "0").isdecimal()
        and not options.get("--host", "0").startswith("-")
    )
    return {name.removeprefix("--"): options[name] for name in options} if plain else None


def serve(host: str | None = None, port: str | int | None = None) -> None:
    """Serve the coalition of the settings until a signal asks to stop.

    Args:
        host: the address to listen on, instead of the setting.
        port: likewise.

    Raises:
        SettingsError: the settings cannot be used.
        LedgerFaultError: see `service.app.serve`.
    """
    from service import logs
    from service.settings import Settings, load

    settings = load(Settings, host=host, port=port)
    logs.configure(settings.log_level, settings.log_format)

    from service.app import serve as serve_app

    log = logs.get_logger(__name__)
    serve_app(settings, lambda address: log.info("listening", address=address))
    log.info("stopped")
