"""`relay-tui up` in a process of its own, for as long as it is measured."""

from __future__ import annotations

import asyncio
import json
import os
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path

RELAY_TUI = Path(sys.executable).with_name("relay-tui")


@dataclass(slots=True, frozen=True)
class Up:
    url: str
    key: str
    pid: int


@asynccontextmanager
async def up(folder: Path) -> AsyncIterator[Up]:
    """A new workspace in `folder`, answering. Ended by SIGTERM."""
    await asyncio.to_thread(folder.mkdir)
    process = await asyncio.create_subprocess_exec(
        RELAY_TUI, "--workspace", folder, "up", "--port", "0", "--json",
        stdout=asyncio.subprocess.PIPE, env={**os.environ, "XDG_STATE_HOME": str(folder / "state")},
    )  # fmt: skip
    assert process.stdout is not None
    try:
        ready = json.loads(await process.stdout.readline())
        key = await asyncio.to_thread(Path(ready["key_file"]).read_text, "ascii")
        yield Up(ready["url"], key.strip(), ready["pid"])
    finally:
        process.terminate()
        await process.wait()
