"""The node socket: exact frames, acks, receipts, redelivery, slow readers, and what it refuses."""

from __future__ import annotations

import contextlib
from typing import Any

import orjson
import pytest
from websockets.asyncio.client import connect
from websockets.exceptions import ConnectionClosed, InvalidStatus

from relay_tui.core.commands import StartSession
from relay_tui.core.model import Caller, Delivery, Source, State
from relay_tui.core.model_delivery import Attempt

from .conftest import Node, Running, until

GENERAL = "/v1/channels/general/messages"
RECEIPTS = {"capabilities": [{"name": "relay:receipts-v1"}]}
EVENTS_ONLY = {"capabilities": [{"name": "relay:no-deliveries-v1"}]}


async def say(served: Running, text: str, token: str = "alice") -> str:
    return (await served.data("POST", GENERAL, {"text": text}, token=token))["id"]


async def delivery(served: Running, message_id: str, agent_id: str) -> Delivery:
    found = await served.relay.queries.delivery(message_id, agent_id)
    assert found is not None
    return found


async def until_word(served: Running, message_id: str, agent_id: str, word: str) -> Delivery:
    async def ready() -> Delivery | None:
        found = await delivery(served, message_id, agent_id)
        return found if found.word == word else None

    return await until(ready, served.relay)


async def closed(node: Node) -> tuple[int, str]:
    """Read until the server closes: its code and reason."""
    while True:
        try:
            await node.next()
        except ConnectionClosed:
            return node.ws.close_code or 0, node.ws.close_reason or ""


async def test_registering_answers_every_capability_and_who_delivers(pair: Running) -> None:
    names = ["relay:receipts-v1", "relay:delivery-cursor-v1", "spawn:claude"]
    async with pair.socket("bob", capabilities=[{"name": name} for name in names]) as bob:
        assert set(bob.registered) == {"v", "id", "type", "ok", "data"}
        data = bob.registered["data"]
        assert [one["name"] for one in data["accepted_capabilities"]] == names
        assert [one["accepted"] for one in data["accepted_capabilities"]] == [True, False, False]
        assert all(one["kind"] in ("action", "capacity") for one in data["accepted_capabilities"])
        assert (data["name"], data["deliveries"]) == ("bob", "socket")
    status = {one["agent_name"]: one["status"] for one in await pair.data("GET", "/v1/agents/presence")}
    assert status["bob"] == "online"


async def test_a_delivery_has_exactly_the_wires_keys(pair: Running) -> None:
    async with pair.socket("bob", **RECEIPTS) as bob:
        message_id = await say(pair, "hello @bob")
        frame = await bob.next()
    assert set(frame) == {"v", "type", "delivery_id", "agent_id", "agent", "msg_id", "seq", "mode", "payload"}
    assert (frame["v"], frame["type"], frame["agent"], frame["msg_id"]) == (1, "deliver", "bob", message_id)
    assert (frame["seq"], frame["mode"]) == (1, "wait")
    assert set(frame["payload"]) == {"type", "data"}
    assert frame["payload"]["type"] == "message.created"
    data = frame["payload"]["data"]
    assert {"id", "text", "channel_name", "from_name", "injection_mode"} <= set(data)
    assert (data["from_name"], data["channel_name"], data["text"]) == ("alice", "general", "hello @bob")


async def test_each_kind_of_message_has_its_own_payload_type(pair: Running) -> None:
    await pair.agent("carol")
    async with pair.socket("bob", **RECEIPTS) as bob:
        root = await say(pair, "@bob")
        await pair.data("POST", f"/v1/messages/{root}/replies", {"text": "re"}, token="alice")
        await pair.data("POST", "/v1/dm", {"to": "bob", "text": "dm", "mode": "steer"}, token="alice")
        group = await pair.data("POST", "/v1/dm/group", {"participants": ["bob", "carol"]}, token="alice")
        await pair.data("POST", f"/v1/dm/{group['id']}/messages", {"text": "gm"}, token="alice")
        frames = [await bob.next() for _ in range(4)]
    by_type = {frame["payload"]["type"]: frame for frame in frames}
    assert set(by_type) == {"message.created", "thread.reply", "dm.received", "group_dm.received"}
    assert sorted(frame["seq"] for frame in frames) == [1, 2, 3, 4]
    assert by_type["thread.reply"]["payload"]["data"]["thread_id"] == root
    direct = by_type["dm.received"]
    assert direct["mode"] == "steer"
    assert direct["payload"]["data"]["message"]["text"] == "dm"
    assert by_type["group_dm.received"]["payload"]["data"]["conversation_id"] == group["id"]


