"""Groups, metadata, doorbells and taking agents out: verbs of the deck over a fixture, its store over a relay."""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path

import pytest

from relay_tui.core import commands as c
from relay_tui.core.errors import RelayError
from relay_tui.core.model import State
from relay_tui.tui.source.describing import DoorbellRow
from tests.tui.frames import desk
from tests.tui.source_sample import SampleSource
from tests.tui.test_store import world


@dataclass
class Described(SampleSource):
    known: list[str] = field(default_factory=lambda: ["reviewers"])
    reads: bool = True

    def groups(self, agent_id: str) -> list[str]:
        return self.known

    async def set_groups(self, agent_id: str, groups: list[str]) -> None:
        self.asked.append(("groups", agent_id, *groups))

    def metadata(self, channel_id: str) -> str:
        return "repo=tagger"

    async def set_metadata(self, channel_id: str, typed: str) -> None:
        self.asked.append(("metadata", channel_id, typed))

    async def remove_agent(self, agent_id: str) -> None:
        if self.refusal:
            raise RelayError("agent_running", self.refusal)
        self.asked.append(("remove", agent_id))

    def answers_bells(self, agent_id: str) -> bool:
        return self.reads

    async def doorbells(self, agent_id: str) -> list[DoorbellRow]:
        return [DoorbellRow("", "anybody else", "default"), DoorbellRow("9", "planner", "whole")]

    async def rule_doorbell(self, sender_id: str, agent_id: str, say: str) -> None:
        self.asked.append(("doorbell", sender_id, agent_id, say))


async def test_the_groups_of_an_agent_are_written_in_one_line_and_taken_back() -> None:
    async with desk(source=Described()) as d:
        row = d.source.view.agents[0]
        d.deck.go_into(d.deck.rail)
        d.deck.rail.go_to(f"agent:{row.id}")
        await d.deck.perform("groups")
        await d.settle()
        assert f"Groups of {row.name}" in d.frame
        assert "reviewers" in d.frame
        await d.type(", backend")
        await d.press("enter")
        await d.worked("form")
        await d.press("u")
        await d.settle()
        assert d.source.asked == [("groups", row.id, "reviewers", "backend"), ("groups", row.id, "reviewers")]


async def test_how_words_reach_an_agent_goes_round_for_each_sender() -> None:
    async with desk(source=Described()) as d:
        row = d.source.view.agents[0]
        d.deck.go_into(d.deck.rail)
        d.deck.rail.go_to(f"agent:{row.id}")
        await d.deck.perform("doorbell")
        await d.settle()
        assert "anybody else" in d.frame
        assert "whole words are typed; enter: doorbell" in d.frame
        await d.press("down", "enter")
        await d.settle()
        assert d.source.asked == [("doorbell", "9", row.id, "doorbell")]
        assert f"planner → {row.name}: a doorbell: it reads them by itself" in d.frame
        d.source.reads = False
        await d.deck.perform("doorbell")
        await d.settle()
        await d.press("down", "enter")
        await d.settle()
        assert "and it cannot read by itself: they will fail" in d.frame


async def test_an_agent_is_taken_out_after_a_yes_and_a_refusal_is_said() -> None:
    source = Described(refusal="The program of builder runs.")
    async with desk(source=source) as d:
        row = source.view.agents[0]
        d.deck.go_into(d.deck.rail)
        d.deck.rail.go_to(f"agent:{row.id}")
        await d.deck.perform("remove_agent")
        await d.settle()
        assert "its name is free again" in d.frame
        await d.press("enter")
        await d.settle()
        assert "The program of builder runs." in d.frame
        source.refusal = ""
        await d.deck.perform("remove_agent")
        await d.press("enter")
        await d.settle()
        assert source.asked == [("remove", row.id)]


async def test_what_is_to_be_known_of_a_channel_is_written_in_one_line() -> None:
    async with desk(source=Described()) as d:
        await d.deck.perform("metadata")
        await d.settle()
        assert "repo=tagger" in d.frame
        await d.type(" stage:=2")
        await d.press("enter")
        await d.worked("form")
        assert [(what, typed) for what, _, typed in d.source.asked] == [("metadata", "repo=tagger stage:=2")]


async def test_what_the_operator_says_of_agents_and_channels_is_so_in_the_relay(tmp_path: Path) -> None:
    async with world(tmp_path, "builder", "planner") as w:
        builder, planner = w.agents["builder"].id, w.agents["planner"].id
        await w.store.describing.set_groups(builder, ["Backend", "@backend", "reviewers"])
        await w.up_to_date()
        assert w.store.describing.groups(builder) == ["Backend", "reviewers"]
        names = dict(w.store.names("@"))
        assert (names["Backend"], names["reviewers"]) == ("group of 1", "group of 1")
        assert {"here", "channel"} <= names.keys()
        with pytest.raises(RelayError):
            await w.store.describing.set_groups(builder, ["no name!"])
        general = w.store.view.channels[0].id
        await w.store.describing.set_metadata(general, "repo=tagger 'why=two words' n:=1")
        await w.up_to_date()
        assert w.store.describing.metadata(general) == "n:=1 repo=tagger 'why=two words'"
        await w.store.describing.set_metadata(general, "n:=2")
        await w.up_to_date()
        assert w.store.describing.metadata(general) == "n:=2"
        await w.store.describing.rule_doorbell(planner, builder, "whole")
        rows = {row.sender: row.say for row in await w.store.describing.doorbells(builder)}
        assert rows == {"anybody else": "default", "planner": "whole"}


async def test_only_an_agent_whose_program_has_ended_is_taken_out(tmp_path: Path) -> None:
    async with world(tmp_path, "builder") as w:
        await w.state("builder", State.IDLE)
        await w.up_to_date()
        with pytest.raises(RelayError) as caught:
            await w.store.describing.remove_agent(w.agents["builder"].id)
        assert caught.value.code == "agent_running"
        command = c.RecordState(agent_id=w.agents["builder"].id, generation=1, state=State.EXITED, evidence="pane")
        await w.relay.execute(command)
        await w.up_to_date()
        await w.store.describing.remove_agent(w.agents["builder"].id)
        await w.up_to_date()
        assert w.store.view.agents == []
