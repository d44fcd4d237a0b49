"""Predicates as data: what somebody waits for, as it is stored, sent over the wire, and shown.

    {"kind": "status", "agent": "builder", "becomes": "idle"}            the change, each time that it comes
    {"kind": "status", "agent": "builder", "is": "idle"}                 at once if it is so already, else the change
    {"kind": "tool", "agent": "*", "tool": "run", "contains": "git push"}
    {"kind": "any", "of": [{"kind": "mention", "agent": "ada"}, {"kind": "event", "type": "approval.*"}]}

Agents and channels are named, or given by id; `resolve.py` makes ids of the names, once, so that a name that changes
hands later changes nothing.
"""

from __future__ import annotations

from typing import Annotated, Any, Literal, Self

from pydantic import BaseModel, ConfigDict, Field, TypeAdapter, ValidationError, model_validator

from relay_tui.core.errors import Refused
from relay_tui.core.model import State

MAX_PARTS = 50
"""Predicates in one, counted with everything inside them."""
_Name = Annotated[str, Field(min_length=1, max_length=100)]
_Who = Annotated[str, Field(pattern=r"^@?[A-Za-z0-9][A-Za-z0-9._-]{0,63}$")]
_Anyone = Annotated[str, Field(pattern=r"^(\*|@?[A-Za-z0-9][A-Za-z0-9._-]{0,63})$")]
_Where = Annotated[str, Field(pattern=r"^#?[A-Za-z0-9][A-Za-z0-9._-]{0,79}$")]
_Id = Annotated[str, Field(pattern=r"^[0-9]{1,20}$")]
RUNGS = ("accepted", "delivered", "acknowledged", "answered")
ENDS = ("completed", "failed", "denied", "rejected", "expired")


