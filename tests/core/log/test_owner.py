from __future__ import annotations

import asyncio
import sys
from pathlib import Path

import pytest

from relay_tui.core.errors import WorkspaceError
from relay_tui.core.relay import Relay

from ..conftest import PATIENCE

HOLD = """
import asyncio, sys
from pathlib import Path
from relay_tui.core.relay import Relay
async def main():
    async with Relay.open(Path(sys.argv[1])):
        print("open", flush=True)
        await asyncio.Event().wait()
asyncio.run(main())
"""


async def test_a_live_process_keeps_the_workspace_and_a_killed_one_gives_it_up(folder: Path) -> None:
    owner = await asyncio.create_subprocess_exec(
        sys.executable, "-c", HOLD, str(folder), stdout=asyncio.subprocess.PIPE
    )
    try:
        assert owner.stdout is not None
        async with asyncio.timeout(5 * PATIENCE):
            assert await owner.stdout.readline() == b"open\n"
        with pytest.raises(WorkspaceError) as caught:
            async with Relay.open(folder):
                pass
        assert caught.value.code == "workspace_locked"
        assert f"process {owner.pid}" in caught.value.message
    finally:
        owner.kill()
        await owner.wait()
    async with Relay.open(folder) as relay:
        assert relay.last_seq == 3


async def test_one_process_cannot_open_it_twice_either(folder: Path) -> None:
    async with Relay.open(folder):
        with pytest.raises(WorkspaceError, match="open in another"):
            async with Relay.open(folder):
                pass
    async with Relay.open(folder):
        pass


async def test_a_workspace_that_failed_to_open_is_not_kept(folder: Path) -> None:
    await asyncio.to_thread(folder.mkdir)
    await asyncio.to_thread((folder / "log.db").write_bytes, b"no database" * 500)
    for _ in range(2):
        with pytest.raises(WorkspaceError) as caught:
            async with Relay.open(folder):
                pass
        assert caught.value.code == "not_a_workspace"