async def test_an_ack_is_accepted_and_only_a_receipt_is_delivered(pair: Running) -> None:
    async with pair.socket("bob", **RECEIPTS) as bob:
        message_id = await say(pair, "one")
        frame = await bob.next()
        assert (await bob.ack(frame["seq"]))["ok"] is True
        found = await delivery(pair, message_id, frame["agent_id"])
        assert (found.word, found.evidence) == ("accepted", "socket ack")
        answer = await bob.ask("delivery.receipt", delivery_id=frame["delivery_id"], outcome="delivered")
        assert answer == {"v": 1, "id": "q", "type": "reply", "ok": True, "data": {}}
        found = await delivery(pair, message_id, frame["agent_id"])
        assert (found.word, found.evidence, found.unverified) == ("delivered", "callback", False)
        assert found.route == "callback"


async def test_acks_without_an_id_are_cumulative(pair: Running) -> None:
    async with pair.socket("bob", **RECEIPTS) as bob:
        ids = [await say(pair, str(n)) for n in range(5)]
        frames = [await bob.next() for _ in range(5)]
        await bob.send("delivery.ack", agent="bob", up_to_seq=0)
        for frame in frames:
            await bob.send("delivery.ack", agent="bob", up_to_seq=frame["seq"])
        for message_id in ids:
            await until_word(pair, message_id, frames[0]["agent_id"], "accepted")
        bob_now = await pair.relay.queries.agent("bob")
        assert bob_now is not None
        assert bob_now.acked_wire_seq == 5


async def test_a_handler_that_failed_is_a_failed_delivery_with_its_reason(pair: Running) -> None:
    async with pair.socket("bob", **RECEIPTS) as bob:
        message_id = await say(pair, "one")
        frame = await bob.next()
        await bob.ack(frame["seq"])
        answer = await bob.ask("delivery.receipt", delivery_id=frame["delivery_id"], outcome="failed", error="boom")
        assert answer["ok"] is True
        found = await delivery(pair, message_id, frame["agent_id"])
        assert (found.word, found.reason) == ("failed", "its handler failed: boom")


@pytest.mark.parametrize(("outcome", "ended"), [("delivered", "delivered"), ("failed", "failed")])
async def test_the_recorder_has_each_step_of_an_attempt_once_and_how_it_ended(
    pair: Running, outcome: str, ended: str
) -> None:
    async with pair.socket("bob", **RECEIPTS) as bob:
        message_id = await say(pair, "one")
        frame = await bob.next()
        await bob.ack(frame["seq"])
        await bob.ask("delivery.receipt", delivery_id=frame["delivery_id"], outcome=outcome, error="boom")

        async def recorded() -> list[Attempt]:
            message = await pair.relay.queries.message(message_id)
            assert message is not None
            found = await pair.relay.queries.attempts(message, await delivery(pair, message_id, frame["agent_id"]))
            return found if any(step["name"] == "way in" for step in found[0].steps) else []

        [attempt] = await until(recorded, pair.relay)
    assert [step["name"] for step in attempt.steps] == ["way in", "handed to its socket", "acknowledged", "handled"]
    assert attempt.outcome == ended
    assert attempt.how == ("its handler returned" if outcome == "delivered" else "its handler failed: boom")


async def test_what_was_not_handled_comes_again_in_order_under_the_same_numbers(pair: Running) -> None:
    async with pair.socket("bob", **RECEIPTS) as bob:
        for n in range(3):
            await say(pair, str(n))
        first = [await bob.next() for _ in range(3)]
        await bob.ack(1)
        await bob.ask("delivery.receipt", delivery_id=first[0]["delivery_id"], outcome="delivered")
    await say(pair, "while away")
    async with pair.socket("bob", **RECEIPTS) as bob:
        again = [await bob.next() for _ in range(3)]
    texts = [frame["payload"]["data"]["text"] for frame in again]
    assert texts == ["1", "2", "while away"]
    assert [frame["seq"] for frame in again] == [2, 3, 4]
    assert again[0]["delivery_id"] == first[1]["delivery_id"]
    assert again[0]["payload"]["type"] == "message.created"


