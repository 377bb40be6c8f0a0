# It belongs to no package: it is copied beside the generated one.
# ruff: noqa: INP001
"""Ask an address for its members with what was generated, and print what it told.

python run.py <address> <key> <position to follow the log up to>
"""

import asyncio
import json
import sys
import uuid

from generated import Client, SetSeatsInput

address, key, last = sys.argv[1], sys.argv[2], int(sys.argv[3])


async def main() -> None:
    """Page through the members, set seats twice by one command, and follow the log."""
    authorization = {"Authorization": f"Bearer {key}"}
    client = Client(
        url=f"{address}/graphql",
        headers=authorization,
        ws_url=f"{address.replace('http', 'ws', 1)}/graphql",
        ws_headers=authorization,
    )
    async with client:
        ids: list[str] = []
        after: str | None = None
        while True:
            page = (await client.members(first=2, after=after)).memberships
            ids += [each.id for each in page.nodes]
            if not page.page_info.has_next_page:
                break
            after = page.page_info.end_cursor
        given = SetSeatsInput(command_id=str(uuid.uuid4()), tier="collaborative-partner", seats=9)
        answers = [(await client.set_seats(given)).set_seats.model_dump() for _ in range(2)]
        positions: list[int] = []
        async for told in client.entries(after=0):
            positions += [each.position for each in told.entries.entries]
            if positions[-1] >= last:
                break
    print(json.dumps({"ids": ids, "answers": answers, "positions": positions}))  # noqa: T201


asyncio.run(main())
