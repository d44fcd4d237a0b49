"""When an agent takes text, seen on its screen, and how one text is put to it. The last resort: hooks know better.

Nothing is typed before the screen shows the agent at its prompt, and Enter is pressed only on a text that is seen
there: with a dialog open, an Enter would answer the dialog.
"""

from __future__ import annotations

import asyncio
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from relay_tui.agents.tmux.errors import AgentNotReady, TmuxError
from relay_tui.agents.tmux.panes import PaneIdentity
from relay_tui.agents.tmux.paste import Typed, paste, press_enter

if TYPE_CHECKING:
    from relay_tui.agents.tmux.server import TmuxServer

_TICK = 0.075
_ECHO_TIMEOUT = 2.0
_SETTLE = 0.15
"""Seconds between paste and Enter: sooner, some programs take the Enter for a part of the paste."""
_SUBMIT_TIMEOUT = 1.5
_ENTERS = 3
_TAIL = 24


@dataclass(frozen=True, slots=True)
class ReadyRule:
    """How one program's screen is read."""

    when: re.Pattern[str]
    """Found on the screen when the program takes text."""
    dialogs: Mapping[str, re.Pattern[str]] = field(default_factory=dict)
    """Name and pattern of what must not be typed into; any of them wins over `when`."""
    timeout: float = 30.0
    """Seconds to wait for `when`."""
    quiet: float = 0.15
    """Seconds for which the screen must not change."""


CLAUDE_READY = ReadyRule(
    when=re.compile(r"bypass permissions on|\? for shortcuts", re.IGNORECASE),
    dialogs={
        "the warning about bypassed permissions": re.compile(r"Yes, I accept"),
        "the question whether to trust this folder": re.compile(r"Do you trust|trust this folder"),
        "the login": re.compile(r"Select login method"),
        "the choice of a theme": re.compile(r"Choose the text style"),
        "an approval": re.compile(r"Do you want to "),
    },
)
"""Claude Code, as its screens were in the versions that were looked at."""


async def wait_ready(server: TmuxServer, identity: PaneIdentity, rule: ReadyRule) -> None:
    """Wait until the agent takes text. Raises AgentNotReady when it ended, a dialog is open, or time is up."""
    loop = asyncio.get_running_loop()
    deadline = loop.time() + rule.timeout
    before, since = "", loop.time()
    while True:
        screen = await _screen(server, identity)
        for name, pattern in rule.dialogs.items():
            if pattern.search(screen):
                raise AgentNotReady(f"{name} is open", hint="Answer it in the pane, then try again.")
        if screen != before:
            before, since = screen, loop.time()
        elif rule.when.search(screen) and loop.time() - since >= rule.quiet:
            return
        if loop.time() > deadline:
            last = next((line.strip() for line in reversed(screen.splitlines()) if line.strip()), "nothing")
            raise AgentNotReady(f"the agent is not at its prompt after {rule.timeout:g} s; it shows: {last[:120]}")
        await asyncio.sleep(_TICK)


async def submit(server: TmuxServer, identity: PaneIdentity, text: str) -> None:
    """Put `text` to an agent that is at its prompt. Raises AgentNotReady saying how far it came."""
    _insist(await paste(server, identity, text), "nothing was typed")
    if not await _shown(server, identity, text):
        raise AgentNotReady("the text was pasted but does not show, so it was not submitted")
    await asyncio.sleep(_SETTLE)
    before = await _screen(server, identity)
    for _ in range(_ENTERS):
        _insist(await press_enter(server, identity), "the text was pasted but not submitted")
        if await _changed(server, identity, before):
            return
    raise AgentNotReady(f"the text was pasted, but Enter did nothing, {_ENTERS} times")


def _insist(typed: Typed, so: str) -> None:
    if not typed.done:
        raise AgentNotReady(f"{typed.found}: {so}")


async def _shown(server: TmuxServer, identity: PaneIdentity, text: str) -> bool:
    """Whether the end of `text`, or the program's placeholder for a paste, comes on the screen in time."""
    tail = _bare(text)[-_TAIL:]
    deadline = asyncio.get_running_loop().time() + _ECHO_TIMEOUT
    while asyncio.get_running_loop().time() < deadline:
        screen = await _screen(server, identity)
        if tail in _bare(screen) or "[Pasted" in screen:
            return True
        await asyncio.sleep(_TICK / 3)
    return False


async def _changed(server: TmuxServer, identity: PaneIdentity, before: str) -> bool:
    deadline = asyncio.get_running_loop().time() + _SUBMIT_TIMEOUT
    while asyncio.get_running_loop().time() < deadline:
        status = await server.status(identity)
        if status.state != "alive" or await _screen(server, identity) != before:
            return True
        await asyncio.sleep(_TICK / 3)
    return False


async def _screen(server: TmuxServer, identity: PaneIdentity) -> str:
    status = await server.status(identity)
    if status.state != "alive":
        raise AgentNotReady(_ending(status.exit_code, status.exit_signal, gone=status.state == "gone"))
    try:
        return "\n".join(await server.capture(identity, join=True)).rstrip()
    except TmuxError as error:
        raise AgentNotReady(f"its screen cannot be read: {error}") from error


def _ending(code: int | None, signal_number: int | None, *, gone: bool) -> str:
    if gone:
        return "the agent's pane is gone"
    if signal_number is not None:
        return f"the agent was ended by signal {signal_number}"
    return "the agent has ended" if code is None else f"the agent has ended with status {code}"


def _bare(text: str) -> str:
    """Without white space, box lines and prompts: programs wrap, indent and frame what they show."""
    return re.sub(r"[\s│┃|>❯›]+", "", text)
