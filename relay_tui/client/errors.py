"""What a caller of the relay can be told went wrong."""

from __future__ import annotations


class RelayClientError(Exception):
    """`code` is the wire's, or `unreachable` when no answer came; `hint` says what to do, or is empty."""

    def __init__(self, code: str, message: str, hint: str = "", *, status: int = 0) -> None:
        super().__init__(message)
        self.code = code
        self.message = message
        self.hint = hint
        self.status = status
        """HTTP status; 0: there was no answer."""

    def __str__(self) -> str:
        return f"{self.message} {self.hint}".strip()
