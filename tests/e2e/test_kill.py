"""`kill -9` of the whole relay while real agents talk, again and again.

The oracle is what others wrote down: the transcripts of the agents, and the answers that a client was given.
"""

from __future__ import annotations

import asyncio
import contextlib
import json
import os
import random
import signal
import sqlite3
import sys
import time
from collections import Counter
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest

from relay_tui.agents.harnesses.framing import parse_all
from relay_tui.client import RelayClient
from relay_tui.client.http import Http
from relay_tui.core.model import ENDED_STATES, Reached, State
from relay_tui.host import Host
from tests.e2e.conftest import Ground
from tests.e2e.runner import CURTAIN, NAMES, spec

pytestmark = pytest.mark.tmux

ROUNDS = int(os.environ.get("RELAY_KILL_ROUNDS", "10"))
SOONEST, LATEST = 0.1, 1.5
"""Seconds after a start at which it is killed."""
READY = 30.0
SETTLING = 60.0
KILLED, CLOSED = "reviewer", "tester"
"""While there is no relay, the program of the one is killed, and the pane of the other is closed."""
GONE = {KILLED: State.EXITED, CLOSED: State.LOST}
RUNNER = Path(__file__).with_name("runner.py")


class Relay:
    """The program that is killed, over all its lives."""

    def __init__(self, ground: Ground) -> None:
        self._ground = ground
        self._process: asyncio.subprocess.Process | None = None
        self.lives = 0

    async def start(self) -> dict[str, Any]:
        """The line that it prints when it is ready."""
        first = ["first"] if self.lives == 0 else []
        arguments = [str(RUNNER), str(self._ground.project), str(self._ground.state_home), *first]
        self._process = await asyncio.create_subprocess_exec(sys.executable, *arguments, stdout=asyncio.subprocess.PIPE)
        self.lives += 1
        assert self._process.stdout is not None
        async with asyncio.timeout(READY):
            line = await self._process.stdout.readline()
        assert line, "the relay ended before it was ready"
        return json.loads(line)

    async def end(self, number: signal.Signals = signal.SIGKILL) -> None:
        if self._process is not None and self._process.returncode is None:
            self._process.send_signal(number)
        if self._process is not None:
            await self._process.wait()


@dataclass
class Ann:
    """A person's program: sends all the time, each message under a name of its own, and keeps what was acknowledged."""

    client: RelayClient
    acknowledged: dict[str, str] = field(default_factory=dict[str, str])
    """Message id by text."""

    @classmethod
    @asynccontextmanager
    async def talking(cls, url: str, key: str) -> AsyncIterator[Ann]:
        registrar = Http(url, key)
        token = (await registrar.write("POST", "/v1/agents", {"name": "ann", "type": "human"}))["token"]
        await registrar.aclose()
        async with RelayClient(url, token, name="ann", deadline=READY) as client:
            ann = cls(client)
            senders = [asyncio.create_task(ann._talk(name)) for name in (*NAMES, "general")]
            try:
                yield ann
                for sender in senders:
                    assert not sender.done(), f"ann fell silent: {sender}"
            finally:
                for sender in senders:
                    sender.cancel()
                await asyncio.gather(*senders, return_exceptions=True)

    async def _talk(self, name: str) -> None:
        to = "#general" if name == "general" else f"@{name}"
        for number in range(1_000_000):
            text = f"ann {name} {number}"
            sent = await self.client.send(to, text, key=f"ann-{name}-{number}")
            self.acknowledged[text] = sent.id
            await asyncio.sleep(random.uniform(0.1, 0.8))  # the pace of the load, not a wait for anything


@pytest.mark.timeout(60 + 15 * ROUNDS)
async def test_no_kill_loses_or_doubles_anything(ground: Ground) -> None:
    seed = int.from_bytes(os.urandom(4), "big")
    chance = random.Random(seed)
    began = time.monotonic()
    relay = Relay(ground)
    try:
        ready = await relay.start()
        first, gone = ready["agents"], list[str]()
        async with Ann.talking(ready["url"], ground.key) as ann:
            for round_ in range(ROUNDS):
                await asyncio.sleep(chance.uniform(SOONEST, LATEST))
                await relay.end()
                if round_ == ROUNDS // 3:
                    os.kill(first[KILLED]["pid"], signal.SIGKILL)
                    gone.append(KILLED)
                elif round_ == 2 * ROUNDS // 3:
                    await close_pane(ground, first[CLOSED]["pid"])
                    gone.append(CLOSED)
                ready = await relay.start()
                for name, found in ready["agents"].items():
                    if name in gone:
                        assert found["state"] == GONE[name], (seed, round_, name, found)
                    else:
                        assert found["state"] not in ENDED_STATES, (seed, round_, name, found)
                        assert (found["pid"], found["generation"]) == (first[name]["pid"], 1), (seed, round_, name)
        (ground.state_home / CURTAIN).touch()
        await relay.end(signal.SIGTERM)
        explained = await let_settle(ground)
    except BaseException:
        print(f"seed {seed}, life {relay.lives}", file=sys.stderr)  # noqa: T201
        raise
    finally:
        await relay.end()
    delivered = check_log(ground, ann.acknowledged, seed)
    taken = check_transcripts(ground, seed)
    assert delivered == taken, (seed, delivered ^ taken)
    seconds = time.monotonic() - began
    told = f"seed {seed}: {ROUNDS} kills, {len(ann.acknowledged)} of ann's, {len(taken)} taken, {explained} explained"
    print(f"{told}, {seconds:.1f} s")  # noqa: T201


