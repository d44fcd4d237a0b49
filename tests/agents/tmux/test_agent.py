# ruff: noqa: ASYNC240 - a test may block its own loop on a local file
from __future__ import annotations

import asyncio
import re
import sys
from dataclasses import replace
from pathlib import Path

import pytest

from relay_tui.agents.base import AgentConfig, TmuxEnvironment
from relay_tui.agents.tmux import ready
from relay_tui.agents.tmux.address import BlockingCall, TmuxAddress
from relay_tui.agents.tmux.agent import TmuxAgent
from relay_tui.agents.tmux.errors import AgentNotReady, LaunchFailed, StalePane
from relay_tui.agents.tmux.ready import CLAUDE_READY
from relay_tui.agents.tmux.server import TmuxServer

from .conftest import PATIENCE, Sink, StartSink

KICKOFF = b"Read /w/instructions.md and follow the steps exactly."


def test_addresses_are_equal_by_session_and_pane() -> None:
    address = TmuxAddress("relay", "%1")
    assert address == TmuxAddress(session="relay", pane_id="%1")
    assert hash(address) == hash(TmuxAddress("relay", "%1"))
    assert address != TmuxAddress("relay", "%2")
    assert address.label == "relay:%1"
    assert TmuxAgent(_address=address) == TmuxAgent(address)
    assert TmuxAgent(address).address is address


def address_of(server: TmuxServer, sink: Sink) -> TmuxAddress:
    return TmuxAddress(server.session, sink.pane.pane_id, sink.pane, server)


pytestmark = pytest.mark.tmux


async def test_blocking_calls_refuse_to_stop_an_event_loop(server: TmuxServer, start_sink: StartSink) -> None:
    address = address_of(server, await start_sink())
    config = AgentConfig(environment=TmuxEnvironment(socket_name=server.socket_name))
    for call in (
        address.capture_log,
        address.teardown,
        lambda: TmuxAgent(address).send_kickoff("x"),
        lambda: TmuxAgent.from_config(config, "t", Path("/"), "true"),
    ):
        with pytest.raises(BlockingCall, match="await"):
            call()


async def test_in_a_thread_the_blocking_calls_do_what_the_seed_says(
    server: TmuxServer, start_sink: StartSink, tmp_path: Path
) -> None:
    sink = await start_sink()
    await sink.show("the last words\\r\\n")
    address = address_of(server, sink)
    await asyncio.to_thread(address.capture_log)
    assert list(tmp_path.iterdir()) == []
    await asyncio.to_thread(address.capture_log, tmp_path / "attempts" / "0")
    log = tmp_path / "attempts" / "0" / "agent.log"
    assert log.read_text() == "the last words\n"
    assert [path.name for path in log.parent.iterdir()] == ["agent.log"]
    await asyncio.to_thread(address.teardown, log.parent, True)
    assert (await server.status(sink.pane)).state == "alive"
    for _ in range(2):
        await asyncio.to_thread(address.teardown, log.parent)
        assert (await server.status(sink.pane)).state == "gone"
    await asyncio.to_thread(address.capture_log, log.parent)
    assert log.read_text() == "the last words\n"


async def test_a_good_log_is_not_replaced_by_an_empty_screen(
    server: TmuxServer, start_sink: StartSink, tmp_path: Path
) -> None:
    address = address_of(server, await start_sink())
    (tmp_path / "agent.log").write_text("good\n")
    await address.acapture_log(tmp_path)
    assert (tmp_path / "agent.log").read_text() == "good\n"


async def test_closing_takes_the_log_only_when_there_is_none_or_an_empty_one(
    server: TmuxServer, start_sink: StartSink, tmp_path: Path
) -> None:
    log = tmp_path / "agent.log"
    for before, after in (("earlier\n", "earlier\n"), ("", "now\n")):
        log.write_text(before)
        sink = await start_sink()
        await sink.show("now")
        await address_of(server, sink).ateardown(tmp_path)
        assert log.read_text() == after


async def test_an_address_of_an_earlier_server_touches_nobody(
    server: TmuxServer, start_sink: StartSink, tmp_path: Path
) -> None:
    sink = await start_sink()
    address = replace(address_of(server, sink), identity=replace(sink.pane, server_start=1))
    await address.acapture_log(tmp_path)
    await address.ateardown(tmp_path)
    assert list(tmp_path.iterdir()) == []
    assert (await server.status(sink.pane)).state == "alive"
    with pytest.raises(StalePane):
        await TmuxAgent(address).akickoff("x")


