"""Words while they are written: `@` agents, `#` channels, `:` emoji, `/` commands, `+` files to attach, and paths.
Pure: what is there comes in, proposals go out."""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field

_BEFORE = r"(?:^|(?<=[\s(\[{,;'\"]))"
_NAME = re.compile(_BEFORE.replace(",;", ",;:") + r"([@#])([A-Za-z0-9._-]*)$")
_EMOJI = re.compile(_BEFORE + r"(:)([a-z0-9_+-]{1,40})$")
_COMMAND = re.compile(r"^(/)([a-z-]*)$")
_ATTACHED = re.compile(r"(?:^|(?<=\s))(?:(\+)|/attach (?=\S))([^\s].*)$")
_PATH = re.compile(r"(?:^|(?<=\s))()((?:\.{1,2}/|~/|/(?=\S*/))\S*)$")

ATTACH = "+"
EMOJI = ":"
COMMANDS: tuple[tuple[str, str], ...] = (
    ("attach", "a file: its path follows, with :line only the place"),
    ("later", "say it later: 20m, 14:30"),
    ("reply-by", "ask for a reply: 20m, 14:30"),
    ("scheduled", "what waits to be said"),
)
"""The composer's own, with what they do."""


@dataclass(slots=True)
class Proposal:
    name: str
    note: str = ""
    text: str = ""
    """What is written in the place of the word; empty: the sign, the name and a space."""
    attaches: bool = False
    """It is taken out of the text and goes along with it."""


@dataclass(slots=True)
class Completion:
    """What could stand at the cursor. `start`: the column at which what is replaced begins."""

    sign: str
    word: str
    start: int
    proposals: list[Proposal] = field(default_factory=list[Proposal])
    chosen: int = 0

    @property
    def exact(self) -> bool:
        """What is written is the chosen name already, so that enter sends."""
        return bool(self.proposals) and self.taken.name == self.word and not self.taken.attaches

    @property
    def taken(self) -> Proposal:
        return self.proposals[self.chosen]

    def step(self, steps: int) -> None:
        self.chosen = (self.chosen + steps) % len(self.proposals)


Names = Callable[[str], list[tuple[str, str]]]


def complete(before: str, names: Names, *, first_line: bool = True) -> Completion | None:
    """What could continue `before`, the line up to the cursor; paths aside, which are looked up on the disk.

    `names(sign)` gives (name, note) pairs, best first; for an emoji the note is the emoji itself.
    """
    if first_line and (match := _COMMAND.search(before)):
        found = [Proposal(name, note, f"/{name} ") for name, note in COMMANDS if name.startswith(match[2])]
        return Completion("/", match[2], 0, found) if found else None
    if match := _EMOJI.search(before):
        found = [Proposal(f"{name}:", emoji, f"{emoji} ") for name, emoji in names(EMOJI + match[2])]
        return Completion(EMOJI, match[2], match.start(1), found)
    if match := _NAME.search(before):
        return Completion(match[1], match[2], match.start(1), _named(match[2], names(match[1])))
    return None


def _named(word: str, known: Sequence[tuple[str, str]]) -> list[Proposal]:
    folded = word.casefold()
    every = [Proposal(name, note) for name, note in known]
    starting = [proposal for proposal in every if proposal.name.casefold().startswith(folded)]
    inside = [proposal for proposal in every if folded in proposal.name.casefold() and proposal not in starting]
    return starting + inside


def path_word(before: str) -> Completion | None:
    """The path that is being written, if any, without proposals: to be attached (`+`), or only named."""
    if match := _ATTACHED.search(before):
        sign = ATTACH
        # `/attach PATH` may hold spaces; `+PATH` ends at one.
        if match[1] and " " in match[2]:
            return None
        return Completion(sign, match[2], match.start())
    if match := _PATH.search(before):
        return Completion("", match[2], match.start(2))
    return None


def path_proposals(completion: Completion, found: Sequence[tuple[str, str]]) -> list[Proposal]:
    """`found`: (path, what it is) as `enclosing.list_paths` gives them."""
    attaches = completion.sign == ATTACH
    head = f"{ATTACH}" if attaches else ""
    return [
        Proposal(path, note, f"{head}{path}" if path.endswith("/") else f"{path} ", attaches and not path.endswith("/"))
        for path, note in found
    ]


def replace_word(completion: Completion) -> tuple[int, str]:
    """(column from which to replace, what to put there)."""
    taken = completion.taken
    if taken.attaches:
        return completion.start, ""
    return completion.start, taken.text or f"{completion.sign}{taken.name} "
