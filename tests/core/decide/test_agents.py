from __future__ import annotations

from relay_tui.core import commands as c
from relay_tui.core import events as e
from relay_tui.core.model import State

from ..conftest import START, Desk, Hands, refused

NOBODY = "999"


def test_a_new_agent_is_registered_and_joins_general(desk: Desk) -> None:
    registered, joined = desk.events(c.RegisterAgent(name="builder", persona="builds", metadata={"a": 1}))
    assert isinstance(registered, e.AgentRegistered)
    assert isinstance(joined, e.MemberJoined)
    assert (registered.name, registered.persona, registered.metadata) == ("builder", "builds", {"a": 1})
    assert (joined.channel_id, joined.agent_id, joined.role) == (desk.general, registered.agent_id, "member")


def test_an_agent_that_does_not_want_to_be_in_general_is_not(desk: Desk) -> None:
    agent = desk.do(c.RegisterAgent(name="builder", auto_join_general=False))
    assert agent.id not in desk.state.members(desk.general)


def test_nobody_joins_general_once_it_is_archived(desk: Desk) -> None:
    desk.do(c.ArchiveChannel(channel_id=desk.general))
    assert desk.join("builder").agent_id not in desk.state.members(desk.general)


def test_a_taken_name_is_refused_whatever_its_case(desk: Desk) -> None:
    desk.join("Builder")
    for name in ("Builder", "builder", "BUILDER", "relay"):
        with refused("agent_already_exists"):
            desk.do(c.RegisterAgent(name=name))


def test_the_name_of_a_removed_agent_is_free_again_for_somebody_else(desk: Desk) -> None:
    first = desk.join("builder")
    desk.do(c.RemoveAgent(agent_id=first.agent_id))
    second = desk.join("builder")
    assert second.agent_id != first.agent_id


def test_an_update_merges_metadata_and_drops_what_is_none(desk: Desk) -> None:
    agent = desk.do(c.RegisterAgent(name="builder", metadata={"keep": 1, "drop": 2}))
    updated = desk.do(c.UpdateAgent(agent_id=agent.id, metadata={"drop": None, "new": 3}))
    assert updated.metadata == {"keep": 1, "new": 3}
    assert updated.persona == ""


def test_an_update_that_changes_nothing_is_no_event(desk: Desk) -> None:
    agent = desk.do(c.RegisterAgent(name="builder", persona="builds"))
    assert desk.events(c.UpdateAgent(agent_id=agent.id, persona="builds", metadata={})) == []


def test_commands_about_an_agent_that_is_not_there_are_refused(desk: Desk) -> None:
    removed = desk.join("gone")
    desk.do(c.RemoveAgent(agent_id=removed.agent_id))
    for agent_id in (NOBODY, removed.agent_id):
        for command in (
            c.UpdateAgent(agent_id=agent_id, persona="x"),
            c.RemoveAgent(agent_id=agent_id),
            c.SetToken(agent_id=agent_id, kind="agent", token_hash="0" * 64),
            c.StartSession(agent_id=agent_id, harness="test"),
            c.RecordState(agent_id=agent_id, generation=1, state=State.IDLE, evidence="test"),
            c.AckWire(agent_id=agent_id, up_to_seq=1),
        ):
            with refused("agent_not_found"):
                desk.do(command)


def test_the_relays_own_agent_cannot_be_removed(desk: Desk) -> None:
    with refused("forbidden"):
        desk.do(c.RemoveAgent(agent_id=desk.system.agent_id))


def test_a_removed_agent_is_out_of_every_channel_and_its_tokens_are_dead(desk: Desk) -> None:
    ada, by = desk.join("ada", "human"), desk.join("builder")
    room = desk.do(c.CreateChannel(name="room"), by)
    desk.do(c.SendMessage(to="@builder", text="hello"), ada)
    desk.do(c.SetToken(agent_id=by.agent_id, kind="agent", token_hash="a" * 64))
    desk.do(c.SetToken(agent_id=by.agent_id, kind="node", token_hash="b" * 64))
    removed = desk.do(c.RemoveAgent(agent_id=by.agent_id))
    assert (removed.token_hash, removed.node_token_hash, removed.removed_at) == ("", "", START)
    assert by.agent_id not in desk.state.members(room.id)
    assert desk.rows("SELECT count(*) FROM members WHERE agent_id = ? AND left_seq IS NULL", by.agent_id) == [(0,)]


def test_what_was_under_way_to_a_removed_agent_is_cancelled_with_the_reason(desk: Desk) -> None:
    ada, by = desk.join("ada", "human"), desk.join("builder")
    session = desk.do(c.StartSession(agent_id=by.agent_id, harness="test"))
    message = desk.do(c.SendMessage(to="#general", text="hello"), ada)
    desk.do(
        c.DispatchDelivery(
            message_id=message.id, agent_id=by.agent_id, route="typed", generation=session.generation, nonce="n"
        )
    )
    desk.do(c.RemoveAgent(agent_id=by.agent_id))
    delivery = desk.state.delivery(message.id, by.agent_id)
    assert (delivery.word, delivery.reason) == ("cancelled", "builder was removed")


def test_a_token_replaces_the_one_of_its_kind_only(desk: Desk) -> None:
    by = desk.join("builder")
    desk.do(c.SetToken(agent_id=by.agent_id, kind="agent", token_hash="a" * 64))
    agent = desk.do(c.SetToken(agent_id=by.agent_id, kind="node", token_hash="b" * 64))
    assert (agent.token_hash, agent.node_token_hash) == ("a" * 64, "b" * 64)


def test_each_new_program_is_a_new_generation_and_one_that_was_found_again_is_not(desk: Desk) -> None:
    by = desk.join("builder")
    start = c.StartSession(agent_id=by.agent_id, harness="terminal", address={"pane": "%1"})
    again = c.StartSession(agent_id=by.agent_id, harness="terminal", same_program=True)
    generations = [desk.do(command).generation for command in (again, start, again, start)]
    assert generations == [1, 2, 2, 3]


def test_a_state_of_another_generation_is_refused(desk: Desk) -> None:
    by = desk.join("builder")
    state = c.RecordState(agent_id=by.agent_id, generation=1, state=State.IDLE, evidence="test")
    with refused("stale_generation"):
        desk.do(state)
    desk.do(c.StartSession(agent_id=by.agent_id, harness="test"))
    desk.do(state)
    desk.do(c.StartSession(agent_id=by.agent_id, harness="test"))
    with refused("stale_generation"):
        desk.do(state)


def test_a_state_has_its_since_from_when_it_began_and_a_repeat_is_no_event(desk: Desk, hands: Hands) -> None:
    by = desk.join("builder")
    desk.do(c.StartSession(agent_id=by.agent_id, harness="test"))
    working = c.RecordState(agent_id=by.agent_id, generation=1, state=State.WORKING, evidence="screen", exact=False)
    hands.now += 10
    assert desk.do(working).since == START + 10
    hands.now += 10
    assert desk.events(working) == []
    surer = working.model_copy(update={"evidence": "transcript", "exact": True})
    assert desk.do(surer).since == START + 10
    assert desk.state.sessions[by.agent_id].exact is True
