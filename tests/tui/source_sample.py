"""A source over the sample deck, for tests of screens: it remembers what it was asked to do."""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field

from relay_tui.core.errors import Refused, RelayError
from relay_tui.tui.source.adopting import PaneRow
from relay_tui.tui.view.deck import (
    Arrival,
    CardView,
    ComposerView,
    ConversationView,
    DeckView,
    LadderView,
    ScheduledRow,
    WhyView,
)
from relay_tui.tui.view.enclosed import ContentView
from relay_tui.tui.view.hits import Found
from relay_tui.tui.view.kept import Kept
from relay_tui.tui.view.letter import Letter
from relay_tui.tui.view.news import News
from tests.tui.deck_sample import ManualClock, card, composer, deck_view, found, ladder_view, rows
from tests.tui.mail_sample import SampleMail, SampleReins
from tests.tui.rules_sample import SampleRules
from tests.tui.talk_sample import SampleTalk


@dataclass
class Argv:
    argv: tuple[str, ...] = ("true",)
    env: dict = field(default_factory=dict)
    takes_terminal: bool = False


@dataclass
class SampleSource(SampleTalk, SampleRules):
    """A source that never changes by itself and remembers what it was asked to do."""

    view: DeckView = field(default_factory=deck_view)
    clock: ManualClock = field(default_factory=ManualClock)
    fresh: bool = False
    untold: list[News] = field(default_factory=list)
    client_ids: list[str] = field(default_factory=list)
    in_tmux: list[PaneRow] = field(default_factory=list)
    taken_in: set[str] = field(default_factory=set)
    mail: SampleMail = field(default_factory=SampleMail)
    me: str = "1"

    def __post_init__(self) -> None:
        self.reins = SampleReins(self.asked)
        self.talk = self.places = self.ruling = self.adopting = self.describing = self.programs = self

    letters: list[Letter] = field(default_factory=list)
    contents: list[ContentView] = field(default_factory=list)
    waiting: list[ScheduledRow] = field(default_factory=list)

    async def open(self) -> None: ...

    def settle(self) -> None: ...

    async def close(self) -> None: ...

    async def refresh(self) -> bool:
        fresh, self.fresh = self.fresh, False
        return fresh

    async def changed(self, timeout: float) -> None: ...

    async def show(self, conversation_id: str) -> None:
        self.asked.append(("show", conversation_id))
        self.view.conversation = ConversationView(conversation_id, f"#{conversation_id}", rows=rows()[:2])

    async def older(self) -> bool:
        return False

    async def show_message(self, message_id: str) -> None:
        self.asked.append(("show message", message_id))

    async def newer(self) -> bool:
        return False

    async def newest(self) -> None:
        self.asked.append(("newest",))

    async def find(self, text: str, before_seq: int | None = None) -> Found:
        if self.refusal:
            raise Refused("invalid_search", self.refusal)
        self.asked.append(("find", text, before_seq))
        return found() if text and before_seq is None else Found()

    async def inbox(self) -> Found:
        return found()

    async def activity(self, before_seq: int | None = None) -> Found:
        return found() if before_seq is None else Found()

    async def select_need(self, key: str) -> None:
        need = next((need for need in self.view.needs if need.key == key), None)
        if need is None or (self.view.card is not None and self.view.card.key == key):
            return
        if key == "approval:1":
            self.view.card = card()
            return
        self.view.card = CardView(
            key,
            "agent",
            need.glyph,
            need.role,
            need.what,
            need.name,
            need.line,
            need.age,
            "need 2 of 4",
            agent_id=need.agent_id,
        )

    def news(self) -> list[News]:
        news, self.untold = self.untold, []
        return news

    async def waive(self, message_id: str) -> None:
        self.asked.append(("waive", message_id))

    def snooze(self, key: str) -> bool:
        self.asked.append(("snooze", key))
        return True

    def unsnooze(self, key: str = "") -> None:
        self.asked.append(("unsnooze", key))

    def watch(self, slots: int) -> None: ...

    def pin(self, agent_id: str) -> None:
        self.asked.append(("pin", agent_id))

    def toggle_raw(self, agent_id: str) -> None:
        self.asked.append(("raw", agent_id))

    def at_end(self, reading: bool) -> None: ...

    def remember(self, kept: Kept) -> None: ...

    def stay(self) -> None: ...

    def composer_for(self, message_id: str = "") -> ComposerView:
        view = composer()
        view.reply_to = message_id
        return view

    def composer_to(self, agent_ids: Sequence[str]) -> ComposerView:
        names = [row.name for row in self.view.agents if row.id in agent_ids]
        if len(names) == 1:
            return ComposerView(f"@{names[0]}", f"@{names[0]}", recipients=tuple(agent_ids))
        view = composer()
        view.target, view.label, view.count = f"several:{','.join(agent_ids)}", ", ".join(names), ""
        view.recipients, view.several = tuple(agent_ids), len(names)
        return view

    def composer_into(self, conversation_id: str) -> ComposerView:
        row = next(row for row in self.view.channels if row.id == conversation_id)
        return ComposerView(f"#{row.name}", f"#{row.name}", "6")

    def arrivals(self, view: ComposerView, letter: Letter) -> tuple[Arrival, ...]:
        return view.arrivals

    def names(self, sign: str) -> list[tuple[str, str]]:
        if sign == "#":
            return [(row.name, "") for row in self.view.channels]
        return [(row.name, row.word) for row in self.view.agents]

    async def send(self, view: ComposerView, letter: Letter) -> None:
        self.client_ids.append(letter.client_id)
        self.letters.append(letter)
        if self.refusal:
            raise Refused("refused", self.refusal)
        self.asked.append(("send", view.target, view.reply_to, letter.text, letter.mode))

    async def scheduled(self) -> list[ScheduledRow]:
        return self.waiting

    async def cancel_scheduled(self, scheduled_id: str) -> None:
        self.asked.append(("cancel", scheduled_id))

    async def content(self, message_id: str, index: int) -> ContentView:
        if self.refusal:
            raise Refused("message_not_found", self.refusal)
        return self.contents[index]

    async def decide(self, card: CardView, approve: bool, words: str) -> None:
        if self.refusal:
            raise Refused("refused", self.refusal)
        self.asked.append(("decide", card.key, approve, words))
        card.outcome = "approved; builder runs it" if approve else "denied"

    async def ladder(self, message_id: str, agent_id: str = "") -> LadderView | None:
        return ladder_view()

    async def why(self, subject: str) -> WhyView | None:
        return WhyView(
            "tester  asks  2m", "It stands at a question of its own.",
            [("14:02:58", "screen", "a question box is open"), ("14:02:59", "transcript", "asks: keep the 3.9 shim?")],
            "terminal: question open", "your answer", "m", "answer it",
        )  # fmt: skip

    @asynccontextmanager
    async def pane(self, agent_id: str):
        if self.refusal:
            raise RelayError("no_pane", self.refusal)
        self.asked.append(("pane", agent_id))
        yield Argv()

    def running(self) -> list[str]:
        return ["7 agents go on in their panes."]

    async def panes(self) -> Sequence[PaneRow]:
        return self.in_tmux

    async def adopt(self, name: str, pane_id: str) -> None:
        if self.refusal:
            raise RelayError("agent_running", self.refusal)
        self.asked.append(("adopt", name, pane_id))

    def adopted(self, agent_id: str) -> bool:
        return agent_id in self.taken_in

    def has_pane(self, agent_id: str) -> bool:
        return True

    def folder(self) -> str:
        return "~/src/tagger"

    async def start_agent(self, name: str, argv: Sequence[str]) -> None:
        if self.refusal:
            raise RelayError("launch_failed", self.refusal)
        self.asked.append(("start", name, *argv))

    async def restart(self, agent_id: str) -> None:
        self.asked.append(("restart", agent_id))

    async def release(self, agent_id: str) -> None:
        self.asked.append(("release", agent_id))
