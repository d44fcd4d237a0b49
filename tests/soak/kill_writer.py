"""`python -m tests.soak.kill_writer [--rounds 200] [--power-cut] [--seed N]`.

A relay with 8 senders is killed at a random moment, again and again, on one log; with `--power-cut` what it had not
synced is forgotten as well. After each kill it is opened again, the senders repeat what they did not hear the answer
of, and at the end every acknowledged message is there, once, in a sound file with an unbroken chain.
"""

from __future__ import annotations

import argparse
import asyncio
import os
import random
import sqlite3
import sys
import tempfile
from collections import Counter
from contextlib import closing
from dataclasses import dataclass, field
from pathlib import Path
from time import perf_counter

from relay_tui.core.log.chain import verify
from relay_tui.core.relay import LOG_NAME
from tests.soak.power import compile_shim, forget

SENDERS = 8
PROGRAM = Path(__file__).parents[1] / "core" / "log" / "swarm.py"


@dataclass(slots=True)
class Outcome:
    rounds: int = 0
    acknowledged: dict[tuple[str, int], str] = field(default_factory=dict)
    forgotten: int = 0
    """Writes that were undone by power cuts."""
    first_answer: list[float] = field(default_factory=list)
    """Seconds from the start of a round's process to its first acknowledgement."""
    faults: list[str] = field(default_factory=list)


async def run(folder: Path, rounds: int, seed: int, shim: Path | None = None, *, unsafe: bool = False) -> Outcome:
    """`unsafe`: the writer does not sync, to see that a power cut then shows."""
    chance = random.Random(seed)
    outcome = Outcome()
    state, records = folder / "state", folder / "records"
    records.mkdir()
    firsts = [0] * SENDERS
    for _ in range(rounds):
        environment = dict(os.environ)
        if shim is not None:
            environment |= {"LD_PRELOAD": str(shim), "FORGET_DIR": str(records)}
        if unsafe:
            environment["SWARM_UNSAFE"] = "1"
        await _round(outcome, state, firsts, environment, chance)
        if shim is not None:
            outcome.forgotten += forget(state, records)
        outcome.rounds += 1
    outcome.faults += judge(state / LOG_NAME, outcome.acknowledged)
    return outcome


async def _round(
    outcome: Outcome, state: Path, firsts: list[int], environment: dict[str, str], chance: random.Random
) -> None:
    began = perf_counter()
    program = await asyncio.create_subprocess_exec(
        *(sys.executable, str(PROGRAM), str(state), ",".join(map(str, firsts))),
        stdout=asyncio.subprocess.PIPE,
        env=environment,
    )
    assert program.stdout is not None
    enough, lines = chance.randint(1, 400), list[bytes]()
    async with asyncio.timeout(60):
        while len(lines) < enough and (line := await program.stdout.readline()):
            if not lines:
                outcome.first_answer.append(perf_counter() - began)
            lines.append(line)
        if len(lines) < enough:
            outcome.faults.append("the relay ended by itself")
        else:
            program.kill()
        lines += (await program.stdout.read()).splitlines(keepends=True)
        await program.wait()
    for line in lines:
        if line.endswith(b"\n"):
            name, n, message_id = line.decode().split()
            if outcome.acknowledged.setdefault((name, int(n)), message_id) != message_id:
                outcome.faults.append(f"{name} {n}: a repeat got another answer")
            index = int(name.removeprefix("sender"))
            firsts[index] = max(firsts[index], int(n) + 1)


def judge(log: Path, acknowledged: dict[tuple[str, int], str]) -> list[str]:
    """What is wrong with the log, given what its senders were told."""
    try:
        with closing(sqlite3.connect(log)) as db:
            faults = [f"integrity: {row[0]}" for row in db.execute("PRAGMA integrity_check") if row[0] != "ok"]
            stored = dict(db.execute("SELECT CAST(id AS TEXT), text FROM messages"))
            in_log = db.execute("SELECT count(*) FROM log WHERE type = 'message.created'").fetchone()[0]
        verdict = verify(log)
    except sqlite3.DatabaseError as error:
        return [f"the file cannot be read: {error}"]
    lost = [key for key, message_id in acknowledged.items() if message_id not in stored]
    faults += [f"{len(lost)} acknowledged messages are lost, {lost[0]} the first"] if lost else []
    wrong = [k for k, m in acknowledged.items() if m in stored and not stored[m].startswith(f"{k[0]} says {k[1]} ")]
    faults += [f"{len(wrong)} messages say something else"] if wrong else []
    twice = [text for text, count in Counter(stored.values()).items() if count > 1]
    faults += [f"{len(twice)} messages are there twice, {twice[0]!r} the first"] if twice else []
    faults += [f"the log has {in_log} messages, the views {len(stored)}"] if in_log != len(stored) else []
    faults += [] if verdict.ok else [f"entry {verdict.bad_seq}: {verdict.reason}"]
    return faults


def main() -> int:
    parser = argparse.ArgumentParser(prog="python -m tests.soak.kill_writer", description=__doc__)
    parser.add_argument("--rounds", type=int, default=200)
    parser.add_argument("--power-cut", action="store_true", help="forget what was not synced as well")
    parser.add_argument("--seed", type=int, default=7)
    options = parser.parse_args()
    with tempfile.TemporaryDirectory(prefix="relay-kill-") as name:
        shim = compile_shim(Path(name)) if options.power_cut else None
        if options.power_cut and shim is None:
            sys.stderr.write("a power cut needs a C compiler\n")
            return 3
        outcome = asyncio.run(run(Path(name), options.rounds, options.seed, shim))
    starts = sorted(outcome.first_answer)
    sys.stdout.write(
        f"{outcome.rounds} kills, {len(outcome.acknowledged)} acknowledged messages, {outcome.forgotten} writes"
        f" forgotten; start to first answer {starts[len(starts) // 2]:.2f} s, at most {starts[-1]:.2f} s\n"
    )
    sys.stdout.write("".join(f"FAULT {fault}\n" for fault in outcome.faults) or "nothing lost, nothing twice\n")
    return 1 if outcome.faults else 0


if __name__ == "__main__":
    sys.exit(main())
