"""The store over a real relay: what agents, messages and deliveries become on the deck."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncGenerator, Callable, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from types import SimpleNamespace

import pytest
from pydantic import BaseModel

from relay_tui.agents.transcripts.terminal import turn_in
from relay_tui.core import commands as c
from relay_tui.core.actions import InvocationContext
from relay_tui.core.clock import Clock, system_clock
from relay_tui.core.errors import RelayError
from relay_tui.core.model import Agent, Caller, Evidence, Message, Reached, Source, State
from relay_tui.core.policy.rules import Policy
from relay_tui.core.relay import Relay
from relay_tui.core.session import TranscriptEntry
from relay_tui.tui.store.opening import LIVELY
from relay_tui.tui.store.store import Store
from relay_tui.tui.view.letter import Letter
from relay_tui.tui.words.when import hhmm


@dataclass
class World:
    relay: Relay
    store: Store
    agents: dict[str, Agent]

    def caller(self, name: str) -> Caller:
        return Caller(self.agents[name].id, Source.SDK)

    async def state(self, name: str, state: State, detail: str = "") -> None:
        agent_id = self.agents[name].id
        await self.relay.execute(c.StartSession(agent_id=agent_id, harness="terminal", state=state, evidence="pane"))
        command = c.RecordState(agent_id=agent_id, generation=1, state=state, evidence="pane", detail=detail)
        await self.relay.execute(command)

    async def up_to_date(self) -> None:
        self.store._mail_at = self.store._second = self.store.waiting.asked_at = 0
        await self.store.refresh()


class FakeHost:
    """The host without tmux: everything that the deck asks of one."""

    def __init__(self, relay: Relay, operator: Caller, path: Path) -> None:
        self.relay, self.operator = relay, operator
        self.workspace = SimpleNamespace(path=path, name="tagger", made=True)
        self.server_url = "http://127.0.0.1:7413"
        self.key_file, self.programs = path / "key", None
        self.tmux_missing: RelayError | None = None

    def pane(self, agent_id: str) -> object | None:
        return None

    async def capture(self, agent_id: str) -> Sequence[Sequence[object]]:
        return []

    async def turn(self, agent_id: str, offset: int, taken: Callable[[TranscriptEntry], bool]) -> list[TranscriptEntry]:
        return turn_in(self.workspace.path / f"{agent_id}.jsonl", offset, taken)

    async def open_pane_command(self, agent_id: str) -> object:
        raise RelayError("no_pane", "It has no pane.")

    async def restart(self, agent_id: str) -> None: ...

    async def release(self, agent_id: str) -> None: ...


@asynccontextmanager
async def world(
    path: Path, *names: str, policy: Policy | None = None, clock: Clock = system_clock
) -> AsyncGenerator[World, None]:
    async with Relay.open(path / "state", name="tagger", policy=policy, clock=clock) as relay:
        operator = await relay.execute(c.RegisterAgent(name="sam", type="human"))
        agents = {name: await relay.execute(c.RegisterAgent(name=name)) for name in names}
        host = FakeHost(relay, Caller(operator.id, Source.TUI), path)
        store = Store(host)  # type: ignore[arg-type]
        made = World(relay, store, {**agents, "sam": operator})
        await store.open()
        try:
            yield made
        finally:
            await store.close()


async def test_an_empty_workspace_teaches_how_to_get_agents(tmp_path: Path) -> None:
    async with world(tmp_path) as w:
        taught = "\n".join(w.store.view.conversation.teach)
        for command in ("relay-tui agent new helper -- ", "relay-tui demo", "curl http://127.0.0.1:7413/v1/agents"):
            assert f"`{command}" in taught
        assert w.store.view.notice.startswith("A new workspace: ")
        assert w.store.view.notice.endswith(".relay/workspace.toml names it now.")
        assert w.store.view.needs == []


async def test_ones_own_words_are_not_unread_wherever_they_were_said_and_new_begins_at_the_first_of_others(
    tmp_path: Path,
) -> None:
    async with world(tmp_path, "one") as w:
        room = await w.relay.execute(c.CreateChannel(name="room"), w.caller("one"))
        await w.relay.execute(c.JoinChannel(channel_id=room.id), w.caller("sam"))

        async def say(by: str, text: str) -> Message:
            return await w.relay.execute(c.SendMessage(to="#room", text=text), w.caller(by))

        def unread() -> int:
            return next(row.unread for row in w.store.view.channels if row.id == room.id)

        await say("one", "before")
        for by in ("sam", "one", "sam", "sam"):
            last = await say(by, by)
        await w.up_to_date()
        assert unread() == 2, "of five, three are one's own"
        read = c.MarkRead(channel_id=room.id, message_id=(await w.relay.queries.messages(room.id))[0].id)
        await w.relay.execute(read, w.caller("sam"))
        await w.up_to_date()
        assert unread() == 1
        await w.store.show(room.id)
        assert w.store.window is not None
        assert [m.text for m in w.store.window.messages if m.id == w.store.window.new_from] == ["one"]
        await w.relay.execute(c.MarkRead(channel_id=room.id, message_id=last.id), w.caller("sam"))
        await say("sam", "more")
        await w.up_to_date()
        assert unread() == 0


async def test_the_composer_says_what_the_next_message_waits_for_behind_one_that_is_uncertain(tmp_path: Path) -> None:
    async with world(tmp_path, "docs") as w:
        await w.state("docs", State.IDLE)
        await w.up_to_date()
        await w.store.show(f"agent:{w.agents['docs'].id}")

        def words() -> list[str]:
            return [one.words for one in w.store.arrivals(w.store.composer_for(), Letter(""))]

        assert words() == ["now"]
        sent = await w.relay.execute(c.SendMessage(to="@docs", text="first"), w.caller("sam"))
        about = {"message_id": sent.id, "agent_id": w.agents["docs"].id}
        await w.relay.execute(c.DispatchDelivery(**about, route="typed", generation=1))
        await w.relay.execute(c.SettleDelivery.model_validate(about | {"disposition": "uncertain", "reason": "cut"}))
        await w.up_to_date()
        assert words() == [f"after your message of {hhmm(sent.created_at)}, which is uncertain"]
        await w.store.reins.drop(sent.id, about["agent_id"])
        await w.up_to_date()
        assert words() == ["now"]


async def test_a_message_to_a_stopped_agent_is_queued_behind_a_fault_and_needs_a_person(tmp_path: Path) -> None:
    async with world(tmp_path, "docs", "tester") as w:
        await w.state("docs", State.EXITED, "exit 1")
        await w.state("tester", State.IDLE)
        await w.store.send(w.store.composer_for(), Letter("hello @docs"))
        await w.up_to_date()
        row = w.store.view.conversation.rows[-1]
        assert (row.sender, row.to, row.text) == ("you", "docs", "hello @docs")
        docs = next(delivery for delivery in row.deliveries if delivery.name == "docs")
        assert (docs.cells, docs.word, docs.role) == ("x...", "queued", "fault")
        assert docs.reason == "exited 1; goes when it restarts"
        need = w.store.view.needs[0]
        assert (need.name, need.what, need.line) == ("docs", "exited 1", "1 message queued")


async def test_a_delivery_folds_when_it_is_proven_and_the_ladder_has_its_evidence(tmp_path: Path) -> None:
    async with world(tmp_path, "tester") as w:
        await w.state("tester", State.IDLE)
        await w.store.send(w.store.composer_for(), Letter("please"))
        await w.up_to_date()
        message = w.store.view.conversation.rows[-1]
        command = c.RaiseDelivery(
            message_id=message.id,
            agent_id=w.agents["tester"].id,
            reached=Reached.DELIVERED,
            evidence=Evidence.TRANSCRIPT,
            how="transcript, entry 31",
        )
        await w.relay.execute(command)
        await w.up_to_date()
        row = w.store.view.conversation.rows[-1]
        assert (row.cells, row.summary, row.deliveries) == ("##..", "delivered", ())
        view = await w.store.ladder(message.id)
        assert view is not None
        assert [rung.cell for rung in view.rungs] == ["#", "#", "#", ".", "."]
        assert (view.rungs[2].how, view.rungs[2].evidence) == ("transcript, entry 31", "transcript")


async def test_what_nothing_proves_is_unverified_and_drawn_so(tmp_path: Path) -> None:
    async with world(tmp_path, "tester") as w:
        await w.state("tester", State.IDLE)
        await w.store.send(w.store.composer_for(), Letter("please"))
        await w.up_to_date()
        message = w.store.view.conversation.rows[-1]
        claim = c.RaiseDelivery(
            message_id=message.id, agent_id=w.agents["tester"].id, reached=Reached.DELIVERED, evidence=Evidence.ECHO
        )
        await w.relay.execute(claim)
        await w.up_to_date()
        row = w.store.view.conversation.rows[-1]
        assert (row.summary, row.role, row.deliveries[0].cells) == ("unverified", "need", "#~..")


async def test_a_reply_shows_on_its_root_and_opens_as_a_thread(tmp_path: Path) -> None:
    async with world(tmp_path, "tester") as w:
        await w.state("tester", State.IDLE)
        await w.store.send(w.store.composer_for(), Letter("a question"))
        await w.up_to_date()
        root = w.store.view.conversation.rows[-1]
        await w.relay.execute(c.Reply(message_id=root.id, text="an answer"), w.caller("tester"))
        await w.up_to_date()
        root = w.store.view.conversation.rows[-1]
        assert (root.replies, root.replied.split()[0]) == (1, "tester")
        await w.store.show(f"thread:{root.id}")
        assert [row.text for row in w.store.view.conversation.rows] == ["a question", "an answer"]
        assert w.store.composer_for().reply_to == root.id


async def test_a_message_that_is_tried_again_under_its_id_is_stored_once(tmp_path: Path) -> None:
    async with world(tmp_path, "tester") as w:
        for _ in range(2):
            await w.store.send(w.store.composer_for(), Letter("once", client_id="draft-1"))
        await w.up_to_date()
        assert [row.text for row in w.store.view.conversation.rows] == ["once"]


async def test_a_direct_message_is_made_by_its_first_message(tmp_path: Path) -> None:
    async with world(tmp_path, "tester") as w:
        await w.store.show(f"agent:{w.agents['tester'].id}")
        assert w.store.view.conversation.title == "@tester"
        await w.store.send(w.store.composer_for(), Letter("only you"))
        await w.up_to_date()
        assert [row.title for row in w.store.view.direct] == ["tester"]
        assert [(row.to, row.text) for row in w.store.view.conversation.rows] == [("tester", "only you")]


async def test_what_is_seen_counts_as_read_and_the_line_stays_where_it_was(tmp_path: Path) -> None:
    async with world(tmp_path, "tester") as w:
        general = w.store.view.channels[0]
        for text in ("one", "two"):
            await w.relay.execute(c.SendMessage(to="#general", text=text), w.caller("tester"))
        await w.up_to_date()
        assert w.store.view.channels[0].unread == 2
        await w.store.show(general.id)
        w.store.at_end(True)
        await asyncio.gather(*w.store._tasks)
        await w.up_to_date()
        assert w.store.view.channels[0].unread == 0


async def test_an_approval_is_decided_once_and_its_card_says_what_came_of_it(tmp_path: Path) -> None:
    async with world(tmp_path, "builder") as w:
        await w.relay.execute(c.RegisterAction(name="deploy.preview", description="", input_schema={"type": "object"}))
        command = c.InvokeAction(action="deploy.preview", input={"target": "staging\x1b[2J"})
        await w.relay.execute(command, w.caller("builder"))
        await w.up_to_date()
        card = w.store.view.card
        assert card is not None
        assert card.literal == ("deploy.preview", '  target: "staging\\u001b[2J"')
        await w.store.decide(card, False, "not on a Friday")
        await w.up_to_date()
        card = w.store.view.card
        assert card is not None
        assert card.outcome == "denied: not on a Friday"
        with pytest.raises(RelayError):
            await w.store.decide(card, True, "")
        await w.up_to_date()
        assert w.store.view.card is not None
        assert w.store.view.card.outcome == "denied by you, not from here"
        await w.store.select_need("")
        assert w.store.view.card is None


@pytest.mark.parametrize("given", [{"command": "rm -rf build/\nmake"}, {"a": 1, "b": [True]}, {}])
async def test_a_request_names_its_action_and_every_argument(tmp_path: Path, given: dict[str, object]) -> None:
    async with world(tmp_path, "builder") as w:
        await w.relay.execute(c.RegisterAction(name="host.run", description="", input_schema={"type": "object"}))
        await w.relay.execute(c.InvokeAction(action="host.run", input=given), w.caller("builder"))
        await w.up_to_date()
        card = w.store.view.card
        assert card is not None
        assert card.literal == ("host.run", *(f"  {name}: {json.dumps(value)}" for name, value in given.items()))
        assert "host.run" in card.does
        assert w.store.view.needs[0].line.startswith("host.run")


async def test_an_idle_workspace_asks_nothing(tmp_path: Path) -> None:
    async with world(tmp_path, "tester") as w:
        await w.up_to_date()
        w.store.clock = lambda: w.store._second * 1000
        assert await w.store.refresh() is False


async def test_a_thousand_messages_at_once_leave_the_newest_in_the_window(tmp_path: Path) -> None:
    async with world(tmp_path, "tester") as w:
        await w.up_to_date()
        sends = (w.relay.execute(c.SendMessage(to="#general", text=f"m{n}"), w.caller("tester")) for n in range(1000))
        await asyncio.gather(*sends)
        await w.up_to_date()
        rows = w.store.view.conversation.rows
        assert rows[-1].text == "m999"
        assert w.store.view.conversation.older
        assert await w.store.older()
        assert len(w.store.view.conversation.rows) > len(rows)


CHANCE = 0.3
"""Seconds in which what must wait could have gone wrong."""


class Slow:
    """Answers of one query that are kept back until they are let go."""

    def __init__(self, w: World, name: str, monkeypatch: pytest.MonkeyPatch) -> None:
        self._ask = getattr(w.relay.queries, name)
        self.asked, self.let_go = asyncio.Event(), asyncio.Event()
        monkeypatch.setattr(w.relay.queries, name, self)

    async def __call__(self, *args: object, **options: object) -> object:
        found = await self._ask(*args, **options)
        self.asked.set()
        await self.let_go.wait()
        return found


def texts(w: World) -> list[str]:
    return [row.text for row in w.store.view.conversation.rows]


async def test_two_refreshes_at_once_show_a_message_once(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    async with world(tmp_path, "tester") as w:
        await w.relay.execute(c.SendMessage(to="#general", text="one"), w.caller("tester"))
        await w.up_to_date()
        slow = Slow(w, "messages", monkeypatch)
        await w.relay.execute(c.SendMessage(to="#general", text="two"), w.caller("tester"))
        first = asyncio.create_task(w.store.refresh())
        await slow.asked.wait()
        await w.relay.execute(c.SendMessage(to="#general", text="three"), w.caller("tester"))
        second = asyncio.create_task(w.store.refresh())
        await asyncio.wait({second}, timeout=CHANCE)
        slow.let_go.set()
        await asyncio.gather(first, second)
        assert texts(w) == ["one", "two", "three"]


async def test_what_is_said_while_a_conversation_is_opened_is_in_it(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    async with world(tmp_path, "tester") as w:
        channel = await w.relay.execute(c.CreateChannel(name="release"), w.caller("tester"))
        await w.relay.execute(c.SendMessage(to="#release", text="one"), w.caller("tester"))
        await w.up_to_date()
        slow = Slow(w, "messages", monkeypatch)
        opening = asyncio.create_task(w.store.show(channel.id))
        await slow.asked.wait()
        await w.relay.execute(c.SendMessage(to="#release", text="two"), w.caller("tester"))
        tick = asyncio.create_task(w.store.refresh())
        await asyncio.wait({tick}, timeout=CHANCE)
        slow.let_go.set()
        await asyncio.gather(opening, tick)
        await w.store.refresh()
        assert texts(w) == ["one", "two"]


class Preview(BaseModel):
    target: str


async def test_the_result_of_what_was_approved_comes_onto_its_card(tmp_path: Path) -> None:
    async def deploy(request: Preview, ctx: InvocationContext) -> dict[str, str]:
        return {"url": f"https://{request.target}.example"}

    async with world(tmp_path, "builder") as w:
        await w.relay.actions.register("deploy.preview", "", Preview, deploy)
        await w.relay.execute(c.InvokeAction(action="deploy.preview", input={"target": "staging"}), w.caller("builder"))
        await w.up_to_date()
        assert w.store.view.card is not None
        await w.store.decide(w.store.view.card, True, "")
        await w.up_to_date()
        before = w.store.view.card
        await asyncio.gather(*w.store._tasks)
        await w.up_to_date()
        assert w.store.view.card is not before, "a picture changes with its record, never within it"
        assert w.store.view.card.outcome == "approved; deploy.preview completed: url https://staging.example"
        why = await w.store.why(f"need:{w.store.view.card.key}")
        assert why is not None
        assert why.sentence == w.store.view.card.outcome
        assert [line for _, _, line in why.signals] == ["deploy.preview", 'target: "staging"']


async def test_a_request_that_was_decided_elsewhere_says_so_though_nobody_chose_it(tmp_path: Path) -> None:
    async with world(tmp_path, "builder") as w:
        await w.relay.execute(c.RegisterAction(name="deploy", description="", input_schema={"type": "object"}))
        for target in ("staging", "production"):
            await w.relay.execute(c.InvokeAction(action="deploy", input={"target": target}), w.caller("builder"))
        await w.up_to_date()
        card = w.store.view.card
        assert card is not None
        id = card.key.partition(":")[2]
        denial = c.DecideApproval(approval_id=id, request_hash=card.request_hash, approve=False)
        await w.relay.execute(denial, w.store.host.operator)
        await w.up_to_date()
        over = w.store.view.card
        assert over is not None
        assert (over.key, over.outcome, over.place) == (card.key, "denied by you, not from here", "n for the next")
        await w.store.select_need(w.store.view.needs[0].key)
        assert w.store.view.card is not None
        assert w.store.view.card.literal[1] == '  target: "production"'


async def test_the_deck_goes_to_the_talk_only_while_the_operator_has_begun_nothing(tmp_path: Path) -> None:
    async with world(tmp_path, "planner") as w:
        planner = Caller(w.agents["planner"].id)
        channel = await w.store.relay.execute(c.CreateChannel(name="release"), planner)
        operator = Caller(w.agents["sam"].id)
        await w.store.relay.execute(c.JoinChannel(channel_id=channel.id), operator)
        here = w.store.view.conversation.id
        w.store.stay()
        for n in range(LIVELY + 1):
            await w.store.relay.execute(c.SendMessage(to="#release", text=f"step {n}"), planner)
        await w.store.refresh()
        assert w.store.view.conversation.id == here
