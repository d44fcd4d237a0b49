"""How long a message takes: until it is submitted in an idle pane, and until a broadcast has settled everywhere."""

from __future__ import annotations

import asyncio
import sys
from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import AsyncExitStack, asynccontextmanager
from importlib.resources import files
from pathlib import Path
from time import perf_counter

from relay_tui.agents.harnesses.spec import GENERIC, AgentSpec, ScreenRules
from relay_tui.client.client import RelayClient
from relay_tui.client.http import Http
from relay_tui.client.types import Incoming
from relay_tui.core import commands as c
from relay_tui.core import events as e
from relay_tui.core.events import Entry
from relay_tui.core.model import ENDED_STATES, Agent, Reached, State
from relay_tui.host import Host, find_or_make
from tests.bench._table import Result, Rounds, Setting, benchmark, percentile
from tests.bench._up import up

SUBMITTED = 30
"""Messages into one idle pane."""
RECIPIENTS = 100
PATIENCE = 60.0
_SCRIPTED = (sys.executable, "-m", "relay_tui.demo.program", "idle")


@asynccontextmanager
async def _agents(folder: Path, specs: Sequence[AgentSpec]) -> AsyncIterator[tuple[Host, list[Agent]]]:
    """A host with those agents, each of them idle."""
    await asyncio.to_thread(folder.mkdir)
    async with Host.open(find_or_make(folder, state_home=folder / "state")) as host:
        await host.serve(0)
        await host.find_agents()
        try:
            agents = [await host.launch(spec) for spec in specs]
            await _until(host, lambda: _all_idle(host, agents))
            yield host, agents
        finally:
            await host.end_all_agents()


def _all_idle(host: Host, agents: Sequence[Agent]) -> bool:
    sessions = [host.relay.sessions.get(agent.id) for agent in agents]
    return all(one is not None and one.state.state in {State.IDLE, State.READY} for one in sessions)


async def _until(host: Host, holds: Callable[[], bool]) -> None:
    changed = asyncio.Event()
    unfollow = host.relay.on_commit(lambda entries: changed.set())
    try:
        async with asyncio.timeout(PATIENCE):
            while not holds():
                changed.clear()
                await changed.wait()
    finally:
        unfollow()


async def _submitted(host: Host, agent: Agent) -> float:
    """Milliseconds from `execute` until the log says that the session took it."""
    taken = asyncio.Event()

    def committed(entries: Sequence[Entry]) -> None:
        for entry in entries:
            if isinstance(entry.event, e.DeliveryRaised) and entry.event.reached >= Reached.ACCEPTED:
                taken.set()

    unfollow = host.relay.on_commit(committed)
    begun = perf_counter()
    try:
        message = c.SendMessage(to=f"@{agent.name}", text="what is the time?")
        await host.relay.execute(message, host.operator)
        await asyncio.wait_for(taken.wait(), PATIENCE)
        return (perf_counter() - begun) * 1_000
    finally:
        unfollow()


@benchmark("arrival")
async def arrival(setting: Setting) -> list[Result]:
    return [
        *await _idle_pane(setting),
        await _broadcast_over_sockets(setting),
        await _broadcast_into_panes(setting),
    ]


async def _idle_pane(setting: Setting) -> list[Result]:
    rules = ScreenRules.load(Path(str(files("relay_tui.demo").joinpath("screen.toml"))))
    env = {"RELAY_PACE": "0.05", "PYTHONPATH": str(Path.cwd())}
    folder = setting.folder / "pane"
    spec = AgentSpec(
        name="idle", argv=list(_SCRIPTED), cwd=setting.folder, env=env, rules=rules, writes_transcript=True
    )
    took: list[float] = []
    async with _agents(folder, [spec]) as (host, [agent]):
        for _ in range(SUBMITTED):
            took.append(await _submitted(host, agent))
            await _until(host, lambda: _all_idle(host, [agent]))
    p50, p95 = Rounds([percentile(took, 0.5)]), Rounds([percentile(took, 0.95)])
    return [
        p50.result("send to submitted in an idle pane, p50", "ms", "250 ms", lambda ours, _: ours <= 250),
        p95.result("send to submitted in an idle pane, p95", "ms"),
    ]


async def _broadcast_over_sockets(setting: Setting) -> Result:
    async def handler(_: Incoming) -> None:
        """That it returns is the proof."""

    async with up(setting.folder / "sockets") as relay, AsyncExitStack() as stack:
        sender = await stack.enter_async_context(await RelayClient.join(relay.url, relay.key, "sender"))
        await sender.create_channel("all")
        for number in range(RECIPIENTS):
            one = await stack.enter_async_context(await RelayClient.join(relay.url, relay.key, f"agent{number}"))
            await one.start(handler)
            await one.join_channel("all")
        asking = Http(relay.url, relay.key, deadline=PATIENCE, operator=True)
        stack.push_async_callback(asking.aclose)
        begun = perf_counter()
        message = await sender.send("#all", "everybody: stop what you do")
        rows = await asking.get(f"/v1/x/messages/{message.id}/deliveries", until="delivered", wait=20)
        seconds = perf_counter() - begun
        assert sum(row["there"] for row in rows) == RECIPIENTS
    what = f"a broadcast to {RECIPIENTS} agents on sockets is delivered to all"
    return Rounds([seconds]).result(what, "s", "5 s", lambda ours, _: ours <= 5)


async def _broadcast_into_panes(setting: Setting) -> Result:
    specs = [AgentSpec(name=f"pane{n}", argv=["cat"], cwd=setting.folder, rules=GENERIC) for n in range(RECIPIENTS)]
    async with _agents(setting.folder / "panes", specs) as (host, agents):
        taken: set[str] = set()

        def committed(entries: Sequence[Entry]) -> None:
            for entry in entries:
                event = entry.event
                if isinstance(event, e.DeliveryRaised) and event.reached >= Reached.ACCEPTED:
                    taken.add(event.agent_id)

        host.relay.on_commit(committed)
        begun = perf_counter()
        await host.relay.execute(c.SendMessage(to="#general", text="everybody: stop"), host.operator)
        await _until(host, lambda: len(taken) == len(agents))
        seconds = perf_counter() - begun
        assert all(session.state not in ENDED_STATES for session in (await host.relay.queries.sessions()).values())
    what = f"a broadcast to {RECIPIENTS} idle panes is submitted in all"
    return Rounds([seconds]).result(what, "s", "5 s", lambda ours, _: ours <= 5)
