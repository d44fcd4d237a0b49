"""What keeps a message from being typed, each with its reason, against real panes; and what exactly is typed."""

from __future__ import annotations

import asyncio
import json
import os
import pty
import signal
import time
from pathlib import Path

import pytest

from relay_tui.agents.harnesses import framing
from relay_tui.agents.harnesses.spec import AgentSpec
from relay_tui.agents.tmux import paste
from relay_tui.agents.tmux.server import TmuxServer
from relay_tui.core import commands as c
from relay_tui.core import events as e
from relay_tui.core.delivery.desk import Desk
from relay_tui.core.errors import Refused
from relay_tui.core.model import Agent, Caller, Delivery, Message, Mode, Reached, State
from relay_tui.core.text import visible
from relay_tui.demo.faults import FAULTS_ENV, RECORD_ENV
from relay_tui.host import Host
from tests.agents.tmux.hands import type_text

from .conftest import PATIENCE, Site, reached, state, until

pytestmark = pytest.mark.tmux


def spec(site: Site, **env: str) -> AgentSpec:
    plain = site.spec()
    rules = plain.rules.model_copy(update={"foot": 1, "interrupt": "Escape", "shows_input": True})
    return plain.model_copy(update={"env": plain.env | env, "rules": rules})


async def send(host: Host, text: str, mode: Mode = Mode.ON_IDLE) -> Message:
    return await host.relay.execute(c.SendMessage(to="@echo", text=text, mode=mode), host.operator)


async def deferred(host: Host, message: Message, agent: Agent, reason: str) -> Delivery:
    async def look() -> Delivery | None:
        found = await host.relay.queries.delivery(message.id, agent.id)
        return found if found is not None and reason in found.reason else None

    return await until(host, look)


def tmux(host: Host) -> TmuxServer:
    server = host._terminals.server()
    assert server is not None
    return server


async def test_nothing_is_typed_while_a_shell_is_in_the_foreground(host: Host, site: Site) -> None:
    agent = await host.launch(spec(site, **{FAULTS_ENV: "shell=1.0", RECORD_ENV: str(site.folder / "record")}))
    await state(host, agent, State.IDLE)
    pane = host.pane(agent.id)
    assert pane is not None
    in_front = asyncio.Event()
    forget = tmux(host).on_change(
        lambda change: in_front.set() if change.status and change.status.command == "bash" else None
    )
    async with asyncio.timeout(PATIENCE):
        await in_front.wait()
    forget()
    message = await send(host, "touch me not")
    await deferred(host, message, agent, "bash is in the foreground of its pane")
    assert (await reached(host, message, agent)).word == "delivered"
    record = [json.loads(line) for line in (site.folder / "record").read_text("utf-8").splitlines()]
    assert [line for line in record if line["what"] == "ran" and "touch" in line["text"]] == []


@pytest.mark.parametrize("argv", [["dash"], ["bash", "--norc", "-i"]])
async def test_a_shell_that_was_started_as_an_agent_is_never_typed_into(
    host: Host, site: Site, argv: list[str]
) -> None:
    agent = await host.launch(AgentSpec(name="echo", argv=argv, cwd=site.folder))
    message = await send(host, "$(touch ran)\ntouch ran")
    await state(host, agent, State.BLOCKED)
    found = await deferred(host, message, agent, f"{argv[0]} is in the foreground of its pane, a shell")
    assert found.attempts == 0
    assert not (site.folder / "ran").exists()


async def test_nothing_is_typed_while_a_person_types_in_the_pane(host: Host, site: Site) -> None:
    agent = await host.launch(spec(site))
    await state(host, agent, State.IDLE)
    pane = host.pane(agent.id)
    assert pane is not None
    server = tmux(host)
    await server.link.run("select-window", "-t", pane.window_id)
    environment = {key: value for key, value in os.environ.items() if key not in {"TMUX", "TMUX_PANE"}}
    pid, fd = pty.fork()
    if pid == 0:
        os.execvpe("tmux", ["tmux", "-L", pane.socket, "attach", "-t", "=relay"], environment | {"TERM": "xterm"})
    try:
        async with asyncio.timeout(PATIENCE):
            while await server.last_human_key(pane) is None:  # noqa: ASYNC110 - tmux does not tell of clients
                await asyncio.sleep(0.05)
        message = await send(host, "after you")
        found = await deferred(host, message, agent, "a person pressed a key in its pane just now")
        assert found.attempts == 0
        assert (await reached(host, message, agent)).word == "delivered"
    finally:
        os.kill(pid, signal.SIGTERM)
        await asyncio.to_thread(os.waitpid, pid, 0)
        os.close(fd)


