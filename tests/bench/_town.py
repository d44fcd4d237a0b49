"""A project at work: 20 agents, eight channels, an operator who has read nearly all of it, `messages` messages."""

from __future__ import annotations

import random
from pathlib import Path

from relay_tui.core import commands as c
from relay_tui.core.clock import system_clock
from relay_tui.core.log.store import open_store
from relay_tui.core.log.writer import Writer
from relay_tui.core.model import Caller
from relay_tui.core.policy.rules import Policy
from relay_tui.core.relay import LOG_NAME, Relay
from relay_tui.host import WorkspaceFile, find_or_make
from tests.bench._city import Crowd

OPERATOR = "ada"
NEWEST = "the newest of all"
"""In the last message: what is on the screen when the deck is painted."""


async def build(folder: Path, messages: int) -> WorkspaceFile:
    """Its project is `folder`, its state under `folder/state`."""
    folder.mkdir()  # noqa: ASYNC240
    workspace = find_or_make(folder, state_home=folder / "state" / "relay-tui")
    async with Relay.open(workspace.state_dir, name=workspace.name) as relay:
        system = relay.system
    db = open_store(workspace.state_dir / LOG_NAME)
    crowd = Crowd(Writer(db, system_clock, Policy()), system)
    operator = Caller(crowd.now(c.RegisterAgent(name=OPERATOR, type="human")).id)
    agents = [Caller(crowd.now(c.RegisterAgent(name=f"agent{n}")).id) for n in range(20)]
    rooms = [crowd.now(c.CreateChannel(name=f"room{n}"), operator).id for n in range(8)]
    for room in rooms:
        for who in agents:
            crowd.say(c.JoinChannel(channel_id=room), who)
    crowd.settle()
    chance = random.Random(5)
    for n in range(messages):
        text = f"{n} " + "word " * chance.randint(5, 120)
        if chance.random() < 0.02:
            crowd.say(c.SendMessage(to=f"@agent{chance.randrange(20)}", text=text), operator)
        else:
            crowd.say(c.SendMessage(to=chance.choice(rooms), text=text), chance.choice(agents))
    crowd.now(c.SendMessage(to=rooms[0], text=NEWEST), agents[0])
    db.execute(
        "UPDATE members AS m SET dispatched_seq = c.last_seq, read_seq = c.last_seq - (c.id = ?1), unread_own = 0"
        " FROM channels AS c WHERE c.id = m.channel_id",
        (rooms[0],),
    )
    db.execute("PRAGMA wal_checkpoint(TRUNCATE)")
    db.close()
    return workspace
