"""The mechanics of safe typing; when to type is decided elsewhere.

Each act re-checks the pane inside the same tmux command that performs it, so nothing can change between the check and
the act: the server is the same one, the pane's program is the same process and lives (on 3.3a a paste into a dead pane
ends the server and every agent), the pane is not in copy mode (which swallows keys and loses the brackets of a paste),
and, when asked, the foreground process has the expected name.
"""

from __future__ import annotations

import contextlib
import itertools
import os
import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

from relay_tui.agents.tmux.errors import TmuxError, UnsafeText
from relay_tui.agents.tmux.panes import PaneIdentity
from relay_tui.agents.tmux.wire import command_line

if TYPE_CHECKING:
    from relay_tui.agents.tmux.server import TmuxServer

Guard = Literal["gone", "stale", "dead", "in_mode", "other_process", "other_command", "unseen"]
"""`gone`: no such pane. `stale`: the server is another one. The others name what was found in the pane."""


@dataclass(frozen=True, slots=True)
class Typed:
    """What became of one act of typing. `guard` is None when tmux did it; that tmux did it proves nothing more."""

    guard: Guard | None = None
    found: str = ""
    """What the guard saw, for a person to read."""

    @property
    def done(self) -> bool:
        """Whether tmux carried it out."""
        return self.guard is None


_CONTROL = re.compile("[\x00-\x08\x0b-\x1f\x7f-\x9f\ud800-\udfff]")
_KEY = re.compile(
    r"(?:[CMS]-){0,3}(?:[!-~]|Enter|Escape|Tab|BTab|BSpace|Space|Up|Down|Left|Right|Home|End|PPage|NPage|PageUp|"
    r"PageDown|IC|DC|Insert|Delete|F(?:[1-9]|1[0-2]))\Z"
)
_buffers = itertools.count(1)


async def paste(server: TmuxServer, identity: PaneIdentity, text: str, *, command: str | None = None) -> Typed:
    """Paste `text` in brackets, without Enter. `command`: the name that the foreground process must have.

    Raises UnsafeText when `text` is empty or holds a control character other than newline and tab, and TmuxGone or
    TmuxTimeout when it is not known whether tmux did it.
    """
    check_text(text)
    buffer = f"relay-{os.getpid()}-{next(_buffers)}"
    if stale := _other_server(server, identity):
        return stale
    await server.link.load_buffer(buffer, text)
    # `-p` brackets it, `-r` keeps newlines as newlines: where brackets are lost, a CR would submit.
    act = ("paste-buffer", "-p", "-r", "-d", "-b", buffer, "-t", identity.pane_id)
    typed = Typed("gone")
    try:
        typed = await guarded(server, identity, act, command=command)
    finally:
        if not typed.done:
            with contextlib.suppress(TmuxError):
                await server.link.run("delete-buffer", "-b", buffer)
    return typed


async def press_enter(
    server: TmuxServer, identity: PaneIdentity, *, command: str | None = None, sees: str | None = None
) -> Typed:
    """Press Enter, as a key and a command of its own; with `sees` only while a row of the screen holds that text."""
    return await press_key(server, identity, "Enter", command=command, sees=sees)


async def press_key(
    server: TmuxServer, identity: PaneIdentity, key: str, *, command: str | None = None, sees: str | None = None
) -> Typed:
    """Press one key by tmux's name for it: `Escape`, `C-c`, `Up`, `y`. Raises UnsafeText for what is not a key."""
    if not _KEY.match(key):
        raise UnsafeText(f"{key!r} is not the name of a key")
    act = ("send-keys", "-t", identity.pane_id, "--", key)
    return await guarded(server, identity, act, command=command, sees=sees)


async def leave_mode(server: TmuxServer, identity: PaneIdentity) -> Typed:
    """Leave copy mode, or whatever mode the pane is in."""
    act = ("send-keys", "-t", identity.pane_id, "-X", "cancel")
    return await guarded(server, identity, act, allow_mode=True)


