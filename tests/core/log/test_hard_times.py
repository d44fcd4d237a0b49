"""Disks that fill up or cannot be written, clocks that go back, and files that rot: said, and survived."""

from __future__ import annotations

import asyncio
import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

from relay_tui.core import commands as c
from relay_tui.core.errors import WorkspaceError
from relay_tui.core.log import check
from relay_tui.core.log.chain import verify
from relay_tui.core.relay import Relay
from relay_tui.core.signals import Signal

from ..conftest import PATIENCE, Hands, newcomer

FILL = """
import asyncio, json, resource, signal, sys
from pathlib import Path
from relay_tui.core import commands as c
from relay_tui.core.errors import RelayError
from relay_tui.core.model import Caller
from relay_tui.core.relay import Relay
async def main():
    signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
    said, codes = [], []
    async with Relay.open(Path(sys.argv[1])) as relay:
        agent = await relay.execute(c.RegisterAgent(name="builder"))
        by = Caller(agent.id)
        soft, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
        resource.setrlimit(resource.RLIMIT_FSIZE, (1_500_000, hard))
        for n in range(400):
            try:
                said.append((await relay.execute(c.SendMessage(to="#general", text=f"{n} " * 3_000), by)).id)
            except RelayError as error:
                codes.append(error.code)
                if len(codes) == 3:
                    break
        read = len(await relay.queries.agents())
        resource.setrlimit(resource.RLIMIT_FSIZE, (soft, hard))
        later = (await relay.execute(c.SendMessage(to="#general", text="there is room again"), by)).id
    print(json.dumps({"said": said, "codes": codes, "read": read, "later": later}))
asyncio.run(main())
"""


async def test_a_file_that_cannot_grow_refuses_keeps_what_was_said_and_goes_on(folder: Path) -> None:
    done = await asyncio.to_thread(
        subprocess.run, [sys.executable, "-c", FILL, str(folder)], capture_output=True, text=True, timeout=60
    )
    assert done.returncode == 0, done.stderr
    told = json.loads(done.stdout)
    assert len(told["codes"]) == 3
    assert set(told["codes"]) <= {"storage_full", "storage_failed"}
    assert told["said"]
    assert told["read"] == 2
    async with Relay.open(folder) as relay:
        general = await relay.queries.channel("general")
        assert general is not None
        found = [m.id for m in await relay.queries.messages(general.id, limit=500)]
        assert found == [*told["said"], told["later"]]
        assert await relay.check() == []
    assert verify(folder / "log.db").ok


@pytest.mark.skipif(os.geteuid() == 0, reason="nothing is read-only to root")
async def test_a_log_that_cannot_be_written_is_a_sentence(folder: Path) -> None:
    async with Relay.open(folder):
        pass
    (folder / "log.db").chmod(0o400)
    with pytest.raises(WorkspaceError):
        async with Relay.open(folder):
            pass


async def test_a_log_that_turns_read_only_refuses_each_command_and_still_answers(relay: Relay) -> None:
    by = await newcomer(relay, "builder")
    relay._log.writer._db.execute("PRAGMA query_only = ON")  # pyright: ignore[reportPrivateUsage]
    from relay_tui.core.errors import RelayError

    for _ in range(2):
        with pytest.raises(RelayError) as caught:
            await relay.execute(c.SendMessage(to="#general", text="hello"), by)
        assert caught.value.code == "storage_failed"
    assert len(await relay.queries.agents()) == 2
    relay._log.writer._db.execute("PRAGMA query_only = OFF")  # pyright: ignore[reportPrivateUsage]
    assert (await relay.execute(c.SendMessage(to="#general", text="hello"), by)).channel_seq == 1


async def test_a_clock_that_goes_back_turns_nothing_round(folder: Path) -> None:
    hands = Hands()
    async with Relay.open(folder, clock=hands) as relay:
        by = await newcomer(relay, "builder")
        first = await relay.execute(c.SendMessage(to="#general", text="one"), by)
        hands.now -= 86_400_000
        second = await relay.execute(c.SendMessage(to="#general", text="two"), by)
    hands.now -= 86_400_000
    async with Relay.open(folder, clock=hands) as relay:
        third = await relay.execute(c.SendMessage(to="#general", text="three"), by)
        entries = await relay.entries(1)
    assert int(first.id) < int(second.id) < int(third.id)
    assert first.created_at == second.created_at == third.created_at
    assert [entry.at for entry in entries] == sorted(entry.at for entry in entries)
    assert [entry.id[:13] for entry in entries] == sorted(entry.id[:13] for entry in entries)


async def test_a_damaged_file_is_said_in_the_background(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    async with Relay.open(folder) as relay:
        by = await newcomer(relay, "builder")
        for n in range(300):
            await relay.execute(c.SendMessage(to="#general", text=f"{n} " * 200), by)
    log = folder / "log.db"
    with log.open("r+b") as file:
        file.seek(log.stat().st_size // 2)
        file.write(b"\xff" * 8_192)
    monkeypatch.setattr(check, "DELAY", 0.0)
    heard: asyncio.Queue[Signal] = asyncio.Queue()
    async with Relay.open(folder) as relay:
        relay.on_signal(heard.put_nowait)
        async with asyncio.timeout(PATIENCE):
            signal = await heard.get()
    assert signal.kind == "damage"
    assert signal.data


async def test_a_check_under_way_does_not_hold_up_closing(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(check, "DELAY", 0.0)
    async with asyncio.timeout(PATIENCE), Relay.open(folder):
        pass
