from __future__ import annotations

import pytest

from relay_tui.core import commands as c
from relay_tui.core.errors import Refused, RelayError
from relay_tui.core.ids import EPOCH_MS, SEQUENCE_BITS
from relay_tui.core.model import Caller

from ..conftest import START, Desk, Hands, refused


def say(text: str, client_id: str | None = None, to: str = "#general") -> c.SendMessage:
    return c.SendMessage(to=to, text=text, client_id=client_id)


def poison(desk: Desk) -> None:
    """From now on the disk takes no message that says so."""
    desk.db.execute(
        "CREATE TEMP TRIGGER poison BEFORE INSERT ON messages WHEN NEW.text LIKE '%poison%'"
        " BEGIN SELECT RAISE(ABORT, 'a bad sector'); END"
    )


def stored(desk: Desk) -> list[str]:
    return [text for (text,) in desk.rows("SELECT text FROM messages ORDER BY seq")]


def test_commands_of_a_batch_see_what_those_before_them_did(desk: Desk) -> None:
    items = desk.together(
        (c.RegisterAgent(name="builder"), desk.system),
        (c.RegisterAgent(name="Builder"), desk.system),
        (c.CreateChannel(name="room"), desk.system),
        (c.CreateChannel(name="room"), desk.system),
    )
    assert [getattr(item.error, "code", None) for item in items] == [
        None,
        "agent_already_exists",
        None,
        "channel_already_exists",
    ]


def test_a_batch_is_one_transaction(desk: Desk) -> None:
    by = desk.join("builder")
    commits: list[str] = []
    desk.db.set_trace_callback(lambda statement: commits.append(statement) if statement == "COMMIT" else None)
    desk.together(*((say(str(n)), by) for n in range(50)))
    assert commits == ["COMMIT"]
    assert len(stored(desk)) == 50


def test_one_command_that_cannot_be_written_fails_alone(desk: Desk) -> None:
    by = desk.join("builder")
    before = desk.writer.last_seq
    poison(desk)
    items = desk.together(*((say("poison" if n == 13 else str(n), f"key-{n}"), by) for n in range(40)))
    failed = [n for n, item in enumerate(items) if item.error is not None]
    assert failed == [13]
    error = items[13].error
    assert isinstance(error, RelayError)
    assert error.code == "storage_failed"
    assert stored(desk) == [str(n) for n in range(40) if n != 13]
    seqs = [entry.seq for item in items for entry in item.entries]
    assert seqs == list(range(before + 1, before + 40))
    assert desk.rows("SELECT count(*), max(seq) - min(seq) + 1 FROM log")[0] == (before + 39, before + 39)
    assert desk.rows("SELECT last_seq FROM channels WHERE name = 'general'") == [(39,)]


def test_what_failed_may_be_sent_again_under_the_same_key(desk: Desk) -> None:
    by = desk.join("builder")
    poison(desk)
    with pytest.raises(RelayError, match="could not be written"):
        desk.do(say("poison", "key"), by)
    desk.db.execute("DROP TRIGGER poison")
    assert desk.do(say("poison", "key"), by).channel_seq == 1


def test_nothing_of_a_failed_command_is_remembered(desk: Desk) -> None:
    desk.join("builder")
    by = desk.join("planner")
    poison(desk)
    desk.together((say("@builder poison"), by), (c.CreateChannel(name="room"), by), (say("poison", to="#room"), by))
    assert stored(desk) == []
    assert desk.state.channels[desk.general].last_seq == 0
    assert desk.do(say("fine"), by).channel_seq == 1
    assert desk.rows("SELECT count(*) FROM mentions") == [(0,)]