class _Part(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid", defer_build=True, populate_by_name=True)


class Happens(_Part):
    """An event of a type. `agent`: who did it, or whom it is about."""

    kind: Literal["event"] = "event"
    type: Annotated[str, Field(pattern=r"^(\*|[a-z_]+(\.[a-z_]+)*(\.\*)?)$", max_length=60)] = "*"
    """`message.created`; `message.*`, everything that begins with it; `*`, everything."""
    agent: _Who | None = None
    channel: _Where | None = None


class Status(_Part):
    """An agent's program is in one of these states. Exactly one of `becomes` and `is` is given."""

    kind: Literal["status"] = "status"
    agent: _Anyone = "*"
    becomes: list[State] = Field(default_factory=list[State], max_length=len(State))
    """On the change only."""
    is_: list[State] = Field(default_factory=list[State], max_length=len(State), alias="is")
    """Also when it is so already. Needs one agent."""

    @model_validator(mode="before")
    @classmethod
    def _one_or_several(cls, given: Any) -> Any:
        if not isinstance(given, dict):
            return given
        known: dict[str, Any] = given  # pyright: ignore[reportUnknownVariableType]
        return {k: [v] if k in ("becomes", "is", "is_") and isinstance(v, str) else v for k, v in known.items()}

    @model_validator(mode="after")
    def _either(self) -> Self:
        if bool(self.becomes) == bool(self.is_):
            raise ValueError("give one of becomes and is")
        if self.is_ and self.agent == "*":
            raise ValueError("what an agent is already can be asked of one agent only")
        return self


class Mentioned(_Part):
    """Somebody is named in a message."""

    kind: Literal["mention"] = "mention"
    agent: _Anyone = "*"
    channel: _Where | None = None
    sender: _Who | None = None


class Said(_Part):
    """A message is written in a channel or conversation; `replies` tells whether replies in threads count."""

    kind: Literal["message"] = "message"
    channel: _Where | None = None
    sender: _Who | None = None
    contains: str = Field(default="", max_length=500)
    """Case is ignored. Empty: any text."""
    replies: bool = True


class ToolCalled(_Part):
    """An agent calls a tool, seen in its transcript. As lossy as those: nothing is seen while nobody reads it."""

    kind: Literal["tool"] = "tool"
    agent: _Anyone = "*"
    tool: _Name = "*"
    """Shell-style pattern over the tool's name, or its kind: read, edit, run."""
    contains: str = Field(default="", max_length=500)


class ActionEnded(_Part):
    """An invocation of an action ends. With `invocation_id`, also when it has ended already."""

    kind: Literal["action"] = "action"
    action: _Name = "*"
    """Shell-style pattern over the action's name."""
    caller: _Who | None = None
    invocation_id: _Id | None = None
    ends: list[Literal["completed", "failed", "denied", "rejected", "expired"]] = Field(
        default_factory=lambda: ["completed"], min_length=1, max_length=len(ENDS)
    )


class ActionInvoked(_Part):
    """An action is asked for, whatever policy makes of it."""

    kind: Literal["invoked"] = "invoked"
    action: _Name = "*"
    caller: _Who | None = None


class DeliveryReached(_Part):
    """A delivery comes to a rung of the ladder, or passes it. With `message_id` and `agent`, also if it has already."""

    kind: Literal["delivery"] = "delivery"
    reached: Literal["accepted", "delivered", "acknowledged", "answered"] = "delivered"
    agent: _Anyone = "*"
    """The recipient."""
    message_id: _Id | None = None
    channel: _Where | None = None


class AnyOf(_Part):
    """One of these is enough."""

    kind: Literal["any"] = "any"
    of: list[Predicate] = Field(min_length=1, max_length=20)


class AllOf(_Part):
    """All of these are true of the same happening."""

    kind: Literal["all"] = "all"
    of: list[Predicate] = Field(min_length=1, max_length=20)


class NotOf(_Part):
    """A happening of which this is not true. Stands beside others in an `all`."""

    kind: Literal["not"] = "not"
    of: Predicate


Predicate = Annotated[
    Happens
    | Status
    | Mentioned
    | Said
    | ToolCalled
    | ActionEnded
    | ActionInvoked
    | DeliveryReached
    | AnyOf
    | AllOf
    | NotOf,
    Field(discriminator="kind"),
]
_ADAPTER: TypeAdapter[Predicate] = TypeAdapter(Predicate, config=ConfigDict(defer_build=True))


def parse_predicate(given: Any) -> Predicate:
    """A predicate from JSON, or itself. Raises `Refused` (invalid_predicate)."""
    try:
        predicate = _ADAPTER.validate_python(given)
    except ValidationError as error:
        first = error.errors()[0]
        place = ".".join(str(part) for part in first["loc"]) or "predicate"
        raise Refused("invalid_predicate", f"{place[:100]}: {first['msg'][:200]}.") from error
    except RecursionError as error:
        raise Refused("invalid_predicate", "It is nested too deeply.") from error
    if sum(1 for _ in parts(predicate)) > MAX_PARTS:
        raise Refused("invalid_predicate", f"A predicate has at most {MAX_PARTS} parts.")
    if any(is_level(part) for outer in parts(predicate) if isinstance(outer, AllOf | NotOf) for part in parts(outer)):
        raise Refused(
            "invalid_predicate",
            "What may be so already does not go into all or not, which are about one happening.",
            "Use becomes instead of is, and leave out the id of what is waited for.",
        )
    return predicate


def dump(predicate: Predicate) -> dict[str, Any]:
    """As JSON, so that `parse_predicate` gives the same again."""
    return _ADAPTER.dump_python(predicate, mode="json", by_alias=True, exclude_none=True)


def parts(predicate: Predicate) -> list[Predicate]:
    """The predicate and everything inside it."""
    if isinstance(predicate, AnyOf | AllOf):
        return [predicate, *(part for inner in predicate.of for part in parts(inner))]
    if isinstance(predicate, NotOf):
        return [predicate, *parts(predicate.of)]
    return [predicate]


def is_level(part: Predicate) -> bool:
    """It may be so already, before anything happens."""
    if isinstance(part, Status):
        return bool(part.is_)
    if isinstance(part, ActionEnded):
        return part.invocation_id is not None
    return isinstance(part, DeliveryReached) and part.message_id is not None and part.agent != "*"


def hears_signals(predicate: Predicate) -> bool:
    return any(isinstance(part, ToolCalled) for part in parts(predicate))
