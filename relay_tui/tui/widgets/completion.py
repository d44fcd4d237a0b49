"""Names while they are written: `@` for agents, `#` for channels. Pure."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass, field

_WORD = re.compile(r"(?:^|(?<=[\s(\[{,;:'\"]))([@#])([A-Za-z0-9._-]*)$")


@dataclass(slots=True)
class Proposal:
    name: str
    note: str = ""


@dataclass(slots=True)
class Completion:
    """What could stand at the cursor. `start`: the column of the sign."""

    sign: str
    word: str
    start: int
    proposals: list[Proposal] = field(default_factory=list[Proposal])
    chosen: int = 0

    @property
    def exact(self) -> bool:
        """What is written is the chosen name already."""
        return bool(self.proposals) and self.proposals[self.chosen].name == self.word

    def step(self, steps: int) -> None:
        self.chosen = (self.chosen + steps) % len(self.proposals)


def complete(before: str, names: Callable[[str], list[tuple[str, str]]]) -> Completion | None:
    """What could continue `before`, the line up to the cursor. `names(sign)` gives (name, note) pairs, best first."""
    match = _WORD.search(before)
    if match is None:
        return None
    sign, word = match[1], match[2]
    folded = word.casefold()
    known = [Proposal(name, note) for name, note in names(sign)]
    starting = [proposal for proposal in known if proposal.name.casefold().startswith(folded)]
    inside = [proposal for proposal in known if folded in proposal.name.casefold() and proposal not in starting]
    return Completion(sign, word, match.start(1), starting + inside)


def replace_word(completion: Completion) -> tuple[int, str]:
    """(column from which to replace, what to put there)."""
    return completion.start, f"{completion.sign}{completion.proposals[completion.chosen].name} "
