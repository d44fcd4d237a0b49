"""Panes that tell when they change: what was last seen of each, compared whenever tmux hints at a change."""

from __future__ import annotations

import asyncio
import contextlib
import logging
import os
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass
from typing import Literal

from relay_tui.agents.tmux.errors import TmuxError
from relay_tui.agents.tmux.panes import PaneStatus

log = logging.getLogger(__name__)

_REAP = (0.02, 0.2)
"""Seconds after a program's end at which tmux is asked: it takes a moment to notice, and a moment more when busy."""


@dataclass(frozen=True, slots=True)
class PaneChange:
    """One thing that changed. Told on the event loop, after the fact, in order."""

    kind: Literal["status", "gone", "server_gone"]
    pane_id: str = ""
    """Empty for `server_gone`."""
    status: PaneStatus | None = None
    """As it is now; None when the pane or the server is gone."""
    before: PaneStatus | None = None
    """As it was last told; None for a pane seen for the first time."""
    reason: str = ""
    """Why the server is gone."""


ChangeHandler = Callable[[PaneChange], None]


class PaneWatch:
    """Reads all panes at once when poked, tells the differences, and is poked by the end of each pane's program."""

    def __init__(self, read: Callable[[], Awaitable[Mapping[str, PaneStatus]]]) -> None:
        self._read = read
        self._handlers: list[ChangeHandler] = []
        self._last: Mapping[str, PaneStatus] = {}
        self._ends: dict[str, int] = {}
        self._task: asyncio.Task[None] | None = None
        self._again = False
        self._closed = False

    @property
    def last(self) -> Mapping[str, PaneStatus]:
        """What was last told, by pane id. Cursor and scrollback in it are as old as the last other change."""
        return self._last

    def on_change(self, handler: ChangeHandler) -> Callable[[], None]:
        """Call `handler` for every change from now on; return what ends that."""
        self._handlers.append(handler)

        def forget() -> None:
            with contextlib.suppress(ValueError):
                self._handlers.remove(handler)

        return forget

    def poke(self) -> None:
        """Something may have changed. Many pokes at once cost one or two reads."""
        if self._closed:
            return
        if self._task is None or self._task.done():
            self._task = asyncio.create_task(self._refresh(), name="tmux-watch")
        else:
            self._again = True

    async def settle(self) -> None:
        """Wait until what was poked so far has been told."""
        while self._task is not None and not self._task.done():
            await asyncio.shield(self._task)

    def server_gone(self, reason: str) -> None:
        """Tell that all is lost."""
        self._forget_ends()
        self._last = {}
        self._tell(PaneChange("server_gone", reason=reason))

    async def close(self) -> None:
        """Tell nothing more."""
        self._closed = True
        self._handlers.clear()
        self._forget_ends()
        if self._task is not None:
            self._task.cancel()
            with contextlib.suppress(asyncio.CancelledError):
                await self._task

    async def _refresh(self) -> None:
        while not self._closed:
            self._again = False
            try:
                now = await self._read()
            except TmuxError as error:
                # A lost server is told by the link, which knows whether it is lost.
                log.debug("panes could not be read: %s", error)
                return
            before, self._last = self._last, now
            self._follow_ends(now)
            for change in _changes(before, now):
                self._tell(change)
            if not self._again:
                return

    def _tell(self, change: PaneChange) -> None:
        for handler in list(self._handlers):
            try:
                handler(change)
            except Exception:
                log.exception("a handler of pane changes failed on %s %s", change.kind, change.pane_id)

    def _follow_ends(self, now: Mapping[str, PaneStatus]) -> None:
        """Hold a pidfd per living pane: its program's end is told at once, not with tmux's next tick of a second."""
        for pane_id in self._ends.keys() - {p for p, s in now.items() if s.state == "alive"}:
            self._drop_end(pane_id)
        if not hasattr(os, "pidfd_open"):
            return
        loop = asyncio.get_running_loop()
        for pane_id, status in now.items():
            if status.state == "alive" and pane_id not in self._ends:
                try:
                    fd = os.pidfd_open(status.pane_pid)
                except OSError:
                    continue
                self._ends[pane_id] = fd
                loop.add_reader(fd, self._ended, pane_id)

    def _ended(self, pane_id: str) -> None:
        loop = asyncio.get_running_loop()
        if pane_id in self._ends:
            # Stays readable for ever, so it is not listened to twice; it is closed once tmux agrees.
            loop.remove_reader(self._ends[pane_id])
        for delay in _REAP:
            loop.call_later(delay, self.poke)

    def _drop_end(self, pane_id: str) -> None:
        fd = self._ends.pop(pane_id)
        with contextlib.suppress(RuntimeError):
            asyncio.get_running_loop().remove_reader(fd)
        os.close(fd)

    def _forget_ends(self) -> None:
        for pane_id in list(self._ends):
            self._drop_end(pane_id)


def _changes(before: Mapping[str, PaneStatus], now: Mapping[str, PaneStatus]) -> list[PaneChange]:
    changed = [
        PaneChange("status", pane_id, status, before.get(pane_id))
        for pane_id, status in now.items()
        if status != before.get(pane_id)
    ]
    gone = [PaneChange("gone", pane_id, before=status) for pane_id, status in before.items() if pane_id not in now]
    return changed + gone
