"""The `terminal` harness: any program in a pane of our own. State and proof come from its transcript where it writes
one, and otherwise from its screen, said to be inferred."""

from __future__ import annotations

import asyncio
import contextlib
import signal
import time
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from relay_tui.agents.harnesses import framing
from relay_tui.agents.harnesses.looking import Watcher
from relay_tui.agents.harnesses.spec import AgentSpec, ScreenRules
from relay_tui.agents.harnesses.taken import capabilities, proven_among
from relay_tui.agents.harnesses.typed import Typist
from relay_tui.agents.tmux.errors import TmuxError
from relay_tui.agents.tmux.foreground import SHELLS, Process, displaced, shell_in_front, standing
from relay_tui.agents.tmux.kept import Front, keep_front, kept_front
from relay_tui.agents.tmux.panes import PaneIdentity, PaneStatus
from relay_tui.agents.tmux.server import TmuxServer
from relay_tui.agents.tmux.watch import PaneChange
from relay_tui.agents.transcripts.terminal import TranscriptReader
from relay_tui.core.clock import Clock
from relay_tui.core.delivery.boundary import nearest
from relay_tui.core.model import Evidence, Json, Mode, State
from relay_tui.core.session import (
    Capabilities,
    DeliverableMessage,
    EventHandler,
    MessageContext,
    Proven,
    Receipt,
    Resolution,
    SessionEvent,
    StateChanged,
    TranscriptEntry,
    TranscriptGrew,
    Unblocked,
    Unsubscribe,
)

HARNESS = "terminal"
LOOK_EVERY = 1.0
"""Seconds between looks at the screen of a program that tells nothing by itself."""
TRANSCRIPT_LAG = 5.0
"""Seconds that a program may take to write down what it took. Before, its silence proves nothing."""
_GRACE = 3.0
_STATES: dict[str, State] = {
    "ready": State.READY,
    "idle": State.IDLE,
    "working": State.WORKING,
    "waiting": State.WAITING,
    "exited": State.EXITED,
}


