"""A big workspace, made by the real rules: 1,000 agents, 20 channels of 50, one of all, and DMs of the operator."""

from __future__ import annotations

import hashlib
import random
import shutil
import sqlite3
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import aiosqlite

from relay_tui.core import commands as c
from relay_tui.core.clock import system_clock
from relay_tui.core.log.store import SCHEMA_VERSION, open_store, read_only
from relay_tui.core.log.writer import Item, Writer
from relay_tui.core.model import Caller, Evidence, Message, Reached
from relay_tui.core.policy.rules import Policy
from relay_tui.core.relay import LOG_NAME, Relay
from relay_tui.core.views import history, queries
from tests.bench import _words

AGENTS = 1_000
CHANNELS = 20
HANDED = 5_000
"""Messages after which those that name somebody are handed over."""
RECENT = 20
"""Messages of each channel that have not been handed to anybody; those before them count as delivered."""
TO_ALL = "everyone"


@dataclass(slots=True)
class City:
    folder: Path
    operator: Caller
    agents: list[Caller]
    busiest: str
    """The id of the largest channel of 50."""
    to_all: Message
    """The newest message to 1,000, a row each."""


@dataclass(slots=True)
class Crowd:
    writer: Writer
    system: Caller
    waiting: list[Item] = field(default_factory=list[Item])
    said: list[Message] = field(default_factory=list[Message])
    """By the newest batch."""

    def say(self, command: c.Command, by: Caller | None = None) -> Item:
        item = Item(command, by or self.system, None)
        self.waiting.append(item)
        if len(self.waiting) == 512:
            self.settle()
        return item

    def settle(self) -> None:
        self.writer.run(self.waiting)
        for item in self.waiting:
            assert item.error is None, item.error
        self.said = [item.answer for item in self.waiting if isinstance(item.answer, Message)]
        self.waiting = []

    def now(self, command: c.Command, by: Caller | None = None) -> Any:
        item = self.say(command, by)
        self.settle()
        return item.answer


async def made(folder: Path, messages: int, kept: Path | None) -> City:
    """A new city in `folder`: copied from `kept`, where it is made when none of its size and schema lies there."""
    if kept is None:
        await build(folder, messages)
    else:
        first = kept / f"city-{messages}-{_edition()}"
        if not first.exists():
            half = first.with_suffix(".part")
            shutil.rmtree(half, ignore_errors=True)
            await build(half, messages)
            half.rename(first)
        shutil.copytree(first, folder)
    return await look(folder)


def _edition() -> str:
    """What a kept city was made by: another schema or another way of making it makes another city."""
    sources = [Path(history.__file__), Path(history.__file__).with_name("schema.sql"), Path(__file__)]
    return f"v{SCHEMA_VERSION}-" + hashlib.sha256(b"".join(path.read_bytes() for path in sources)).hexdigest()[:8]


async def look(folder: Path) -> City:
    async with aiosqlite.connect(read_only(folder / LOG_NAME), uri=True) as db:
        ask = queries.Queries(db)
        people = sorted(await ask.agents(), key=lambda agent: int(agent.id))
        room, everyone = await ask.channel("room0"), await ask.channel("all")
        assert room is not None, "a city was built there"
        assert everyone is not None, "a city was built there"
        to_all = (await ask.messages(everyone.id, limit=1))[0]
        agents = [Caller(agent.id) for agent in people if agent.type == "agent"]
        operator = next(agent.id for agent in people if agent.type == "human")
        return City(folder, Caller(operator), agents, room.id, to_all)


