"""The terminal half of a scripted agent: a small agent program that lives inline in a terminal.

It knows no relay. What the agent is and does comes from a `Brain`; what it shows, takes and records is here.
"""

from __future__ import annotations

from relay_tui.demo.program.brain import Brain, BrainIO
from relay_tui.demo.program.program import TerminalProgram
from relay_tui.demo.program.terminal import NotATerminal

__all__ = ["Brain", "BrainIO", "NotATerminal", "TerminalProgram"]
