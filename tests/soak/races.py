"""Programs that die before, during and after the paste, in panes of ours and in adopted ones with a shell.

    python -m tests.soak.races --races 500 --panes 12 [--seed N]

Nothing that was meant for a program may ever be run by the shell behind it: each shell traces what it runs, and each
text would leave a file behind if any part of it were run.
"""

from __future__ import annotations

import argparse
import asyncio
import contextlib
import os
import random
import secrets
import shlex
import shutil
import signal
import sys
import tempfile
import time
from collections import Counter
from importlib.resources import files
from pathlib import Path

from relay_tui.agents.harnesses import framing
from relay_tui.agents.harnesses.adopted import Adopted, AdoptedSession
from relay_tui.agents.harnesses.screen_reader import read_screen
from relay_tui.agents.harnesses.spec import ScreenRules
from relay_tui.agents.harnesses.typed import Typist
from relay_tui.agents.tmux import foreground
from relay_tui.agents.tmux.backend import socket_path
from relay_tui.agents.tmux.errors import TmuxError
from relay_tui.agents.tmux.panes import PaneIdentity
from relay_tui.agents.tmux.server import TmuxServer
from relay_tui.core.clock import system_clock
from relay_tui.core.model import Mode
from relay_tui.core.session import DeliverableMessage, MessageContext, Receipt

KINDS = ("ours", "bash", "dash")
TRACE = "RAN>"
RULES = ScreenRules.load(Path(str(files("relay_tui.demo").joinpath("screen.toml"))))
PROGRAM = f"{sys.executable} -m relay_tui.demo.program racer"
ENV = {"PYTHONPATH": os.pathsep.join(sys.path[:1])}


class Racer:
    """One pane of ours, in which program after program is raced."""

    def __init__(self, server: TmuxServer, folder: Path, kind: str, number: int, rng: random.Random) -> None:
        self.server, self.folder, self.kind, self.rng = server, folder, kind, rng
        self.name = f"{kind}-{number}"
        self.canary = folder / f"{self.name}.canary"
        self.pane: PaneIdentity | None = None
        self.outcomes: Counter[str] = Counter()
        self.faults: list[str] = []

    async def race(self) -> None:
        """Start a program, have a message typed into it, end it at some moment of that."""
        await self.open()
        assert self.pane is not None
        if not await _until(self._ready):
            rows = [row for row in await self.server.capture(self.pane) if row.strip()]
            self.faults.append(f"{self.name}: its program did not start: {rows[-6:]}")
            return
        process = await asyncio.to_thread(self._program)
        command = (await self.server.status(self.pane)).command
        ctx = MessageContext(1, secrets.token_hex(4), 1, 0)
        typing = asyncio.create_task(self.hand_over(process, command, _message(self.canary, self.rng), ctx))
        await asyncio.sleep(self.rng.choice((0.0, self.rng.uniform(0, 0.03), self.rng.uniform(0, 0.12))))
        os.kill(process.pid, self.rng.choice((signal.SIGKILL, signal.SIGTERM)))
        receipt = await typing
        self.outcomes[f"{self.kind}: {'uncertain' if receipt.uncertain else receipt.outcome}"] += 1
        await self.settle()
        if self.canary.exists():
            self.faults.append(f"{self.name}: a part of the text was run")
            self.canary.unlink()

    async def open(self) -> None:
        if self.pane is not None:
            await self.server.kill(self.pane)
        self.pane = await self.server.launch(self.name, PROGRAM.split(), cwd=self.folder, env=ENV, size=(100, 40))

    async def hand_over(
        self, process: foreground.Process, command: str, message: DeliverableMessage, ctx: MessageContext
    ) -> Receipt:
        assert self.pane is not None
        typist = Typist(self.server, self.pane, RULES, system_clock, command=command)
        return await typist.type(framing.frame(message, ctx), ctx.nonce, Mode.ON_IDLE)

    async def settle(self) -> None:
        """Its program was all there was."""

    async def _ready(self) -> bool:
        assert self.pane is not None
        try:
            rows = await self.server.capture(self.pane, join=False)
            command = (await self.server.status(self.pane)).command
        except TmuxError:
            return False
        screen = read_screen(rows, RULES)
        return screen.draft == "" and screen.state is not None and command not in foreground.SHELLS

    def _program(self) -> foreground.Process:
        assert self.pane is not None
        stands = foreground.standing(self.pane.pane_pid)
        assert stands is not None
        assert stands.front is not None
        return stands.front


