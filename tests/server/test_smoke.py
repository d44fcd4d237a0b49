from __future__ import annotations

from tests.server.conftest import Running, until


async def test_a_message_goes_over_the_socket_and_is_proven_by_the_receipt(pair: Running) -> None:
    async with pair.socket("bob", capabilities=[{"name": "relay:receipts-v1"}]) as bob:
        assert bob.registered["data"]["deliveries"] == "socket"
        sent = await pair.data("POST", "/v1/channels/general/messages", {"text": "hi @bob"}, token="alice")
        frame = await bob.next()
        assert frame["type"] == "deliver", frame
        assert frame["payload"]["data"]["text"] == "hi @bob"
        assert (await bob.ack(frame["seq"]))["ok"]
        answer = await bob.ask("delivery.receipt", delivery_id=frame["delivery_id"], outcome="delivered")
        assert answer["ok"], answer
        bob_id = frame["agent_id"]
        delivery = await pair.relay.queries.delivery(sent["id"], bob_id)
        assert delivery is not None
        assert (delivery.word, delivery.evidence) == ("delivered", "callback")
        assert until
