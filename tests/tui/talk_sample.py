"""The part of the sample source that verbs on messages and channels use: fixed answers, and what was asked for."""

from __future__ import annotations

from dataclasses import dataclass, field

from relay_tui.core.errors import Refused
from relay_tui.tui.view.deck import Arrival, ComposerView
from relay_tui.tui.view.talk import AboutView, MemberRow, PlaceView, Spot, TurnView


@dataclass(kw_only=True)
class SampleTalk:
    asked: list[tuple] = field(default_factory=list)
    refusal: str = ""
    standing: PlaceView = field(default_factory=lambda: PlaceView("102", "channel", "planning", "shape the release"))
    turns: TurnView | None = None

    def _do(self, *what: object) -> None:
        if self.refusal:
            raise Refused("refused", self.refusal)
        self.asked.append(what)

    async def react(self, message_id: str, emoji: str) -> bool:
        self._do("react", message_id, emoji)
        return True

    def editor_for(self, message_id: str) -> ComposerView:
        return ComposerView("102", "what you said 14:03", "", (Arrival("asks", "need", "tester", "has read it"),))

    async def edit(self, message_id: str, text: str) -> None:
        self._do("edit", message_id, text)

    async def delete(self, message_id: str) -> None:
        self._do("delete", message_id)

    async def undelivered_to(self, message_id: str) -> tuple[list[str], list[str]]:
        return ["docs"], ["builder", "tester"]

    async def pin_message(self, message_id: str, pinned: bool) -> None:
        self._do("pin message", message_id, pinned)

    async def pinned(self) -> list[Spot]:
        return [Spot("4", "13:47", "planner", "Before I plan", "by you 13:50")]

    async def threads(self) -> list[Spot]:
        return [Spot("7", "14:01", "planner", "@builder takes the parser", "2 new  builder 14:02  #planning")]

    async def about(self, message_id: str) -> AboutView | None:
        return AboutView(
            message_id,
            "14:01",
            "planner",
            False,
            "what it says",
            [("builder", "answered"), ("you", "marked as read")],
            [("docs", "queued")],
            [("👀", ["builder", "you"]), ("🎉", ["tester"])],
            "you 14:02",
            [("14:01 to 14:02", "planner", "what it said"), ("since 14:02", "", "what it says")],
        )

    async def copies(self, message_id: str) -> list[tuple[str, str]]:
        return [("its text", "hello"), ("its id", message_id)]

    async def turn(self, message_id: str, agent_id: str = "") -> TurnView | None:
        if self.turns is None:
            raise Refused("no_turn", "Nobody has it in its transcript yet.")
        return self.turns

    def got_last(self, agent_id: str) -> str:
        return "7"

    def place(self, channel_id: str) -> PlaceView | None:
        return self.standing if channel_id == self.standing.id else None

    async def archived(self) -> list[PlaceView]:
        return [PlaceView("104", "channel", "old", archived=True)]

    async def members(self, channel_id: str) -> list[MemberRow]:
        return [MemberRow("10", "planner", "owner", "working"), MemberRow("15", "porter", "", "idle")]

    async def create_channel(self, name: str, topic: str) -> str:
        self._do("create", name, topic)
        return "105"

    async def set_topic(self, channel_id: str, topic: str) -> None:
        self._do("topic", channel_id, topic)

    async def mute(self, channel_id: str, muted: bool) -> None:
        self._do("mute", channel_id, muted)
        self.standing.muted = muted

    async def archive(self, channel_id: str, archived: bool) -> None:
        self._do("archive", channel_id, archived)

    async def join(self, channel_id: str, agent_id: str = "") -> None:
        self._do("join", channel_id, agent_id)

    async def leave(self, channel_id: str, agent_id: str = "") -> None:
        self._do("leave", channel_id, agent_id)

    async def set_role(self, channel_id: str, agent_id: str, role: str) -> None:
        self._do("role", channel_id, agent_id, role)