@pytest.mark.parametrize("given", [True, False])
async def test_an_agent_is_started_from_its_configuration(
    server: TmuxServer, socket_name: str, tmp_path: Path, given: bool
) -> None:
    config = AgentConfig(environment=TmuxEnvironment(socket_name=socket_name, width=70, height=12))
    long = "x" * 6000
    command = f"WORD=\"a b\" {sys.executable} -c \"import os; print(os.environ['WORD'], len('{long}')); input()\""
    agent = await TmuxAgent.afrom_config(config, "graph-task-0", tmp_path, command, server=server if given else None)
    assert agent.address == TmuxAddress("relay", agent.address.pane_id)
    pane = await server.find(pane_id=agent.address.pane_id)
    assert pane == agent.address.identity
    assert pane is not None
    assert pane.label == "graph-task-0"
    while (await server.capture(pane))[:1] != ["a b 6000"]:
        pass
    assert (await server.status(pane)).width == 70
    with pytest.raises(LaunchFailed):
        await TmuxAgent.afrom_config(config, "t", tmp_path / "missing", "true", server=server)


async def test_the_blocking_start_works_off_the_loop(server: TmuxServer, socket_name: str, tmp_path: Path) -> None:
    config = AgentConfig(environment=TmuxEnvironment(socket_name=socket_name))
    agent = await asyncio.to_thread(TmuxAgent.from_config, config, "task", tmp_path, "cat")
    assert [pane.pane_id for pane in await server.list_ours()] == [agent.address.pane_id]


@pytest.mark.parametrize("blocking", [True, False])
async def test_the_kickoff_is_pasted_seen_and_submitted_once(
    server: TmuxServer, start_sink: StartSink, blocking: bool
) -> None:
    sink = await start_sink(echo=True)
    await sink.show("? for shortcuts\\r\\n> ")
    agent = TmuxAgent(address_of(server, sink))
    if blocking:
        await asyncio.to_thread(agent.send_kickoff, "/w/instructions.md")
    else:
        await agent.akickoff("/w/instructions.md")
    await sink.expect(b"\x1b[200~" + KICKOFF + b"\x1b[201~" + b"\r")


async def nothing_was_typed(server: TmuxServer, sink: Sink) -> None:
    await server.link.run("send-keys", "-t", sink.pane.pane_id, "!")
    await sink.expect(b"!")


async def test_an_agent_that_never_gets_ready_is_not_typed_at(server: TmuxServer, start_sink: StartSink) -> None:
    sink = await start_sink()
    await sink.show("loading\\r\\n")
    agent = TmuxAgent(address_of(server, sink), replace(CLAUDE_READY, timeout=0.3))
    with pytest.raises(AgentNotReady, match="it shows: loading"):
        await agent.akickoff("x")
    await nothing_was_typed(server, sink)


async def test_an_open_dialog_is_not_answered_by_the_kickoff(server: TmuxServer, start_sink: StartSink) -> None:
    sink = await start_sink()
    await sink.show("WARNING: bypass permissions on\\r\\n 1. No, exit\\r\\n 2. Yes, I accept")
    with pytest.raises(AgentNotReady, match="warning about bypassed permissions"):
        await TmuxAgent(address_of(server, sink)).akickoff("x")
    await nothing_was_typed(server, sink)


async def test_an_agent_that_ended_says_how(server: TmuxServer, start_sink: StartSink) -> None:
    sink = await start_sink()
    sink.exit(5)
    await server.wait_ended(sink.pane, timeout=PATIENCE)
    with pytest.raises(AgentNotReady, match="ended with status 5"):
        await TmuxAgent(address_of(server, sink)).akickoff("x")


async def test_a_text_that_does_not_show_is_not_submitted(
    server: TmuxServer, start_sink: StartSink, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(ready, "_ECHO_TIMEOUT", 0.2)
    sink = await start_sink()
    await sink.show("prompt")
    agent = TmuxAgent(address_of(server, sink), ready.ReadyRule(re.compile("prompt")))
    with pytest.raises(AgentNotReady, match="not submitted"):
        await agent.akickoff("/w/instructions.md")
    await sink.expect(b"\x1b[200~" + KICKOFF + b"\x1b[201~")
    await nothing_was_typed(server, sink)
