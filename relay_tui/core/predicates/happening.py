"""What a predicate is asked about: one entry of the log, or one tool call out of a transcript."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from relay_tui.core.events import Entry
from relay_tui.core.session import TranscriptEntry
from relay_tui.core.signals import Signal


@dataclass(slots=True, frozen=True)
class ToolCall:
    """A tool call as the agent's transcript has it. It has no number in the log."""

    agent_id: str
    tool: str
    """The program's name for it, or else its kind: read, edit, run."""
    kind: str
    text: str
    at: int
    n: int


Happening = Entry | ToolCall


@dataclass(slots=True, frozen=True)
class Found:
    """What came of waiting. `happening` None: it was so already when it was asked, as of entry `seq`."""

    seq: int
    """The newest entry that was looked at: going on from the one after it misses nothing."""
    happening: Happening | None = None


def tool_calls(signal: Signal) -> Iterator[ToolCall]:
    """The tool calls that a signal carries."""
    if signal.kind != "transcript":
        return
    entry: TranscriptEntry
    for entry in signal.data:
        if entry.role == "tool":
            tool = str(entry.detail.get("tool") or entry.kind)
            yield ToolCall(signal.agent_id, tool, entry.kind, entry.text, entry.at, entry.n)
