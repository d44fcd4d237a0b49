"""A big workspace, made by the real rules: 1,000 agents, 20 channels of 50, one of all, and DMs of the operator."""

from __future__ import annotations

import random
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from relay_tui.core import commands as c
from relay_tui.core.clock import system_clock
from relay_tui.core.log.store import open_store
from relay_tui.core.log.writer import Item, Writer
from relay_tui.core.model import Caller, Evidence, Message, Reached
from relay_tui.core.policy.rules import Policy
from relay_tui.core.relay import LOG_NAME, Relay

AGENTS = 1_000
CHANNELS = 20
RECENT = 20
"""Messages of each channel that have not been handed to anybody; those before them count as delivered."""


@dataclass(slots=True)
class City:
    folder: Path
    operator: Caller
    agents: list[Caller]
    busiest: str
    """The id of the largest channel of 50."""
    to_all: Message
    """The newest message to 1,000, a row each."""


class Crowd:
    def __init__(self, writer: Writer, system: Caller) -> None:
        self.writer = writer
        self.system = system
        self.waiting: list[Item] = []

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
        self.waiting = []

    def now(self, command: c.Command, by: Caller | None = None) -> Any:
        item = self.say(command, by)
        self.settle()
        return item.answer


async def build(folder: Path, messages: int) -> City:
    """About 15,000 messages a second. The cursors of all but the newest messages are then moved by hand, as if every
    one had been delivered: five million rows of deliveries would say no more."""
    async with Relay.open(folder) as relay:
        system = relay.system
    db = open_store(folder / LOG_NAME)
    crowd = Crowd(Writer(db, system_clock, Policy()), system)
    operator = Caller(crowd.now(c.RegisterAgent(name="ada", type="human")).id)
    made = [crowd.say(c.RegisterAgent(name=f"agent{n}", auto_join_general=n < 50)) for n in range(AGENTS)]
    crowd.settle()
    agents = [Caller(item.answer.id) for item in made]
    chance = random.Random(11)
    rooms: list[tuple[str, list[Caller]]] = []
    for n in range(CHANNELS + 1):
        inside = agents if n == CHANNELS else chance.sample(agents, 50)
        channel = crowd.now(c.CreateChannel(name="all" if n == CHANNELS else f"room{n}"), operator)
        for agent in inside:
            crowd.say(c.JoinChannel(channel_id=channel.id), agent)
        rooms.append((channel.id, inside))
    crowd.settle()
    for n in range(messages):
        dice = chance.random()
        text = f"{n} " + "word " * chance.randint(5, 120)
        if dice < 0.02:
            crowd.say(c.SendMessage(to=f"@agent{chance.randrange(20)}", text=text), operator)
        elif dice < 0.04:
            crowd.say(c.SendMessage(to=rooms[-1][0], text=text), chance.choice(agents))
        else:
            room, inside = rooms[0] if dice < 0.2 else rooms[chance.randrange(CHANNELS)]
            named = f"@agent{chance.randrange(AGENTS)}" if dice < 0.3 else ""
            crowd.say(c.SendMessage(to=room, text=named + text), chance.choice(inside))
    to_all = crowd.now(c.SendMessage(to="#all", text="everyone"), operator)
    db.execute(
        "UPDATE members AS m SET dispatched_seq = max(joined_seq, c.last_seq - ?1),"
        " read_seq = max(joined_seq, c.last_seq - ?1) FROM channels AS c WHERE c.id = m.channel_id",
        (RECENT,),
    )
    crowd = Crowd(Writer(db, system_clock, Policy()), system)
    for agent in agents:
        crowd.say(
            c.RaiseDelivery(
                message_id=to_all.id, agent_id=agent.agent_id, reached=Reached.DELIVERED, evidence=Evidence.HOOK
            )
        )
    crowd.settle()
    db.execute("PRAGMA wal_checkpoint(TRUNCATE)")
    db.close()
    return City(folder, operator, agents, rooms[0][0], to_all)
