# ruff: noqa: E501
"""The deck of the design drawings, as data: the same names and texts, so that pictures can be compared."""

from __future__ import annotations

from relay_tui.core.session import TranscriptEntry
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
    StepRow,
    TranscriptView,
)
from relay_tui.tui.view.hits import Found, Hit, Section
from tests.tui.mail_sample import before_stop

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
