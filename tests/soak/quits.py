"""Terminals that go away, half of them while the deck is being left: it must end, and leave nothing that runs.

    python -m tests.soak.quits --rounds 20 [--seed N]

The hang-up comes with a SIGCONT, at any moment between the key that quits and the end of the process.
"""

from __future__ import annotations

import argparse
import os
import pty
import random
import secrets
import select
import signal
import subprocess
import sys
import tempfile
import time
from pathlib import Path

from tests.e2e.terminal import RELAY_TUI, environment

DRAWN = b"DECK"
CTRL_Q, CTRL_L = b"\x11", b"\x0c"
KEY = {True: "ctrl+q", False: "ctrl+l"}
LATEST = 0.5
"""Seconds after the key at which the terminal goes at the latest."""
ENDS_WITHIN = 10.0
ENDS = {"exit 0", "exit 129", "exit 120", "exit -1"}
"""120: Python had something left to write to a terminal that was gone; -1: it came when all had been taken down."""


class Deck:
    """The deck in a terminal of its own, with no agents."""

    def __init__(self, folder: Path) -> None:
        self.pid, self.terminal = pty.fork()
        if self.pid == 0:
            env = environment(folder / "state", TERM="xterm-256color")
            os.chdir(folder)
            os.execve(RELAY_TUI, [str(RELAY_TUI)], env)

    def until_drawn(self) -> None:
        seen = b""
        end = time.monotonic() + 20
        while DRAWN not in seen:
            assert time.monotonic() < end, f"the deck was not drawn: {seen[-300:]!r}"
            if select.select([self.terminal], [], [], 0.1)[0]:
                seen += os.read(self.terminal, 65536)

    def hang_up(self, after: float, *, leaving: bool) -> None:
        # Keys that move about have it draw without pause.
        os.write(self.terminal, CTRL_Q if leaving else CTRL_L * 200)
        end = time.monotonic() + after
        while (left := end - time.monotonic()) > 0:
            if select.select([self.terminal], [], [], left)[0]:
                try:
                    os.read(self.terminal, 65536)
                except OSError:
                    break  # it has left
        os.close(self.terminal)

    def ended(self) -> str:
        """How it ended; empty: it has not."""
        end = time.monotonic() + ENDS_WITHIN
        while time.monotonic() < end:
            pid, status = os.waitpid(self.pid, os.WNOHANG)
            if pid:
                return f"exit {os.waitstatus_to_exitcode(status)}"
            time.sleep(0.02)
        return ""

    def stack(self) -> str:
        return subprocess.run(
            ["py-spy", "dump", "-p", str(self.pid)], capture_output=True, text=True, check=False
        ).stdout


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--rounds", type=int, default=20)
    parser.add_argument("--seed", type=int, default=None)
    args = parser.parse_args()
    seed = secrets.randbelow(1 << 31) if args.seed is None else args.seed
    rng = random.Random(seed)
    faults: list[str] = []
    for number in range(args.rounds):
        with tempfile.TemporaryDirectory(prefix="relay-quits-") as folder:
            deck = Deck(Path(folder))
            deck.until_drawn()
            after = rng.uniform(0, LATEST)
            leaving = number % 2 == 0
            deck.hang_up(after, leaving=leaving)
            if not (how := deck.ended()):
                faults.append(f"round {number}: it runs on after a hang-up {after * 1000:.0f} ms after {KEY[leaving]}")
                sys.stdout.write(deck.stack())
                os.kill(deck.pid, signal.SIGKILL)
                os.waitpid(deck.pid, 0)
            elif how not in ENDS:
                faults.append(f"round {number}: {how} after a hang-up {after * 1000:.0f} ms after {KEY[leaving]}")
    sys.stdout.writelines(f"{fault}\n" for fault in faults)
    sys.stdout.write(f"seed {seed}: {args.rounds} rounds, {len(faults)} faults\n")
    return 1 if faults else 0


if __name__ == "__main__":
    sys.exit(main())
