"""Rules as records, and what a rule does as data."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Annotated, Any, Literal

from pydantic import BaseModel, ConfigDict, Field, TypeAdapter, ValidationError

from relay_tui.core.errors import Refused
from relay_tui.core.model import Json, Mode

_BLANK = re.compile(r"\{([a-z]+)\}")
BLANKS = ("agent", "channel", "text", "state", "action", "status", "message", "tool", "rule")
"""What a text may leave open, as `{agent}`: filled in from what set the rule off, empty where that has none of it."""


@dataclass(slots=True)
class Rule:
    id: str
    name: str
    owner_id: str
    """In whose name it acts, under the policy for that one."""
    when: Json
    """A predicate, with ids where it named agents and channels."""
    then: Json
    """A deed."""
    created_at: int
    enabled: bool
    since_seq: int
    """The entry that switched it on, or changed it."""
    since_at: int
    after_seq: int
    """Only entries behind this one set it off."""
    per_minute: int
    """Runs within a minute after which it is switched off: the guard against loops that pass through agents."""
    reason: str = ""
    """Why it is off; empty: it is on, or nobody said."""
    runs: int = 0
    last_run_at: int | None = None
    window_at: int = 0
    window_runs: int = 0
    """Runs since `window_at`, which is less than a minute before the last of them."""
    removed_at: int | None = None


@dataclass(slots=True)
class RuleRun:
    """One line of a rule's log."""

    rule_id: str
    cause: str
    """What set it off: the number of an entry of the log, `look.N` for what was so already, `call.…`: a tool call."""
    seq: int
    """The entry that tells of this run."""
    at: int
    outcome: str
    """done, refused (the deed was), or stopped (by the loop guard)."""
    result: str
    """What it made: `message:123`, `invocation:123`; or empty."""
    reason: str
    chain: list[str] = field(default_factory=list[str])
    """Rules that led to this one, the first one first."""


class _Deed(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid", defer_build=True)


class Send(_Deed):
    """A message from the rule's owner."""

    kind: Literal["send"] = "send"
    to: Annotated[str, Field(min_length=1, max_length=200)]
    """As in `SendMessage`."""
    text: Annotated[str, Field(min_length=1, max_length=10_000)]
    mode: Mode = Mode.ON_IDLE


class Invoke(_Deed):
    """An action, asked for by the rule's owner; policy decides as always."""

    kind: Literal["invoke"] = "invoke"
    action: Annotated[str, Field(min_length=1, max_length=100)]
    input: Json = Field(default_factory=dict[str, Any])
    """Blanks are filled in its texts at the top level."""


class Notify(_Deed):
    """A notice on the screen of the rule's owner; no message is written."""

    kind: Literal["notify"] = "notify"
    text: Annotated[str, Field(min_length=1, max_length=1_000)]


Deed = Annotated[Send | Invoke | Notify, Field(discriminator="kind")]
_ADAPTER: TypeAdapter[Deed] = TypeAdapter(Deed, config=ConfigDict(defer_build=True))


def parse_deed(given: Any) -> Deed:
    """Raises `Refused` (invalid_rule)."""
    try:
        return _ADAPTER.validate_python(given)
    except ValidationError as error:
        first = error.errors()[0]
        place = ".".join(str(part) for part in first["loc"]) or "then"
        raise Refused("invalid_rule", f"{place[:100]}: {first['msg'][:200]}.") from error


def filled(text: str, about: Mapping[str, str]) -> str:
    """The text with its blanks filled. Braces around anything else stay."""
    return _BLANK.sub(lambda m: about.get(m[1], "") if m[1] in BLANKS else m[0], text)
