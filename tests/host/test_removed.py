"""What becomes of the program of an agent that is removed."""

from __future__ import annotations

import asyncio
import os
import subprocess

import httpx
import pytest

from relay_tui.core import commands as c
from relay_tui.core.model import State

from .conftest import Site, state

pytestmark = pytest.mark.tmux


async def test_an_agent_whose_program_runs_is_not_removed_over_http(site: Site) -> None:
    async with site.open() as host, httpx.AsyncClient() as http:
        agent = await host.launch(site.spec())
        url = f"{host.server_url}/v1/agents/{agent.name}"
        headers = {"Authorization": f"Bearer {host.key_file.read_text().strip()}"}
        answer = await http.delete(url, headers=headers)
        assert (answer.status_code, answer.json()["error"]["code"]) == (400, "agent_running")
        await host.release(agent.id)
        await state(host, agent, State.EXITED)
        assert (await http.delete(url, headers=headers)).status_code == 204


async def test_a_program_that_is_left_of_a_removed_agent_is_ended_when_the_relay_comes_back(site: Site) -> None:
    async with site.open() as host:
        kept, left = await host.launch(site.spec("kept")), await host.launch(site.spec("left"))
        await state(host, kept, State.IDLE)
        pane = host.pane(left.id)
        assert pane is not None
        await host.relay.execute(c.RemoveAgent(agent_id=left.id), host.operator)
    async with site.open() as host:
        assert host.pane(kept.id) is not None
        assert host.pane(left.id) is None
    with pytest.raises(ProcessLookupError):
        os.kill(pane.pane_pid, 0)


async def test_the_session_of_a_removed_agent_does_not_keep_the_relay_from_coming_back(site: Site) -> None:
    async with site.open() as host:
        kept, gone = await host.launch(site.spec("kept")), await host.launch(site.spec("gone"))
        await state(host, gone, State.IDLE)
        await host.relay.execute(c.RemoveAgent(agent_id=gone.id), host.operator)
    kill = ["tmux", "-L", site.workspace.tmux_socket, "kill-server"]
    await asyncio.to_thread(subprocess.run, kill, check=True)
    async with site.open() as host:
        await state(host, kept, State.LOST)