@pytest.mark.parametrize(
    "command",
    [
        c.RegisterAgent(name="x", metadata={"deep": {"\udfff": 1}}),
        c.RegisterAgent(name="x", metadata={"much": 2**80}),
        c.RegisterAgent(name="x", metadata={"opaque": object()}),
        c.CreateChannel(name="x", metadata={"opaque": object()}, client_id="key"),
        say("fine", "key").model_copy(update={"data": {"lone": "\ud800"}}),
    ],
)
def test_content_that_json_cannot_carry_is_refused_and_costs_the_batch_nothing(desk: Desk, command: c.Command) -> None:
    by = desk.join("builder")
    begun: list[str] = []
    desk.db.set_trace_callback(lambda statement: begun.append(statement) if statement.startswith("BEGIN") else None)
    before, bad, after = desk.together((say("before"), by), (command, by), (say("after"), by))
    assert isinstance(bad.error, Refused)
    assert bad.error.code == "invalid_request"
    assert (before.error, after.error) == (None, None)
    assert len(begun) == 1


def test_a_refusal_leaves_no_trace_at_all(desk: Desk) -> None:
    by = desk.join("builder")
    before = desk.rows("SELECT * FROM log")
    with refused("channel_not_found"):
        desk.do(say("hello", "key", to="#nowhere"), by)
    assert desk.rows("SELECT * FROM log") == before
    assert desk.rows("SELECT * FROM idempotency") == []


def test_when_the_clock_goes_back_times_and_ids_still_grow(desk: Desk, hands: Hands) -> None:
    by = desk.join("builder")
    first = desk.do(say("one"), by)
    hands.now -= 3_600_000
    second = desk.do(say("two"), by)
    assert second.created_at == first.created_at == START
    assert int(second.id) > int(first.id)
    hands.now = START + 5
    third = desk.do(say("three"), by)
    assert third.created_at == START + 5
    assert int(third.id) == START + 5 - EPOCH_MS << SEQUENCE_BITS


def test_after_a_restart_with_the_clock_behind_times_and_ids_go_on_from_the_log(desk: Desk, hands: Hands) -> None:
    by = desk.join("builder")
    last = desk.do(say("one"), by)
    again = Desk(desk.path, Hands(START - 86_400_000))
    message = again.do(say("two"), by)
    assert message.created_at == START
    assert int(message.id) > int(last.id)
    assert message.seq == last.seq + 1
    again.db.close()


def test_an_answer_is_a_copy_that_later_commands_do_not_change(desk: Desk) -> None:
    by = desk.join("builder")
    channel = desk.do(c.CreateChannel(name="room", topic="old"), by)
    desk.do(c.UpdateChannel(channel_id=channel.id, topic="new"), by)
    assert channel.topic == "old"


def test_whoever_is_not_part_of_the_workspace_is_refused(desk: Desk) -> None:
    by = desk.join("builder")
    with refused("agent_not_found"):
        desk.do(say("hello"), Caller("1"))
    desk.do(c.RemoveAgent(agent_id=by.agent_id))
    with refused("agent_not_found"):
        desk.do(say("hello"), by)


def test_records_that_were_let_go_are_read_again_from_disk(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("relay_tui.core.views.state.KEPT_MESSAGES", 2)
    monkeypatch.setattr("relay_tui.core.views.state.KEPT_DELIVERIES", 2)
    ada, by = desk.join("ada", "human"), desk.join("builder")
    session = desk.do(c.StartSession(agent_id=by.agent_id, harness="test"))
    messages = [desk.do(say(str(n)), ada) for n in range(10)]
    for n, message in enumerate(messages):
        desk.do(
            c.DispatchDelivery(
                message_id=message.id, agent_id=by.agent_id, route="typed", generation=session.generation, nonce=str(n)
            )
        )
    desk.do(c.AckWire(agent_id=by.agent_id, up_to_seq=10))
    assert desk.rows("SELECT count(*), min(reached), max(reached) FROM deliveries") == [(10, 1, 1)]
    assert desk.do(c.Reply(message_id=messages[0].id, text="late"), by).thread_id == messages[0].id
    assert desk.rows("SELECT reached FROM deliveries WHERE message_id = ?", messages[0].id) == [(4,)]
