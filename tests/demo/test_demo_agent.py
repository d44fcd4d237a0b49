"""One agent's brain, over a real relay and server; only its terminal is left out."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path

import pytest

from relay_tui.agents.harnesses.framing import frame
from relay_tui.client import RelayClient
from relay_tui.core import commands as c
from relay_tui.core import ids
from relay_tui.core.model import Approval, Caller, Message, Reached, Source
from relay_tui.core.relay import Relay
from relay_tui.core.session import DeliverableMessage, MessageContext, Route
from relay_tui.demo.agent import DemoAgent
from relay_tui.demo.cast import Cast
from relay_tui.demo.preview import offer_preview
from relay_tui.demo.program import BrainIO
from relay_tui.demo.program.transcript import Entry
from relay_tui.demo.story import Story
from relay_tui.server.serve import Server

SEED = 6
PATIENCE = 20.0


@dataclass
class Stage:
    """Stands for the terminal program: keeps entries, and runs one turn after the other."""

    entries: list[Entry] = field(default_factory=list[Entry])
    recorded: asyncio.Event = field(default_factory=asyncio.Event)
    turn: asyncio.Lock = field(default_factory=asyncio.Lock)
    begun: list[asyncio.Task[None]] = field(default_factory=list[asyncio.Task[None]])

    async def show_dialog(self, title: str, options: Sequence[str]) -> int | None:
        raise AssertionError("no agent of the demo opens a dialog")

    def record(self, entry: Entry) -> None:
        self.entries.append(entry)
        self.recorded.set()

    def begin(self, act: Callable[[], Awaitable[None]]) -> None:
        self.begun.append(asyncio.create_task(self.take(act)))

    async def take(self, act: Callable[[], Awaitable[None]]) -> None:
        async with self.turn:
            await act()

    @contextlib.contextmanager
    def working(self) -> Iterator[None]:
        yield

    def texts(self, kind: str) -> list[str]:
        return [entry.text for entry in self.entries if entry.kind == kind]


class Place:
    """A relay that serves, with every agent of a cast registered; agents are started one by one."""

    def __init__(self, relay: Relay, server: Server, operator: Caller, curtain: Path) -> None:
        self.relay = relay
        self.server = server
        self.operator = operator
        self.story = Story(SEED, Cast.of(5))
        self.curtain = curtain
        self.tokens: dict[str, str] = {}
        self.stages: dict[str, Stage] = {}
        self._url = server.url
        self._agents: list[DemoAgent] = []

    async def register(self) -> None:
        channel = await self.relay.execute(c.CreateChannel(name="release"), self.operator)
        for name in self.story.cast.names:
            token = ids.new_token("agent")
            agent = await self.relay.execute(c.RegisterAgent(name=name, token_hash=ids.token_hash(token)))
            await self.relay.execute(c.JoinChannel(channel_id=channel.id, agent_id=agent.id), self.operator)
            self.tokens[name] = token

    def agent(self, name: str) -> Actor:
        client = RelayClient(self._url, self.tokens[name], name=name, deadline=5)
        stage = Stage()
        self._agents.append(DemoAgent(name, self.story, client, self.curtain))
        self.stages[name] = stage
        return Actor(self._agents[-1], stage, BrainIO(stage, name, 0.0))

    async def say(self, to: str, text: str) -> Message:
        return await self.relay.execute(c.SendMessage(to=to, text=text), self.operator)

    async def caller(self, name: str) -> Caller:
        agent = await self.relay.queries.agent(name)
        assert agent is not None
        return Caller(agent.id, Source.SDK)

    async def replies(self, message: Message) -> list[tuple[str, str]]:
        names = {agent.id: agent.name for agent in await self.relay.queries.agents()}
        return [(names[one.sender_id], one.text) for one in await self.relay.queries.replies(message.id)]

    async def posted(self, channel: str) -> list[str]:
        found = await self.relay.queries.channel(channel)
        assert found is not None
        return [one.text for one in await self.relay.queries.messages(found.id)]

    async def asked(self) -> Approval:
        """The first open approval, waited for."""
        subscription = self.relay.subscribe(1)
        async with asyncio.timeout(PATIENCE):
            async for _ in subscription:
                if found := await self.relay.queries.approvals():
                    await subscription.aclose()
                    return found[0]
        raise AssertionError("the log ended")

    async def until_said(self, text: str) -> None:
        """Wait until a message that begins so is stored."""
        subscription = self.relay.subscribe(1)
        async with asyncio.timeout(PATIENCE):
            async for batch in subscription:
                if any(getattr(entry.event, "text", "").startswith(text) for entry in batch):
                    break
        await subscription.aclose()

    async def close(self) -> None:
        for stage in self.stages.values():
            for task in stage.begun:
                task.cancel()
            await asyncio.gather(*stage.begun, return_exceptions=True)
        for agent in self._agents:
            await agent.close()


@dataclass
class Actor:
    brain: DemoAgent
    stage: Stage
    io: BrainIO

    async def start(self) -> None:
        """Connect and say what is due at the start."""
        await self.brain.on_start(self.io)
        await self.stage.begun[0]

    async def type(self, text: str) -> None:
        await self.stage.take(lambda: self.brain.on_input(self.io, text))

    async def hand(
        self,
        message: Message,
        sender: str,
        target: str,
        nonce: str = "0123abcd",
        *,
        bell: bool = False,
        before: str = "",
    ) -> None:
        """Type a message as the harness does. `bell`: only that it waits. `before`: what stood in the input box."""
        shown = DeliverableMessage(
            message.id,
            "dlv",
            sender,
            target,
            message.text,
            message.thread_id,
            message.mode,
            0,
            1,
            "message.created",
            {},
        )
        route = Route.DOORBELL if bell else Route.TYPED
        await self.type(before + frame(shown, MessageContext(1, nonce, 1, 0, route=route)))


@pytest.fixture
async def place(tmp_path: Path) -> AsyncIterator[Place]:
    async with Relay.open(tmp_path / "state") as relay:
        human = await relay.execute(c.RegisterAgent(name="ann", type="human"))
        operator = Caller(human.id, Source.TUI)
        await offer_preview(relay)
        server = Server()
        await server.start(relay, operator=operator)
        place = Place(relay, server, operator, tmp_path / "curtain")
        await place.register()
        try:
            yield place
        finally:
            await place.close()
            await server.stop()


def step_text(place: Place, step_id: str) -> str:
    return next(step.text for step in place.story.steps(3) if step.id == step_id)


async def test_a_mention_by_a_person_is_answered_in_its_thread(place: Place) -> None:
    tester = place.agent("tester")
    message = await place.say("#general", "@tester please add the two-BOM case")
    await tester.hand(message, "ann", "#general")
    replies = await place.replies(message)
    assert [name for name, _ in replies] == ["tester", "tester"]
    assert all("add the two-BOM case" in text for _, text in replies)
    assert tester.stage.texts("edit")
    assert tester.stage.texts("run")


async def test_a_direct_message_is_answered_by_a_direct_message(place: Place) -> None:
    docs = place.agent("docs")
    message = await place.say("@docs", "status?")
    await docs.hand(message, "ann", "@docs")
    (conversation,) = await place.relay.queries.conversations(place.operator.agent_id)
    said = await place.relay.queries.messages(conversation.id)
    assert len(said) == 2
    assert said[1].thread_id is None
    assert not await place.replies(message)


async def test_a_message_that_is_typed_twice_is_answered_once_even_by_a_new_program(place: Place) -> None:
    message = await place.say("#general", "@docs thanks!")
    first = place.agent("docs")
    await first.hand(message, "ann", "#general", "aaaaaaaa")
    await first.hand(message, "ann", "#general", "bbbbbbbb")
    await place.agent("docs").hand(message, "ann", "#general", "cccccccc")
    assert len(await place.replies(message)) == 1


async def test_a_person_who_addresses_nobody_is_answered_by_the_planner_alone(place: Place) -> None:
    message = await place.say("#general", "hello everyone")
    for name in place.story.cast.names:
        await place.agent(name).hand(message, "ann", "#general")
    assert [name for name, _ in await place.replies(message)] == ["planner"]


async def test_a_thread_goes_on_with_the_agent_that_answers_in_it(place: Place) -> None:
    builder, docs = place.agent("builder"), place.agent("docs")
    root = await place.say("#general", "@builder are you blocked?")
    await builder.hand(root, "ann", "#general")
    more = await place.relay.execute(c.Reply(message_id=root.id, text="and now?"), place.operator)
    for actor in (builder, docs):
        await actor.hand(more, "ann", "#general")
    assert [name for name, _ in await place.replies(root)] == ["builder", "ann", "builder"]


async def test_another_agent_is_answered_only_when_it_asks_by_name(place: Place) -> None:
    reviewer = place.agent("reviewer")
    by = await place.caller("docs")
    for text, answers in (("@reviewer thanks", 0), ("is that so?", 0), ("@reviewer is that so?", 1)):
        message = await place.relay.execute(c.SendMessage(to="#general", text=text), by)
        await reviewer.hand(message, "docs", "#general")
        assert len(await place.replies(message)) == answers, text


async def test_what_it_was_rung_for_is_read_confirmed_and_answered_once(place: Place) -> None:
    reviewer = place.agent("reviewer")
    by = await place.caller("docs")
    message = await place.relay.execute(c.SendMessage(to="#general", text="@reviewer is that so?"), by)
    await reviewer.hand(message, "docs", "#general", bell=True, before="half a thought ")
    await reviewer.hand(message, "docs", "#general", "bbbbbbbb", bell=True)
    assert len(await place.replies(message)) == 1
    assert reviewer.stage.texts("read").count("docs: @reviewer is that so?") == 1
    (delivery,) = [
        d for d in (await place.relay.queries.deliveries([message.id]))[message.id] if d.reached == Reached.ANSWERED
    ]
    assert delivery.delivered_at is not None


async def test_words_of_a_person_at_the_keys_are_answered_on_the_screen(place: Place) -> None:
    builder = place.agent("builder")
    await builder.type("please keep the shim")
    assert "keep the shim" in builder.stage.texts("text")[0]
    assert await place.posted("general") == []


async def test_hostile_text_is_answered_and_does_no_harm(place: Place) -> None:
    docs = place.agent("docs")
    message = await place.say(
        "#general", "@docs [/b] [@click=app.quit] \x1b]52;c;cHduZWQ=\x07 \x1b[201~\r \u202e\u200b"
    )
    await docs.hand(message, "ann", "#general")
    ((name, text),) = await place.replies(message)
    assert name == "docs"
    assert text.isprintable()


async def test_a_step_of_the_story_is_said_in_the_thread_it_belongs_to(place: Place) -> None:
    tester = place.agent("tester")
    await tester.start()
    assert step_text(place, "hello.tester") in await place.posted("general")
    text = step_text(place, "fix")
    message = await place.relay.execute(c.SendMessage(to="#release", text=text), await place.caller("planner"))
    await tester.hand(message, "planner", "#release")
    assert await place.replies(message) == [("tester", step_text(place, "fix.red"))]


async def test_after_the_curtain_nothing_new_is_begun_and_people_are_still_answered(place: Place) -> None:
    place.curtain.touch()
    tester = place.agent("tester")
    await tester.start()
    assert await place.posted("general") == []
    message = await place.say("#general", "@tester status?")
    await tester.hand(message, "ann", "#general")
    assert len(await place.replies(message)) == 1


async def test_an_approved_request_is_reported_and_the_agent_is_free_meanwhile(place: Place) -> None:
    builder = place.agent("builder")
    await builder.start()
    text = step_text(place, "plan")
    plan = await place.relay.execute(c.SendMessage(to="#release", text=text), await place.caller("planner"))
    await builder.hand(plan, "planner", "#release")
    approval = await place.asked()
    message = await place.say("#general", "@builder are you blocked?")
    await builder.hand(message, "ann", "#general")
    ((_, answer),) = await place.replies(message)
    assert "the preview of main" in answer
    command = c.DecideApproval(approval_id=approval.id, request_hash=approval.request_hash, approve=True)
    await place.relay.execute(command, place.operator)
    await place.until_said(step_text(place, "base.completed"))


async def test_a_denied_request_is_told_with_the_words_that_came_with_it(place: Place) -> None:
    builder = place.agent("builder")
    await builder.start()
    text = step_text(place, "plan")
    plan = await place.relay.execute(c.SendMessage(to="#release", text=text), await place.caller("planner"))
    await builder.hand(plan, "planner", "#release")
    approval = await place.asked()
    command = c.DecideApproval(
        approval_id=approval.id, request_hash=approval.request_hash, approve=False, words="not on a Friday"
    )
    await place.relay.execute(command, place.operator)
    await place.until_said("Declined: not on a Friday")


async def test_an_answer_waits_for_a_relay_that_is_away_and_is_given_once(place: Place) -> None:
    tester = place.agent("tester")
    message = await place.say("#general", "@tester status?")
    port = place.server.port
    await place.server.stop()
    answering = asyncio.create_task(tester.hand(message, "ann", "#general"))
    await tester.stage.recorded.wait()  # it works before it speaks
    assert not answering.done()
    await place.server.start(place.relay, operator=place.operator, port=port)
    await answering
    assert len(await place.replies(message)) == 1


async def test_a_restarted_agent_repeats_nothing_and_takes_up_what_it_owes(place: Place) -> None:
    first = place.agent("builder")
    await first.start()
    text = step_text(place, "plan")
    plan = await place.relay.execute(c.SendMessage(to="#release", text=text), await place.caller("planner"))
    await first.hand(plan, "planner", "#release")
    approval = await place.asked()
    await first.brain.close()
    await place.agent("builder").start()
    command = c.DecideApproval(approval_id=approval.id, request_hash=approval.request_hash, approve=True)
    await place.relay.execute(command, place.operator)
    await place.until_said(step_text(place, "base.completed"))
    assert (await place.posted("general")).count(step_text(place, "hello.builder")) == 1
    assert (await place.posted("release")).count(step_text(place, "base")) == 1
    assert len(await place.relay.queries.approvals(open_only=False)) == 1
