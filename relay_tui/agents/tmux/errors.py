"""What can go wrong with tmux, one class per thing that a caller does differently."""

from __future__ import annotations


class TmuxError(Exception):
    """Any failure of tmux: a sentence, and in `hint` what to do about it (empty when there is nothing)."""

    def __init__(self, message: str, *, hint: str = "") -> None:
        super().__init__(message)
        self.hint = hint


class TmuxMissing(TmuxError):
    """No tmux on this machine, or one too old to be driven."""


class TmuxGone(TmuxError):
    """The tmux server, or the connection that a call was waiting on, ended. Whether the call was done is not known."""


class TmuxTimeout(TmuxError):
    """tmux did not answer in time. Whether the call was done is not known."""


class CommandFailed(TmuxError):
    """tmux refused a command; nothing was done. The message is tmux's own."""


class StalePane(TmuxError):
    """A handle of a pane that is no more: its server was replaced, or its process is another one."""


class LaunchFailed(TmuxError):
    """The program could not be started in a window; no window of it is left."""


class UnsafeText(TmuxError, ValueError):
    """Text that must not be typed: it holds control characters besides newline and tab, or nothing at all."""


class AgentNotReady(TmuxError):
    """The agent does not take text now, so nothing was typed; the message says what was seen instead."""
