"""Whose the foreground of an agent's pane is, over restarts of the relay."""

from __future__ import annotations

import asyncio
import sys
from pathlib import Path

import pytest

from relay_tui.agents.harnesses.spec import AgentSpec
from relay_tui.agents.tmux import paste
from relay_tui.core import commands as c
from relay_tui.core.model import Agent, Delivery, State
from relay_tui.host import Host

from .conftest import PATIENCE, Site, until

pytestmark = [
    pytest.mark.tmux,
    pytest.mark.skipif(not Path("/proc/self/stat").exists(), reason="a job in front is a group of its own"),
]

SHOWS = """
import os, signal, subprocess, sys
signal.signal(signal.SIGTTOU, signal.SIG_IGN)
for line in sys.stdin:
    if line == "show\\n":
        pager = subprocess.Popen(["sleep", "600"], process_group=0)
        os.tcsetpgrp(0, pager.pid)
        pager.wait()
        os.tcsetpgrp(0, os.getpgrp())
    else:
        print("took", flush=True)
"""
"""An agent of which nothing is known; at the word `show` a pager comes to the front, as a job of its own."""


async def launched(host: Host, site: Site) -> Agent:
    argv = [sys.executable, "-c", SHOWS]
    agent = await host.launch(AgentSpec(name="echo", argv=argv, cwd=site.folder))

    async def idle() -> bool:
        return (await host.relay.queries.sessions())[agent.id].state == State.IDLE

    await until(host, idle)
    return agent


async def bring_a_pager_to_the_front(host: Host, agent: Agent) -> None:
    pane = host.pane(agent.id)
    server = host._terminals.server()
    assert pane is not None
    assert server is not None
    in_front = asyncio.Event()
    forget = server.on_change(
        lambda change: in_front.set() if change.status and change.status.command == "sleep" else None
    )
    await paste.type_text(server, pane, "show")
    await paste.press_enter(server, pane)
    async with asyncio.timeout(PATIENCE):
        await in_front.wait()
    forget()


async def deferred(host: Host, agent: Agent, reason: str) -> Delivery:
    message = await host.relay.execute(c.SendMessage(to="@echo", text="for the agent"), host.operator)

    async def look() -> Delivery | None:
        found = await host.relay.queries.delivery(message.id, agent.id)
        return found if found is not None and reason in found.reason else None

    return await until(host, look)


async def test_a_program_in_front_when_the_relay_comes_back_does_not_count_as_the_agent(site: Site) -> None:
    async with site.open() as host:
        agent = await launched(host, site)
        await bring_a_pager_to_the_front(host, agent)
    async with site.open() as host:
        found = await deferred(host, agent, "sleep is in the foreground of its pane, not ")
        assert found.attempts == 0
