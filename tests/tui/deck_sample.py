# ruff: noqa: E501
"""The deck of the design drawings, as data: the same names and texts, so that pictures can be compared."""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field

from relay_tui.core.errors import Refused, RelayError
from relay_tui.core.session import TranscriptEntry
from relay_tui.tui.source.adopting import PaneRow
from relay_tui.tui.view.deck import (
    AgentRow,
    Arrival,
    AttemptRow,
    CardView,
    ChannelRow,
    ComposerView,
    ConversationView,
    DeckView,
    DeliveryRow,
    DirectRow,
    HeaderView,
    LadderView,
    MessageRow,
    NeedRow,
    OpenMine,
    Rung,
    ScheduledRow,
    StepRow,
    TranscriptView,
    WhyView,
)
from relay_tui.tui.view.enclosed import ContentView
from relay_tui.tui.view.hits import Found, Hit, Section
from relay_tui.tui.view.kept import Kept
from relay_tui.tui.view.letter import Letter
from relay_tui.tui.view.news import News
from tests.tui.mail_sample import SampleMail, SampleReins, before_stop
from tests.tui.rules_sample import SampleRules
from tests.tui.talk_sample import SampleTalk

NAMES = frozenset({"@builder", "@tester", "@docs", "@planner", "@reviewer"})


class ManualClock:
    """Milliseconds that only a test moves."""

    def __init__(self, at: int = 1_795_183_440_000) -> None:
        self.at = at

    def __call__(self) -> int:
        return self.at

    def advance(self, ms: int) -> None:
        self.at += ms


def message(
    id: str, time: str, sender: str, to: str, text: str, summary: str, cells: str = "", role: str = "muted", **more
):
    return MessageRow(
        id, int(id), time, sender, sender == "you", to, text, NAMES, summary=summary, cells=cells, role=role, **more
    )


def rows() -> list[MessageRow]:
    return [
        message(
            "1", "13:31", "you", "#planning",
            "Goal for 0.9: error recovery in the parser, no change of public names. Say what worries you before we start.",
            "4 answered", "####",
        ),
        message(
            "2", "13:33", "builder", "#planning",
            "Nothing on my side. The build cache is stale, I will clear it when I start.", "5 acknowledged", "###.",
        ),
        message("3", "13:34", "docs", "#planning", "The migration page can wait until the names are settled.",
                "5 delivered", "##.."),
        message("4", "13:47", "planner", "reviewer",
                "Before I plan: is there anything in the parser you would not build on?", "answered", "####"),
        message("5", "13:51", "reviewer", "planner, you",
                "The lexer and the grammar still share one module. I would split them before anyone touches error recovery.",
                "2 answered", "####"),
        message("6", "13:56", "you", "planner", "Agreed. Make a plan, three steps at most.", "answered", "####"),
        message(
            "7", "14:01", "planner", "builder, tester, docs",
            "@builder takes the parser: split lexer and grammar, keep the public names. @tester writes cases for error "
            "recovery first, @docs holds until both report.",
            "2 of 3 delivered", role="need", replies=2, replied="builder 14:02",
            deliveries=(
                DeliveryRow("11", "builder", "####", "ok", "answered", "14:02", "in the thread"),
                DeliveryRow("12", "tester", "##..", "ok", "delivered", "14:01", "transcript, turn 31"),
                DeliveryRow("13", "docs", "x...", "fault", "queued", "4m", "exited 1; goes when it restarts", True),
            ),
        ),
        message("8", "14:02", "builder", "planner",
                "Lexer is out, 212 tests pass. Clearing build/ and running the full suite now.", "answered", "####"),
        message(
            "9", "14:03", "you", "tester", "Please include the case with two BOMs.", "unverified", role="need",
            deliveries=(
                DeliveryRow("12", "tester", "#~..", "need", "unverified", "50s", "echo seen; reading its transcript", True),
            ),
        ),
    ]  # fmt: skip


def entries(*lines: tuple[str, str, str, dict]) -> tuple[tuple[TranscriptEntry, ...], tuple[str, ...]]:
    made = tuple(
        TranscriptEntry(n, n, "assistant", kind, text, detail)  # type: ignore[arg-type]
        for n, (_, kind, text, detail) in enumerate(lines)
    )
    return made, tuple(time for time, *_ in lines)


def transcripts() -> list[TranscriptView]:
    planner = entries(
        ("14:01", "sent", "#planning 14:01", {}),
        ("14:02", "read", "src/tagger/parser.py", {}),
        ("14:02", "read", "src/tagger/errors.py", {}),
        ("14:03", "edit", "docs/plan.md", {"added": 12, "removed": 3}),
        ("14:04", "text", "The split is done, so recovery can start. I'll ask tester for the two-BOM case and leave docs "
         "until it is back", {}),
    )  # fmt: skip
    builder = entries(
        ("14:01", "got", "planner 14:01", {}),
        ("14:01", "edit", "src/tagger/lexer.py", {"added": 218, "removed": 0}),
        ("14:02", "run", "pytest -q", {"result": "212 passed"}),
        ("14:03", "asks", "rm -rf build/ && make all", {}),
    )
    tester = entries(
        ("14:01", "got", "planner 14:01", {}),
        ("14:02", "read", "tests/test_recovery.py", {}),
        ("14:02", "text", "Keep the 3.9 shim, or drop it now?", {}),
    )
    raw = (
        (("● ", "raw:#7cc5cf"), ("Read(src/tagger/errors.py)", "")),
        (("  ╰ 148 lines", "raw:#78838f"),),
        (("● ", "raw:#7cc5cf"), ("The recovery set is built twice, once per", "")),
        (("  rule. I would hoist it.", ""),),
        (("", ""),),
        (("* Checking… (1m 04s, esc to interrupt)", "raw:#97a2b0"),),
    )
    return [
        TranscriptView("10", "planner", "claude", "working", "motion", "working 12s", "ctx 41%", *planner),
        TranscriptView("11", "builder", "codex", "approve", "need", "waits for you 40s", "ctx 63%", *builder),
        TranscriptView("12", "tester", "opencode", "asks", "need", "asks you 2m", "ctx 35%", *tester),
        TranscriptView("14", "reviewer", "claude", "working", "motion", "working 1m", "raw 120×40", raw=raw),
    ]


