from __future__ import annotations

import asyncio
import os
import signal
import subprocess
import sys
import time

import pytest

from relay_tui.agents.harnesses.spec import AgentSpec
from relay_tui.agents.tmux import paste
from relay_tui.agents.tmux.server import TmuxServer
from relay_tui.core import commands as c
from relay_tui.core.delivery import proofs
from relay_tui.core.errors import RelayError
from relay_tui.core.model import Disposition, Evidence, Reached, State
from relay_tui.host import Host
from tests.agents.tmux.hands import type_text

from .conftest import PATIENCE, Site, reached, state, until

pytestmark = pytest.mark.tmux


async def test_a_message_is_typed_and_proven_by_the_transcript(host: Host, site: Site) -> None:
    agent = await host.launch(site.spec())
    message = await host.relay.execute(c.SendMessage(to="@echo", text="hello"), host.operator)
    delivery = await reached(host, message, agent)
    assert (delivery.evidence, delivery.route, delivery.attempts) == (Evidence.TRANSCRIPT, "typed", 1)
    assert not delivery.unverified


async def test_a_program_without_a_transcript_is_never_said_to_have_proven_anything(
    host: Host, site: Site, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(proofs, "PROOF_WAIT", 0.5)
    agent = await host.launch(site.spec(transcript=False))
    message = await host.relay.execute(c.SendMessage(to="@echo", text="hello"), host.operator)
    delivery = await reached(host, message, agent, Reached.ACCEPTED)
    assert delivery.evidence == Evidence.ECHO
    delivery = await reached(host, message, agent, Reached.DELIVERED)
    assert delivery.unverified
    assert delivery.word == "unverified"


async def test_a_busy_agent_is_deferred_with_the_reason_and_delivered_when_it_is_idle(host: Host, site: Site) -> None:
    agent = await host.launch(site.spec())
    busy = await host.relay.execute(c.SendMessage(to="@echo", text="work 5"), host.operator)
    await reached(host, busy, agent)
    message = await host.relay.execute(c.SendMessage(to="@echo", text="and then this"), host.operator)

    async def deferred() -> bool:
        found = await host.relay.queries.delivery(message.id, agent.id)
        return found is not None and found.disposition == Disposition.DEFERRED and "working" in found.reason

    await until(host, deferred)
    assert (await reached(host, message, agent)).evidence == Evidence.TRANSCRIPT


async def test_what_was_sent_to_a_closed_program_is_queued_and_delivered_once_after_a_restart(
    host: Host, site: Site
) -> None:
    agent = await host.launch(site.spec())
    await state(host, agent, State.IDLE)
    await host.release(agent.id)
    await state(host, agent, State.EXITED)
    message = await host.relay.execute(c.SendMessage(to="@echo", text="while you were away"), host.operator)
    waiting = await host.relay.queries.delivery(message.id, agent.id)
    assert waiting is not None
    assert waiting.word == "queued"
    await host.restart(agent.id)
    delivery = await reached(host, message, agent)
    assert (delivery.attempts, delivery.generation) == (1, 2)
    session = host.relay.sessions.get(agent.id)
    assert session is not None
    got = [entry for entry in session.recent_transcript() if entry.kind == "got"]
    assert len([entry for entry in got if "while you were away" in entry.text]) == 1


async def test_nothing_is_typed_while_a_dialog_is_open(host: Host, site: Site) -> None:
    agent = await host.launch(site.spec())
    opener = await host.relay.execute(c.SendMessage(to="@echo", text="dialog rm -rf build/"), host.operator)
    await reached(host, opener, agent)
    # The scripted program reads a frame as any text, so the dialog is opened by hand.
    pane, server = host.pane(agent.id), host._terminals.server()
    assert pane is not None
    assert server is not None
    await state(host, agent, State.IDLE)
    await type_text(server, pane, "dialog rm -rf build/")
    await paste.press_enter(server, pane)
    await state(host, agent, State.WAITING)
    message = await host.relay.execute(c.SendMessage(to="@echo", text="good news"), host.operator)

    async def deferred() -> bool:
        found = await host.relay.queries.delivery(message.id, agent.id)
        return found is not None and found.disposition == Disposition.DEFERRED

    await until(host, deferred)
    session = host.relay.sessions.get(agent.id)
    assert session is not None
    assert not [entry for entry in session.recent_transcript() if "choice" in entry.detail]
    await paste.press_key(server, pane, "Escape")
    await reached(host, message, agent)


async def test_nothing_is_typed_into_a_pane_in_copy_mode(host: Host, site: Site) -> None:
    agent = await host.launch(site.spec())
    await state(host, agent, State.IDLE)
    pane, server = host.pane(agent.id), host._terminals.server()
    assert pane is not None
    assert server is not None
    await server.link.run("copy-mode", "-t", pane.pane_id)
    message = await host.relay.execute(c.SendMessage(to="@echo", text="hello"), host.operator)

    async def deferred() -> bool:
        found = await host.relay.queries.delivery(message.id, agent.id)
        return found is not None and "copy mode" in found.reason

    await until(host, deferred)
    await paste.leave_mode(server, pane)
    await reached(host, message, agent)


async def test_nothing_is_typed_onto_a_draft(host: Host, site: Site) -> None:
    agent = await host.launch(site.spec())
    await state(host, agent, State.IDLE)
    pane, server = host.pane(agent.id), host._terminals.server()
    assert pane is not None
    assert server is not None
    await type_text(server, pane, "half a thought")
    async with asyncio.timeout(PATIENCE):
        while "half a thought" not in "".join(await server.capture(pane)):  # noqa: ASYNC110
            await asyncio.sleep(0.02)  # tmux does not say when a program has drawn
    message = await host.relay.execute(c.SendMessage(to="@echo", text="hello"), host.operator)

    async def deferred() -> bool:
        found = await host.relay.queries.delivery(message.id, agent.id)
        return found is not None and "draft" in found.reason

    await until(host, deferred)
    await paste.press_key(server, pane, "C-u")
    await reached(host, message, agent)


async def test_a_program_that_ends_says_how(host: Host, site: Site) -> None:
    agent = await host.launch(site.spec())
    await state(host, agent, State.IDLE)
    pane = host.pane(agent.id)
    assert pane is not None
    os.kill(pane.pane_pid, signal.SIGKILL)
    await state(host, agent, State.EXITED)
    session = (await host.relay.queries.sessions())[agent.id]
    assert (session.detail, session.evidence, session.exact) == ("signal 9", "pane", True)


async def test_after_a_restart_of_the_relay_live_programs_are_found_again_and_gone_ones_are_lost(site: Site) -> None:
    async with site.open() as host:
        kept = await host.launch(site.spec("kept"))
        gone = await host.launch(site.spec("gone"))
        await state(host, kept, State.IDLE)
        await state(host, gone, State.IDLE)
        before = {agent.id: host.pane(agent.id) for agent in (kept, gone)}
    lost = before[gone.id]
    assert lost is not None
    os.kill(lost.pane_pid, signal.SIGKILL)
    async with site.open() as host:
        sessions = await host.relay.queries.sessions()
        assert host.pane(kept.id) == before[kept.id]
        assert sessions[kept.id].generation == 1
        assert sessions[kept.id].state == State.IDLE
        await state(host, gone, State.EXITED, State.LOST)  # its end may be told a moment later
        message = await host.relay.execute(c.SendMessage(to="@kept", text="still there?"), host.operator)
        await reached(host, message, kept)


async def test_a_workspace_without_agents_leaves_no_tmux_server(site: Site) -> None:
    async with site.open() as host:
        assert host._terminals.server() is None


async def test_a_program_that_is_not_there_is_a_sentence(host: Host, site: Site) -> None:
    spec = AgentSpec(name="nobody", argv=["no-such-program-anywhere"], cwd=site.folder)
    with pytest.raises(RelayError) as caught:
        await host.launch(spec)
    assert caught.value.code == "launch_failed"
    assert "no-such-program-anywhere" in caught.value.message


async def test_a_running_agent_is_not_started_twice(host: Host, site: Site) -> None:
    await host.launch(site.spec())
    with pytest.raises(RelayError) as caught:
        await host.launch(site.spec())
    assert caught.value.code == "agent_running"


async def test_a_program_that_was_being_started_when_the_relay_died_is_ended_at_the_next_start(site: Site) -> None:
    server = await TmuxServer.start(site.workspace.tmux_socket)
    pane = await server.launch("orphan", [sys.executable, "-c", "input()"], cwd=site.folder)
    await server.close()
    async with site.open() as host:
        assert host._terminals.server() is not None
    with pytest.raises(ProcessLookupError):
        os.kill(pane.pane_pid, 0)


async def test_what_a_person_opened_in_our_tmux_is_left_alone_when_the_relay_comes_back(site: Site) -> None:
    def tmux(*args: str) -> str:
        words = ["tmux", "-L", site.workspace.tmux_socket, *args]
        return subprocess.run(words, capture_output=True, text=True, timeout=10, check=True).stdout.strip()

    async with site.open() as host:
        agent = await host.launch(site.spec())
        pane = host.pane(agent.id)
        assert pane is not None
        window = tmux("new-window", "-d", "-P", "-F", "#{pane_id}", "-t", "=relay:", "cat")
        split = tmux("split-window", "-d", "-P", "-F", "#{pane_id}", "-t", pane.pane_id, "cat")
    async with site.open() as host:
        assert {window, split, pane.pane_id} <= set(
            tmux("list-panes", "-s", "-t", "=relay:", "-F", "#{pane_id}").split()
        )
        assert host.pane(agent.id) == pane


async def test_what_an_earlier_program_wrote_says_nothing_of_this_one_also_when_the_relay_comes_back(
    site: Site,
) -> None:
    async with site.open() as host:
        agent = await host.launch(site.spec())
        await state(host, agent, State.IDLE)
        await host.release(agent.id)
        await state(host, agent, State.EXITED)
        await host.launch(site.spec().model_copy(update={"argv": ["cat"]}))
    async with site.open() as host:
        session = host._terminals.session(agent.id)
        assert session is not None
        assert (session.generation, session.state.state) == (2, State.STARTING)


async def test_a_message_that_is_being_typed_when_the_relay_ends_is_typed_to_its_end(site: Site) -> None:
    async with site.open() as host:
        agent = await host.launch(site.spec())
        await state(host, agent, State.IDLE)
        message = await host.relay.execute(c.SendMessage(to="@echo", text="the last word"), host.operator)

        async def begun() -> bool:
            found = await host.relay.queries.delivery(message.id, agent.id)
            return found is not None and found.attempts > 0

        await until(host, begun)
    async with site.open() as host:
        delivery = await reached(host, message, agent)
        assert (delivery.attempts, delivery.evidence) == (1, Evidence.TRANSCRIPT)


async def test_when_our_tmux_dies_its_agents_are_lost_within_two_seconds_and_a_reused_pane_id_gets_nothing(
    host: Host, site: Site
) -> None:
    agent = await host.launch(site.spec())
    await state(host, agent, State.IDLE)
    pane = host.pane(agent.id)
    assert pane is not None

    def tmux(*args: str) -> str:
        words = ["tmux", "-L", site.workspace.tmux_socket, "-f", "/dev/null", *args]
        return subprocess.run(words, capture_output=True, text=True, timeout=10, check=True).stdout

    tmux("kill-server")
    began = time.monotonic()
    await state(host, agent, State.LOST)
    assert time.monotonic() - began < 2
    for _ in range(int(pane.pane_id[1:]) + 1):
        tmux("new-session", "-d", "cat")
    assert pane.pane_id in tmux("list-panes", "-a", "-F", "#{pane_id}").split()
    message = await host.relay.execute(c.SendMessage(to="@echo", text="into the wrong pane?"), host.operator)
    await until(host, lambda: host.relay.queries.delivery(message.id, agent.id))
    assert "wrong pane" not in tmux("capture-pane", "-p", "-t", pane.pane_id)
    # The next program gets a tmux server anew, beside what came up in its place.
    await host.restart(agent.id)
    delivery = await reached(host, message, agent)
    assert (delivery.generation, delivery.attempts) == (2, 1)
