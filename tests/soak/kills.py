"""Kills of our own program while it types, held to what the agents' programs kept.

    python -m tests.soak.kills --rounds 30 --agents 10

Each round sends one message to every agent, lets every attempt come to one point (before the paste, between paste and
Enter, between Enter and proof), ends the program with SIGKILL there, and starts it again. A round is as many
interrupted deliveries as there are agents.
"""

from __future__ import annotations

import argparse
import asyncio
import os
import shutil
import signal
import sys
import tempfile
import time
from collections import Counter
from importlib.resources import files
from pathlib import Path
from typing import Any

from relay_tui.agents.harnesses.spec import AgentSpec, ScreenRules
from relay_tui.agents.tmux import paste
from relay_tui.core import commands as c
from relay_tui.core.model import Agent, Caller, Delivery, Message, Source
from relay_tui.demo.faults import RECORD_ENV
from relay_tui.host import Host, find_or_make

from . import oracle

POINTS = ("before-paste", "before-enter", "before-proof")
COURIER = "courier"
PATIENCE = 60.0
"""Seconds that interrupted deliveries may take to be settled after the restart."""


async def _senders(host: Host) -> list[Caller]:
    """Who writes to the agents, by turns: the operator, and an agent without a program."""
    known = await host.relay.queries.agent(COURIER)
    courier = known or await host.relay.execute(c.RegisterAgent(name=COURIER))
    return [host.operator, Caller(courier.id, Source.SDK)]


async def _agents(host: Host, folder: Path, count: int) -> list[Agent]:
    """Launched by the first run; found again by later ones."""
    known = [agent for agent in await host.relay.queries.agents() if agent.name.startswith("agent-")]
    if known:
        return known
    rules = ScreenRules.load(Path(str(files("relay_tui.demo").joinpath("screen.toml"))))
    launched: list[Agent] = []
    for n in range(count):
        name = f"agent-{n}"
        env = {RECORD_ENV: str(folder / f"{name}.record"), "RELAY_PTY_LOG": str(folder / f"{name}.pty")}
        argv = [sys.executable, "-m", "relay_tui.demo.program", name]
        env["RELAY_PACE"] = "0.2"
        # Every other one is written to by an agent, and so only told that something waits.
        spec = AgentSpec(
            name=name, argv=argv, cwd=folder, env=env, rules=rules, writes_transcript=True, fetches=n % 2 == 1
        )
        launched.append(await host.launch(spec))
    return launched


def _stop_at(point: str, everyone: int) -> None:
    """Every attempt ends its run at that point; the last one to come takes the program down."""
    there = 0

    async def stand() -> None:
        nonlocal there
        there += 1
        if there == everyone:
            os.kill(os.getpid(), signal.SIGKILL)
        await asyncio.sleep(3600)

    pasting, entering = paste.paste, paste.press_enter

    async def paste_or_stand(*args: Any, **kwargs: Any) -> paste.Typed:
        if point == "before-paste":
            await stand()
        return await pasting(*args, **kwargs)

    async def enter_or_stand(*args: Any, **kwargs: Any) -> paste.Typed:
        if point == "before-enter":
            await stand()
        typed = await entering(*args, **kwargs)
        if point == "before-proof":
            await stand()
        return typed

    paste.paste, paste.press_enter = paste_or_stand, enter_or_stand


async def _child(folder: Path, count: int, point: str, text: str) -> int:
    """One run of our program. With a point it is killed there; without one it ends when all is settled."""
    async with Host.open(find_or_make(folder / "project", state_home=folder / "state"), operator="ann") as host:
        await host.serve()
        if point:
            _stop_at(point, count)
        await host.find_agents()
        agents = await _agents(host, folder, count)
        senders = await _senders(host)
        for n, agent in enumerate(agents if point else ()):
            client_id = f"{text}-{agent.name}".replace(" ", "-")
            await host.relay.execute(c.SendMessage(to=f"@{agent.name}", text=text, client_id=client_id), senders[n % 2])
        end = time.monotonic() + PATIENCE
        while time.monotonic() < end:
            left = await host.relay.queries.undelivered(limit=1_000)
            if not left and not point:
                return 0
            await asyncio.sleep(0.2)
    return 1


async def _spawn(folder: Path, count: int, point: str, text: str) -> int:
    arguments = ("--child", str(folder), "--agents", str(count), "--point", point, "--text", text)
    process = await asyncio.create_subprocess_exec(sys.executable, "-m", "tests.soak.kills", *arguments)
    return await process.wait()


async def run(rounds: int, count: int) -> int:
    folder = Path(tempfile.mkdtemp(prefix="relay-kills-"))
    (folder / "project").mkdir()
    workspace = find_or_make(folder / "project", state_home=folder / "state")
    faults: list[str] = []
    began = time.monotonic()
    try:
        await _spawn(folder, count, "", "nothing")
        for number in range(rounds):
            for point in POINTS:
                if await _spawn(folder, count, point, f"{point} {number}") != -signal.SIGKILL:
                    faults.append(f"round {number}: the run that was to be killed {point} ended by itself")
                await _spawn(folder, count, "", "nothing")
        async with Host.open(workspace, operator="ann") as host:
            await host.find_agents()
            try:
                counts, found = await _judge(host, folder)
                faults += found
            finally:
                await host.end_all_agents()
    finally:
        shutil.rmtree(folder, ignore_errors=True)
    sys.stdout.writelines(f"{fault}\n" for fault in faults)
    sys.stdout.write(f"{rounds} kills at each of {', '.join(POINTS)} with {count} attempts each: {counts}, ")
    sys.stdout.write(f"{len(faults)} contradictions, {time.monotonic() - began:.0f} s\n")
    return 1 if faults else 0


async def _judge(host: Host, folder: Path) -> tuple[Counter[str], list[str]]:
    agents = await _agents(host, folder, 0)
    results: list[tuple[Message, Delivery]] = []
    for sender in await _senders(host):
        for conversation in await host.relay.queries.conversations(sender.agent_id):
            messages = await host.relay.queries.messages(conversation.id, limit=10_000)
            found = await host.relay.queries.deliveries([m.id for m in messages])
            results += [(m, d) for m in messages if m.sender_id == sender.agent_id for d in found[m.id]]
    ids = {message.id for message, _ in results}
    owns = {a.id: oracle.read(folder / f"{a.name}.record", folder / f"{a.name}.pty", ids) for a in agents}
    return oracle.judge(results, owns)


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--rounds", type=int, default=30)
    parser.add_argument("--agents", type=int, default=10)
    parser.add_argument("--child", type=Path, help=argparse.SUPPRESS)
    parser.add_argument("--point", default="", help=argparse.SUPPRESS)
    parser.add_argument("--text", default="", help=argparse.SUPPRESS)
    args = parser.parse_args()
    if args.child is not None:
        return asyncio.run(_child(args.child, args.agents, args.point, args.text))
    return asyncio.run(run(args.rounds, args.agents))


if __name__ == "__main__":
    sys.exit(main())
