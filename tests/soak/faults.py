"""Deliveries to faulty programs, held to what those programs themselves kept.

    python -m tests.soak.faults --deliveries 500 --agents 20 [--seed N] [--faults all,dies=0.1]

Draws a seed when none is given and prints it. The exit code is 0 when nothing contradicts the oracle.
"""

from __future__ import annotations

import argparse
import asyncio
import logging
import random
import secrets
import shutil
import sys
import tempfile
import time
from collections.abc import Sequence
from dataclasses import dataclass, field
from importlib.resources import files
from pathlib import Path

from relay_tui.agents.harnesses.spec import AgentSpec, ScreenRules
from relay_tui.agents.tmux import paste
from relay_tui.agents.tmux.errors import TmuxError
from relay_tui.core import commands as c
from relay_tui.core import events as e
from relay_tui.core.delivery.desk import Desk
from relay_tui.core.errors import RelayError
from relay_tui.core.model import Agent, Caller, Delivery, Message, Mode, Source, State
from relay_tui.demo.faults import FAULTS_ENV, RECORD_ENV, SEED_ENV
from relay_tui.host import Host, find_or_make

from . import oracle
from .bodies import body

COURIERS = 4
"""Senders that are agents without a program."""

MODES = {Mode.ON_IDLE: 12, Mode.NEXT_MESSAGE: 3, Mode.NEXT_TOOL_CALL: 2, Mode.IMMEDIATE: 1}
"""Boundaries, by how often they are asked for."""


@dataclass
class Soak:
    host: Host
    folder: Path
    seed: int
    faults: str
    rng: random.Random
    agents: list[Agent] = field(default_factory=list[Agent])
    couriers: list[Caller] = field(default_factory=list[Caller])
    sent: list[Message] = field(default_factory=list[Message])
    deaths: int = 0
    tasks: set[asyncio.Task[None]] = field(default_factory=set[asyncio.Task[None]])

    async def gather_cast(self, count: int, silent: int) -> None:
        """`silent`: how many of them write no transcript, so that what is in doubt there is left to a person."""
        rules = ScreenRules.load(Path(str(files("relay_tui.demo").joinpath("screen.toml"))))
        self.host.relay.on_commit(self._committed)
        for n in range(count):
            name = f"agent-{n}"
            env = {
                "RELAY_PACE": "0.2",
                FAULTS_ENV: self.faults,
                SEED_ENV: str(self.seed),
                RECORD_ENV: str(self.folder / f"{name}.record"),
                "RELAY_PTY_LOG": str(self.folder / f"{name}.pty"),
            }
            argv = [sys.executable, "-m", "relay_tui.demo.program", name]
            # Every other one reads by itself what other agents say to it.
            spec = AgentSpec(
                name=name, argv=argv, cwd=self.folder, env=env, rules=rules,
                writes_transcript=n < count - silent, fetches=n % 2 == 1,
            )  # fmt: skip
            self.agents.append(await self.host.launch(spec))
        for n in range(COURIERS):
            agent = await self.host.relay.execute(c.RegisterAgent(name=f"courier-{n}"))
            self.couriers.append(Caller(agent.id, Source.SDK))

    async def send_all(self, deliveries: int) -> None:
        """Messages to one and to several, until there are that many deliveries."""
        relay, rng = self.host.relay, self.rng
        rooms: list[tuple[str, int]] = []
        for n in range(3):
            owner = self.couriers[n % COURIERS]
            channel = await relay.execute(c.CreateChannel(name=f"room-{n}"), owner)
            members = rng.sample(self.agents, min(4, len(self.agents)))
            for who in [*(m.id for m in members), *(k.agent_id for k in self.couriers if k is not owner)]:
                await relay.execute(c.JoinChannel(channel_id=channel.id, agent_id=who), owner)
            rooms.append((channel.name, len(members)))
        due = 0
        while due < deliveries:
            by = rng.choice([self.host.operator, *self.couriers])
            if rng.random() < 0.15 and deliveries - due >= 4 and by is not self.host.operator:
                name, count = rng.choice(rooms)
                to = f"#{name}"
            else:
                to, count = f"@{rng.choice(self.agents).name}", 1
            text, mode = body(rng, self.sent), rng.choices(list(MODES), list(MODES.values()))[0]
            self.sent.append(await relay.execute(c.SendMessage(to=to, text=text, mode=mode), by))
            due += count
            await asyncio.sleep(rng.uniform(0.0, 0.12))

    async def meddle(self) -> None:
        """A person who scrolls in panes."""
        while True:
            await asyncio.sleep(self.rng.uniform(0.2, 0.8))
            pane = self.host.pane(self.rng.choice(self.agents).id)
            server = self.host._terminals.server()
            if pane is None or server is None:
                continue
            try:
                await paste.guarded(server, pane, ("copy-mode", "-t", pane.pane_id))
                await asyncio.sleep(self.rng.uniform(0.1, 1.0))
                await paste.leave_mode(server, pane)
            except TmuxError:
                continue

    async def results(self) -> list[tuple[Message, Delivery]]:
        found = await self.host.relay.queries.deliveries([m.id for m in self.sent])
        programs = {agent.id for agent in self.agents}
        return [(m, d) for m in self.sent for d in found[m.id] if d.agent_id in programs]

    async def left_to_a_person(self, results: Sequence[tuple[Message, Delivery]], silent: int) -> set[tuple[str, str]]:
        """Message and agent of what is uncertain where no record can tell, and of what says that it waits for that;
        only where `why` names the choice."""
        desk, left = Desk(self.host.relay, self.host.operator), set[tuple[str, str]]()
        quiet = {agent.id: agent.name for agent in self.agents[len(self.agents) - silent :]}
        for message, delivery in results:
            if delivery.agent_id not in quiet or not delivery.open:
                continue
            [said] = await desk.why(message.id, quiet[delivery.agent_id])
            command = said["next"]["command"].split()
            chosen = command == ["dead", "retry", message.id, quiet[delivery.agent_id]]
            if chosen or (command[:1] == ["why"] and (command[1], delivery.agent_id) in left):
                left.add((message.id, delivery.agent_id))
        return left

    async def show_stuck(self, open_: Sequence[Delivery]) -> None:
        """What the panes look like in which something is still open, and what is said of it."""
        agent_ids = {delivery.agent_id for delivery in open_}
        server = self.host._terminals.server()
        for agent in self.agents:
            pane = self.host.pane(agent.id)
            if agent.id in agent_ids and pane is not None and server is not None:
                state = (await self.host.relay.queries.sessions())[agent.id]
                rows = [row for row in await server.capture(pane) if row.strip()]
                title = f"{agent.name} {agent.id}: {state.state}, generation {state.generation}"
                said = [
                    f"{d.message_id} {d.word} {d.attempts}× {d.route} {d.reason}"
                    for d in open_
                    if d.agent_id == agent.id
                ]
                sys.stdout.write("\n  ".join([title, *rows[-14:], *said]) + "\n")

    async def settled(self, seconds: float) -> None:
        end = time.monotonic() + seconds
        while time.monotonic() < end:
            left = [d for _, d in await self.results() if d.open or d.unverified]
            if not left:
                return
            await asyncio.sleep(0.5)

    def _committed(self, entries: Sequence[e.Entry]) -> None:
        for entry in entries:
            event = entry.event
            if isinstance(event, e.StateRecorded) and event.state == State.EXITED and event.detail != "released":
                self.deaths += 1
                task = asyncio.create_task(self._restart(event.agent_id))
                self.tasks.add(task)
                task.add_done_callback(self.tasks.discard)

    async def _restart(self, agent_id: str) -> None:
        await asyncio.sleep(0.1)
        try:
            await self.host.restart(agent_id)
        except RelayError as error:
            sys.stderr.write(f"restart of {agent_id}: {error}\n")


