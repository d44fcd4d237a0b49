"""The mail screen of the drawings, as data, and a desk that remembers what it was asked to do."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass, field

from relay_tui.core.errors import Refused
from relay_tui.core.views.queries.mail import FAULTS, MailFilter
from relay_tui.tui.view.mail import MailRow, MailView, Narrowing, Track
from relay_tui.tui.view.stopped import Stopped, StopView

DUE = [0] * 20 + [
    2,
    4,
    3,
    0,
    0,
    5,
    9,
    7,
    3,
    1,
    0,
    0,
    2,
    2,
    8,
    6,
    3,
    4,
    0,
    0,
    1,
    0,
    3,
    12,
    9,
    5,
    2,
    0,
    0,
    1,
    2,
    3,
    5,
    8,
    4,
    2,
    1,
    0,
    6,
    3,
]


def row(
    message_id: str,
    agent_id: str,
    time: str,
    sender: str,
    name: str,
    text: str,
    cells: str,
    role: str,
    word: str,
    since: str,
    **more,
) -> MailRow:
    return MailRow(
        f"{message_id}:{agent_id}",
        message_id,
        agent_id,
        "102",
        time,
        sender,
        sender == "you",
        name,
        text,
        cells,
        role,
        word,
        since,
        **more,
    )


def rows() -> list[MailRow]:
    said = "@builder takes the parser: split lexer and grammar, keep the public names."
    typed = {"route": "typed", "attempts": 1}
    return [
        row(
            "4",
            "14",
            "13:47",
            "planner",
            "reviewer",
            "Before I plan: is there anything in the parser you would not build on?",
            "####",
            "ok",
            "answered",
            "13:51",
            evidence="reply",
            reason="answered in the thread",
            **typed,
        ),
        row(
            "6",
            "10",
            "13:56",
            "you",
            "planner",
            "Agreed. Make a plan, three steps at most.",
            "####",
            "ok",
            "answered",
            "13:57",
            evidence="reply",
            reason="answered in #planning",
            **typed,
        ),
        row(
            "7",
            "11",
            "14:01",
            "planner",
            "builder",
            said,
            "####",
            "ok",
            "answered",
            "14:02",
            evidence="reply",
            reason="answered in the thread",
            **typed,
        ),
        row(
            "7",
            "12",
            "14:01",
            "planner",
            "tester",
            said,
            "##..",
            "ok",
            "delivered",
            "14:01",
            evidence="transcript",
            reason="transcript, entry 31",
            **typed,
        ),
        row(
            "7",
            "13",
            "14:01",
            "planner",
            "docs",
            said,
            "x...",
            "fault",
            "queued",
            "4m",
            reason="exited 1; goes when it restarts",
            next="when its program is back",
        ),
        row(
            "8",
            "10",
            "14:02",
            "builder",
            "planner",
            "Lexer is out, 212 tests pass. Clearing build/ and running the full suite now.",
            "####",
            "ok",
            "answered",
            "14:02",
            evidence="reply",
            reason="answered in #planning",
            **typed,
        ),
        row(
            "9",
            "12",
            "14:03",
            "you",
            "tester",
            "Please include the case with two BOMs.",
            "#~..",
            "need",
            "unverified",
            "50s",
            evidence="echo",
            reason="echo seen; reading its transcript",
            **typed,
        ),
        row(
            "20",
            "15",
            "14:03",
            "reviewer",
            "porter",
            "The migration page is wrong about 0.8.",
            "=...",
            "need",
            "held",
            "40s",
            reason="held by you: reading along",
            next="after a flush",
        ),
        row(
            "21",
            "16",
            "14:04",
            "you",
            "scout",
            "Where does the second BOM come from?",
            "x...",
            "fault",
            "failed",
            "12s",
            reason="its input box is not on the screen",
            next="not by itself",
            attempts=3,
            route="typed",
        ),
        row(
            "22",
            "10",
            "14:04",
            "tester",
            "planner",
            "Keep the 3.9 shim, or drop it now?",
            "=...",
            "muted",
            "deferred",
            "4s",
            reason="working; goes when it is idle",
            next="in 6s",
            attempts=2,
            route="typed",
        ),
    ]


def tracks() -> list[Track]:
    bad = [0] * 59 + [2]
    return [
        Track("", "everyone", DUE, bad, 142, 138, 1, 1, "320 ms"),
        Track("11", "builder", DUE[::-1], (), 61, 61, 0, 0, "240 ms", [value * 40 for value in DUE[::-1]]),
        Track("10", "planner", DUE[5:] + DUE[:5], (), 58, 57, 0, 0, "410 ms", [value * 30 for value in DUE]),
        Track("16", "scout", [0] * 57 + [1, 0, 2], [0] * 59 + [1], 3, 2, 0, 1, "1.2 s", [0] * 57 + [1200, 0, 0]),
    ]


@dataclass
class SampleMail:
    view: MailView = field(
        default_factory=lambda: MailView(rows(), older=True, ready=True, tracks=tracks(), span="last hour")
    )
    filter: MailFilter = field(default_factory=MailFilter)
    kept: Collection[str] = ()
    following: bool = True
    fresh: bool = False
    pages: list[list[MailRow]] = field(default_factory=list)
    looking: bool = False

    async def open(self, wanted: MailFilter | None = None) -> None:
        self.looking = True
        self.filter = wanted if wanted is not None else self.filter
        shown = [one for one in rows() if not self.filter.word or one.role in ("fault", "need")]
        narrowed = [Narrowing("state", self.filter.word, "faults only")] if self.filter.word == FAULTS else []
        self.view = MailView(shown, narrowed, older=bool(self.pages), ready=True, tracks=tracks(), span="last hour")

    def close(self) -> None:
        self.looking = False

    async def refresh(self, now: int) -> bool:
        fresh, self.fresh = self.fresh, False
        return fresh

    async def older(self) -> bool:
        if not self.pages:
            return False
        self.view.rows = self.pages.pop() + self.view.rows
        self.view.older = bool(self.pages)
        return True


@dataclass
class SampleReins:
    """Holds, flushes, interrupts nobody: it writes down what it was asked for."""

    asked: list[tuple]
    refusal: str = ""
    seen: bool = True

    def can(self, agent_id: str) -> frozenset[str]:
        return frozenset(
            {"hold", "interrupt"} if agent_id in ("10", "14") else {"flush"} if agent_id == "15" else {"hold"}
        )

    async def _do(self, *what: object) -> None:
        if self.refusal:
            raise Refused("refused", self.refusal)
        self.asked.append(what)

    async def hold(self, agent_id: str) -> None:
        await self._do("hold", agent_id)

    async def flush(self, agent_id: str) -> None:
        await self._do("flush", agent_id)

    async def interrupt(self, agent_id: str) -> bool:
        await self._do("interrupt", agent_id)
        return self.seen

    def commandable(self, agent_id: str) -> bool:
        return agent_id in ("11", "12")

    async def own_command(self, agent_id: str, text: str) -> str:
        await self._do("command", agent_id, text)
        return "typed into its pane"

    async def stop(self, only: Collection[str] = ()) -> None:
        await self._do("stop", *only)

    async def resume(self, agent_id: str = "", only: Collection[str] = ()) -> None:
        await self._do("resume", agent_id, *only)

    async def retry(self, message_id: str, agent_id: str) -> None:
        await self._do("retry", message_id, agent_id)

    async def redirect(self, message_id: str, agent_id: str, to: str) -> None:
        await self._do("redirect", message_id, agent_id, to)

    async def drop(self, message_id: str, agent_id: str) -> None:
        await self._do("drop", message_id, agent_id)


def before_stop() -> StopView:
    return StopView(agents=_agents(False), working=("planner", "reviewer"), waiting=3, approvals=1)


def stopped() -> StopView:
    return StopView(
        True, "by you", "14:05", "7 agents held, 1 interrupted, 1 told to stop and not seen to, approvals frozen",
        "7 held, 1 interrupted, 1 not stopped, frozen", True, True, _agents(True), ("reviewer",), 3, 1,
    )  # fmt: skip


def _agents(on: bool) -> tuple[Stopped, ...]:
    return (
        Stopped("11", "builder", on, "approve", "need"),
        Stopped("13", "docs", on, "exited", "fault"),
        Stopped("10", "planner", on, "idle", "muted", "interrupted 14:05, seen to stop" if on else "", told=on),
        Stopped("15", "porter", on, "idle", "muted"),
        Stopped(
            "14",
            "reviewer",
            on,
            "working",
            "motion",
            "told to stop 4s ago, not seen to yet" if on else "",
            not on,
            told=on,
        ),
        Stopped("16", "scout", on, "unknown", "need"),
        Stopped("12", "tester", on, "asks", "need"),
    )
