"""What it takes to run an agent in a terminal: the program, where, and how its screen is read. Data, not code."""

from __future__ import annotations

import re
import tomllib
from pathlib import Path
from typing import Annotated, Literal, Self

from pydantic import AfterValidator, BaseModel, ConfigDict, Field, model_validator


def _compiles(pattern: str) -> str:
    try:
        re.compile(pattern)
    except re.error as error:
        raise ValueError(f"not a regular expression: {error}") from error
    return pattern


Pattern = Annotated[str, AfterValidator(_compiles)]
"""A regular expression, matched against single rows of the screen."""


RULES = Path(__file__).with_name("rules")
"""A file for each program whose screen is known, by its name."""


class InputBox(BaseModel):
    """Where the program shows what is being typed: the rows between the last two rows that match `edge`; or from the
    last row that matches `prompt` to the next empty one."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    edge: Pattern | None = None
    prompt: Pattern | None = None
    indent: int = Field(2, ge=0)
    """Columns before the text of each row."""
    margin: Pattern | None = None
    """What stands before the text of each row, where that is not a fixed number of columns."""
    placeholder: Pattern | None = None
    """What stands in an empty box; None: nothing."""
    folded: Pattern | None = None
    """What alone stands in the box for a paste that is folded away; None: a paste is always shown."""

    @model_validator(mode="after")
    def _one_way(self) -> Self:
        if (self.edge is None) == (self.prompt is None):
            raise ValueError("an input box is found by `edge` or by `prompt`")
        return self


class ScreenRules(BaseModel):
    """How one program's screen is read. An empty list means that nothing is known, not that nothing is there."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    name: str
    foot: int = Field(default=0, ge=0)
    """How many of the last rows that are not empty tell the state, dialogs included; 0: all. What an agent prints
    can look like anything, but not in the place of its program's own footer."""
    interrupt: str = ""
    """The key that stops what it does, by tmux's name for it; empty: it cannot be interrupted."""
    interrupt_twice: bool = False
    """It asks once more before it stops."""
    while_working: Literal["", "next-message", "next-tool-call"] = ""
    """What becomes of input that comes while it works: taken when its turn ends, or after its next tool call; empty:
    not known, so nothing is typed then."""
    shows_input: bool = False
    """Everything that it took stays to be seen on its screen or in the pane's history."""
    idle: list[Pattern] = []
    """Any of them on the screen: it takes input and does nothing."""
    working: list[Pattern] = []
    dialogs: dict[str, Pattern] = {}
    """By name: what must never be typed into."""
    queued: list[Pattern] = []
    """Input that the program took and has not begun yet."""
    input: InputBox | None = None
    one_line: bool = False
    """It gets one line: what has several would be folded away in its input box, or wrapped in words of its own."""

    @property
    def tells_state(self) -> bool:
        """Whether what stands on the screen says what the program does."""
        return bool(self.idle or self.working or self.dialogs)

    @classmethod
    def of(cls, program: str) -> ScreenRules:
        """The rules that come with relay-tui for a program by that name; those for any program where there are none."""
        try:
            return cls.load(RULES / f"{program}.toml")
        except FileNotFoundError:
            return GENERIC

    @classmethod
    def load(cls, path: Path) -> ScreenRules:
        """Read a TOML file. Raises OSError, TOMLDecodeError or ValidationError."""
        return cls.model_validate(tomllib.loads(path.read_text("utf-8")))


GENERIC = ScreenRules(name="generic")
"""For a program of which nothing is known."""


class AgentSpec(BaseModel):
    """An agent to be run in a pane of its own."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    name: str
    argv: list[str] = Field(min_length=1)
    cwd: Path
    env: dict[str, str] = {}
    """Added to the relay's own environment. Its token and the relay's address are added by the host."""
    persona: str = ""
    metadata: dict[str, str] = {}
    rules: ScreenRules = GENERIC
    writes_transcript: bool = False
    """The program appends its transcript as JSON lines to the path in `RELAY_TRANSCRIPT`."""
    fetches: bool = False
    """The agent reads a message by itself (`relay-tui fetch`, with what the host puts into its environment) when it is
    told that one waits. Others are typed the whole text: a doorbell that nobody can answer is a message lost."""
    size: tuple[int, int] = (100, 40)
    """Columns and rows of its terminal."""
