"""Handing a message over by typing it: gates first, then paste, wait for the echo, Enter apart, look whether it took.

A blind Enter while a dialog is open approves the pending command, so Enter is only ever pressed on a text that is seen
in the input box. Nothing is typed twice by one attempt: what cannot be confirmed is reported as uncertain.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable

from relay_tui.agents.harnesses.framing import fence
from relay_tui.agents.harnesses.screen_reader import Screen, bare, read_screen
from relay_tui.agents.harnesses.spec import ScreenRules
from relay_tui.agents.tmux import paste
from relay_tui.agents.tmux.errors import TmuxError
from relay_tui.agents.tmux.panes import PaneIdentity
from relay_tui.agents.tmux.server import TmuxServer
from relay_tui.core.clock import Clock
from relay_tui.core.model import Evidence
from relay_tui.core.session import Receipt, Step

TICK = 0.02
"""Seconds between two looks at a screen that must change: tmux does not tell us what a program draws."""
ECHO_TIMEOUT = 2.0
SUBMIT_TIMEOUT = 1.5
ENTERS = 3
"""One Enter, and at most two more while the text still stands in the box."""


class Typist:
    """Types into one pane. One attempt at a time."""

    def __init__(
        self, server: TmuxServer, pane: PaneIdentity, rules: ScreenRules, clock: Clock, *, command: str = ""
    ) -> None:
        self._server = server
        self._pane = pane
        self._rules = rules
        self._clock = clock
        self.command = command
        """Name of the foreground process when the program was ready; empty: not known yet, not checked."""
        self._lock = asyncio.Lock()

    async def blocked(self) -> str:
        """Which gate is closed, in words for the operator; empty: all are open."""
        try:
            status = await self._server.status(self._pane)
            if status.state != "alive":
                return "its program has ended; goes when it restarts"
            if status.in_mode:
                return "its pane is in copy mode; goes when that is left"
            if self.command and status.command != self.command:
                return f"{status.command or 'nothing'} is in the foreground of its pane, not {self.command}"
            screen = await self.screen()
        except TmuxError as error:
            return f"its pane cannot be read: {error}"
        if screen.dialog:
            return f"a dialog is open ({screen.dialog}); goes after the answer"
        if screen.draft:
            return "a draft stands in its input box; goes when that is gone"
        return ""

    async def screen(self) -> Screen:
        """One look. Raises TmuxError."""
        return read_screen(await self._server.capture(self._pane, join=False), self._rules)

    async def type(self, text: str, nonce: str) -> Receipt:
        """Type `text`, whose last line is the fence of `nonce`, and submit it."""
        async with self._lock:
            steps: list[Step] = []
            try:
                return await self._type(text, nonce, steps)
            except TmuxError as error:
                pasted = any(step.name == "pasted" for step in steps)
                return Receipt("failed", how=f"tmux: {error}", uncertain=pasted, steps=steps)

    async def finish(self, nonce: str) -> bool:
        """Press the Enter that an earlier attempt did not come to. False: its text does not stand in the box."""
        async with self._lock:
            screen = await self.screen()
            if screen.dialog or not _ends_with(screen, nonce):
                return False
            typed = await paste.press_enter(self._server, self._pane, command=self.command or None)
            return typed.done

    async def _type(self, text: str, nonce: str, steps: list[Step]) -> Receipt:
        if reason := await self.blocked():
            steps.append(Step("gates", self._clock(), False, reason))
            return Receipt("deferred", how=reason, steps=steps)
        steps.append(Step("gates", self._clock(), True))
        typed = await paste.paste(self._server, self._pane, text, command=self.command or None)
        if not typed.done:
            steps.append(Step("paste", self._clock(), False, typed.found))
            return Receipt("deferred", how=f"not typed: {typed.found}", steps=steps)
        steps.append(Step("pasted", self._clock(), True))
        if not await self._until(lambda screen: _ends_with(screen, nonce), ECHO_TIMEOUT):
            how = "typed, but its end is not seen in the input box, so Enter was not pressed"
            steps.append(Step("echo", self._clock(), False, how))
            return Receipt("failed", how=how, uncertain=True, steps=steps)
        steps.append(Step("echo", self._clock(), True))
        return await self._submit(nonce, steps)

    async def _submit(self, nonce: str, steps: list[Step]) -> Receipt:
        for count in range(1, ENTERS + 1):
            screen = await self.screen()
            if screen.dialog:
                how = f"typed, but a dialog opened ({screen.dialog}), so Enter was not pressed"
                steps.append(Step("enter", self._clock(), False, how))
                return Receipt("failed", how=how, uncertain=True, steps=steps)
            typed = await paste.press_enter(self._server, self._pane, command=self.command or None)
            steps.append(Step("enter", self._clock(), typed.done, typed.found))
            if not typed.done:
                return Receipt("failed", how=f"typed, not submitted: {typed.found}", uncertain=True, steps=steps)
            if await self._until(lambda screen: not _ends_with(screen, nonce), SUBMIT_TIMEOUT):
                steps.append(Step("submitted", self._clock(), True))
                enters = "one Enter" if count == 1 else f"{count} Enters"
                how = f"typed into its pane, echo seen, {enters}"
                return Receipt("accepted", Evidence.ECHO, how=how, steps=steps)
        how = f"typed and seen, but {ENTERS} Enters did not submit it"
        return Receipt("failed", how=how, uncertain=True, steps=steps)

    async def _until(self, met: Callable[[Screen], bool], timeout: float) -> bool:
        loop = asyncio.get_running_loop()
        deadline = loop.time() + timeout
        while True:
            if met(await self.screen()):
                return True
            if loop.time() >= deadline:
                return False
            await asyncio.sleep(TICK)


def _ends_with(screen: Screen, nonce: str) -> bool:
    """Does the input box (or, where no rule shows it, the screen) hold the end of what was typed?"""
    mark = bare(fence(nonce))
    if screen.draft is not None:
        return screen.draft.endswith(mark)
    return mark in screen.text
