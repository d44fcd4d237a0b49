"""What a person or a program can be told went wrong: a stable code, what happened, and what to do."""

from __future__ import annotations

from relay_tui.core.codes import CODES


class RelayError(Exception):
    """Base of everything the relay raises on purpose. `code` never changes; `hint` says what to do: the table's own, if
    nothing better is known."""

    def __init__(self, code: str, message: str, hint: str = "") -> None:
        super().__init__(message)
        self.code = code
        self.message = message
        known = CODES.get(code)
        self.hint = hint or (known.hint if known is not None else "")

    def __str__(self) -> str:
        return f"{self.message} {self.hint}".strip()


class Refused(RelayError):
    """A command that was understood and not carried out. Nothing was written."""


class WorkspaceError(RelayError):
    """The workspace cannot be opened: locked, newer than this program, not a database, not readable."""