async def build(folder: Path, messages: int) -> None:
    """About 10,000 messages a second, indexed for searching.

    The cursors of all but the newest messages are moved by hand, as if every one had been delivered: five million rows
    of deliveries would say no more.
    """
    async with Relay.open(folder) as relay:
        system = relay.system
    db = open_store(folder / LOG_NAME)
    db.execute("PRAGMA synchronous = OFF")  # nobody relies on it before it is whole
    db.execute("PRAGMA cache_size = -400000")
    crowd = Crowd(Writer(db, system_clock, Policy()), system)
    operator = Caller(crowd.now(c.RegisterAgent(name="ada", type="human")).id)
    invited = [crowd.say(c.RegisterAgent(name=f"agent{n}", auto_join_general=n < 50)) for n in range(AGENTS)]
    crowd.settle()
    agents = [Caller(item.answer.id) for item in invited]
    chance = random.Random(11)
    rooms: list[tuple[str, list[Caller]]] = []
    for n in range(CHANNELS + 1):
        inside = agents if n == CHANNELS else chance.sample(agents, 50)
        channel = crowd.now(c.CreateChannel(name="all" if n == CHANNELS else f"room{n}"), operator)
        for agent in inside:
            crowd.say(c.JoinChannel(channel_id=channel.id), agent)
        rooms.append((channel.id, inside))
    crowd.settle()
    for first in range(0, messages, HANDED):
        _talk(crowd, chance, range(first, min(first + HANDED, messages)), operator, rooms)
        _hand_over(crowd, db)
    to_all = crowd.now(c.SendMessage(to="#all", text=TO_ALL), operator)
    db.execute(
        "UPDATE members AS m SET dispatched_seq = max(joined_seq, c.last_seq - ?1),"
        " read_seq = max(joined_seq, c.last_seq - ?1), unread_mentions = 0, unread_own = 0"
        " FROM channels AS c WHERE c.id = m.channel_id",
        (RECENT,),
    )
    crowd = Crowd(Writer(db, system_clock, Policy()), system)
    for agent in agents:
        crowd.say(_delivered(to_all.id, agent.agent_id))
    crowd.settle()
    db.execute("PRAGMA wal_checkpoint(TRUNCATE)")
    db.close()
    async with Relay.open(folder) as relay:
        await relay.search("anything")  # once all is indexed


def _hand_over(crowd: Crowd, db: sqlite3.Connection) -> None:
    """What named somebody, and so has a row, is delivered."""
    crowd.settle()
    query = "SELECT message_id, agent_id FROM deliveries INDEXED BY deliveries_open WHERE open = 1"
    for message_id, agent_id in sorted(db.execute(query).fetchall()):
        crowd.say(_delivered(str(message_id), str(agent_id)))
    crowd.settle()


def _delivered(message_id: str, agent_id: str) -> c.Command:
    reached, evidence = Reached.DELIVERED, Evidence.HOOK
    return c.RaiseDelivery(message_id=message_id, agent_id=agent_id, reached=reached, evidence=evidence)


def _talk(
    crowd: Crowd, chance: random.Random, numbers: range, operator: Caller, rooms: list[tuple[str, list[Caller]]]
) -> None:
    """Mostly in channels; one in fifty a DM of the operator, as many to all; replies, reactions, links and edits."""
    speech = _words.Speech(chance)
    everyone = rooms[-1]
    for n in numbers:
        text, dice = speech.say(n), chance.random()
        if dice < 0.02:
            crowd.say(c.SendMessage(to=f"@agent{chance.randrange(20)}", text=text), operator)
        elif dice < 0.04:
            crowd.say(c.SendMessage(to=everyone[0], text=text), chance.choice(everyone[1]))
        elif dice < 0.06 and crowd.said:
            crowd.say(c.Reply(message_id=chance.choice(crowd.said).id, text=text), operator)
        else:
            room, inside = rooms[0] if dice < 0.2 else rooms[chance.randrange(CHANNELS)]
            named = f"@agent{chance.randrange(AGENTS)} " if dice < 0.3 else ""
            link = [{"kind": "link", "url": f"https://example.org/{n}"}] if dice < 0.202 else None
            crowd.say(c.SendMessage(to=room, text=named + text, attachments=link), chance.choice(inside))
        if dice > 0.99 and crowd.said:
            crowd.say(c.AddReaction(message_id=chance.choice(crowd.said).id, emoji="+1"), operator)
        elif dice > 0.985 and crowd.said:
            said = chance.choice(crowd.said)
            crowd.say(c.EditMessage(message_id=said.id, text=f"{text} mended"), Caller(said.sender_id))
