"""How composing looks, as pictures: several, what goes along, what came along, when, and a wanted reply."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from relay_tui.core.model import Json
from relay_tui.tui.app import RelayApp
from relay_tui.tui.screens.deck import Deck
from relay_tui.tui.view.deck import MessageRow, OpenMine
from relay_tui.tui.view.enclosed import ContentView
from relay_tui.tui.view.letter import Draft, Enclosure, Later, ReplyWanted
from relay_tui.tui.words.enclosed import block_rows, enclosed_rows
from tests.tui.source_sample import SampleSource

SnapCompare = Callable[..., bool]
ATTACHED: list[Json] = [
    {"kind": "file", "filename": "report.md", "content_type": "text/markdown", "size_bytes": 4_100, "file_id": "1"},
    {"kind": "path", "path": "src/tagger/lexer.py", "line": 212},
    {"kind": "image", "filename": "coverage.png", "content_type": "image/png", "size_bytes": 34_000, "file_id": "2"},
]
BLOCKS: list[Json] = [
    {"type": "header", "text": "Nightly build"},
    {"type": "fields", "fields": [{"label": "branch", "value": "main"}, {"label": "failed", "value": "2 of 212"}]},
    {"type": "actions", "elements": [{"text": "Retry", "action_id": "retry"}, {"text": "Bisect", "action_id": "b"}]},
]
PATCH = """diff --git a/src/tagger/lexer.py b/src/tagger/lexer.py
--- a/src/tagger/lexer.py
+++ b/src/tagger/lexer.py
@@ -210,3 +210,4 @@ def tokens(text):
     for char in text:
-        yield char
+        if char != BOM:
+            yield char
"""


def source() -> SampleSource:
    made = SampleSource(
        contents=[ContentView("changes.diff", "205 B", "diff", "diff", PATCH, filename="changes.diff")],
    )
    rows: list[MessageRow] = made.view.conversation.rows
    rows[-2].enclosed, rows[-2].blocks = enclosed_rows(ATTACHED), block_rows(BLOCKS)
    rows[-1].wants, rows[-1].wants_role = "wants a reply by 14:30", "accent"
    made.view.mine.insert(0, OpenMine("9", "several", "queued", "2m", "need", open=2, of=5))
    return made


def draft() -> Draft:
    return Draft(
        "rebase on main before you push, and tell me when it is done",
        enclosed=(
            Enclosure("file", "report.md", 4_100, "markdown", "/tmp/report.md"),
            Enclosure("link", "https://example.org/rfc/12", note="link", content={"kind": "link"}),
        ),
        reply=ReplyWanted(1_795_185_000_000),
        later=Later(1_795_184_640_000),
    )


async def mark_three(deck: Deck) -> None:
    deck.go_into(deck.rail)
    deck.rail.marked = {"agent:11", "agent:12", "agent:13"}
    deck.rail.go_to("agent:13")
    await deck.perform("message")
    deck.composer.replace_text("rebase on main before you push, and tell me when it is done")


async def with_all(deck: Deck) -> None:
    draft_here = deck.composer.drafts.of("#planning")
    full = draft()
    draft_here.text, draft_here.enclosed = full.text, full.enclosed
    draft_here.reply, draft_here.later = full.reply, full.later
    await deck.perform("message")


async def choosing(deck: Deck) -> None:
    await deck.perform("message")
    await deck.composing.do_when()


async def opened(deck: Deck) -> None:
    deck.source.view.conversation.rows[-1].enclosed = enclosed_rows([{"kind": "diff", "patch": PATCH}])
    deck.apply()
    await deck.perform("attached")


@pytest.mark.parametrize(
    ("size", "begin"),
    [
        pytest.param((160, 48), with_all, id="all-of-it-in-three-columns"),
        pytest.param((120, 36), mark_three, id="several"),
        pytest.param((80, 24), with_all, id="all-of-it-in-one-column"),
        pytest.param((120, 36), choosing, id="when"),
        pytest.param((80, 24), opened, id="opened"),
    ],
)
def test_composing_looks_as_it_did(
    snap_compare: SnapCompare, size: tuple[int, int], begin: Callable[[Deck], object]
) -> None:
    app = RelayApp(source())

    async def before(pilot: object) -> None:
        await begin(app.deck)  # type: ignore[misc]

    assert snap_compare(app, terminal_size=size, run_before=before)
