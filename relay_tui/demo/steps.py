"""What a script is made of: steps, each triggered by the steps before it, and the work that shows."""

from __future__ import annotations

import random
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Literal

from relay_tui.demo.cast import Cast

START = "@start"
"""The cue that an agent gives itself once it is connected."""


@dataclass(slots=True, frozen=True)
class Work:
    """One visible thing that an agent does before it speaks. `seconds` is how long it takes at pace 1."""

    kind: Literal["think", "read", "edit", "run"]
    what: str = ""
    result: str = ""
    added: int = 0
    removed: int = 0
    seconds: float = 0.6


def think(seconds: float) -> Work:
    return Work("think", seconds=seconds)


def read(path: str, seconds: float = 0.4) -> Work:
    return Work("read", path, seconds=seconds)


def edit(path: str, added: int, removed: int = 0, seconds: float = 0.8) -> Work:
    return Work("edit", path, added=added, removed=removed, seconds=seconds)


def run(command: str, result: str, seconds: float = 1.0) -> Work:
    return Work("run", command, result, seconds=seconds)


@dataclass(slots=True, frozen=True)
class Request:
    """An action that a step asks for once it has spoken. Its outcome is the cue `outcome_cue(step, outcome)`."""

    action: str
    input: Mapping[str, Any]


def outcome_cue(step_id: str, outcome: str) -> str:
    """`outcome`: `completed`, `denied` (by policy or a person) or `failed`."""
    return f"{step_id}@{outcome}"


@dataclass(slots=True, frozen=True)
class Step:
    """One message of the script."""

    id: str
    speaker: str
    to: str
    """`#channel` or `@agent`; empty: a reply in the thread of `root`."""
    text: str
    about: str
    """What the step is, for an agent that is asked what it does: `the failing case`."""
    after: tuple[str, ...]
    """Steps and cues (names with an `@`) that must be known to the speaker."""
    root: str = ""
    work: tuple[Work, ...] = ()
    request: Request | None = None
    open_end: bool = False
    """The text goes on with words that nobody knew beforehand: a person's reason, an error."""

    def is_said(self, text: str) -> bool:
        """Whether this is the step's message."""
        return text.startswith(self.text) if self.open_end else text == self.text


@dataclass(slots=True)
class Scene:
    """Collects steps for one cast, in an order in which each comes after its triggers.

    A part that nobody plays is left out: what waited for it waits for what it waited for.
    """

    cast: Cast
    seed: int
    facts: dict[str, Any]
    """What the templates name."""
    prefix: str = ""
    """Before each step's id, and each name of one; not before what begins with `@`, an agent's own cue."""
    steps: list[Step] = field(default_factory=list[Step])
    _missing: dict[str, tuple[str, ...]] = field(default_factory=dict[str, tuple[str, ...]])

    def say(
        self,
        step: str,
        speaker: str,
        *texts: str,
        after: Sequence[str],
        about: str,
        to: str = "",
        root: str = "",
        needs: Iterable[str] = (),
        work: Sequence[Work] = (),
        request: Request | None = None,
        open_end: bool = False,
    ) -> None:
        """Add a step. One of `texts` is taken; `needs` are further agents without whom it makes no sense."""
        step_id = self.prefix + step
        triggers = self._present(after)
        if not self.cast.has((speaker, *needs)) or (root and self.prefix + root in self._missing):
            self._missing[step_id] = triggers
            return
        rng = random.Random(f"{self.seed}:{speaker}:{step_id}")
        text = rng.choice(texts).format_map(self.facts)
        # A little hesitation of its own, so that no two agents move in step.
        work = (think(round(rng.uniform(0.2, 0.9), 2)), *work)
        self.steps.append(
            Step(
                step_id,
                speaker,
                to,
                text,
                about.format_map(self.facts),
                triggers,
                self.prefix + root if root else "",
                work,
                request,
                open_end,
            )
        )

    def _present(self, names: Sequence[str]) -> tuple[str, ...]:
        found: dict[str, None] = {}
        for name in names:
            if name.startswith("@"):
                found[name] = None
                continue
            step_id = self.prefix + name
            # What nobody asks for has no end to wait for either.
            asked = step_id.partition("@")[0]
            found |= dict.fromkeys(self._missing.get(asked, (step_id,)))
        return tuple(found)
