"""An agent program that means harm: `hostile_agent.py PAYLOAD`. What it was given is its window title, its words, its
tools, and what it waits for."""

from __future__ import annotations

import asyncio
import os
import sys

from relay_tui.demo.program import BrainIO, TerminalProgram
from relay_tui.demo.program.transcript import Entry

LAST = "now wait"
"""In a message: from then on it says that it waits, for its payload."""


class Hostile:
    def __init__(self, payload: str) -> None:
        self._payload = payload

    async def on_start(self, io: BrainIO) -> None:
        os.write(1, f"\x1b]2;{self._payload}\x07\x1bk{self._payload}\x1b\\".encode())
        await io.say(self._payload)
        await io.read(self._payload)
        await io.edit(self._payload, added=1, removed=2)
        await io.run(self._payload, self._payload)
        await io.sent(self._payload, self._payload)
        await io.ask(self._payload)

    async def on_input(self, io: BrainIO, text: str) -> None:
        await io.say(self._payload)
        if LAST in text:
            waiting = {"state": "waiting", "detail": self._payload}
            io._stage.record(Entry("system", "status", self._payload, waiting))
            await asyncio.Event().wait()


if __name__ == "__main__":
    program = TerminalProgram.from_environment("mallory", banner="mallory")
    sys.exit(asyncio.run(program.run(Hostile(sys.argv[1].encode().decode("unicode_escape")))))