class TerminalSession:
    """Implements `AgentSession` for one program in one pane."""

    harness = HARNESS

    def __init__(
        self,
        agent_id: str,
        generation: int,
        server: TmuxServer,
        pane: PaneIdentity,
        *,
        rules: ScreenRules,
        transcript: Path | None,
        clock: Clock,
        history_end: int = 0,
        one_line: bool = False,
        command: str = "",
        fetches: bool = False,
    ) -> None:
        """`history_end`: bytes of the transcript that earlier programs wrote; they say nothing of this one.
        `one_line`: a shell stands behind the program. `command`: name of the program in front, if that is known."""
        self.pane = pane
        self._history_end = history_end
        self._agent_id = agent_id
        self._generation = generation
        self._server = server
        self._rules = rules
        self._reader = TranscriptReader(transcript) if transcript else None
        self._one_line = one_line or rules.one_line
        self._capabilities = capabilities(rules, transcript=transcript is not None, fetches=fetches)
        self._typist = Typist(server, pane, rules, clock, command=command, absent=self.absent)
        self._handlers: list[EventHandler] = []
        self._state = StateChanged(State.STARTING, "pane")
        self._reading = asyncio.Lock()
        self._looking: asyncio.Task[None] | None = None
        self._forget: Unsubscribe | None = None
        self._front: Process | None = None
        """Its own program, once that is known: another one of the same name is told from it."""
        self._absent: dict[str, float] = {}
        """Since when (loop time) nothing is to be seen of an attempt, by nonce."""

    @property
    def agent_id(self) -> str:
        return self._agent_id

    @property
    def server(self) -> TmuxServer:
        """The tmux server that its pane is on."""
        return self._server

    @property
    def generation(self) -> int:
        return self._generation

    @property
    def capabilities(self) -> Capabilities:
        return self._capabilities

    @property
    def state(self) -> StateChanged:
        return self._state

    async def begin(self) -> None:
        """Read where the program stands now, then follow it."""
        self._forget = self._server.on_change(self._pane_changed)
        status = await self._server.status(self.pane)
        await self._remember_command()
        if self._reader is not None:
            await self.transcript_changed()
        if status.state != "alive":
            self._ended(status)
        elif self._reader is None:
            self._looking = asyncio.create_task(self._look(), name=f"screen-{self._agent_id}")

    def absent(self) -> str:
        """Why its program is not the one in front of its pane; empty: it is, as far as can be told from here.

        The name of a program that was learnt is compared by tmux. A shell's is never learnt.
        """
        if self._front is not None and (other := displaced(self._front, self.pane.pane_pid)):
            return f"{other} is in the foreground of its pane, and {self._typist.command} behind it"
        shell = "" if self._typist.command else shell_in_front(self.pane.pane_pid)
        return f"{shell} is in the foreground of its pane, a shell that would run what is typed" if shell else ""

    async def end(self) -> None:
        """Stop following; the program goes on."""
        if self._forget is not None:
            self._forget()
            self._forget = None
        if self._looking is not None:
            self._looking.cancel()
            with contextlib.suppress(asyncio.CancelledError):
                await self._looking

    # What the engine asks

    def transcript_offset(self) -> int:
        return self._reader.offset if self._reader else 0

    def recent_transcript(self, limit: int = 200) -> Sequence[TranscriptEntry]:
        return list(self._reader.recent)[-limit:] if self._reader else []

    async def blocked(self, mode: Mode) -> str:
        return await self._typist.blocked(nearest(mode, self.capabilities.boundaries))

    async def receive_message(self, message: DeliverableMessage, ctx: MessageContext) -> Receipt:
        text = framing.frame(message, ctx, one_line=self._one_line)
        return await self._typist.type(text, ctx.nonce, ctx.mode)

    async def receive_digest(self, messages: Sequence[tuple[DeliverableMessage, MessageContext]]) -> Receipt:
        ctx = messages[0][1]
        text = framing.digest(messages, one_line=self._one_line)
        return await self._typist.type(text, framing.outer_key(ctx.nonce), ctx.mode)

    async def search(self, attempts: Sequence[MessageContext]) -> frozenset[str]:
        if self._reader is None or not attempts:
            return frozenset()
        return await asyncio.to_thread(proven_among, self._reader.path, attempts)

    async def resolve(self, ctx: MessageContext) -> Resolution:
        if self._reader is not None:
            if await self.search([ctx]):
                return Resolution.DELIVERED
            if ctx.generation != self._generation:
                return Resolution.ABSENT
        elif ctx.generation != self._generation:
            return Resolution.UNKNOWN
        return await self._resolve_on_screen(ctx)

    async def _resolve_on_screen(self, ctx: MessageContext) -> Resolution:
        """The same program, and no sign of it in the transcript: the input box and the pane's history decide."""
        try:
            trace = await self._typist.trace(framing.outer_key(ctx.nonce))
        except TmuxError:
            return Resolution.UNKNOWN
        if trace != "absent":
            self._absent.pop(ctx.nonce, None)
        if trace in {"submitted", "taken"}:
            return Resolution.PENDING
        if ctx.accepted and not (trace in {"standing", "joined"} or (trace == "absent" and self._rules.shows_input)):
            return Resolution.PENDING
        if trace != "absent" or self._reader is None or self._state.state not in {State.IDLE, State.READY}:
            return Resolution.UNKNOWN
        loop = asyncio.get_running_loop()
        since = self._absent.setdefault(ctx.nonce, loop.time())
        if (left := TRANSCRIPT_LAG - (loop.time() - since)) > 0:
            loop.call_later(left + 0.1, lambda: self._emit(Unblocked()))
            return Resolution.LOOKING
        # What was written while we looked at the screen counts as well.
        return Resolution.DELIVERED if await self.search([ctx]) else Resolution.ABSENT

    def on_event(self, handler: EventHandler) -> Unsubscribe:
        self._handlers.append(handler)
        return lambda: self._handlers.remove(handler)

    async def interrupt(self) -> bool:
        """Press the key that stops what the program does; True once its screen says that it is idle."""
        try:
            return await self._typist.interrupt()
        except TmuxError:
            return False

    async def own_command(self, text: str) -> Receipt:
        """See `Typist.own_command`."""
        return await self._typist.own_command(text)

    async def release(self, reason: str = "") -> None:
        """End the program, each rung confirmed by its death: TERM, then KILL. Its screen stays until `kill`."""
        if self._server.link.ended:
            return  # its programs ended with it
        for rung in (signal.SIGTERM, signal.SIGKILL):
            if not await self._server.signal(self.pane, rung):
                return
            if (await self._server.wait_ended(self.pane, timeout=_GRACE)).state != "alive":
                return

    # What the program tells

    async def transcript_changed(self) -> None:
        """The transcript may have grown: read on, and tell what is new."""
        if self._reader is None:
            return
        async with self._reading:
            if entries := await asyncio.to_thread(self._reader.read):
                # Told under the lock: of two that read, the one with the newer entries must not be heard first.
                await self._tell(entries)

    async def _tell(self, entries: Sequence[TranscriptEntry]) -> None:
        for entry in entries:
            if entry.end_offset <= self._history_end:
                continue
            if entry.kind == "status" and entry.role == "system":
                await self._said(entry)
            elif entry.kind == "got" and entry.role == "user":
                how = f"transcript, entry {entry.n}"
                for framed in framing.messages_in(entry.text):
                    self._emit(Proven(Evidence.TRANSCRIPT, how, framed.nonce, message_id=framed.message_id))
        self._emit(TranscriptGrew(entries))

    async def _said(self, entry: TranscriptEntry) -> None:
        state = _STATES.get(str(entry.detail.get("state", "")))
        if state is None or state == State.EXITED:
            return  # the pane says it with the exit status
        if state in {State.IDLE, State.READY}:
            await self._learn_command()
        detail = str(entry.detail.get("detail", entry.text)) if state == State.WAITING else ""
        self._change(StateChanged(state, "transcript", detail=detail))

    async def _learn_command(self) -> None:
        """What runs in the foreground while the program takes input is the program; a shell is never learnt."""
        if self._typist.command:
            return
        with contextlib.suppress(TmuxError):
            found = (await self._server.status(self.pane)).command
            if found and found not in SHELLS:
                stands = standing(self.pane.pane_pid)
                self._learn(front := Front(found, stands.front if stands else None))
                if self._server.own:
                    await keep_front(self._server, self.pane, front)

    async def _remember_command(self) -> None:
        """What an earlier relay learnt: what is in the foreground when it comes back may be a pager or an editor."""
        if not self._typist.command and self._server.own:
            with contextlib.suppress(TmuxError):
                if (front := await kept_front(self._server, self.pane)) is not None:
                    self._learn(front)

    def _learn(self, front: Front) -> None:
        self._typist.command, self._front = front.command, front.process

    def _pane_changed(self, change: PaneChange) -> None:
        if change.kind == "server_gone":
            self._change(StateChanged(State.LOST, "tmux", detail="its tmux server is gone"))
        elif change.pane_id != self.pane.pane_id:
            return
        elif change.kind == "gone":
            self._change(StateChanged(State.LOST, "pane", detail="its pane is gone"))
        elif change.status is not None and change.status.state == "dead":
            self._ended(change.status)
        else:
            self._emit(Unblocked())

    def _ended(self, status: PaneStatus) -> None:
        if status.state == "gone":
            self._change(StateChanged(State.LOST, "pane", detail="its pane is gone"))
        elif status.exit_known:
            how = f"signal {status.exit_signal}" if status.exit_signal else f"exit {status.exit_code}"
            self._change(StateChanged(State.EXITED, "pane", detail=how))

    async def _look(self) -> None:
        """Infer the state of a program that tells nothing: by its rules, else by whether its screen moves."""
        watcher = Watcher(self._rules)
        loop = asyncio.get_running_loop()
        while True:
            with contextlib.suppress(TmuxError):
                if reason := self.absent():
                    # What is on the screen now is somebody else's.
                    self._change(StateChanged(State.BLOCKED, "pane", detail=reason))
                else:
                    await self._look_once(watcher)
            # All sessions look at the same moments, so that they ask together; never twice in short order.
            pause = LOOK_EVERY - loop.time() % LOOK_EVERY
            await asyncio.sleep(pause if pause > LOOK_EVERY / 2 else pause + LOOK_EVERY)

    async def _look_once(self, watcher: Watcher) -> None:
        stamp, now = await self._server.stamps.of(self.pane.pane_id), time.time()
        if watcher.look(stamp):
            watcher.saw(await self._typist.screen(), now)
        if watcher.state == State.IDLE:
            await self._learn_command()
        if watcher.state != State.WORKING or self._state.state != State.STARTING:
            detail = watcher.dialog if watcher.state == State.WAITING else ""
            self._change(StateChanged(watcher.state, "screen", exact=False, detail=detail))

    def _change(self, said: StateChanged) -> None:
        if said != self._state and self._state.state not in {State.EXITED, State.LOST}:
            self._state = said
            self._emit(said)

    def _emit(self, event: SessionEvent) -> None:
        for handler in tuple(self._handlers):
            handler(event)


def address(spec: AgentSpec, pane: PaneIdentity, history_end: int) -> Json:
    """What the log keeps, so that a restarted relay finds the program again and can start it anew."""
    return {
        "pane": pane.to_json(),
        "cwd": str(spec.cwd),
        "spec": spec.model_dump(mode="json", exclude={"env"}),
        "history_end": history_end,
    }


def pane_of(found: Json) -> PaneIdentity | None:
    """The pane in an address, or None when there is none that can be read."""
    pane: Any = found.get("pane")
    try:
        return PaneIdentity.from_json(pane)
    except (KeyError, TypeError, ValueError):
        return None
