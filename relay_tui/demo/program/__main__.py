"""An agent that echoes, to try the program by hand: `python -m relay_tui.demo.program [name]`.

What it is told picks what it does: `work 5`, `dialog run the thing?`, `tools`, `begin`, `boom`; all else is echoed.
A doorbell is answered by reading what it was rung for, from the relay that its environment names.
"""

from __future__ import annotations

import asyncio
import os
import sys
from pathlib import Path

from relay_tui.agents.harnesses.framing import messages_in
from relay_tui.demo.faults import RECORD_ENV
from relay_tui.demo.program import BrainIO, NotATerminal, TerminalProgram
from relay_tui.demo.program.mischief import Record


class Echo:
    """Shows each thing that an agent can do, on request."""

    async def on_start(self, io: BrainIO) -> None:
        await io.say("Ready. Try: work 5, dialog rm -rf build/, tools, begin, boom.")

    async def on_input(self, io: BrainIO, text: str) -> None:
        for framed in messages_in(text):
            if framed.bell:
                await self._read(io, framed.message_id)
        verb, _, rest = text.partition(" ")
        match verb:
            case "work":
                await io.work(float(rest or 3))
                await io.say("Done.")
            case "dialog":
                choice = await io.dialog(rest or "Do it?", ("Yes", "Yes, and do not ask again", "No"))
                await io.say("Rejected." if choice in (None, 2) else "Approved.")
            case "tools":
                await io.read("src/parser.py")
                await io.work(0.5)
                await io.edit("src/lexer.py", added=12, removed=3)
                await io.run("pytest -q", "212 passed in 4.1s")
                await io.sent("#release", "Lexer is out, 212 tests pass.")
                await io.ask("Keep the 3.9 shim?")
            case "begin":
                io.begin(lambda: io.say(rest or "Of my own accord."))
                await io.note("will go on by itself")
            case "boom":
                raise RuntimeError(rest or "boom")
            case _:
                await io.work(0.3)
                await io.say(text)

    async def _read(self, io: BrainIO, message_id: str) -> None:
        from relay_tui.client import RelayClient, RelayClientError  # 0.1 s that only a doorbell costs

        record = os.environ.get(RECORD_ENV)
        own = Record(Path(record) if record else None)
        try:
            async with RelayClient.from_env(os.environ) as client:
                found = await client.fetch(message_id)
                # What was said before it is read before it, also when its own doorbell was missed.
                for earlier in [await client.fetch(one) for one in found["unread_before"]] + [found]:
                    own.write("fetched", earlier["id"])
                    await client.confirm(earlier["id"])
                    await io.read(f"message {earlier['id']} of {earlier['from']}")
        except RelayClientError as error:
            await io.note(f"could not read message {message_id}: {error}")


def main() -> int:
    """The exit code: that of the program, or 2 without a terminal."""
    name = sys.argv[1] if len(sys.argv) > 1 else "echo"
    program = TerminalProgram.from_environment(name, banner=f"{name}, a scripted agent")
    try:
        return asyncio.run(program.run(Echo()))
    except NotATerminal as error:
        sys.stderr.write(f"{error}\n")
        return 2


if __name__ == "__main__":
    sys.exit(main())
