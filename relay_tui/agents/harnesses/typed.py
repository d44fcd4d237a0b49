"""Handing a message over by typing it: gates first, then paste, wait for the echo, Enter apart, look whether it took.

A blind Enter while a dialog is open approves the pending command, so Enter is only ever pressed on a text that is seen
in the input box, by us and once more by tmux in the same step. Nothing is typed twice by one attempt: what cannot be
confirmed is reported as uncertain.
"""

from __future__ import annotations

import asyncio
import re
from collections.abc import Callable
from typing import Literal

from relay_tui.agents.harnesses.framing import fence
from relay_tui.agents.harnesses.screen_reader import Screen, bare, read_screen
from relay_tui.agents.harnesses.spec import ScreenRules
from relay_tui.agents.tmux import paste
from relay_tui.agents.tmux.errors import TmuxError
from relay_tui.agents.tmux.panes import PaneIdentity
from relay_tui.agents.tmux.server import TmuxServer
from relay_tui.core.clock import Clock
from relay_tui.core.model import Evidence, Mode, State
from relay_tui.core.session import Receipt, Step

TICK = 0.02
"""Seconds between two looks at a screen that must change: tmux does not tell us what a program draws."""
ECHO_TIMEOUT = 2.0
SUBMIT_TIMEOUT = 1.5
ENTERS = 3
"""One Enter, and at most two more while the text still stands in the box."""
HUMAN_QUIET = 3_000
"""Milliseconds without a key of a person who stands in the pane."""
INTERRUPT_TIMEOUT = 3.0
FOLDED = "Pasted"
"""The word by which all programs that fold a paste away stand in for it."""
_WHILE_WORKING = frozenset({Mode.IMMEDIATE, Mode.NEXT_TOOL_CALL, Mode.NEXT_MESSAGE})
Trace = Literal["submitted", "standing", "joined", "absent", "taken", "unclear"]
"""What is left of an attempt: submitted just now; its text stands in the box; behind a person's words; nothing, by an
idle program with an empty box; shown by the program as taken; not to be told."""


