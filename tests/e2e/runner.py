"""A relay with talking agents that somebody kills: `runner.py PROJECT STATE_HOME [FIRST]`.

Serves the workspace on the port that it had, finds its agents, and with FIRST launches them. Prints one line of JSON
when it is ready: the URL, the key file, and per agent its id, pid, generation and state. Ends cleanly on SIGTERM.
"""

from __future__ import annotations

import asyncio
import json
import logging
import os
import signal
import sys
from pathlib import Path

from relay_tui.agents.harnesses.spec import AgentSpec, ScreenRules
from relay_tui.core import commands as c
from relay_tui.demo import swarm
from relay_tui.demo.agent import CAST_ENV, CURTAIN_ENV, SEED_ENV
from relay_tui.demo.preview import offer_preview
from relay_tui.host import Host, find_or_make

NAMES = ("planner", "builder", "tester", "reviewer")
PACE = "0.1"
CURTAIN = "curtain"
"""In the state home. Once it exists, the agents begin nothing more."""


def spec(name: str, project: Path, state_home: Path) -> AgentSpec:
    """One scripted agent of the demo's release, ten times as fast."""
    return AgentSpec(
        name=name,
        argv=[sys.executable, "-m", "relay_tui.demo.agent", name],
        cwd=project,
        env={
            CAST_ENV: ",".join(NAMES),
            SEED_ENV: "1",
            CURTAIN_ENV: str(state_home / CURTAIN),
            "RELAY_PACE": PACE,
        },
        rules=ScreenRules.load(Path(swarm.__file__).parent / "screen.toml"),
        writes_transcript=True,
    )


async def launch_all(host: Host, project: Path, state_home: Path) -> None:
    """Everyone is in the channel before anyone speaks, then the programs begin."""
    channel = await host.relay.execute(c.CreateChannel(name="release"), host.operator)
    for name in NAMES:
        agent = await host.relay.execute(c.RegisterAgent(name=name))
        await host.relay.execute(c.JoinChannel(channel_id=channel.id, agent_id=agent.id), host.operator)
    first, *others = (spec(name, project, state_home) for name in NAMES)
    await host.launch(first)  # alone: it brings tmux up
    await asyncio.gather(*map(host.launch, others))


async def standing(host: Host) -> dict[str, dict[str, object]]:
    """Each agent as this relay knows it: what it found again, and what it says of it."""
    sessions = await host.relay.queries.sessions()
    found: dict[str, dict[str, object]] = {}
    for agent in await host.relay.queries.agents():
        session, pane = sessions.get(agent.id), host.pane(agent.id)
        if agent.name in NAMES and session is not None:
            found[agent.name] = {
                "id": agent.id,
                "pid": pane.pane_pid if pane else 0,
                "generation": session.generation,
                "state": session.state,
            }
    return found


async def main(project: Path, state_home: Path, first: bool) -> None:
    stop = asyncio.Event()
    asyncio.get_running_loop().add_signal_handler(signal.SIGTERM, stop.set)
    async with Host.open(find_or_make(project, state_home=state_home), operator="operator") as host:
        url = await host.serve()
        await host.find_agents()
        await offer_preview(host.relay)
        if first:
            await launch_all(host, project, state_home)
        ready = {"url": url, "key_file": str(host.key_file), "agents": await standing(host)}
        os.write(1, json.dumps(ready).encode() + b"\n")
        await stop.wait()


if __name__ == "__main__":
    logging.basicConfig(level=logging.WARNING, stream=sys.stderr)
    asyncio.run(main(Path(sys.argv[1]), Path(sys.argv[2]), len(sys.argv) > 3))
