"""Two agents and a relay, over real sockets."""

from __future__ import annotations

import asyncio
import subprocess
import sys
from collections.abc import Awaitable, Callable

import pytest

from relay_tui.client import Incoming, RelayClient, RelayClientError
from relay_tui.core.commands import DecideApproval, RemoveAgent, StartSession
from relay_tui.core.model import Approval, Caller, Delivery, Source, State
from tests.core.conftest import until as until_in

from .conftest import Place


class Heard:
    """A handler that keeps what it gets, and can be waited for."""

    def __init__(self) -> None:
        self.messages: asyncio.Queue[Incoming] = asyncio.Queue()

    async def __call__(self, message: Incoming) -> None:
        self.messages.put_nowait(message)

    async def next(self) -> Incoming:
        async with asyncio.timeout(10):
            return await self.messages.get()


async def until(place: Place, ready: Callable[[], Awaitable[object]]) -> object:
    return await until_in(place.relay, ready, seconds=10)


async def until_word(place: Place, message_id: str, name: str, word: str) -> Delivery:
    agent = await place.relay.queries.agent(name)
    assert agent is not None

    async def ready() -> Delivery | None:
        found = await place.relay.queries.delivery(message_id, agent.id)
        return found if found is not None and found.word == word else None

    found = await until(place, ready)
    assert isinstance(found, Delivery)
    return found


async def test_what_is_not_text_is_refused_in_words_before_anything_is_sent(place: Place) -> None:
    async with await place.join("alice") as alice:
        for said in (
            alice.send("#general", "half a \ud83d"),
            alice.send("#\ud83d", "hello"),
            alice.send("#general", "hello", data={"n": float("nan")}),
            alice.threads(limit="\ud83d"),  # pyright: ignore[reportArgumentType]
        ):
            with pytest.raises(RelayClientError) as refused:
                await said
            assert (refused.value.code, refused.value.status) == ("invalid_request", 400)


async def test_two_agents_talk_and_each_delivery_is_proven_by_its_handler(place: Place) -> None:
    async with await place.join("alice") as alice, await place.join("bob") as bob:
        heard_a, heard_b = Heard(), Heard()
        await alice.start(heard_a)
        await bob.start(heard_b)
        assert bob.deliveries == "socket"
        asked = await alice.send("#general", "ready @bob?", data={"k": 1})
        got = await heard_b.next()
        assert (got.id, got.kind, got.sender, got.channel, got.text) == (
            asked.id, "message", "alice", "general", "ready @bob?",
        )  # fmt: skip
        answer = await bob.reply(got.reply_to, "yes")
        back = await heard_a.next()
        assert (back.id, back.kind, back.thread_id, back.text) == (answer.id, "reply", asked.id, "yes")
        delivery = await until_word(place, answer.id, "alice", "delivered")
        assert (delivery.evidence, delivery.how) == ("callback", "its handler returned")
        assert (await until_word(place, asked.id, "bob", "answered")).delivered_at is not None


async def test_direct_messages_and_groups_arrive_with_their_conversation(place: Place) -> None:
    async with await place.join("alice") as alice, await place.join("bob") as bob, await place.join("carol") as carol:
        heard = Heard()
        await bob.start(heard)
        sent = await alice.send("@bob", "psst", mode="steer")
        got = await heard.next()
        assert (got.kind, got.conversation_id, got.channel, got.mode) == ("dm", sent.conversation_id, "", "steer")
        await bob.say_in(got.conversation_id, "what?")
        group = await carol.open_group(["alice", "bob"], "plans")
        await carol.say_in(group, "all")
        got = await heard.next()
        assert (got.kind, got.conversation_id, got.text, got.sender) == ("group", group, "all", "carol")


async def test_messages_are_read_paged_and_marked(place: Place) -> None:
    async with await place.join("alice") as alice, await place.join("bob") as bob:
        sent = [await alice.send("general", f"{n} @bob") for n in range(3)]
        assert [one.text for one in await bob.messages("#general", limit=2)] == ["1 @bob", "2 @bob"]
        assert [one.id for one in await bob.messages("general", before=sent[1].id)] == [sent[0].id]
        inbox = await bob.inbox()
        assert inbox["unread_channels"] == [{"channel_name": "general", "unread_count": 3}]
        assert len(inbox["mentions"]) == 3
        await bob.mark_read(sent[2].id)
        assert (await bob.inbox())["unread_channels"] == []
        await alice.reply(sent[0].id, "more")
        assert [one.text for one in await bob.thread(sent[0].id)] == ["0 @bob", "more"]


async def test_channels_are_made_joined_and_left(place: Place) -> None:
    async with await place.join("alice") as alice, await place.join("bob") as bob:
        await alice.create_channel("dev", "topic")
        await bob.join_channel("#dev")
        assert {one["name"] for one in await bob.channels()} == {"general", "dev"}
        await bob.leave_channel("dev")
        with pytest.raises(RelayClientError) as refused:
            await bob.send("#dev", "x")
        assert refused.value.status == 403


