"""How each record of the model lies in its table: one place for both directions.

Ids are text in the model and integers on disk. A mapper reads each declared type once, at import, so that writing
a row costs an attribute look-up a column.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Sequence
from dataclasses import fields
from operator import attrgetter
from typing import Any, Generic, TypeVar

import orjson

from relay_tui.core import model, model_delivery, model_talk
from relay_tui.core.rules import model as rules_model

T = TypeVar("T")
Row = Sequence[Any]
INSERT_MENTION = "INSERT OR IGNORE INTO mentions (message_id, agent_id) VALUES (?, ?)"

_KINDS = (
    *(model.Mode, model.Reached, model.Disposition, model.Evidence, model.State, model.InvocationStatus),
    model_talk.ScheduleStatus,
)
_IDS = frozenset(
    {
        "created_by",
        "registered_by",
        "decided_by",
        "last_reply_by",
        "pinned_by",
        "closed_by",
        "uploaded_by",
        "held_by",
        "lifted_by",
        "asked_by",
        "set_by",
    }
)
"""Columns that hold ids without saying so by their name."""
_KIND_OF: dict[str, type] = {kind.__name__: kind for kind in _KINDS}
_ENUMS: dict[str, dict[Any, Any]] = {kind.__name__: {member.value: member for member in kind} for kind in _KINDS}
"""By name of the type, then by stored value: a look-up costs a tenth of calling the type."""


def _text_id(value: int | None) -> str | None:
    return None if value is None else str(value)


def _load(value: str | None) -> Any:
    return None if value is None else orjson.loads(value)


def _load_tuple(value: str) -> tuple[Any, ...]:
    return tuple(orjson.loads(value))


class Table(Generic[T]):
    """The statements and the mapping of one record type. `extra`: properties that are written, never read back."""

    def __init__(self, name: str, record: type[T], *, skip: Sequence[str] = (), extra: Sequence[str] = ()) -> None:
        self.name = name
        self.record = record
        # What is skipped comes last, so that a record can be made by position.
        declared = [field for field in fields(record) if field.name not in skip]  # pyright: ignore[reportArgumentType]
        names = [field.name for field in declared]
        self.columns = ", ".join(f'"{column}"' for column in names)
        self._written = [f'"{column}"' for column in (*names, *extra)]
        self._get = attrgetter(*names, *extra)
        encoders = [_encoder(str(field.type)) for field in declared] + [int] * len(extra)
        self._encode = [(i, encode) for i, encode in enumerate(encoders) if encode is not None]
        self._optional = [i for i, field in enumerate(declared) if str(field.type).endswith("| None")]
        self._statements: dict[tuple[int, ...], str] = {}
        self._decode: list[tuple[int, Callable[[Any], Any]]] = [
            (i, decode) for i, field in enumerate(declared) if (decode := _decoder(field.name, str(field.type)))
        ]

    def write(self, records: Collection[T]) -> tuple[str, list[Row]]:
        """The statement that writes these records whole, and its rows. There is at least one.

        Column by column: sqlite3 takes a str or an int as it is, and looks for an adapter of anything else, None and
        enumerations too, which costs more than all the rest of binding it; so what no record has is left out.
        """
        columns: list[Any] = list(zip(*map(self._get, records), strict=True))
        empty = tuple([i for i in self._optional if columns[i].count(None) == len(records)])
        for i, encode in self._encode:
            if i not in self._optional:
                columns[i] = map(encode, columns[i])
            elif i not in empty:
                columns[i] = [encode(value) if value is not None else None for value in columns[i]]
        statement = self._statements.get(empty)
        if statement is None:
            named = [column for i, column in enumerate(self._written) if i not in empty]
            marks = ", ".join("?" * len(named))
            statement = f"INSERT OR REPLACE INTO {self.name} ({', '.join(named)}) VALUES ({marks})"
            self._statements[empty] = statement
        for i in reversed(empty):
            del columns[i]
        return statement, list(zip(*columns, strict=True))

    def read(self, row: Sequence[Any]) -> T:
        return self.take(list(row))

    def take(self, values: list[Any]) -> T:
        """The same, of values that nobody else needs: they are changed."""
        for i, decode in self._decode:
            values[i] = decode(values[i])
        return self.record(*values)


def _is_json(declared: str) -> bool:
    return declared.startswith(("Json", "dict", "list", "tuple"))


def _dump(value: Any) -> str:
    return orjson.dumps(value).decode()


def _dump_list(value: Any) -> str:
    return orjson.dumps(value).decode() if value else "[]"


def _encoder(declared: str) -> Callable[[Any], Any] | None:
    """What makes of a value the very str or int that is stored; None: it is one."""
    if _is_json(declared):
        return _dump_list if declared.startswith(("list", "tuple")) else _dump
    if declared == "bool" or issubclass(_KIND_OF.get(declared, str), int):
        return int
    return str.__str__ if declared in _KIND_OF else None


def _decoder(name: str, declared: str) -> Callable[[Any], Any] | None:
    if name == "id" or name.endswith("_id") or name in _IDS:
        return str if declared == "str" else _text_id
    if declared in _ENUMS:
        return _ENUMS[declared].__getitem__
    if declared.startswith("tuple"):
        return _load_tuple
    if _is_json(declared):
        return _load
    return bool if declared == "bool" else None


WORKSPACE = Table("workspace", model.Workspace)
AGENTS = Table("agents", model.Agent)
SESSIONS = Table("sessions", model.Session)
CHANNELS = Table("channels", model.Channel)
MEMBERS = Table("members", model.Member)
MESSAGES = Table("messages", model.Message, skip=("reply_count", "last_reply_at", "last_reply_by"))
THREADS = Table("threads", model.Thread)
DELIVERIES = Table("deliveries", model.Delivery, extra=("open", "fault"))
ACTIONS = Table("actions", model.Action)
INVOCATIONS = Table("invocations", model.Invocation)
APPROVALS = Table("approvals", model.Approval)
REACTIONS = Table("reactions", model_talk.Reaction)
PINS = Table("pins", model_talk.Pin)
HOLDS = Table("holds", model_delivery.Hold)
INTERRUPTS = Table("interrupts", model_delivery.Interrupt)
DOORBELLS = Table("doorbells", model_delivery.DoorbellRule)
EXPECTATIONS = Table("expectations", model_talk.Expectation)
THREAD_READS = Table("thread_reads", model_talk.ThreadRead)
SCHEDULED = Table("scheduled", model_talk.Scheduled)
FILES = Table("files", model_talk.StoredFile)
RULES = Table("rules", rules_model.Rule)
RULE_RUNS = Table("rule_runs", rules_model.RuleRun)