async def test_a_socket_that_closes_leaves_its_agent_lost_and_its_mail_queued(pair: Running) -> None:
    async with pair.socket("bob", **RECEIPTS):
        pass

    async def lost() -> Any:
        return [s for s in (await pair.relay.queries.sessions()).values() if s.state == State.LOST]

    (session,) = await until(lost, pair.relay)
    assert session.harness == "callback"
    message_id = await say(pair, "later")
    assert (await delivery(pair, message_id, session.agent_id)).word == "queued"


async def test_signing_off_ends_the_session(pair: Running) -> None:
    async with pair.socket("bob", **RECEIPTS) as bob:
        assert (await bob.ask("node.deregister"))["ok"] is True
        (session,) = (await pair.relay.queries.sessions()).values()
        assert (session.state, session.detail) == (State.EXITED, "signed off")


async def test_a_registered_events_only_socket_gets_no_messages(pair: Running) -> None:
    async with pair.socket("bob", **EVENTS_ONLY) as bob:
        assert bob.registered["data"]["deliveries"] == "none"
        message_id = await say(pair, "x")
        assert (await bob.ask("node.heartbeat"))["type"] == "reply"
        assert (await delivery(pair, message_id, (await pair.data("GET", "/v1/agents/bob"))["id"])).word == "queued"


async def test_an_agent_with_a_terminal_gets_its_messages_there(pair: Running) -> None:
    bob_id = (await pair.data("GET", "/v1/agents/bob"))["id"]
    start = StartSession(agent_id=bob_id, harness="terminal", state=State.IDLE)
    await pair.relay.execute(start, Caller(pair.operator.agent_id, Source.HARNESS))
    async with pair.socket("bob", **RECEIPTS) as bob:
        data = bob.registered["data"]
        assert data["deliveries"] == "host"
        assert data["accepted_capabilities"][0]["accepted"] is False
        assert pair.relay.sessions.get(bob_id) is None
        begun = await pair.data("POST", "/v1/actions/echo/invoke", {"input": {"text": "hi"}}, token="bob")
        frame = await bob.next()
        assert (frame["seq"], frame["payload"]["data"]["invocation_id"]) == (0, begun["invocation_id"])


async def test_a_terminal_that_starts_takes_the_deliveries_over(pair: Running) -> None:
    bob_id = (await pair.data("GET", "/v1/agents/bob"))["id"]
    async with pair.socket("bob", **RECEIPTS) as bob:
        start = StartSession(agent_id=bob_id, harness="terminal", state=State.IDLE)
        await pair.relay.execute(start, Caller(pair.operator.agent_id, Source.HARNESS))
        answer = await bob.ask("delivery.receipt", delivery_id=f"dlv_1_{bob_id}", outcome="delivered")
        assert answer["code"] == "not_delivering"
        assert (await bob.ask("node.register", **RECEIPTS))["data"]["deliveries"] == "host"


@pytest.mark.parametrize(("action", "event"), [("echo", "action.completed"), ("deploy.preview", "action.denied")])
async def test_the_end_of_an_action_is_told_to_its_caller_alone(pair: Running, action: str, event: str) -> None:
    async with pair.socket("bob", **EVENTS_ONLY) as bob, pair.socket("alice", **EVENTS_ONLY) as alice:
        path = f"/v1/actions/{action}/invoke"
        begun = await pair.data("POST", path, {"input": {"text": "hi"}}, token="bob")
        if event == "action.denied":
            (waiting,) = await pair.data("GET", "/v1/x/approvals")
            decision = {"request_hash": waiting["request_hash"], "approve": False, "words": "no"}
            await pair.data("POST", f"/v1/x/approvals/{waiting['approval_id']}", decision)
        frame = await bob.next()
        assert set(frame) == {"v", "type", "delivery_id", "agent_id", "agent", "msg_id", "seq", "mode", "payload"}
        assert frame["seq"] == 0
        assert frame["payload"]["type"] == event
        data = frame["payload"]["data"]
        assert (data["invocation_id"], data["caller_name"]) == (begun["invocation_id"], "bob")
        assert data["error"] == ("no" if event == "action.denied" else None)
        assert (await alice.ask("node.heartbeat"))["type"] == "reply"