async def test_errors_have_the_wires_code_a_sentence_and_a_hint(place: Place) -> None:
    async with await place.join("alice") as alice:
        with pytest.raises(RelayClientError) as refused:
            await alice.send("#nowhere", "x")
        assert (refused.value.code, refused.value.status) == ("channel_not_found", 404)
        with pytest.raises(RelayClientError) as refused:
            await alice.dm("@nobody", "x")
        assert refused.value.code == "agent_not_found"
        with pytest.raises(RelayClientError) as refused:
            await RelayClient.join(place.url, place.key, "alice")
        assert refused.value.code == "agent_already_exists"
        assert refused.value.hint
        again = await RelayClient.join(place.url, place.key, "alice", token=alice.token)
        assert (await again.me())["name"] == "alice"
        await again.aclose()
        with pytest.raises(RelayClientError) as refused:
            await RelayClient.join(place.url, "rk_live_wrong", "dave")
        assert refused.value.code == "unauthorized"


async def test_an_unreachable_relay_is_said_after_the_deadline() -> None:
    async with RelayClient("http://127.0.0.1:9", "at_live_x", deadline=0.1) as client:
        with pytest.raises(RelayClientError) as refused:
            await client.me()
        assert refused.value.code == "unreachable"


async def test_the_environment_is_enough(place: Place) -> None:
    alice = await place.join("alice")
    await alice.aclose()
    env = {"RELAY_BASE_URL": place.url, "RELAY_AGENT_TOKEN": alice.token, "RELAY_AGENT_NAME": "alice"}
    async with RelayClient.from_env(env) as found:
        assert (found.name, (await found.me())["name"]) == ("alice", "alice")
    with pytest.raises(RelayClientError) as refused:
        RelayClient.from_env({"RELAY_BASE_URL": place.url})
    assert "RELAY_AGENT_TOKEN" in refused.value.message


async def test_a_handler_that_raises_fails_that_delivery_and_no_other(place: Place) -> None:
    heard = Heard()

    async def picky(message: Incoming) -> None:
        if message.text == "bad":
            raise ValueError("cannot")
        await heard(message)

    async with await place.join("alice") as alice, await place.join("bob") as bob:
        await bob.start(picky)
        bad = await alice.send("#general", "bad")
        await alice.send("#general", "good")
        assert (await heard.next()).text == "good"
        delivery = await until_word(place, bad.id, "bob", "failed")
        assert delivery.reason == "its handler failed: ValueError: cannot"


async def test_a_slow_handler_does_not_hold_up_its_socket(place: Place) -> None:
    go = asyncio.Event()
    async with await place.join("alice") as alice, await place.join("bob") as bob:
        handled: list[str] = []

        async def slow(message: Incoming) -> None:
            await go.wait()
            handled.append(message.text)

        await bob.start(slow)
        sent = [await alice.send("#general", str(n)) for n in range(5)]
        for one in sent:
            await until_word(place, one.id, "bob", "accepted")
        assert (await bob.invoke("echo", {"text": "hi"}, timeout=5)).output == {"text": "hi"}
        go.set()
        await until_word(place, sent[-1].id, "bob", "delivered")
        assert handled == [str(n) for n in range(5)]


async def test_what_was_sent_while_the_server_was_away_arrives_once(place: Place) -> None:
    async with await place.join("alice") as alice, await place.join("bob") as bob:
        heard = Heard()
        await bob.start(heard)
        await alice.send("#general", "before")
        assert (await heard.next()).text == "before"
        restart = asyncio.create_task(place.restart())
        sent = [await alice.send("#general", f"during {n}") for n in range(5)]
        await restart
        assert [(await heard.next()).text for _ in sent] == [f"during {n}" for n in range(5)]
        after = await alice.send("#general", "after")
        assert (await heard.next()).text == "after"
        await until_word(place, after.id, "bob", "delivered")
        assert heard.messages.empty()
        (session,) = (await place.relay.queries.sessions()).values()
        assert session.generation == 1


async def test_a_program_that_dies_while_handling_leaves_its_message_to_its_successor(place: Place) -> None:
    async with await place.join("alice") as alice:
        first, begun = await place.join("bob"), asyncio.Event()

        async def never_done(message: Incoming) -> None:
            begun.set()
            await asyncio.Event().wait()

        await first.start(never_done)
        sent = await alice.send("#general", "handle me")
        await begun.wait()
        await until_word(place, sent.id, "bob", "accepted")
        await first.aclose()
        async with RelayClient(place.url, first.token) as second:
            heard = Heard()
            await second.start(heard)
            assert (await heard.next()).id == sent.id
            delivery = await until_word(place, sent.id, "bob", "delivered")
            assert (delivery.evidence, delivery.generation) == ("callback", 2)


