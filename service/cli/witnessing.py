"""`coalition witness …`: a partner's witness of this log, or of any other."""

# Help must be there at once, so what takes long to import is imported where it is used.
# ruff: noqa: PLC0415

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from service.cli.exits import UsageError
from service.cli.output import say

app = typer.Typer(help="Witness a log: cosign it while it only grows.", no_args_is_help=True)


@app.command("serve")
def serve(
    log_key: Annotated[
        list[str],
        typer.Option(help="A log's verifier key, from `coalition log keys`; several for several."),
    ],
    name: Annotated[str, typer.Option(help="The witness's name for ever: a host of yours.")],
    folder: Annotated[
        Path, typer.Option("--data", help="Its key and what it has cosigned; back it up.")
    ] = Path("witness"),
    host: Annotated[str, typer.Option(help="The address to listen on.")] = "127.0.0.1",
    port: Annotated[int, typer.Option(min=0, max=65_535, help="The port to listen on.")] = 8001,
) -> None:
    """Answer C2SP tlog-witness: cosign each checkpoint that extends the one before.

    It needs no database and no setting. A forked or an older history is refused.
    """
    import uvicorn

    from domain.ledger.note import NoteError, VerifierKey, require_name
    from service.server import address_of, listen
    from service.transparency.witness import Witness, build_witness_app

    try:
        keys = [VerifierKey.parse(text) for text in log_key]
        require_name(name)
    except NoteError as error:
        raise UsageError(f"A key or the name cannot be used: {error.reason}.") from None
    witness = Witness(folder, name, keys)
    with listen(host, port) as listener:
        typer.echo(str(witness.key))
        say(f"The witness {name} listens at {address_of(listener)}; above is its verifier key.")
        config = uvicorn.Config(
            build_witness_app(witness),
            ws="none",
            lifespan="off",
            log_config=None,
            access_log=False,
            server_header=False,
            proxy_headers=False,
        )
        uvicorn.Server(config).run(sockets=[listener])
