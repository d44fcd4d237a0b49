"""The program: keys to inputs, inputs to turns, turns to a transcript and a screen."""

from __future__ import annotations

import asyncio
import os
import signal
import time
import traceback
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path

from relay_tui.demo.faults import RECORD_ENV, Faults
from relay_tui.demo.program import draw
from relay_tui.demo.program.brain import Brain, BrainIO
from relay_tui.demo.program.face import Face
from relay_tui.demo.program.keys import Event, Key, KeyDecoder, Text
from relay_tui.demo.program.mischief import LateJournal, Mischief, Record
from relay_tui.demo.program.screen import Live
from relay_tui.demo.program.terminal import Terminal
from relay_tui.demo.program.transcript import Entry, Journal, State, TranscriptFile
from relay_tui.demo.program.turns import Act, Turn, Turns

ESCAPE_SECONDS = 0.1
"""How long a lone escape waits for the rest of a sequence before it counts as the key."""
GRACE_SECONDS = 2.0
"""How long a brain may take to end when the program leaves."""

_FOOT = {
    "ready": "ready",
    "idle": "idle · enter sends · ctrl+j new line · ctrl+d leaves",
    "waiting": "waiting · enter takes the marked · esc rejects",
    "exited": "exited",
}


class TerminalProgram:
    """A small agent program on the terminal of this process. One `run` per object."""

    def __init__(
        self,
        name: str,
        *,
        banner: str = "",
        transcript: Path | None = None,
        pty_log: Path | None = None,
        pace: float = 1.0,
        faults: Faults | None = None,
        record: Path | None = None,
        steers: bool = False,
    ) -> None:
        """`pace`: real seconds per second of work. `pty_log`: every byte read, as it came. `record`: what was
        submitted, at once; what no fault touches. `steers`: what is submitted while it works is taken in after its
        next tool call, not after its turn."""
        self.name = name
        self.io = BrainIO(self, name, pace)
        self._banner = banner or name
        self._transcript_path = transcript
        self._pty_log = pty_log
        self._faults = faults
        self._steers = steers
        self._record_file = Record(record)
        self._record_file.write("started", name)
        self._mischief = Mischief(faults, self, self._record_file) if faults else None
        self._transcript: Journal = TranscriptFile(None)
        self._decoder = KeyDecoder()
        self.draft = ""
        self._hint = ""
        self._turns = Turns()
        self._busy = 0
        self._busy_since = 0.0
        self._state: State | None = None
        self._started = False
        self._dialog: draw.Dialog | None = None
        self._answer: asyncio.Future[int | None] | None = None
        self._dialog_turn = asyncio.Lock()
        self._escape: asyncio.TimerHandle | None = None

    @classmethod
    def from_environment(cls, name: str, *, banner: str = "", env: Mapping[str, str] = os.environ) -> TerminalProgram:
        """With `RELAY_TRANSCRIPT` and `RELAY_PTY_LOG` (paths), `RELAY_PACE` (a factor), `RELAY_STEERS` (anything) and
        those of `demo.faults`, all optional."""
        transcript, pty_log, record = env.get("RELAY_TRANSCRIPT"), env.get("RELAY_PTY_LOG"), env.get(RECORD_ENV)
        return cls(
            name,
            banner=banner,
            transcript=Path(transcript) if transcript else None,
            pty_log=Path(pty_log) if pty_log else None,
            pace=float(env.get("RELAY_PACE") or 1.0),
            faults=Faults.from_environment(name, env),
            record=Path(record) if record else None,
            steers=bool(env.get("RELAY_STEERS")),
        )

    async def run(self, brain: Brain) -> int:
        """Run until the input ends, ctrl+d, SIGTERM or SIGHUP; the exit code. `NotATerminal` without one."""
        self._brain = brain
        self._loop = asyncio.get_running_loop()
        self._leaving: asyncio.Future[tuple[int, str]] = self._loop.create_future()
        self._terminal = Terminal.open(self._pty_log)
        self._face = Face(self._terminal, self._live, self._next_tick)
        ended = (1, "error")
        try:
            self._transcript = TranscriptFile(self._transcript_path)
            if self._faults is not None:
                self._transcript = LateJournal(self._transcript, self._faults)
            with self._listening():
                self._face.add(Entry("system", "text", self._banner))
                self._face.paint()
                self._settle()
                ended = await self._until_left()
        finally:
            try:
                self._state = "exited"
                self._record_state({"code": ended[0], "reason": ended[1]})
                self._transcript.close()
            finally:
                self._face.leave(f"exited: {ended[1]}")
                self._terminal.close()
        return ended[0]

    async def _until_left(self) -> tuple[int, str]:
        """Drive the turns until the program is to leave; the exit code and why."""
        if self._mischief:
            self._mischief.start()
        drive = asyncio.ensure_future(self._drive())
        drive.add_done_callback(lambda _: self._leave(1, "error"))
        code, reason = await self._leaving
        if self._mischief:
            await self._mischief.close()
        drive.cancel()
        done, _ = await asyncio.wait({drive}, timeout=GRACE_SECONDS)
        for task in done:
            if not task.cancelled():
                task.result()  # raises what ended it: a fault of ours, such as a full disk
        return code, reason

    @contextmanager
    def _listening(self) -> Iterator[None]:
        loop, fd = self._loop, self._terminal.input_fd
        loop.add_reader(fd, self._readable)
        loop.add_signal_handler(signal.SIGWINCH, self._face.redraw)
        for number in (signal.SIGTERM, signal.SIGHUP, signal.SIGINT):
            loop.add_signal_handler(number, self._leave, 0, number.name)
        try:
            yield
        finally:
            loop.remove_reader(fd)
            if self._escape:
                self._escape.cancel()
            for number in (signal.SIGWINCH, signal.SIGTERM, signal.SIGHUP, signal.SIGINT):
                loop.remove_signal_handler(number)

    def _leave(self, code: int, reason: str) -> None:
        if not self._leaving.done():
            self._leaving.set_result((code, reason))

    # Turns

    async def _drive(self) -> None:
        await self._run_turn(lambda: self._brain.on_start(self.io))
        self._started = True
        while True:
            if not self._turns.waiting:
                self._settle()
                await self._turns.wait()
            with self.working():
                while turn := self._turns.take():
                    if turn.text is not None and not turn.absorbed:
                        self.record(Entry("user", "got", turn.text, {"queued": turn.waited}))
                    await self._run_turn(turn.act)

    async def _run_turn(self, act: Act) -> None:
        try:
            if not await self._turns.run(act):
                self.record(Entry("system", "text", "interrupted", {"interrupted": True}))
        except Exception as error:  # a brain's fault must not take the terminal down; the transcript is the log
            detail = {"error": type(error).__name__, "traceback": traceback.format_exc()}
            self.record(Entry("system", "text", f"error: {error!r}", detail))

    def _submit(self) -> None:
        text, self.draft = self.draft, ""
        if text:
            self._record_file.write("submitted", text)
            turn = Turn(lambda: self._brain.on_input(self.io, text), text, waited=self._state != "idle")
            self._turns.add(turn)

    def begin(self, act: Act) -> None:
        """Run `act` as a turn once what waits is done."""
        self._turns.add(Turn(act))

    # States

    @contextmanager
    def working(self) -> Iterator[None]:
        """Be busy within; may be nested and entered from several tasks."""
        if not self._busy:
            self._busy_since = time.monotonic()
        self._busy += 1
        self._settle()
        try:
            yield
        finally:
            self._busy -= 1
            self._settle()

    def _settle(self) -> None:
        """Enter the state that follows from what is going on, and record it if it is another."""
        state: State = "idle" if self._started else "ready"
        if self._busy:
            state = "working"
        if self._dialog:
            state = "waiting"
        if state != self._state and self._state != "exited":
            self._state = state
            self._record_state({})
            self._face.touch()

    def _record_state(self, detail: dict[str, object]) -> None:
        assert self._state is not None
        self._transcript.append(Entry("system", "status", self._state, {"state": self._state, **detail}))

    def record(self, entry: Entry) -> None:
        """Write an entry to the transcript, then draw it. A program that steers takes in what waits after each tool."""
        self._transcript.append(entry)
        self._face.add(entry)
        for text in self._turns.absorb() if self._steers and entry.role == "tool" else ():
            self.record(Entry("user", "got", text, {"queued": True}))

    async def show_dialog(self, title: str, options: Sequence[str]) -> int | None:
        """Take every key until a choice is made: its index, or None for Esc."""
        async with self._dialog_turn:
            self.record(Entry("assistant", "asks", title, {"dialog": True, "options": list(options)}))
            self._answer = self._loop.create_future()
            self._dialog = draw.Dialog(title, options)
            self._settle()
            try:
                choice = await self._answer
            finally:
                self._dialog = self._answer = None
                self._settle()
            chosen = "rejected" if choice is None else options[choice]
            self.record(Entry("system", "text", f"answered: {chosen}", {"choice": choice, "title": title}))
            return choice

    def dismiss_dialog(self) -> None:
        """The question goes by itself, unanswered."""
        if self._answer and not self._answer.done():
            self._answer.set_result(None)

    @contextmanager
    def away(self) -> Iterator[None]:
        """The terminal belongs to somebody else within; nothing of ours is read or drawn."""
        self._loop.remove_reader(self._terminal.input_fd)
        self._face.hide(True)
        try:
            yield
        finally:
            self._terminal.take_back()
            self._loop.add_reader(self._terminal.input_fd, self._readable)
            self._face.hide(False)

    def emit(self, text: str) -> None:
        self._terminal.write(text)

    # Keys

    def _readable(self) -> None:
        data = self._terminal.read()
        if not data:
            self._leave(0, "end of input")
            return
        if self._escape:
            self._escape.cancel()
            self._escape = None
        self._take(self._decoder.feed(data))
        if self._decoder.waits_after_escape:
            self._escape = self._loop.call_later(ESCAPE_SECONDS, lambda: self._take(self._decoder.flush()))

    def _take(self, events: list[Event]) -> None:
        for event in events:
            if self._mischief:
                self._mischief.take(event)
            else:
                self.handle(event)
        self.refresh()

    def handle(self, event: Event) -> None:
        """Take one event as it was typed."""
        if self._dialog:
            self._answer_with(self._dialog, event)
        elif isinstance(event, Key):
            self._press(event.name)
        else:
            self._hint = ""
            self.draft += event.text

    def refresh(self) -> None:
        """Draw once this round of the loop is over."""
        self._face.touch()

    def _answer_with(self, asked: draw.Dialog, event: Event) -> None:
        choice: int | None = None
        match event:
            case Key("up" | "down" as way):
                asked.marked = (asked.marked + (1 if way == "down" else -1)) % len(asked.options)
                return
            case Key("enter"):
                choice = asked.marked
            case Text(text) if len(text) == 1 and text in "123456789"[: len(asked.options)]:
                choice = int(text) - 1
            case Key("escape" | "ctrl+c"):
                choice = None
            case _:
                return
        if self._answer and not self._answer.done():
            self._answer.set_result(choice)

    def _press(self, name: str) -> None:
        hint, self._hint = self._hint, ""
        match name:
            case "enter":
                self._submit()
            case "newline":
                self.draft += "\n"
            case "backspace":
                self.draft = self.draft[:-1]
            case "ctrl+u":
                self.draft = ""
            case "ctrl+w":
                self.draft = self.draft.rstrip().rpartition(" ")[0]
            case "ctrl+l":
                self._face.redraw()
            case "ctrl+d" if not self.draft:
                self._leave(0, "ctrl+d")
            case "escape":
                self._turns.interrupt()
            case "ctrl+c" if self.draft:
                self.draft = ""
            case "ctrl+c" if not self._turns.interrupt():
                if hint:
                    self._leave(0, "ctrl+c")
                self._hint = "ctrl+c again leaves"
            case _:
                pass

    # Drawing

    def _live(self, columns: int) -> Live:
        if self._dialog:
            return draw.dialog(self._dialog, _FOOT["waiting"], columns)
        return draw.composer(self.draft, self._turns.queued, self._foot(), self.name, columns)

    def _foot(self) -> str:
        if self._state != "working":
            return f"idle · {self._hint}" if self._hint else _FOOT[self._state or "ready"]
        queued = len(self._turns.queued)
        seconds = int(time.monotonic() - self._busy_since)
        return f"working {seconds}s · esc to interrupt" + (f" · {queued} queued" if queued else "")

    def _next_tick(self) -> float | None:
        """Seconds until the footer counts one more; None while it counts nothing."""
        if self._state != "working":
            return None
        return 1.001 - (time.monotonic() - self._busy_since) % 1