async def test_listening_ends_when_the_agent_is_removed(place: Place) -> None:
    async with await place.join("bob") as bob:
        listening = asyncio.create_task(bob.listen(Heard()))
        bob_agent = await place.relay.queries.agent("bob")
        assert bob_agent is not None

        async def attached() -> bool:
            return place.relay.sessions.get(bob_agent.id) is not None

        await until(place, attached)
        await place.relay.execute(RemoveAgent(agent_id=bob_agent.id))
        with pytest.raises(RelayClientError) as ended:
            async with asyncio.timeout(10):
                await listening
        assert ended.value.code == "agent_token_invalid"


async def test_saying_goodbye_ends_the_session(place: Place) -> None:
    async with await place.join("bob") as bob, await place.join("alice") as alice:
        await bob.start(Heard())
        assert (await alice.presence())["bob"] == "online"
        await bob.disconnect()
        await bob.aclose()
        states = {s.state for s in (await place.relay.queries.sessions()).values()}
        assert State.EXITED in states


async def test_an_agent_with_a_terminal_hears_nothing_here_but_its_outcomes(place: Place) -> None:
    async with await place.join("alice") as alice, await place.join("bob") as bob:
        agent = await place.relay.queries.agent("bob")
        assert agent is not None
        start = StartSession(agent_id=agent.id, harness="terminal", state=State.IDLE)
        await place.relay.execute(start, Caller(place.operator.agent_id, Source.HARNESS))
        heard = Heard()
        await bob.start(heard)
        assert bob.deliveries == "host"
        await alice.send("#general", "@bob")
        assert (await bob.invoke("echo", {"text": "hi"}, timeout=5)).ok
        assert heard.messages.empty()


# Actions


async def open_approval(place: Place) -> Approval:
    async def ready() -> list[Approval]:
        return await place.relay.queries.approvals()

    found = await until(place, ready)
    assert isinstance(found, list)
    return found[0]


async def decide(place: Place, approval: Approval, approve: bool, words: str = "") -> None:
    command = DecideApproval(approval_id=approval.id, request_hash=approval.request_hash, approve=approve, words=words)
    await place.relay.execute(command, place.operator)


async def test_an_allowed_action_gives_its_output_and_a_failure_its_reason(place: Place) -> None:
    async with await place.join("alice") as alice:
        done = await alice.invoke("echo", {"text": "hi"}, timeout=5)
        assert (done.ok, done.outcome, done.output, done.action) == (True, "completed", {"text": "hi"}, "echo")
        failed = await alice.invoke("echo", {"text": "fail"}, timeout=5)
        assert (failed.ok, failed.outcome, failed.error_code, failed.error) == (False, "failed", "broken", "it broke")


async def test_an_action_waits_for_approval_and_carries_the_words_of_a_denial(place: Place) -> None:
    async with await place.join("alice") as alice:
        asked = asyncio.create_task(alice.invoke("deploy.preview", {"text": "x"}, timeout=10))
        await decide(place, await open_approval(place), True)
        assert (await asked).output == {"text": "x"}
        asked = asyncio.create_task(alice.invoke("deploy.preview", {"text": "x"}, timeout=10))
        await decide(place, await open_approval(place), False, "not on a Friday")
        result = await asked
        assert (result.outcome, result.error, result.output) == ("rejected", "not on a Friday", None)


async def test_a_decision_while_the_socket_was_away_is_not_missed(place: Place) -> None:
    async with await place.join("alice") as alice:
        asked = asyncio.create_task(alice.invoke("deploy.preview", {"text": "x"}, timeout=10))
        approval = await open_approval(place)
        port = place.server.port
        await place.server.stop()
        await decide(place, approval, True)
        await place.relay.actions.finished(approval.invocation_id)
        await place.server.start(place.relay, operator=place.operator, port=port)
        assert (await asked).output == {"text": "x"}


async def test_policy_denies_at_once_and_unknown_actions_are_errors(place: Place) -> None:
    async with await place.join("alice") as alice:
        denied = await alice.invoke("forbidden.thing", {"text": "x"}, timeout=5)
        assert (denied.outcome, denied.error) == ("denied", "nobody may")
        with pytest.raises(RelayClientError) as refused:
            await alice.invoke("nothing", timeout=5)
        assert refused.value.code == "action_not_found"
        with pytest.raises(RelayClientError) as refused:
            await alice.invoke("echo", {"text": 1}, timeout=5)
        assert refused.value.code == "invalid_input"


async def test_waiting_for_an_outcome_has_an_end(place: Place) -> None:
    async with await place.join("alice") as alice:
        with pytest.raises(RelayClientError) as late:
            await alice.invoke("deploy.preview", {"text": "x"}, timeout=0.05)
        assert late.value.code == "timed_out"


def test_importing_the_client_is_light() -> None:
    code = (
        "import sys, relay_tui.client; "
        "assert not {'starlette', 'uvicorn', 'textual', 'sqlite3', 'pydantic'} & set(sys.modules), sys.modules.keys()"
    )
    subprocess.run([sys.executable, "-c", code], check=True)