async def test_unknown_frames_are_answered_only_when_they_ask(pair: Running) -> None:
    async with pair.socket("bob", **RECEIPTS) as bob:
        await bob.send("subscribe", channels=["general"])
        await bob.ws.send(orjson.dumps({"v": 1}).decode())
        await bob.ws.send(orjson.dumps({"v": 1, "type": ["x"]}).decode())
        answer = await bob.ask("no.such.frame")
        assert set(answer) == {"v", "id", "type", "ok", "code", "message"}
        assert (answer["type"], answer["ok"], answer["code"]) == ("error", False, "unknown_type")


@pytest.mark.parametrize(
    ("kind", "fields", "code"),
    [
        ("delivery.ack", {"agent": "alice", "up_to_seq": 1}, "agent_not_found"),
        ("delivery.ack", {"agent": "bob", "up_to_seq": -1}, "invalid_request"),
        ("delivery.ack", {"agent": "bob", "up_to_seq": 10**30}, "invalid_request"),
        ("delivery.ack", {"agent": "bob", "up_to_seq": 99}, "invalid_request"),
        ("delivery.ack", {"agent": "bob"}, "invalid_request"),
        ("delivery.receipt", {"delivery_id": "x", "outcome": "delivered"}, "delivery_not_found"),
        ("delivery.receipt", {"delivery_id": "dlv_1_1", "outcome": "delivered"}, "delivery_not_found"),
        ("delivery.receipt", {"delivery_id": "dlv_1_1", "outcome": "answered"}, "invalid_request"),
        ("node.register", {"node_id": "node_direct_1"}, "node_id_mismatch"),
        ("node.register", {"capabilities": "all"}, "invalid_request"),
        ("node.register", {"provider": 5}, "invalid_request"),
    ],
)
async def test_frames_that_make_no_sense_are_refused(
    pair: Running, kind: str, fields: dict[str, Any], code: str
) -> None:
    async with pair.socket("bob", **RECEIPTS) as bob:
        assert (await bob.ask(kind, **fields))["code"] == code
        assert (await bob.ask("node.heartbeat"))["ok"] is True


async def test_an_agent_cannot_receipt_what_was_sent_to_another(pair: Running) -> None:
    await pair.agent("carol")
    message_id = await say(pair, "x")
    carol_id = (await pair.data("GET", "/v1/agents/carol"))["id"]
    async with pair.socket("bob", **RECEIPTS) as bob:
        answer = await bob.ask("delivery.receipt", delivery_id=f"dlv_{message_id}_{carol_id}", outcome="delivered")
        assert answer["type"] == "deliver" or answer["code"] == "delivery_not_found"
    assert (await delivery(pair, message_id, carol_id)).word == "queued"


@pytest.mark.parametrize(("frame", "code"), [("not json", 1007), ("[1]", 1007), (b"bytes", 1003)])
async def test_what_is_no_frame_closes_the_socket(pair: Running, frame: str | bytes, code: int) -> None:
    async with pair.socket("bob", **RECEIPTS) as bob:
        await bob.ws.send(frame)
        assert (await closed(bob))[0] == code


async def test_a_frame_that_is_too_long_closes_the_socket(pair: Running) -> None:
    async with pair.socket("bob", **RECEIPTS) as bob:
        with contextlib.suppress(ConnectionClosed):
            await bob.ws.send("x" * (9 * 1024 * 1024))
        await bob.ws.wait_closed()
        assert bob.ws.close_code in (1006, 1009)
    assert (await pair.http.get("/health")).status_code == 200


