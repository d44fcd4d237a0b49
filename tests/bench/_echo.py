"""The floor of send to notified, in a process of its own: a frame in, the bare transaction, the frame out to the other.

`python -m tests.bench._echo DATABASE`; prints its port. No ids, no decision, no recipient's queue, no evidence.
"""

from __future__ import annotations

import asyncio
import sys
from pathlib import Path

from websockets.asyncio.server import ServerConnection, serve

from relay_tui.core.log.store import open_store
from tests.bench import _bare

MOST = 20_000
"""Messages that it has prepared rows for."""


async def main(database: Path) -> None:
    db = open_store(database)
    prepared = _bare.batches(MOST, 1)
    sockets: set[ServerConnection] = set()

    async def handle(socket: ServerConnection) -> None:
        sockets.add(socket)
        await socket.send("ready")
        try:
            async for frame in socket:
                _bare.write(db, next(prepared))
                for other in sockets:
                    if other is not socket:
                        await other.send(frame)
        finally:
            sockets.discard(socket)

    async with serve(handle, "127.0.0.1", 0, compression=None) as server:
        print(server.sockets[0].getsockname()[1], flush=True)
        await server.serve_forever()


if __name__ == "__main__":
    asyncio.run(main(Path(sys.argv[1])))
