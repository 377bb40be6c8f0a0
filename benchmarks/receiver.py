"""A receiver of webhooks that does nothing but count, in a process of its own.

``python -m benchmarks.receiver`` prints its port. ``GET /`` answers with how many messages came,
by path, as JSON.
"""

from __future__ import annotations

import asyncio
import json
import sys
from collections import Counter
from typing import Final

_TAKEN: Final = b"HTTP/1.1 204 No Content\r\n\r\n"
_counts: Counter[str] = Counter()


async def _serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    try:
        while True:
            head = await reader.readuntil(b"\r\n\r\n")
            method, path, _ = head.split(b" ", 2)
            if method == b"GET":
                body = json.dumps(_counts).encode()
                length = f"Content-Length: {len(body)}\r\n\r\n".encode()
                writer.write(b"HTTP/1.1 200 OK\r\n" + length + body)
            else:
                lines = head.lower().split(b"\r\n")
                (length,) = (line for line in lines if line.startswith(b"content-length:"))
                await reader.readexactly(int(length.partition(b":")[2]))
                _counts[path.decode()] += 1
                writer.write(_TAKEN)
            await writer.drain()
    except (asyncio.IncompleteReadError, ConnectionError):
        writer.close()


async def _main() -> None:
    server = await asyncio.start_server(_serve, "127.0.0.1", 0)
    print(server.sockets[0].getsockname()[1], flush=True)
    async with server:
        await server.serve_forever()


if __name__ == "__main__":
    try:
        asyncio.run(_main())
    except KeyboardInterrupt:
        sys.exit(0)