class Typist:
    """Types into one pane. One attempt at a time."""

    def __init__(
        self,
        server: TmuxServer,
        pane: PaneIdentity,
        rules: ScreenRules,
        clock: Clock,
        *,
        command: str = "",
        absent: Callable[[], str] = lambda: "",
    ) -> None:
        """`absent`: why its program is not the one in front, asked before anything is typed; empty: it is."""
        self._server = server
        self._pane = pane
        self._rules = rules
        self._clock = clock
        self.command = command
        """Name of the foreground process when the program was ready; empty: not known yet, not checked."""
        self._absent = absent
        self._lock = asyncio.Lock()

    async def blocked(self, mode: Mode = Mode.ON_IDLE) -> str:
        """Which gate is closed, in words for the operator; empty: all are open."""
        try:
            return await self._pane_gate() or await self._screen_gate(mode)
        except TmuxError as error:
            return f"its pane cannot be read: {error}"

    async def _pane_gate(self) -> str:
        status = await self._server.status(self._pane)
        if status.state != "alive":
            return "its program has ended; goes when it restarts"
        if status.in_mode:
            return "its pane is in copy mode; goes when that is left"
        if self.command and status.command != self.command:
            return f"{status.command or 'nothing'} is in the foreground of its pane, not {self.command}"
        if reason := self._absent():
            return reason
        key_at = await self._server.last_human_key(self._pane)
        if key_at is not None and self._clock() - key_at * 1000 < HUMAN_QUIET:
            return "a person pressed a key in its pane just now; goes after a pause"
        return ""

    async def _screen_gate(self, mode: Mode) -> str:
        screen = await self.screen()
        if screen.dialog:
            return f"a dialog is open ({screen.dialog}); goes after the answer"
        if self._rules.input is not None and screen.draft is None:
            return "its input box is not on the screen; goes when it is"
        if screen.draft:
            return "a draft stands in its input box; goes when that is gone"
        if screen.state == State.WORKING and mode not in _WHILE_WORKING:
            return "working, by its screen; goes when it is idle"
        return ""

    async def screen(self) -> Screen:
        """One look. Raises TmuxError."""
        return read_screen(await self._server.capture(self._pane, join=False), self._rules)

    async def type(self, text: str, nonce: str, mode: Mode = Mode.ON_IDLE) -> Receipt:
        """Type `text`, whose last line is the fence of `nonce`, and submit it. `immediate` interrupts first; at the
        next message or tool call it is left to the program, which queues what comes while it works."""
        async with self._lock:
            steps: list[Step] = []
            try:
                return await self._type(text, nonce, mode, steps)
            except TmuxError as error:
                typed = any(step.name == "paste" for step in steps)
                self._step(steps, "tmux", False, str(error))
                return Receipt("failed" if typed else "deferred", how=f"tmux: {error}", uncertain=typed, steps=steps)

    async def trace(self, nonce: str) -> Trace:
        """Look for an earlier attempt, and press the Enter that it did not come to. Raises TmuxError."""
        async with self._lock:
            screen = await self.screen()
            box = screen.box(nonce)
            if screen.dialog or self._rules.input is None:
                # Where no rule shows the box, what is on the screen may stand in it or have been taken.
                return "unclear"
            if box == "holds":
                steps: list[Step] = []
                receipt = await self._submit(nonce, steps)
                return "submitted" if receipt.outcome == "accepted" else "standing"
            if box == "joined":
                return "joined"
            if await self._is_shown(nonce):
                return "taken"
            at_rest = screen.state == State.IDLE and not screen.queued and box == "empty"
            return "absent" if at_rest else "unclear"

    async def _is_shown(self, nonce: str) -> bool:
        """Is the attempt anywhere on the screen or in the history of the pane? Programs show what they took."""
        rows = await self._server.capture(self._pane, join=True, start="-")
        return f"key={nonce}]" in bare("".join(rows))

    async def _type(self, text: str, nonce: str, mode: Mode, steps: list[Step]) -> Receipt:
        if reason := await self.blocked(mode) or await self._interrupted(mode, steps):
            self._step(steps, "gates", False, reason)
            return Receipt("deferred", how=reason, steps=steps)
        self._step(steps, "gates", True)
        # Noted before: when tmux does not answer, it is not known whether it was pasted.
        steps.append(pasting := Step("paste", self._clock(), False, "no answer"))
        typed = await paste.paste(self._server, self._pane, text, command=self.command or None)
        pasting.ok, pasting.detail = typed.done, typed.found
        if not typed.done:
            return Receipt("deferred", how=f"not typed: {typed.found}", steps=steps)
        if self._rules.input is None:
            seen = await self._until(lambda screen: bare(fence(nonce)) in screen.text, ECHO_TIMEOUT)
        else:
            seen = await self._until(lambda screen: screen.box(nonce) in {"holds", "joined", "folded"}, ECHO_TIMEOUT)
        if not seen:
            return self._uncertain(steps, "echo", "typed, but not seen in the input box, so Enter was not pressed")
        if (await self.screen()).box(nonce) == "joined":
            return self._uncertain(steps, "echo", "typed behind a person's words, so Enter was not pressed")
        self._step(steps, "echo", True)
        return await self._submit(nonce, steps)

    async def _interrupted(self, mode: Mode, steps: list[Step]) -> str:
        """Stop what the program does, if that is asked for; why that did not work, or empty."""
        if mode != Mode.IMMEDIATE or (await self.screen()).state != State.WORKING:
            return ""
        stopped = await self._stop()
        self._step(steps, "interrupt", stopped)
        # Claude Code puts what it was asked back into its input box when it is stopped before it has answered.
        return await self.blocked(mode) if stopped else "it could not be interrupted; goes when it is idle"

    async def own_command(self, text: str) -> Receipt:
        """Type one line that the program runs, behind the same gates; Enter only where the box holds it and no more.

        There is no key in it that could prove it later, so it is never typed again."""
        async with self._lock:
            steps: list[Step] = []
            try:
                return await self._own_command(text, steps)
            except TmuxError as error:
                typed = any(step.name == "paste" for step in steps)
                self._step(steps, "tmux", False, str(error))
                return Receipt("failed" if typed else "deferred", how=f"tmux: {error}", uncertain=typed, steps=steps)

    async def _own_command(self, text: str, steps: list[Step]) -> Receipt:
        if self._rules.input is None:
            return Receipt(
                "deferred", how="no rule shows its input box, so what stands in it cannot be seen", steps=steps
            )
        if reason := await self.blocked():
            return Receipt("deferred", how=reason, steps=steps)
        steps.append(pasting := Step("paste", self._clock(), False, "no answer"))
        typed = await paste.paste(self._server, self._pane, text, command=self.command or None)
        pasting.ok, pasting.detail = typed.done, typed.found
        if not typed.done:
            return Receipt("deferred", how=f"not typed: {typed.found}", steps=steps)
        if not await self._until(lambda screen: screen.draft == bare(text) and not screen.dialog, ECHO_TIMEOUT):
            return self._uncertain(
                steps, "echo", "typed, but not seen alone in the input box, so Enter was not pressed"
            )
        sees = max(re.findall(r"[A-Za-z0-9 /=]+", text), key=len, default=None)
        pressed = await paste.press_enter(self._server, self._pane, command=self.command or None, sees=sees)
        self._step(steps, "enter", pressed.done, pressed.found)
        if not pressed.done:
            return Receipt("failed", how=f"typed, not submitted: {pressed.found}", uncertain=True, steps=steps)
        if not await self._until(lambda screen: screen.draft != bare(text), SUBMIT_TIMEOUT):
            return self._uncertain(steps, "submitted", "Enter was pressed, and it stands in the input box still")
        return Receipt("accepted", Evidence.ECHO, how="typed into its pane, echo seen, one Enter", steps=steps)

    async def interrupt(self) -> bool:
        """Stop what the program does; True: its screen says that it is idle. Raises TmuxError."""
        async with self._lock:
            return await self._stop()

    async def _stop(self) -> bool:
        """The key is pressed only while the screen says that it works: in a dialog it would be an answer."""
        if not self._rules.interrupt or (await self.screen()).state != State.WORKING:
            return (await self.screen()).state == State.IDLE
        for _ in range(2 if self._rules.interrupt_twice else 1):
            screen = await self.screen()
            if screen.state != State.WORKING:
                break
            key, sees = self._rules.interrupt, screen.sign_of_work
            pressed = await paste.press_key(self._server, self._pane, key, command=self.command or None, sees=sees)
            if not pressed.done:
                return False
        return await self._until(lambda screen: screen.state == State.IDLE, INTERRUPT_TIMEOUT)

    async def _submit(self, nonce: str, steps: list[Step]) -> Receipt:
        for count in range(1, ENTERS + 1):
            screen = await self.screen()
            if screen.dialog:
                how = f"typed, but a dialog opened ({screen.dialog}), so Enter was not pressed"
                return self._uncertain(steps, "enter", how)
            sees = FOLDED if screen.folded else fence(nonce).strip("[]") if screen.shows_end_of(nonce) else None
            typed = await paste.press_enter(self._server, self._pane, command=self.command or None, sees=sees)
            self._step(steps, "enter", typed.done, typed.found)
            if not typed.done:
                return Receipt("failed", how=f"typed, not submitted: {typed.found}", uncertain=True, steps=steps)
            if self._rules.input is None:
                # Where no rule shows the box, a second Enter could be the answer to anything.
                return Receipt("accepted", Evidence.ECHO, how="typed into its pane, echo seen, one Enter", steps=steps)
            if await self._until(lambda screen: screen.box(nonce) in {"empty", "other"}, SUBMIT_TIMEOUT):
                self._step(steps, "submitted", True)
                enters = "one Enter" if count == 1 else f"{count} Enters"
                how = f"typed into its pane, echo seen, {enters}"
                return Receipt("accepted", Evidence.ECHO, how=how, steps=steps)
            if (await self.screen()).box(nonce) not in {"holds", "folded"}:
                return self._uncertain(steps, "submitted", "Enter was pressed, and its input box is not seen since")
        return self._uncertain(steps, "submitted", f"typed and seen, but {ENTERS} Enters did not submit it")

    def _step(self, steps: list[Step], name: str, ok: bool, detail: str = "") -> None:
        steps.append(Step(name, self._clock(), ok, detail))

    def _uncertain(self, steps: list[Step], name: str, how: str) -> Receipt:
        self._step(steps, name, False, how)
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
