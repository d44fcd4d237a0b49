"""What holds for each command there is, also for those to come: bad input changes nothing and breaks nothing."""

from __future__ import annotations

from typing import Any

import pytest
from pydantic import TypeAdapter, ValidationError
from pydantic_core import PydanticUndefined

from relay_tui.core import commands as c
from relay_tui.core.codes import CODES
from relay_tui.core.errors import Refused
from relay_tui.core.log.writer import Item
from relay_tui.core.model import Caller

from ..conftest import Desk

COMMANDS = sorted(c.Command.__subclasses__(), key=lambda kind: kind.__name__)
PLAIN: tuple[Any, ...] = (
    *("999", "x", "nobody", "a" * 64, 1, True, {}, ["ada", "two"], [], [1]),
    *("idle", "agent", "owner", "hook", "held", "whole", "/x"),
)
"""One of these fits any field."""
HOSTILE: dict[str, Any] = {
    "empty": "",
    "ten megabytes": "x" * 10_000_000,
    "a lone surrogate": "a\ud800b",
    "NUL": "a\0b",
    "controls and bidi": "\x1b]52;c;eA==\x07\u202e\u200d",
    "a path": "../../etc/passwd",
    "negative": -1,
    "more than 63 bits": 2**63,
    "more than 64 bits": 2**70,
    "nothing": None,
    "deep": {"a": [[[[[{}]]]]]},
    "no JSON": {"a": {1, 2}},
}


def plain(kind: type[c.Command], world: dict[str, Any] | None = None) -> dict[str, Any]:
    """Values that fit each required field: what the world has for it, else about things that do not exist."""
    given: dict[str, Any] = {name: value for name, value in (world or {}).items() if name in kind.model_fields}
    for name, field in kind.model_fields.items():
        if name in given:
            continue
        if field.default is not PydanticUndefined or field.default_factory is not None:
            continue
        for value in PLAIN:
            try:
                TypeAdapter(field.rebuild_annotation()).validate_python(value)
            except ValidationError:
                continue
            given[name] = value
            break
        else:
            raise AssertionError(f"nothing fits {kind.__name__}.{name}; add it to PLAIN")
    return given


def attempt(desk: Desk, command: c.Command, by: Caller) -> Exception | None:
    """Carry it out and give its error, which leaves the log as it was."""
    before = desk.writer.last_seq
    item = Item(command, by, None)
    desk.writer.run([item])
    if item.error is not None:
        assert isinstance(item.error, Refused), repr(item.error)
        assert item.error.code in CODES
        assert item.error.message.endswith(".")
        assert desk.writer.last_seq == before
        assert desk.rows("SELECT max(seq) FROM log") == [(before,)]
    return item.error


@pytest.fixture
def stranger(desk: Desk) -> Caller:
    """An agent that is in no channel."""
    by = desk.join("ada")
    desk.join("two")
    desk.do(c.LeaveChannel(channel_id=desk.general), by)
    return by


@pytest.mark.parametrize("kind", COMMANDS, ids=lambda kind: kind.__name__)
def test_a_command_about_what_does_not_exist_is_refused(kind: type[c.Command], desk: Desk, stranger: Caller) -> None:
    command = kind.model_validate(plain(kind))
    error = attempt(desk, command, stranger)
    if any(value == "999" for name, value in vars(command).items() if name.endswith("_id")):
        assert error is not None


@pytest.mark.parametrize("kind", COMMANDS, ids=lambda kind: kind.__name__)
def test_nothing_hostile_in_any_field_breaks_the_writer(kind: type[c.Command], desk: Desk) -> None:
    desk.join("two")
    for name in kind.model_fields:
        by, world = _world(desk)
        for value in HOSTILE.values():
            try:
                command = kind.model_validate({**plain(kind, world), name: value})
            except ValidationError:
                continue
            for caller in (by, desk.system):
                if attempt(desk, command, caller) is None:  # it was done, so what it was about may be gone
                    by, world = _world(desk)


def _world(desk: Desk) -> tuple[Caller, dict[str, Any]]:
    """Somebody in a channel of their own, and something real for each field that names something."""
    by = desk.join(f"agent{desk.writer.last_seq}")
    room = desk.do(c.CreateChannel(name=f"room{desk.writer.last_seq}"), by)
    other = desk.join(f"agent{desk.writer.last_seq}")
    desk.do(c.JoinChannel(channel_id=room.id), other)
    message = desk.do(c.SendMessage(to=room.id, text="hello"), other)
    session = desk.do(c.StartSession(agent_id=by.agent_id, harness="test"))
    return by, {
        "agent_id": by.agent_id,
        "channel_id": room.id,
        "message_id": message.id,
        "scheduled_id": desk.do(c.ScheduleMessage(to=room.id, text="x", when_idle="two"), by).id,
        "file_id": desk.do(c.BeginUpload(filename="a"), by).id,
        "generation": session.generation,
        "to": room.id,
    }
