"""What can go wrong with an agent program, drawn from a seed: for the demo, and for tests of what must stand it.

`RELAY_FAULTS` holds chances by name, `eats-enter=0.2,dies=0.05`, or `all`, or `all=0.5` for half of each usual chance.
"""

from __future__ import annotations

import random
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Literal, get_args

Fault = Literal[
    "eats-enter",
    "queues",
    "echoes-late",
    "dialog",
    "dies",
    "shell",
    "alternate",
    "draft",
    "floods",
    "fakes",
    "late-transcript",
]
NAMES: tuple[Fault, ...] = get_args(Fault)
USUAL: Mapping[Fault, float] = {
    "eats-enter": 0.12,
    "queues": 0.10,
    "echoes-late": 0.06,
    "dialog": 0.06,
    "dies": 0.03,
    "shell": 0.03,
    "alternate": 0.04,
    "draft": 0.05,
    "floods": 0.05,
    "fakes": 0.08,
    "late-transcript": 0.15,
}
"""Chances per occasion (a paste, an Enter, an entry of the transcript, a moment at rest) with `all`."""
FAULTS_ENV, SEED_ENV, RECORD_ENV = "RELAY_FAULTS", "RELAY_FAULTS_SEED", "RELAY_RECORD"
"""Chances; the seed, a whole number; a path for the program's own record, which no fault delays."""


@dataclass(slots=True)
class Faults:
    """The chances of one program, and its dice."""

    chances: Mapping[Fault, float]
    rng: random.Random

    @classmethod
    def from_environment(cls, name: str, env: Mapping[str, str]) -> Faults | None:
        """None without `RELAY_FAULTS`. Raises ValueError for chances that cannot be read.

        Each start of a program throws other dice, or one that dies at its first paste would do so for ever.
        """
        spec = env.get(FAULTS_ENV, "")
        # One that dies before its transcript says anything leaves a mark in its own record still.
        kept = [Path(env[name]) for name in ("RELAY_TRANSCRIPT", RECORD_ENV) if env.get(name)]
        starts = sum(path.stat().st_size for path in kept if path.exists())
        return cls(chances(spec), random.Random(f"{env.get(SEED_ENV) or 0}:{name}:{starts}")) if spec else None

    def strikes(self, fault: Fault) -> bool:
        return self.rng.random() < self.chances.get(fault, 0.0)

    def one_of(self, *faults: Fault) -> Fault | None:
        """At most one of them, each by its chance."""
        at = self.rng.random()
        for fault in faults:
            at -= self.chances.get(fault, 0.0)
            if at < 0:
                return fault
        return None

    def seconds(self, low: float, high: float) -> float:
        return self.rng.uniform(low, high)


def chances(spec: str) -> dict[Fault, float]:
    """Read `name=chance,…`. Raises ValueError with a sentence."""
    found: dict[Fault, float] = {}
    for part in filter(None, (part.strip() for part in spec.split(","))):
        name, _, value = part.partition("=")
        try:
            chance = float(value) if value else None
        except ValueError:
            raise ValueError(f"{value!r} is not a chance between 0 and 1.") from None
        if chance is not None and not 0 <= chance <= 1:
            raise ValueError(f"{value!r} is not a chance between 0 and 1.")
        if name == "all":
            found |= {fault: usual * (1.0 if chance is None else chance) for fault, usual in USUAL.items()}
        elif name in NAMES:
            found[name] = USUAL[name] if chance is None else chance
        else:
            raise ValueError(f"There is no fault {name!r}; there are all, {', '.join(NAMES)}.")
    return found