@pytest.mark.parametrize(
    ("token", "status"), [("alice", 403), ("nt_live_" + "0" * 64, 401), ("", 401), ("key", 403), ("%00", 401)]
)
async def test_the_wrong_token_is_refused_before_the_upgrade(pair: Running, token: str, status: int) -> None:
    bearer = pair.key if token == "key" else pair.tokens.get(token, token)
    with pytest.raises(InvalidStatus) as refused:
        async with connect(f"{pair.server.url.replace('http', 'ws')}/v1/node/ws?token={bearer}"):
            pass
    assert refused.value.response.status_code == status
    body = orjson.loads(refused.value.response.body or b"{}")
    assert body["ok"] is False


async def test_a_plain_request_to_the_socket_is_told_to_upgrade(pair: Running) -> None:
    assert await pair.code("GET", "/v1/node/ws") == (426, "upgrade_required")


async def test_the_newest_socket_of_an_agent_delivers(pair: Running) -> None:
    async with pair.socket("bob", **RECEIPTS) as old, pair.socket("bob", **RECEIPTS) as new:
        assert (await closed(old))[0] == 1000
        message_id = await say(pair, "x")
        assert (await new.next())["msg_id"] == message_id


async def test_a_second_live_instance_of_a_named_provider_is_refused(pair: Running) -> None:
    def provider(instance: str) -> dict[str, Any]:
        return RECEIPTS | {"provider": {"name": "sdk", "instance_id": instance}}

    async with pair.socket("bob", **provider("1")) as first, pair.socket("bob", **provider("2")) as second:
        assert second.registered["code"] == "provider_instance_conflict"
        message_id = await say(pair, "x")
        assert (await first.next())["msg_id"] == message_id


async def test_the_same_instance_comes_back_under_its_generation(pair: Running) -> None:
    same = RECEIPTS | {"provider": {"name": "sdk", "instance_id": "1"}}
    generations = []
    for register in (same, same, RECEIPTS, RECEIPTS):
        async with pair.socket("bob", **register):
            (session,) = (await pair.relay.queries.sessions()).values()
            generations.append(session.generation)
    assert generations == [1, 1, 2, 3]


async def test_removing_an_agent_closes_its_socket(pair: Running) -> None:
    async with pair.socket("bob", **RECEIPTS) as bob:
        await pair.call("DELETE", "/v1/agents/bob")
        assert await closed(bob) == (1008, "this agent was removed")


async def test_when_the_relay_stops_sockets_close_with_1001(pair: Running) -> None:
    async with pair.socket("bob", **RECEIPTS) as bob, pair.socket("alice") as alice:
        await pair.server.stop()
        assert (await closed(bob))[0] == 1001
        assert (await closed(alice))[0] == 1001


async def test_a_reader_who_stalls_holds_nobody_up_and_gets_the_rest_when_it_is_back(pair: Running) -> None:
    await pair.agent("carol")
    big = "x" * 200_000
    async with pair.socket("carol", **RECEIPTS) as carol:
        async with pair.socket("bob", **RECEIPTS) as bob:
            bob.ws.transport.pause_reading()
            sent = []
            for n in range(40):
                sent.append(await say(pair, f"{n} {big}"))
                frame = await carol.next()
                assert frame["payload"]["data"]["text"].startswith(f"{n} ")
                await carol.send("delivery.ack", agent="carol", up_to_seq=frame["seq"])
            bob.ws.transport.abort()
        async with pair.socket("bob", **RECEIPTS) as bob:
            for message_id in sent:
                frame = await bob.next()
                assert frame["msg_id"] == message_id
                await bob.send("delivery.ack", agent="bob", up_to_seq=frame["seq"])


async def test_a_stalled_reader_of_events_is_cut_off_with_1013(pair: Running) -> None:
    """Also when it reads again only after the relay has given it up."""
    sockets = pair.server._service.sockets  # pyright: ignore[reportPrivateUsage, reportOptionalMemberAccess]
    async with pair.socket("bob", **EVENTS_ONLY) as bob:
        known = await pair.relay.queries.agent("bob")
        assert known is not None
        (connection,) = sockets.of(known.id)
        bob.ws.transport.pause_reading()
        while sockets.connected(known.id):
            body = {"input": {"text": "y" * 400_000}}
            begun = await pair.data("POST", "/v1/actions/echo/invoke", body, token="bob")
            await pair.relay.actions.finished(begun["invocation_id"])
        await connection.ended()
        bob.ws.transport.resume_reading()
        assert (await closed(bob))[0] == 1013
