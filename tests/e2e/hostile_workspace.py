"""A workspace in which every place that an agent can fill with text holds the same text."""

from __future__ import annotations

import asyncio
import sys
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import Any

from pydantic import BaseModel

from relay_tui.agents.harnesses.spec import AgentSpec, ScreenRules
from relay_tui.client import Incoming, RelayClient
from relay_tui.core import commands as c
from relay_tui.core.actions import InvocationContext
from relay_tui.core.model import Disposition, Reached, State
from relay_tui.demo import swarm
from relay_tui.host import Host
from tests.e2e.conftest import Ground
from tests.e2e.hostile_agent import LAST

OPERATOR = "operator"
PATIENCE = 20.0
PTY_LOG = "pty-log"
"""In the ground's home: every byte that reached the program's terminal."""


class Asked(BaseModel):
    what: str
    where: dict[str, str]


async def fill(ground: Ground, text: str) -> None:
    """Let agents say `text` wherever they can, and leave one of them running."""
    async with Host.open(ground.workspace, operator=OPERATOR) as host:
        url = await host.serve()
        await host.find_agents()
        await host.relay.actions.register("deploy.preview", text, Asked, _never)
        mallory = await host.launch(_mallory(ground, text))
        key = host.key_file.read_text().strip()
        async with await RelayClient.join(url, key, "eve", persona=text, metadata={"note": text}) as eve:
            await _speak(host, eve, text)
            await _ask_twice(host, eve, text)
            await _type_into(host, eve, mallory.id, text)
            await _fail(host, eve, text)


async def _speak(host: Host, eve: RelayClient, text: str) -> None:
    await eve.create_channel("trap", text)
    for channel in ("#trap", "#general"):
        root = await eve.send(channel, text)
        await eve.reply(root.id, text)
        await host.relay.execute(c.Reply(message_id=root.id, text=text), host.operator)
    await eve.dm(f"@{OPERATOR}", text)
    await eve.open_group([OPERATOR, "mallory"], text)


async def _ask_twice(host: Host, eve: RelayClient, text: str) -> None:
    """One request is denied with those words, one stays open."""
    by = host.operator
    agent = await host.relay.queries.agent("eve")
    assert agent is not None
    for _ in range(2):
        asked = asyncio.create_task(eve.invoke("deploy.preview", {"what": text, "where": {text: text}}))
        [approval] = await _until(host, host.relay.queries.approvals)
        if await host.relay.queries.approvals(open_only=False, limit=10) == [approval]:
            decision = c.DecideApproval(
                approval_id=approval.id, request_hash=approval.request_hash, approve=False, words=text
            )
            await host.relay.execute(decision, by)
            assert (await asked).error == text
        else:
            asked.cancel()
            await asyncio.gather(asked, return_exceptions=True)


async def _type_into(host: Host, eve: RelayClient, mallory: str, text: str) -> None:
    await eve.dm("@mallory", text)

    async def nothing_waits() -> bool:
        return not await host.relay.queries.pending(mallory)

    # The last one ends in a question, and nothing is typed while that stands: what others said comes before it.
    await _until(host, nothing_waits)
    last = await host.relay.execute(c.SendMessage(to="@mallory", text=f"{text} {LAST}"), host.operator)

    async def taken() -> bool:
        delivery = await host.relay.queries.delivery(last.id, mallory)
        session = (await host.relay.queries.sessions())[mallory]
        return delivery is not None and delivery.reached >= Reached.DELIVERED and session.state == State.WAITING

    await _until(host, taken)


async def _fail(host: Host, eve: RelayClient, text: str) -> None:
    """A message that eve's program refuses, in its own words, and one that she is not there for."""

    async def refuse(message: Incoming) -> None:
        raise RuntimeError(text)

    await eve.start(refuse)
    await host.relay.execute(c.SendMessage(to="@eve", text=text), host.operator)

    async def failed() -> bool:
        left = await host.relay.queries.undelivered()
        return any(delivery.disposition == Disposition.FAILED for _, delivery in left)

    await _until(host, failed)
    await eve.aclose()
    await host.relay.execute(c.SendMessage(to="@eve", text=text), host.operator)


async def _until(host: Host, ask: Callable[[], Awaitable[Any]]) -> Any:
    """The first answer that is true, asked again after each commit."""
    changed = asyncio.Event()
    unfollow = host.relay.on_commit(lambda _: changed.set())
    try:
        async with asyncio.timeout(PATIENCE):
            while not (answer := await ask()):
                await changed.wait()
                changed.clear()
            return answer
    finally:
        unfollow()


def _mallory(ground: Ground, text: str) -> AgentSpec:
    script = Path(__file__).with_name("hostile_agent.py")
    return AgentSpec(
        name="mallory",
        argv=[sys.executable, str(script), text.encode("unicode_escape").decode()],
        cwd=ground.project,
        env={"RELAY_PACE": "0.1", "RELAY_PTY_LOG": str(ground.home / PTY_LOG), "PYTHONPATH": str(Path.cwd())},
        persona=text,
        metadata={"note": text},
        rules=ScreenRules.load(Path(swarm.__file__).parent / "screen.toml"),
        writes_transcript=True,
    )


async def _never(asked: Asked, ctx: InvocationContext) -> dict[str, str]:
    raise AssertionError("nobody allowed it")