def card(literal: tuple[str, ...] = ("rm -rf build/ && make all",)) -> CardView:
    return CardView(
        "approval:1", "approval", "approve", "need", "approve?", "builder", "runs a command", "40s", "need 1 of 4",
        literal=literal,
        facts=(("in", "~/proj/tagger"), ("rule", "default: ask"), ("until", "14:14, then codex asks itself")),
        digest="3f9a c21e", request_hash="3f9ac21e", agent_id="11",
    )  # fmt: skip


def deck_view() -> DeckView:
    return DeckView(
        header=HeaderView("tagger", "~/proj", 4, 3, 2, 1, "14:04", stop=before_stop()),
        needs=[
            NeedRow(
                "approval:1", "approve", "need", "builder", "approve", "40s", "rm -rf build/ && make all", True, "11"
            ),
            NeedRow("agent:12", "asks", "need", "tester", "asks", "2m", "keep the 3.9 shim?", agent_id="12"),
            NeedRow("agent:13", "gone", "fault", "docs", "exited 1", "4m", "2 messages queued", agent_id="13"),
            NeedRow("agent:16", "unknown", "need", "scout", "look", "6m", "a dialog no rule knows", agent_id="16"),
        ],
        oldest="6m",
        channels=[
            ChannelRow("101", "general", 3),
            ChannelRow("102", "planning", 8, 1),
            ChannelRow("103", "release", 0, muted=True),
        ],
        direct=[DirectRow("201", "reviewer", 1, ("14",)), DirectRow("202", "builder", 0, ("11",))],
        agents=[
            AgentRow("10", "planner", "working", "working", "motion", "12s", "41%"),
            AgentRow("11", "builder", "approve", "approve", "need", "40s", "63%"),
            AgentRow("12", "tester", "asks", "asks", "need", "2m", "35%"),
            AgentRow("13", "docs", "gone", "exited", "fault", "4m", ""),
            AgentRow("14", "reviewer", "working", "working", "motion", "1m", "22%"),
            AgentRow("15", "porter", "idle", "idle", "muted", "3m", "88%", bright=False),
            AgentRow("16", "scout", "unknown", "unknown", "need", "6m", ""),
        ],
        conversation=ConversationView(
            "102",
            "#planning",
            "shape the 0.9 release",
            "6 members · 2 threads",
            rows(),
            "7",
            "new since 13:58",
            channel_id="102",
        ),
        card=card(),
        transcripts=transcripts(),
        mine=[OpenMine("9", "tester", "unverified", "50s", "need"), OpenMine("7", "docs", "queued", "4m", "fault")],
        composer=composer(),
    )


def composer() -> ComposerView:
    return ComposerView(
        "#planning", "#planning", "6",
        (
            Arrival("approve", "need", "builder", "after your approval"),
            Arrival("asks", "need", "tester", "after your answer"),
            Arrival("gone", "fault", "docs", "on restart"),
        ),
    )  # fmt: skip


def ladder_view() -> LadderView:
    return LadderView(
        "9", "12", "14:03", "you", True, "tester", "Please include the case with two BOMs.", "unverified 50s", "need",
        rungs=[
            Rung("#", "queued", "ok", "14:03:11.204", "", "stored and flushed to disk", "log 84,113"),
            Rung("#", "accepted", "ok", "14:03:11.391", "+187 ms", "typed into its pane, echo seen, one Enter", "echo"),
            Rung("~", "delivered", "need", "not proven", "50 s", "its transcript has not grown since 14:02:58", "echo"),
            Rung(".", "acknowledged", "faint"),
            Rung(".", "answered", "faint"),
        ],
        why=[
            ("", "The text was handed to tester, and nothing that it wrote shows that it has read it."),
            ("rule", "proof"),
            ("changes", "a line in its transcript with this attempt's key, or an answer"),
            ("heard", "14:02:59.120  screen: waiting (question), inferred"),
        ],
        attempts=[
            AttemptRow(
                1, "14:03:11.210", "typed", "deferred", "need", "a dialog is open", "4 ms",
                (StepRow("14:03:11.211", "+1 ms", True, "pane alive"),
                 StepRow("14:03:11.214", "+3 ms", False, "no dialog", "opencode: permission box")),
            ),
            AttemptRow(
                2, "14:03:11.240", "typed", "accepted", "text", "typed into its pane, echo seen, one Enter", "151 ms",
                (StepRow("14:03:11.244", "+4 ms", True, "pasted", "37 bytes"),
                 StepRow("14:03:11.302", "+58 ms", True, "echo"),
                 StepRow("14:03:11.391", "+89 ms", True, "enter")),
            ),
        ],
        others=[("12", "tester")], word="unverified", channel_id="102", next_verb="pane",
        next_words="look into the pane of tester",
    )  # fmt: skip


def found() -> Found:
    here = [
        Hit("message:8", "#planning", "builder", "14:02", rows()[7].text, seq=8),
        Hit("message:7", "#planning thread", "planner", "14:01", rows()[6].text, "2 new replies", "accent", seq=7),
    ]
    there = [Hit("message:1", "@reviewer", "you", "18 Nov", "Nobody parses that with two BOMs.", seq=1)]
    return Found([Section("here", here), Section("elsewhere", there)], ("parse",))


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