class AdoptedRacer(Racer):
    """One pane in a tmux of the user's, with a shell that traces what it runs; the user starts each program in it."""

    async def open(self) -> None:
        if self.pane is not None:
            await self.user("kill-pane", "-t", self.pane.pane_id)
        rc = self.folder / f"{self.name}.rc"
        await asyncio.to_thread(rc.write_text, f"PS1='$ '\nPS4='{TRACE} '\nHISTFILE=\nset -x\n", "utf-8")
        shell = {"bash": f"bash --rcfile {rc} -i", "dash": "dash -i"}[self.kind]
        env = shlex.join(["env", *(f"{name}={value}" for name, value in {**ENV, "ENV": str(rc)}.items())])
        window = ("new-window", "-d", "-P", "-F", "#{pane_id}", "-c", str(self.folder))
        pane_id = "".join(await self.user(*window, f"exec {env} {shell}"))
        self.pane = await self.server.find(pane_id=pane_id)
        assert self.pane is not None
        if not await _until(self._at_prompt):
            self.faults.append(f"{self.name}: its shell did not start")
        await self.user("send-keys", "-t", pane_id, "-l", "--", PROGRAM)
        await self.user("send-keys", "-t", pane_id, "Enter")

    async def user(self, *args: str) -> list[str]:
        """What the person at that tmux does."""
        return await self.server.link.run(*args)

    async def hand_over(
        self, process: foreground.Process, command: str, message: DeliverableMessage, ctx: MessageContext
    ) -> Receipt:
        assert self.pane is not None
        adopted = Adopted("work", "", command, process.pid, process.started, self.kind)
        session = AdoptedSession("7", 1, self.server, self.pane, adopted, system_clock, rules=RULES)
        return await session.receive_message(message, ctx)

    async def settle(self) -> None:
        """The shell has the terminal again: nothing may have run, and no key of ours helps it to."""
        assert self.pane is not None
        if not await _until(self._at_prompt):
            self.faults.append(f"{self.name}: its shell did not come back")
        await asyncio.sleep(0.1)  # what is left unread is read by the shell now
        history = await self.server.capture(self.pane, join=True, start="-")
        if ran := [row for row in history if TRACE in row and PROGRAM not in row]:
            self.faults.append(f"{self.name}: the shell ran {ran[:3]}")

    async def _at_prompt(self) -> bool:
        assert self.pane is not None
        shown = "".join(await self.server.capture(self.pane))
        return (await self.server.status(self.pane)).command == self.kind and "$" in shown


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


async def _users_tmux(socket: str) -> TmuxServer:
    """A tmux as a user has one, with nothing set by us."""
    words = ("tmux", "-L", socket, "-f", "/dev/null", "new-session", "-d", "-s", "work", "-x", "100", "-y", "40")
    process = await asyncio.create_subprocess_exec(*words)
    assert await process.wait() == 0
    return await TmuxServer.start(socket, session="work", own=False)


async def run(races: int, panes: int, seed: int) -> int:
    folder = Path(tempfile.mkdtemp(prefix="relay-races-"))
    rng = random.Random(seed)
    began = time.monotonic()
    server = await TmuxServer.start(f"relay-races-{os.getpid()}")
    users = await _users_tmux(f"relay-races-user-{os.getpid()}")
    try:
        racers = [
            (AdoptedRacer if n % 3 else Racer)(
                users if n % 3 else server, folder, KINDS[n % 3], n, random.Random(rng.random())
            )
            for n in range(panes)
        ]

        async def several(racer: Racer, count: int) -> None:
            for _ in range(count):
                await racer.race()

        counts = [races // panes + (n < races % panes) for n in range(panes)]
        await asyncio.gather(*(several(racer, count) for racer, count in zip(racers, counts, strict=True)))
    finally:
        await server.kill()
        with contextlib.suppress(TmuxError):
            await users.link.run("kill-server")
        await users.close()
        socket_path(users.socket_name).unlink(missing_ok=True)
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
