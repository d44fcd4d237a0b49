"""Whose the foreground of an agent's pane is, over restarts of the relay."""

from __future__ import annotations

import asyncio
import os
import signal
import sys
from collections.abc import Sequence
from pathlib import Path

import pytest

from relay_tui.agents.harnesses.spec import AgentSpec
from relay_tui.agents.tmux import paste
from relay_tui.agents.tmux.foreground import standing
from relay_tui.core import commands as c
from relay_tui.core.model import Agent, Delivery, Reached, State
from relay_tui.host import Host
from tests.agents.tmux.hands import type_text

from .conftest import PATIENCE, Site, reached, state, until

pytestmark = [
    pytest.mark.tmux,
    pytest.mark.skipif(not Path("/proc/self/stat").exists(), reason="a job in front is a group of its own"),
]

SHOWS = """
import os, signal, subprocess, sys
signal.signal(signal.SIGTTOU, signal.SIG_IGN)
for line in sys.stdin:
    if line == "show\\n":
        pager = subprocess.Popen(sys.argv[1:], process_group=0)
        os.tcsetpgrp(0, pager.pid)
        pager.wait()
        os.tcsetpgrp(0, os.getpgrp())
    else:
        print("took", flush=True)
"""
"""An agent of which nothing is known; at the word `show` a pager comes to the front, as a job of its own."""


async def launched(host: Host, site: Site, pager: Sequence[str]) -> Agent:
    argv = [sys.executable, "-c", SHOWS, *pager]
    agent = await host.launch(AgentSpec(name="echo", argv=argv, cwd=site.folder))

    async def idle() -> bool:
        return (await host.relay.queries.sessions())[agent.id].state == State.IDLE

    await until(host, idle)
    return agent


def in_front(pane_pid: int) -> int:
    """Pid of the leader of what has the foreground of the pane; 0: nothing has it just now."""
    stands = standing(pane_pid)
    return stands.front.pid if stands is not None and stands.front is not None else 0


async def bring_a_pager_to_the_front(host: Host, agent: Agent) -> None:
    pane = host.pane(agent.id)
    server = host._terminals.server()
    assert pane is not None
    assert server is not None
    await type_text(server, pane, "show")
    await paste.press_enter(server, pane)
    async with asyncio.timeout(PATIENCE):
        while in_front(pane.pane_pid) in (pane.pane_pid, 0):  # noqa: ASYNC110
            await asyncio.sleep(0.02)  # nobody tells whose a terminal is


async def deferred(host: Host, agent: Agent, reason: str) -> Delivery:
    message = await host.relay.execute(c.SendMessage(to="@echo", text="for the agent"), host.operator)

    async def look() -> Delivery | None:
        found = await host.relay.queries.delivery(message.id, agent.id)
        return found if found is not None and reason in found.reason else None

    return await until(host, look)


PAGERS = {
    "sleep": (["sleep", "600"], "sleep is in the foreground of its pane"),
    "another of the same name": (
        [sys.executable, "-c", "import time; time.sleep(600)"],
        "python is in the foreground of its pane, and python behind it",
    ),
}


@pytest.mark.parametrize("pager", list(PAGERS))
async def test_a_program_in_front_when_the_relay_comes_back_does_not_count_as_the_agent(site: Site, pager: str) -> None:
    argv, reason = PAGERS[pager]
    async with site.open() as host:
        agent = await launched(host, site, argv)
        await bring_a_pager_to_the_front(host, agent)
    async with site.open() as host:
        assert (await deferred(host, agent, reason)).attempts == 0


async def test_a_program_that_was_started_anew_behind_a_wrapper_is_the_agent_again(host: Host, site: Site) -> None:
    again = [sys.executable, "-c", SHOWS, "sleep", "600"]
    wrapper = ["bash", "-c", 'set -m; while :; do "$@"; done', "wrapper", *again]
    agent = await host.launch(AgentSpec(name="echo", argv=wrapper, cwd=site.folder))
    await state(host, agent, State.IDLE)
    pane = host.pane(agent.id)
    assert pane is not None
    first = in_front(pane.pane_pid)
    os.kill(first, signal.SIGKILL)
    async with asyncio.timeout(PATIENCE):
        while in_front(pane.pane_pid) in (first, pane.pane_pid, 0):  # noqa: ASYNC110
            await asyncio.sleep(0.02)  # nobody tells whose a terminal is
    message = await host.relay.execute(c.SendMessage(to="@echo", text="for the agent"), host.operator)
    await reached(host, message, agent, Reached.ACCEPTED)