async def test_an_immediate_message_interrupts_the_program_and_is_typed_once(host: Host, site: Site) -> None:
    agent = await host.launch(spec(site, RELAY_PACE="1", **{RECORD_ENV: str(site.folder / "record")}))
    await state(host, agent, State.IDLE)
    pane = host.pane(agent.id)
    assert pane is not None
    await type_text(tmux(host), pane, "work 60")
    await paste.press_enter(tmux(host), pane)
    await state(host, agent, State.WORKING)
    message = await send(host, "stop that", Mode.IMMEDIATE)
    delivery = await reached(host, message, agent)

    async def recorded() -> list[dict[str, object]]:
        now = await host.relay.queries.delivery(message.id, agent.id)
        return (await host.relay.queries.attempts(message, now or delivery))[0].steps

    steps = await until(host, recorded)
    assert [step["name"] for step in steps] == [
        "way in",
        "form",
        "interrupt",
        "gates",
        "paste",
        "echo",
        "enter",
        "submitted",
    ]
    session = host.relay.sessions.get(agent.id)
    assert session is not None
    assert [entry for entry in session.recent_transcript() if entry.detail.get("interrupted")]


async def test_a_killed_tmux_server_with_reused_pane_ids_is_never_typed_into(site: Site, tmp_path: Path) -> None:
    typed = tmp_path / "typed"
    async with site.open() as host:
        agent = await host.launch(spec(site))
        await state(host, agent, State.IDLE)
        pane = host.pane(agent.id)
        assert pane is not None
        os.kill(pane.server_pid, signal.SIGKILL)
        began = time.monotonic()
        await state(host, agent, State.LOST)
        assert time.monotonic() - began < 2.0
        other = ["tmux", "-L", pane.socket, "-f", "/dev/null", "new-session", "-d", "-s", "relay"]
        again = await asyncio.create_subprocess_exec(*other, f"cat > {typed}")
        await again.wait()
        number = int(pane.pane_id[1:])
        for _ in range(number):
            more = await asyncio.create_subprocess_exec(
                "tmux", "-L", pane.socket, "new-window", "-d", "-t", "=relay:", f"cat >> {typed}"
            )
            await more.wait()
        message = await send(host, "hello?")
        delivery = await host.relay.queries.delivery(message.id, agent.id)
        assert delivery is not None
        assert (delivery.word, delivery.attempts) == ("queued", 0)
        listed = await asyncio.create_subprocess_exec(
            "tmux", "-L", pane.socket, "list-panes", "-a", "-F", "#{pane_id}", stdout=asyncio.subprocess.PIPE
        )
        panes = (await listed.communicate())[0].decode().split()
        assert pane.pane_id in panes
        assert not typed.exists() or typed.read_bytes() == b""
        ended = await asyncio.create_subprocess_exec("tmux", "-L", pane.socket, "kill-server")
        await ended.wait()


PAYLOADS = (
    "a\x1b[201~b",
    "\x1b[20\x1b[201~1~ nested",
    "split \x1b[201",
    "~ and the rest",
    "8-bit \x9b201~ end",
    "lone\rreturn",
    "-R",
    "ends with;",
    "#{pane_id} #S #(touch x)",
    "Enter",
    "C-c",
    "/clear",
    "!touch x",
    "$(touch x) `touch x` ; touch x",
    "👩‍👩‍👧 e\u0301 \u202eevil\u202c \u200b",
    "x" * 100_000,
    "\n".join(f"line {n}" for n in range(1_500)),
)


async def test_the_program_receives_exactly_the_sanitised_text(host: Host, site: Site) -> None:
    record = site.folder / "record"
    agent = await host.launch(spec(site, RELAY_PACE="0.01", **{RECORD_ENV: str(record)}))
    with pytest.raises(Refused):
        await send(host, "NUL \x00 has no place in a message")
    sent = [await send(host, text) for text in PAYLOADS]
    for message in sent:
        delivery = await reached(host, message, agent, Reached.DELIVERED)
        assert delivery.word == "delivered", (message.text[:40], delivery.how)
    lines = [json.loads(line) for line in record.read_text("utf-8").splitlines()]
    taken = [framing.messages_in(line["text"]) for line in lines if line["what"] == "submitted"]
    assert [framed.text for together in taken for framed in together] == [visible(text) for text in PAYLOADS]
    assert 1 < len(taken) < len(PAYLOADS), "what was due together went as one, and what was too long went alone"
    assert not (site.folder / "x").exists()


