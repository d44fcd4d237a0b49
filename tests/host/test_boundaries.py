"""The boundaries between idle and an interrupt, kept by a program that says what it does with input while it works."""

from __future__ import annotations

import json
from typing import Any

import pytest

from relay_tui.agents.tmux import paste
from relay_tui.core import commands as c
from relay_tui.core.model import Agent, Message, Mode, Reached, State
from relay_tui.host import Host
from tests.agents.tmux.hands import type_text

from .conftest import RULES, Site, reached, state

pytestmark = pytest.mark.tmux


async def at_work(host: Host, site: Site, while_working: str, what: str, **env: str) -> Agent:
    """A program that has begun with this and works for a while."""
    rules = RULES.model_copy(update={"while_working": while_working})
    spec = site.spec().model_copy(update={"rules": rules, "env": env})
    agent = await host.launch(spec)
    await state(host, agent, State.IDLE)
    pane, server = host.pane(agent.id), host._terminals.server()
    assert pane is not None
    assert server is not None
    await type_text(server, pane, what)
    await paste.press_enter(server, pane)
    await state(host, agent, State.WORKING)
    return agent


async def say(host: Host, text: str, mode: Mode) -> Message:
    return await host.relay.execute(c.SendMessage(to="@echo", text=text, mode=mode), host.operator)


def kept(site: Site, agent: Agent) -> list[dict[str, Any]]:
    path = site.workspace.state_dir / "transcripts" / f"{agent.id}.jsonl"
    return [json.loads(line) for line in path.read_text("utf-8").splitlines()]


def place(entries: list[dict[str, Any]], kind: str, text: str) -> int:
    return next(n for n, entry in enumerate(entries) if entry["kind"] == kind and text in entry["text"])


async def test_at_its_next_tool_call_a_program_takes_in_what_was_typed_while_it_works(host: Host, site: Site) -> None:
    agent = await at_work(host, site, "next-tool-call", "tools", RELAY_PACE="6", RELAY_STEERS="1")
    message = await say(host, "and the docs", Mode.NEXT_TOOL_CALL)
    delivery = await reached(host, message, agent)
    await state(host, agent, State.IDLE)
    entries = kept(site, agent)
    got = place(entries, "got", "and the docs")
    assert place(entries, "read", "src/parser.py") < got < place(entries, "sent", "Lexer is out")
    assert entries[got - 1]["role"] == "tool"
    steps = (await host.relay.queries.attempts(message, delivery))[0].steps
    assert steps[0]["detail"] == "typed, at next-tool-call"


async def test_as_its_next_message_a_program_takes_in_what_was_typed_while_it_works(host: Host, site: Site) -> None:
    agent = await at_work(host, site, "next-message", "work 3", RELAY_PACE="1")
    message = await say(host, "next", Mode.NEXT_MESSAGE)
    accepted = await reached(host, message, agent, Reached.ACCEPTED)
    assert (accepted.attempts, accepted.word) == (1, "accepted")
    session = (await host.relay.queries.sessions())[agent.id]
    assert session.state == State.WORKING
    await reached(host, message, agent)
    entry = kept(site, agent)[place(kept(site, agent), "got", "next")]
    assert entry["detail"] == {"queued": True}


async def test_a_boundary_that_a_program_cannot_keep_is_the_nearest_that_disturbs_less_and_says_so(
    host: Host, site: Site
) -> None:
    agent = await at_work(host, site, "next-message", "work 3", RELAY_PACE="1")
    message = await say(host, "steer", Mode.NEXT_TOOL_CALL)
    delivery = await reached(host, message, agent)
    steps = (await host.relay.queries.attempts(message, delivery))[0].steps
    assert steps[0]["detail"] == "typed, at next-message (it takes nothing in between two tool calls)"
