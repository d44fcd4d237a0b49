"""Whether there is a terminal to draw on."""

from __future__ import annotations

import sys

from relay_tui.core.errors import RelayError


def require_terminal(instead: str) -> None:
    """Raises `RelayError` (no_terminal) unless a person can see and type here; `instead`: what works without."""
    # The screen reads standard input and draws on standard error, whatever standard output is.
    for stream, name in ((sys.__stdin__, "input"), (sys.__stderr__, "error")):
        if stream is None or not stream.isatty():
            raise RelayError(
                "no_terminal",
                f"The screen needs a terminal, and standard {name} is none.",
                f"Start it in a terminal, without a redirection; `{instead}` needs none.",
            )