async def run(
    deliveries: int, agents: int, seed: int, faults: str, patience: float, keep: bool, silent: int = 0
) -> int:
    folder = Path(tempfile.mkdtemp(prefix="relay-soak-"))
    began = time.monotonic()
    try:
        project = folder / "project"
        project.mkdir()
        async with Host.open(find_or_make(project, state_home=folder / "state"), operator="ann") as host:
            soak = Soak(host, folder, seed, faults, random.Random(seed))
            try:
                await host.serve(0)
                await host.find_agents()
                await soak.gather_cast(agents, silent)
                meddling = asyncio.create_task(soak.meddle())
                await soak.send_all(deliveries)
                await soak.settled(patience)
                meddling.cancel()
                results = await soak.results()
                await soak.show_stuck([d for _, d in results if d.open or d.unverified])
                ids = {m.id for m in soak.sent}
                owns = {a.id: oracle.read(folder / f"{a.name}.record", folder / f"{a.name}.pty", ids)
                        for a in soak.agents}  # fmt: skip
                left = await soak.left_to_a_person(results, silent)
                counts, found = oracle.judge(results, owns, left)
                attempts = sum(d.attempts for _, d in results)
            finally:
                await host.end_all_agents()
    finally:
        if not keep:
            shutil.rmtree(folder, ignore_errors=True)
    sys.stdout.writelines(f"{fault}\n" for fault in found)
    sys.stdout.write(f"seed {seed}: {len(results)} deliveries, {attempts} attempts, {soak.deaths} deaths, {counts}, "
          f"{len(found)} contradictions, {time.monotonic() - began:.0f} s\n")  # fmt: skip
    return 1 if found else 0


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--deliveries", type=int, default=500)
    parser.add_argument("--agents", type=int, default=20)
    parser.add_argument("--seed", type=int, default=None)
    parser.add_argument("--faults", default="all")
    parser.add_argument(
        "--patience", type=float, default=90.0, help="seconds that the rest may take after the last send"
    )
    parser.add_argument("--silent", type=int, default=0, help="so many of the agents write no transcript")
    parser.add_argument("--keep", action="store_true", help="leave the workspace and the programs' records behind")
    parser.add_argument("--verbose", action="store_true")
    args = parser.parse_args()
    logging.basicConfig(level=logging.INFO if args.verbose else logging.WARNING)
    seed = secrets.randbelow(1 << 31) if args.seed is None else args.seed
    sys.stdout.write(f"seed {seed}\n")
    sys.stdout.flush()
    return asyncio.run(run(args.deliveries, args.agents, seed, args.faults, args.patience, args.keep, args.silent))


if __name__ == "__main__":
    sys.exit(main())
