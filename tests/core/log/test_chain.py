"""The chain over the log: whatever is done to an entry, the first one that is not as it was is named."""

from __future__ import annotations

from typing import Any

import pytest

from relay_tui.core import commands as c
from relay_tui.core import events as e
from relay_tui.core.errors import WorkspaceError
from relay_tui.core.log import codec
from relay_tui.core.log.chain import verify

from ..conftest import Desk


@pytest.fixture
def told(desk: Desk) -> Desk:
    by = desk.join("builder")
    desk.join("other")
    for n in range(20):
        desk.do(c.SendMessage(to="#general", text=f"number {n} @other"), by)
    return desk


def test_a_log_that_nobody_touched_verifies(told: Desk) -> None:
    verdict = verify(told.path)
    assert verdict.ok
    assert verdict.entries == told.writer.last_seq
    assert bytes.fromhex(verdict.head) == told.rows("SELECT hash FROM log ORDER BY seq DESC LIMIT 1")[0][0]


def test_an_empty_log_verifies(desk: Desk) -> None:
    desk.db.execute("DELETE FROM log")
    assert verify(desk.path).ok


@pytest.mark.parametrize(
    "change",
    [
        "data = replace(data, 'number 3', 'number 4')",
        "at = at + 1",
        "actor = actor + 1",
        "id = replace(id, '0', '1')",
        "source = 'tui'",
        "causation = 'x'",
        "v = 2",
        "type = 'agent.removed'",
        "hash = zeroblob(32)",
        "withheld = zeroblob(32)",
        "data = ''",
    ],
)
def test_a_changed_entry_is_named(told: Desk, change: str) -> None:
    seq = told.rows("SELECT seq FROM log WHERE data LIKE '%number 3 %'")[0][0]
    told.db.execute(f"UPDATE log SET {change} WHERE seq = ?", (seq,))
    verdict = verify(told.path)
    assert not verdict.ok
    assert verdict.bad_seq == seq
    assert verdict.entries == seq - 1
    assert verdict.reason


def test_a_removed_entry_is_named(told: Desk) -> None:
    told.db.execute("DELETE FROM log WHERE seq = 9")
    assert verify(told.path).bad_seq == 9


def test_two_entries_that_changed_places_are_named(told: Desk) -> None:
    told.db.execute("UPDATE log SET seq = -1 WHERE seq = 12")
    told.db.execute("UPDATE log SET seq = 12 WHERE seq = 13")
    told.db.execute("UPDATE log SET seq = 13 WHERE seq = -1")
    assert verify(told.path).bad_seq == 12


def test_a_log_cut_short_verifies_with_another_head(told: Desk) -> None:
    before = verify(told.path).head
    told.db.execute("DELETE FROM log WHERE seq > 15")
    verdict = verify(told.path)
    assert verdict.ok
    assert verdict.head != before


def test_the_chain_goes_on_after_a_batch_that_failed(told: Desk) -> None:
    told.db.execute("CREATE TRIGGER full BEFORE INSERT ON messages BEGIN SELECT RAISE(ABORT, 'no'); END")
    by = told.join("third")
    with pytest.raises(Exception, match="could not be written"):
        told.do(c.SendMessage(to="#general", text="never"), by)
    told.db.execute("DROP TRIGGER full")
    told.do(c.SendMessage(to="#general", text="again"), by)
    assert verify(told.path).ok


def test_an_event_of_an_older_version_is_read_as_the_next_versions_have_it(
    desk: Desk, monkeypatch: pytest.MonkeyPatch
) -> None:
    by = desk.join("builder")
    seq = desk.do(c.SendMessage(to="#general", text="old"), by).seq
    stored = desk.rows(f"SELECT {codec.COLUMNS} FROM log WHERE seq = ?", seq)[0]
    steps: list[int] = []

    def step(version: int) -> codec.Upcast:
        def upcast(data: dict[str, Any]) -> dict[str, Any]:
            steps.append(version)
            return {**data, "text": f"{data['text']} {version + 1}"}

        return upcast

    monkeypatch.setattr(codec, "_reader", codec._reader.__wrapped__)  # pyright: ignore - looked up anew, v is another
    monkeypatch.setattr(e.MessageCreated, "v", 3)
    monkeypatch.setitem(codec.UPCASTS, ("message.created", 1), step(1))
    monkeypatch.setitem(codec.UPCASTS, ("message.created", 2), step(2))
    event = codec.from_row(stored).event
    assert isinstance(event, e.MessageCreated)
    assert (event.text, steps) == ("old 2 3", [1, 2])
    assert verify(desk.path).ok


@pytest.mark.parametrize(
    "data",
    ["", "{", "[]", "{}", '{"message_id": 7}', '{"channel_id": null}', "\x00", '{"channel_id": "1"'],
)
def test_an_entry_that_is_not_what_was_written_is_said_to_be_damaged(data: str) -> None:
    row = (7, "id", 1, "1", "system", "", "channel.archived", 1, data)
    with pytest.raises(WorkspaceError, match="Entry 7 of the log cannot be read") as refused:
        codec.from_row(row)
    assert refused.value.code == "workspace_damaged"
