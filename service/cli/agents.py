"""`coalition mcp`."""

# Help must be there at once, so what takes long to import is imported where it is used.
# ruff: noqa: PLC0415

from __future__ import annotations

import contextlib
import os
import sys

from service.cli.listening import KEY


def mcp() -> None:
    """Answer an agent over stdin and stdout, by the Model Context Protocol; for reading only.

    An agent is given what is public, or with a key in COALITION_API_KEY what its holder may read.
    """
    from service.graphql.execution import Engine
    from service.graphql.schema import build_schema
    from service.opening import open_ledger
    from service.partners.agents import AgentServer
    from service.settings import Settings, load

    with contextlib.closing(open_ledger(load(Settings))) as ledger:
        server = AgentServer(Engine(build_schema(), ledger), os.environ.get(KEY) or None)
        for answer in server.answers(sys.stdin.buffer):
            sys.stdout.buffer.write(answer)
            sys.stdout.buffer.flush()
