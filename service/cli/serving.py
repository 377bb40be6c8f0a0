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
    from service.start import serve as start

    start(host, port)
