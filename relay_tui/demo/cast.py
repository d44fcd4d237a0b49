"""Who is in the swarm: five roles, and more or fewer agents than that."""

from __future__ import annotations

import random
from collections.abc import Iterable
from dataclasses import dataclass

ROLES: tuple[str, ...] = ("planner", "builder", "tester", "reviewer", "docs")
"""In the order in which a smaller swarm keeps them."""
_MORE = ("builder", "tester")
PERSONAS = {
    "planner": "Plans the release, splits the work, keeps the thread.",
    "builder": "Writes the code and says what it broke.",
    "tester": "Writes the failing case first; believes in numbers.",
    "reviewer": "Reads every diff and asks about one thing.",
    "docs": "Writes for the person who was not in the room.",
}


def role_of(name: str) -> str:
    """`builder-2` plays a builder."""
    return name.partition("-")[0]


@dataclass(slots=True, frozen=True)
class Cast:
    """The names of all agents of the swarm, the planner first."""

    names: tuple[str, ...]

    @classmethod
    def of(cls, count: int) -> Cast:
        """`count` agents, one at least: the roles in their order, then more builders and testers by number."""
        names = list(ROLES[: max(1, count)])
        while len(names) < count:
            turn, kind = divmod(len(names) - len(ROLES), len(_MORE))
            names.append(f"{_MORE[kind]}-{turn + 2}")
        return cls(tuple(names))

    @property
    def extras(self) -> tuple[str, ...]:
        """The agents beyond one of each role."""
        return tuple(name for name in self.names if name not in ROLES)

    def has(self, names: Iterable[str]) -> bool:
        return all(name in self.names for name in names)

    def pick(self, role: str, rng: random.Random) -> str | None:
        """One of the agents with this role, or None without one."""
        able = [name for name in self.names if role_of(name) == role]
        return rng.choice(able) if able else None
