"""`coalition serve`."""

# Help must be there at once, so what takes long to import is imported where it is used.
# ruff: noqa: PLC0415

from __future__ import annotations

from typing import Annotated

import typer


def serve(
    host: Annotated[
        str | None, typer.Option(help="Address to listen on, instead of COALITION_HOST.")
    ] = None,
    port: Annotated[
        int | None, typer.Option(help="Port to listen on, instead of COALITION_PORT.")
    ] = None,
) -> None:
    """Serve the coalition until a signal asks to stop.

    SIGTERM: not ready at once, no new connections after COALITION_DRAIN_S, what is open is
    answered, then the ledger is closed.
    """
    from service import logs
    from service.settings import Settings, load

    settings = load(Settings, host=host, port=port)
    logs.configure(settings.log_level, settings.log_format)

    from service.app import serve as serve_app

    log = logs.get_logger(__name__)
    serve_app(settings, lambda address: log.info("listening", address=address))
    log.info("stopped")
