"""When a session may be shown a message: its state against the message's mode, as a reason in words or none."""

from __future__ import annotations

from collections.abc import Collection

from relay_tui.core.model import Mode, State

URGENCY = (Mode.IMMEDIATE, Mode.NEXT_TOOL_CALL, Mode.NEXT_MESSAGE, Mode.ON_IDLE, Mode.MANUAL)
"""Most urgent first."""
_REASONS = {
    State.STARTING: "starting; goes when it is ready",
    State.WORKING: "working; goes when it is idle",
    State.WAITING: "waits for an answer; goes after it",
    State.BLOCKED: "blocked; goes when it is free again",
    State.EXITED: "exited; goes when it restarts",
    State.LOST: "lost; goes when it is back",
    State.UNKNOWN: "in a state no rule knows; needs a look",
}
_AT_REST = frozenset({State.IDLE, State.READY})
_WHILE_WORKING = frozenset({Mode.IMMEDIATE, Mode.NEXT_TOOL_CALL, Mode.NEXT_MESSAGE})
_CANNOT = {
    Mode.IMMEDIATE: "it cannot be interrupted",
    Mode.NEXT_TOOL_CALL: "it takes nothing in between two tool calls",
    Mode.NEXT_MESSAGE: "it takes nothing in while it works",
}


def urgency(mode: Mode) -> int:
    """0 is most urgent."""
    return URGENCY.index(mode)


def nearest(mode: Mode, offered: Collection[Mode]) -> Mode:
    """The mode itself, or the next gentler one that can be honoured; never one that disturbs more."""
    if mode == Mode.MANUAL:
        return mode
    return next((one for one in URGENCY[urgency(mode) : -1] if one in offered), Mode.ON_IDLE)


def not_yet(mode: Mode, state: State, offered: Collection[Mode]) -> str:
    """Why a message of this mode waits while the session is in this state; empty: it may go."""
    if mode == Mode.MANUAL:
        return "held until it is flushed"
    honoured = nearest(mode, offered)
    if state in _AT_REST or (state == State.WORKING and honoured in _WHILE_WORKING):
        return ""
    reason = _REASONS.get(state, f"{state.value}; goes when it is idle")
    return reason if state != State.WORKING else f"{reason}{instead(mode, honoured)}"


def instead(mode: Mode, honoured: Mode) -> str:
    """Why another boundary is taken than was asked for, to stand behind a sentence; empty: it is not."""
    return "" if honoured == mode or mode not in _CANNOT else f" ({_CANNOT[mode]})"