async def guarded(
    server: TmuxServer,
    identity: PaneIdentity,
    act: tuple[str, ...],
    *,
    command: str | None = None,
    sees: str | None = None,
    allow_mode: bool = False,
    allow_dead: bool = False,
) -> Typed:
    """Carry out one tmux command if the pane is still what it should be, checked by tmux itself in the same step.

    `sees`: letters, digits, spaces, `/`, `=` that a row of the visible screen must hold.
    """
    if sees is not None and not re.fullmatch(r"[A-Za-z0-9 /=]+", sees):
        raise UnsafeText(f"{sees!r} cannot be looked for on a screen")
    if stale := _other_server(server, identity):
        return stale
    wanted = {"pid": str(identity.server_pid), "start_time": str(identity.server_start)}
    wanted["pane_pid"] = str(identity.pane_pid)
    if not allow_dead:
        wanted["pane_dead"] = "0"
    if not allow_mode:
        wanted["pane_in_mode"] = "0"
    if command is not None:
        wanted["pane_current_command"] = command
    facts = "#{pid} #{start_time} #{pane_pid}|#{pane_dead}|#{pane_in_mode}|#{pane_current_command}"
    refuse = command_line("display-message", "-p", "-t", identity.pane_id, facts)
    answer = await server.link.run(
        "if-shell", "-F", "-t", identity.pane_id, _all_equal(wanted, sees), command_line(*act), refuse, replies=2
    )
    return _refusal(identity, answer[0], command, sees) if answer else Typed()


def check_text(text: str) -> None:
    """Raise UnsafeText unless `text` may be typed: at least one character, none of control but newline and tab."""
    if not text:
        raise UnsafeText("there is nothing to type")
    if found := _CONTROL.search(text):
        raise UnsafeText(f"U+{ord(found.group()):04X} at {found.start()} must not be typed into a terminal")


def _other_server(server: TmuxServer, identity: PaneIdentity) -> Typed | None:
    if server.owns(identity):
        return None
    return Typed("stale", f"the pane belonged to tmux server {identity.server_pid} on {identity.socket}")


def _all_equal(wanted: dict[str, str], sees: str | None) -> str:
    """A tmux format that is 1 when every variable has its value, and the screen what is to be seen."""
    condition = f"#{{!=:#{{C:{sees}}},0}}" if sees is not None else "1"
    for name, value in wanted.items():
        condition = f"#{{&&:#{{==:#{{{name}}},{_literal(value)}}},{condition}}}"
    return condition


def _literal(text: str) -> str:
    """`text` as it stands, inside a tmux format."""
    return re.sub(r"[#,}]", r"#\g<0>", text)


def _refusal(identity: PaneIdentity, facts: str, command: str | None, sees: str | None) -> Typed:
    who, dead, in_mode, running = (*facts.split("|", 3), "", "", "")[:4]
    if who.rstrip() == f"{identity.server_pid} {identity.server_start}":
        return Typed("gone", f"there is no pane {identity.pane_id}")
    if not who.startswith(f"{identity.server_pid} {identity.server_start} "):
        return Typed("stale", "the tmux server was replaced by another one")
    if who.rpartition(" ")[2] != str(identity.pane_pid):
        return Typed("other_process", f"the pane runs process {who.rpartition(' ')[2]}, not {identity.pane_pid}")
    if dead == "1":
        return Typed("dead", "the program in the pane has ended")
    if in_mode not in ("", "0"):
        return Typed("in_mode", "the pane is in copy mode")
    if command is not None and running != command:
        return Typed("other_command", f"{running or 'nothing'} is in the foreground, not {command}")
    if sees is not None:
        return Typed("unseen", f"{sees} is not on its screen any more")
    # The moment passed: it was refused, but what was read right after looks fine. Trying again is safe.
    return Typed("in_mode", "the pane was busy with another mode for a moment")