async def test_an_attempt_that_nothing_can_tell_of_is_uncertain_and_left_to_the_operator(
    site: Site, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The relay goes between paste and Enter; no rule shows the input box and there is no transcript."""
    blind = AgentSpec(name="echo", argv=site.spec().argv, cwd=site.folder)
    async with site.open() as host:
        agent = await host.launch(blind)
        await state(host, agent, State.IDLE)
        stands = asyncio.Event()

        async def never(*args: object, **more: object) -> paste.Typed:
            stands.set()
            await asyncio.sleep(PATIENCE)
            return paste.Typed()

        monkeypatch.setattr(paste, "press_enter", never)
        monkeypatch.setattr("relay_tui.core.delivery.recipient.STOP_GRACE", 0.1)
        message = await send(host, "half")
        async with asyncio.timeout(PATIENCE):
            await stands.wait()
    monkeypatch.undo()
    async with site.open() as host:

        async def uncertain() -> bool:
            found = await host.relay.queries.delivery(message.id, agent.id)
            return found is not None and (found.word, found.attempts) == ("uncertain", 1)

        await until(host, uncertain)


async def test_stop_holds_everyone_interrupts_who_works_and_proves_it(host: Host, site: Site) -> None:
    agent = await host.launch(spec(site, RELAY_PACE="1"))
    await state(host, agent, State.IDLE)
    pane = host.pane(agent.id)
    assert pane is not None
    await type_text(tmux(host), pane, "work 60")
    await paste.press_enter(tmux(host), pane)
    await state(host, agent, State.WORKING)
    desk = Desk(host.relay, host.operator, host.relay.sessions)
    stopped = await desk.stop("all hands off")
    assert [(one["agent"], one["was"], one["interrupted"]) for one in stopped["agents"]] == [("echo", "working", True)]
    assert (stopped["hold"]["agent"], stopped["hold"]["by"]) == (None, "ann")
    message = await send(host, "later")
    await deferred(host, message, agent, "held by ann: all hands off")
    await desk.flush()
    assert (await reached(host, message, agent)).word == "delivered"


async def test_who_is_being_typed_to_when_everyone_is_stopped_does_not_work_on(host: Host, site: Site) -> None:
    agent = await host.launch(spec(site, RELAY_PACE="1", **{FAULTS_ENV: "echoes-late=1.0"}))
    await state(host, agent, State.IDLE)
    await send(host, "work 60")

    async def attempted() -> bool:
        found = await host.relay.queries.sessions()
        due = await host.relay.queries.pending(agent.id)
        return bool(found and due and due[0].attempts)

    await until(host, attempted)
    (ended,) = (await Desk(host.relay, host.operator, host.relay.sessions).stop("now"))["agents"]
    assert (ended["was"], ended["interrupted"]) == ("working", True)


async def own_command(host: Host, line: str) -> dict[str, object]:
    return await Desk(host.relay, host.operator, host.relay.sessions).own_command("echo", line)


async def test_a_program_runs_a_command_of_its_own_that_a_person_gives_it_as_it_is(host: Host, site: Site) -> None:
    agent = await host.launch(spec(site, **{RECORD_ENV: str(site.folder / "record")}))
    await state(host, agent, State.IDLE)
    answer = await own_command(host, "!/usr/bin/env --version")
    assert answer["taken"]
    session = host.relay.sessions.get(agent.id)
    assert session is not None

    async def taken() -> list[str]:
        return [entry.text for entry in session.recent_transcript() if entry.role == "user"]

    assert await until(host, taken) == ["!/usr/bin/env --version"]
    given = [entry.event for entry in await host.relay.entries(1) if isinstance(entry.event, e.OwnCommandGiven)]
    assert [one.taken for one in given] == [False, True]


async def test_a_command_of_its_own_is_not_typed_while_a_program_works_nor_by_an_agent(host: Host, site: Site) -> None:
    agent = await host.launch(spec(site, RELAY_PACE="1", **{RECORD_ENV: str(site.folder / "record")}))
    await state(host, agent, State.IDLE)
    pane = host.pane(agent.id)
    assert pane is not None
    await type_text(tmux(host), pane, "work 60")
    await paste.press_enter(tmux(host), pane)
    await state(host, agent, State.WORKING)
    with pytest.raises(Refused, match=r"did not take /compact: working.* Nothing was typed"):
        await own_command(host, "/compact")
    asked = c.RecordOwnCommand(agent_id=agent.id, generation=1, text="/compact")
    with pytest.raises(Refused, match="Only a person"):
        await host.relay.execute(asked, Caller(agent.id))
    with pytest.raises(Refused, match="cannot be seen"):
        await host.relay.execute(asked.model_copy(update={"text": "/com\u202epact"}), host.operator)
