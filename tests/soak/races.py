"""Programs that die before, during and after the paste, in panes of ours and in panes with a shell at their root.

    python -m tests.soak.races --races 500 --panes 12 [--seed N]

Nothing that was meant for a program may ever be run by the shell behind it: each shell traces what it runs, and each
text would leave a file behind if any part of it were run.
"""

from __future__ import annotations

import argparse
import asyncio
import os
import random
import secrets
import shutil
import signal
import sys
import tempfile
import time
from collections import Counter
from importlib.resources import files
from pathlib import Path

from relay_tui.agents.harnesses import framing
from relay_tui.agents.harnesses.spec import ScreenRules
from relay_tui.agents.harnesses.typed import Typist
from relay_tui.agents.tmux import paste
from relay_tui.agents.tmux.errors import TmuxError
from relay_tui.agents.tmux.panes import PaneIdentity
from relay_tui.agents.tmux.server import TmuxServer
from relay_tui.core.clock import system_clock
from relay_tui.core.model import Mode
from relay_tui.core.session import DeliverableMessage, MessageContext

KINDS = ("ours", "bash", "dash")
TRACE = "RAN>"
RULES = ScreenRules.load(Path(str(files("relay_tui.demo").joinpath("screen.toml"))))
PROGRAM = f"{sys.executable} -m relay_tui.demo.program racer"


class Racer:
    """One pane, in which program after program is raced."""

    def __init__(self, server: TmuxServer, folder: Path, kind: str, number: int, rng: random.Random) -> None:
        self.server, self.folder, self.kind, self.rng = server, folder, kind, rng
        self.name = f"{kind}-{number}"
        self.canary = folder / f"{self.name}.canary"
        self.pids = folder / f"{self.name}.pid"
        self.pane: PaneIdentity | None = None
        self.outcomes: Counter[str] = Counter()
        self.faults: list[str] = []

    async def open(self) -> None:
        rc = self.folder / f"{self.name}.rc"
        rc.write_text(f"PS1='$ '\nPS4='{TRACE} '\nHISTFILE=\nset -x\n", "utf-8")
        argv = {
            "ours": [*PROGRAM.split()],
            "bash": ["bash", "--rcfile", str(rc), "-i"],
            "dash": ["dash", "-i"],
        }[self.kind]
        env = {"ENV": str(rc), "PYTHONPATH": os.pathsep.join(sys.path[:1])}
        self.pane = await self.server.launch(self.name, argv, cwd=self.folder, env=env, size=(100, 40))

    async def race(self) -> None:
        """Start a program, type into it, end it at some moment of that."""
        if self.pane is not None:
            await self.server.kill(self.pane)
        await self.open()
        assert self.pane is not None
        typist = Typist(self.server, self.pane, RULES, system_clock)
        if self.kind != "ours":
            await paste.type_text(self.server, self.pane, PROGRAM)
            await paste.press_enter(self.server, self.pane)
        if not await _until(lambda: self._ready(typist)):
            rows = [row for row in await self.server.capture(self.pane) if row.strip()]
            self.faults.append(f"{self.name}: its program did not start: {rows[-6:]}")
            return
        typist.command = (await self.server.status(self.pane)).command
        pid = await self._program_pid()
        message = _message(self.canary, self.rng)
        ctx = MessageContext(1, secrets.token_hex(4), 1, 0)
        text = framing.frame(message, ctx, one_line=self.kind != "ours")
        typing = asyncio.create_task(typist.type(text, ctx.nonce, Mode.ON_IDLE))
        await asyncio.sleep(self.rng.choice((0.0, self.rng.uniform(0, 0.03), self.rng.uniform(0, 0.12))))
        os.kill(pid, self.rng.choice((signal.SIGKILL, signal.SIGTERM)))
        receipt = await typing
        self.outcomes[f"{self.kind}: {'uncertain' if receipt.uncertain else receipt.outcome}"] += 1
        await self._settle()

    async def _ready(self, typist: Typist) -> bool:
        try:
            screen = await typist.screen()
        except TmuxError:
            return False
        return screen.draft == "" and screen.state is not None and not await self._in_shell()

    async def _in_shell(self) -> bool:
        assert self.pane is not None
        return (await self.server.status(self.pane)).command in {"bash", "dash"}

    async def _program_pid(self) -> int:
        assert self.pane is not None
        if self.kind == "ours":
            return self.pane.pane_pid
        children = Path(f"/proc/{self.pane.pane_pid}/task/{self.pane.pane_pid}/children")
        return int((await asyncio.to_thread(children.read_text)).split()[-1])

    async def _settle(self) -> None:
        """The shell has the terminal again: nothing may have run, and no key of ours helps it to."""
        assert self.pane is not None
        if self.kind != "ours":
            if not await _until(self._in_shell):
                self.faults.append(f"{self.name}: its shell did not come back")
            await asyncio.sleep(0.1)  # what is left unread is read by the shell now
            history = await self.server.capture(self.pane, join=True, start="-")
            ran = [row for row in history if TRACE in row and PROGRAM not in row]
            if ran:
                self.faults.append(f"{self.name}: the shell ran {ran[:3]}")
        if self.canary.exists():
            self.faults.append(f"{self.name}: a part of the text was run")
            self.canary.unlink()


def _message(canary: Path, rng: random.Random) -> DeliverableMessage:
    evil = (f"touch {canary}", f"; touch {canary} #", f"$(touch {canary})", f"`touch {canary}`", f"& touch {canary} &")
    text = "\n".join(rng.choice(evil) for _ in range(rng.randrange(1, 8)))
    return DeliverableMessage("7", "dlv_7_1", "ann", "@racer", text, None, Mode.ON_IDLE, 0, 1, "dm.received", {})


async def _until(met: object, seconds: float = 8.0) -> bool:
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        if await met():  # type: ignore[operator]
            return True
        await asyncio.sleep(0.03)
    return False


async def run(races: int, panes: int, seed: int) -> int:
    folder = Path(tempfile.mkdtemp(prefix="relay-races-"))
    rng = random.Random(seed)
    began = time.monotonic()
    server = await TmuxServer.start(f"relay-races-{os.getpid()}")
    try:
        racers = [Racer(server, folder, KINDS[n % 3], n, random.Random(rng.random())) for n in range(panes)]

        async def several(racer: Racer, count: int) -> None:
            for _ in range(count):
                await racer.race()

        counts = [races // panes + (n < races % panes) for n in range(panes)]
        await asyncio.gather(*(several(racer, count) for racer, count in zip(racers, counts, strict=True)))
    finally:
        await server.kill()
        shutil.rmtree(folder, ignore_errors=True)
    faults = [fault for racer in racers for fault in racer.faults]
    outcomes = sum((racer.outcomes for racer in racers), Counter[str]())
    sys.stdout.writelines(f"{fault}\n" for fault in faults)
    sys.stdout.write(f"seed {seed}: {races} races, {dict(sorted(outcomes.items()))}, {len(faults)} faults, ")
    sys.stdout.write(f"{time.monotonic() - began:.0f} s\n")
    return 1 if faults else 0


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--races", type=int, default=500)
    parser.add_argument("--panes", type=int, default=12)
    parser.add_argument("--seed", type=int, default=None)
    args = parser.parse_args()
    seed = secrets.randbelow(1 << 31) if args.seed is None else args.seed
    return asyncio.run(run(args.races, args.panes, seed))


if __name__ == "__main__":
    sys.exit(main())