async def close_pane(ground: Ground, pid: int) -> None:
    socket = ("tmux", "-L", ground.workspace.tmux_socket)
    panes = ("list-panes", "-a", "-f", f"#{{==:#{{pane_pid}},{pid}}}", "-F", "#{pane_id}")
    listing = await asyncio.create_subprocess_exec(*socket, *panes, stdout=asyncio.subprocess.PIPE)
    pane_id = (await listing.communicate())[0].decode().strip()
    closing = await asyncio.create_subprocess_exec(*socket, "kill-pane", "-t", pane_id)
    assert await closing.wait() == 0


async def let_settle(ground: Ground) -> int:
    """Start again what is gone, wait until nothing is open, and give how many ended short of proof, explained."""
    async with Host.open(ground.workspace, operator="operator") as host:
        await host.serve()
        await host.find_agents()
        for name in GONE:
            await host.launch(spec(name, ground.project, ground.state_home))
        changed = asyncio.Event()
        host.relay.on_commit(lambda _: changed.set())
        async with asyncio.timeout(SETTLING):
            while await unsettled(host):
                with contextlib.suppress(TimeoutError):
                    async with asyncio.timeout(1):
                        await changed.wait()
                changed.clear()
        left = await host.relay.queries.undelivered(limit=10_000)
        for message, delivery in left:
            assert delivery.reason, f"message {message.id} to {delivery.agent_id} ended {delivery.word} unexplained"
        await host.end_all_agents()
        return len(left)


async def unsettled(host: Host) -> list[str]:
    """What is still on its way, or who is still busy."""
    sessions = (await host.relay.queries.sessions()).values()
    busy = [session.agent_id for session in sessions if session.state not in (State.IDLE, *ENDED_STATES)]
    left = await host.relay.queries.undelivered(limit=10_000)
    return busy + [message.id for message, delivery in left if delivery.open]


def check_log(ground: Ground, acknowledged: dict[str, str], seed: int) -> set[tuple[str, str]]:
    """Everything that was acknowledged is there, once. Gives what is said to be delivered: (message id, agent id)."""
    db = sqlite3.connect(ground.workspace.state_dir / "log.db")
    try:
        assert db.execute("PRAGMA integrity_check").fetchall() == [("ok",)], seed
        stored = {str(message_id): text for message_id, text in db.execute("SELECT id, text FROM messages")}
        missing = {text for text, message_id in acknowledged.items() if stored.get(message_id) != text}
        assert not missing, (seed, missing)
        texts = Counter(text for text in stored.values() if text.startswith("ann "))
        assert not [text for text, count in texts.items() if count > 1], seed
        count, newest = db.execute("SELECT count(*), max(seq) FROM log").fetchone()
        assert count == newest, seed
        # What an agent says once by name (its part of the story) is there once.
        twice = db.execute("SELECT client_id FROM idempotency GROUP BY client_id, actor HAVING count(*) > 1").fetchall()
        assert not twice, (seed, twice)
        reached = "SELECT message_id, agent_id FROM deliveries WHERE reached >= ? AND evidence <> 'echo'"
        return {(str(message_id), str(agent_id)) for message_id, agent_id in db.execute(reached, (Reached.DELIVERED,))}
    finally:
        db.close()


def check_transcripts(ground: Ground, seed: int) -> set[tuple[str, str]]:
    """No agent was given a message twice, or a torn one. Gives what was taken: (message id, agent id)."""
    taken: set[tuple[str, str]] = set()
    for path in (ground.workspace.state_dir / "transcripts").glob("*.jsonl"):
        entries = [json.loads(line) for line in path.read_text("utf-8").splitlines()]
        for text in (entry["text"] for entry in entries if entry["kind"] == "got"):
            assert parse_all(text), (seed, path.name, text)
            for framed in parse_all(text):
                assert (framed.message_id, path.stem) not in taken, (seed, path.name, framed)
                taken.add((framed.message_id, path.stem))
    return taken
