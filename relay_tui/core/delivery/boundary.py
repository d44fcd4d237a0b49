"""When a session may be shown a message: its state against the message's mode, as a reason in words or none."""

from __future__ import annotations

from collections.abc import Collection

from relay_tui.core.model import Mode, State

_REASONS = {
    State.STARTING: "starting; goes when it is ready",
    State.WORKING: "working; goes when it is idle",
    State.WAITING: "waits for an answer; goes after it",
    State.BLOCKED: "blocked; goes when it is free again",
    State.EXITED: "exited; goes when it restarts",
    State.LOST: "lost; goes when it is back",
    State.UNKNOWN: "in a state no rule knows; needs a look",
}
_OPEN_TO: dict[Mode, Collection[State]] = {
    Mode.ON_IDLE: (State.IDLE, State.READY),
    Mode.NEXT_MESSAGE: (State.IDLE, State.READY),
    Mode.NEXT_TOOL_CALL: (State.IDLE, State.READY, State.WORKING),
    Mode.IMMEDIATE: (State.IDLE, State.READY, State.WORKING),
}


def nearest(mode: Mode, offered: Collection[Mode]) -> Mode:
    """The mode itself, or the gentlest that the session can honour in its place."""
    return mode if mode in offered or mode == Mode.MANUAL else Mode.ON_IDLE


def not_yet(mode: Mode, state: State, offered: Collection[Mode]) -> str:
    """Why a message of this mode waits while the session is in this state; empty: it may go."""
    if mode == Mode.MANUAL:
        return "held until it is flushed"
    if state in _OPEN_TO[nearest(mode, offered)]:
        return ""
    return _REASONS.get(state, f"{state.value}; goes when it is idle")
