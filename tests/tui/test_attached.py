"""What came along with a message: drawn, opened in here, and opened outside without a shell and without being run."""

from __future__ import annotations

import stat
from collections.abc import Callable
from contextlib import nullcontext
from pathlib import Path

import pytest

from relay_tui.core import commands as c
from relay_tui.core.errors import RelayError
from relay_tui.core.model import Json
from relay_tui.tui.app import RelayApp
from relay_tui.tui.terminal.openers import Copies, desktop_argv, editor_argv, looked_at
from relay_tui.tui.view.enclosed import BlockRow, ContentView, EnclosedRow
from relay_tui.tui.words.enclosed import block_rows, enclosed_rows
from tests.tui.frames import Desk, desk
from tests.tui.source_sample import SampleSource
from tests.tui.test_store import World, world

REPORT = EnclosedRow("report.md", "4.1 KB", "markdown")


def with_attached(*contents: ContentView) -> SampleSource:
    source = SampleSource(contents=list(contents))
    row = source.view.conversation.rows[-1]
    row.enclosed = tuple(EnclosedRow(view.label, view.size, view.kind) for view in contents)
    return source


async def perform(d: Desk, act: str) -> None:
    await d.deck.perform(act)
    await d.settle()


async def test_each_attachment_is_a_line_under_the_text_and_a_click_opens_it() -> None:
    view = ContentView("report.md", "4.1 KB", "markdown", "text", "# It works\n\x1b]0;bad\x07")
    async with desk(source=with_attached(view)) as d:
        rows = d.frame.splitlines()
        y = next(index for index, row in enumerate(rows) if "▤ report.md  4.1 KB  markdown" in row)
        await d.pilot.click(offset=(rows[y].index("report"), y))
        await d.settle()
        assert "# It works" in d.frame
        assert "␛]0;bad␇" in d.frame
        assert "enter open in your editor" in d.frame


async def test_one_of_several_is_chosen_by_name() -> None:
    views = [ContentView(f"{name}.diff", "", "diff", "diff", f"+{name}") for name in ("one", "two")]
    async with desk(source=with_attached(*views)) as d:
        await perform(d, "attached")
        await d.type("two")
        await d.press("enter")
        assert "▤ two.diff" in d.frame
        assert "+two" in d.frame


async def test_what_cannot_be_shown_says_what_it_is() -> None:
    view = ContentView("tool", "9 MB", "application/x-executable", "file", content_type="application/x-executable")
    async with desk(source=with_attached(view)) as d:
        await perform(d, "attached")
        assert "9 MB  application/x-executable" in d.frame
        assert "This is no text." in d.frame
        assert "enter" not in d.frame.splitlines()[-1]


async def test_a_link_is_opened_only_after_all_of_it_was_seen(monkeypatch: pytest.MonkeyPatch) -> None:
    opened: list[ContentView] = []
    monkeypatch.setattr(RelayApp, "_open_outside", lambda self, view: opened.append(view))
    view = ContentView("a page", "", "link", "link", url="https://example.org/" + "x" * 80)
    async with desk(source=with_attached(view)) as d:
        await perform(d, "attached")
        await d.press("enter")
        assert "Open it in a browser?" in d.frame
        assert opened == []
        await d.press("enter")
        assert opened == [view]


async def test_what_does_not_open_is_said_where_one_looks(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("EDITOR", "no-such-editor")
    monkeypatch.delenv("VISUAL", raising=False)
    view = ContentView("a.md", "4 B", "text", "text", "text", data=b"text", filename="a.md")
    async with desk(source=with_attached(view)) as d:
        await perform(d, "attached")
        await d.press("enter")
        await d.worked("pane")
        assert "no-such-editor is not there" in d.frame.splitlines()[2]


@pytest.fixture
def edited(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Callable[[], str]:
    """A program that writes down what it was given, and adds to it if it may."""
    script, seen = tmp_path / "edit", tmp_path / "seen"
    script.write_text(f'#!/bin/sh\nstat -c %a "$1" >"{seen}"\ncat "$1" >>"{seen}"\necho added >>"$1"\nexit 0\n')
    script.chmod(0o700)
    monkeypatch.setenv("EDITOR", str(script))
    monkeypatch.delenv("VISUAL", raising=False)
    monkeypatch.setattr(RelayApp, "suspend", lambda self: nullcontext())
    return seen.read_text


async def test_ctrl_o_takes_the_text_to_the_editor_and_back(edited: Callable[[], str]) -> None:
    async with desk() as d:
        await d.press("m")
        await d.type("hello")
        await d.press("ctrl+o")
        await d.worked("pane")
        assert d.deck.composer.editor.text == "helloadded"
        assert edited() == "600\nhello"
        assert "TYPING" in d.frame


async def test_a_very_long_text_from_the_editor_goes_along_as_a_file(
    edited: Callable[[], str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("relay_tui.tui.screens.verbs.composing.MOST_WRITTEN", 8)
    async with desk() as d:
        await d.press("m")
        await d.type("hello")
        await d.press("ctrl+o")
        await d.worked("pane")
        assert d.deck.composer.editor.text == ""
        assert "▤ pasted.txt  10 B  one line" in d.frame


async def test_an_attached_text_is_opened_as_a_private_copy(edited: Callable[[], str]) -> None:
    view = ContentView("../up;rm -rf.md", "4 B", "text", "text", "text", data=b"text", filename="../up;rm -rf.md")
    async with desk(source=with_attached(view)) as d:
        await perform(d, "attached")
        await d.press("enter")
        await d.worked("pane")
        assert edited().startswith("400\ntext")
        folder = d.app.copies._folder
        assert folder is not None
        assert stat.S_IMODE(folder.stat().st_mode) == 0o700
    assert not folder.exists()


def test_a_copy_is_named_for_what_it_is_and_cannot_be_run(tmp_path: Path) -> None:
    copies = Copies()
    try:
        path = copies.write("evil.desktop", b"\x89PNG", "image/png")
        assert path.name == "evil.png"
        assert stat.S_IMODE(path.stat().st_mode) == 0o400
        assert copies.write("-rf", b"").name == "rf"
        assert copies.write("a.md", b"").name == copies.write("a.md", b"").name == "a.md"
    finally:
        copies.remove()


@pytest.mark.parametrize(
    ("kind", "looked"),
    [
        ("image/png", True),
        ("application/pdf", True),
        ("image/svg+xml", False),
        ("text/html", False),
        ("application/x-executable", False),
        ("application/octet-stream", False),
    ],
)
def test_a_desktop_gets_only_what_it_looks_at(kind: str, looked: bool) -> None:
    assert looked_at(kind) is looked


def test_an_editor_that_is_not_there_is_said(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("VISUAL", raising=False)
    monkeypatch.setenv("EDITOR", "no-such-editor --wait")
    with pytest.raises(RelayError, match="no-such-editor is not there"):
        editor_argv(Path("a"))
    monkeypatch.setenv("EDITOR", "env 'x")
    with pytest.raises(RelayError, match=r"\$EDITOR cannot be read"):
        editor_argv(Path("a"))
    monkeypatch.setenv("EDITOR", "env vi")
    assert editor_argv(Path("/a b"), 3) == ["env", "vi", "/a b"]


def test_without_a_desktop_that_is_said(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("DISPLAY", raising=False)
    monkeypatch.delenv("WAYLAND_DISPLAY", raising=False)
    monkeypatch.setattr("sys.platform", "linux")
    with pytest.raises(RelayError, match="no desktop"):
        desktop_argv("https://example.org")


def test_every_kind_of_attachment_has_its_words() -> None:
    given: list[Json] = [
        {"kind": "file", "file_id": "1", "filename": "a.md", "content_type": "text/markdown", "size_bytes": 4_100},
        {"kind": "image", "url": "https://e.org/a.png", "alt": "a chart"},
        {"kind": "link", "url": "https://e.org", "title": "the plan"},
        {"kind": "path", "path": "src/a.py", "line": 12},
        {"kind": "text", "text": "hello", "label": "notes"},
        {"kind": "diff", "patch": "--- a\n+++ b\n@@ -1 +1 @@\n-x\n+y\n"},
        {"kind": "json", "value": [1, 2]},
        {"kind": "holo", "beam": 1},
    ]
    assert [(row.label, row.size, row.kind) for row in enclosed_rows(given)] == [
        ("a.md", "4.1 KB", "markdown"),
        ("a chart", "", "image"),
        ("the plan", "", "link"),
        ("src/a.py:12", "", "place"),
        ("notes", "5 B", "text"),
        ("diff", "30 B", "+1 −1"),
        ("JSON", "5 B", "json"),
        ("holo", "", "not known here"),
    ]


def test_blocks_become_rows() -> None:
    blocks: list[Json] = [
        {"type": "header", "text": "Build"},
        {"type": "fields", "fields": [{"label": "branch", "value": "main"}]},
        {"type": "actions", "elements": [{"text": "Retry", "action_id": "r"}]},
        {"type": "divider"},
        {"type": "chart", "text": "up"},
    ]
    assert block_rows(blocks) == (
        BlockRow("header", "Build"),
        BlockRow("field", "branch", "main"),
        BlockRow("actions", "[Retry]"),
        BlockRow("divider"),
        BlockRow("other", "chart", "up"),
    )


async def said(w: World, attachments: list[Json]) -> str:
    command = c.SendMessage(to="#general", text="see", attachments=attachments)
    return (await w.relay.execute(command, w.caller("builder"))).id


async def test_what_is_attached_is_read_back_and_what_is_gone_is_said(tmp_path: Path) -> None:
    async with world(tmp_path, "builder") as w:
        stored = await w.relay.files.upload("notes.md", b"# Notes\n", w.caller("builder"))
        attached: list[Json] = [
            {"kind": "file", "file_id": stored.id},
            {"kind": "json", "value": {"a": 1}},
            {"kind": "path", "path": "src/a.py", "line": 3},
        ]
        id = await said(w, attached)
        await w.up_to_date()
        row = next(row for row in w.store.view.conversation.rows if row.id == id)
        assert [one.label for one in row.enclosed] == ["notes.md", "JSON", "src/a.py:3"]
        text, value, place = [await w.store.content(id, index) for index in range(3)]
        assert (text.how, text.text, text.data) == ("text", "# Notes\n", b"# Notes\n")
        assert value.text == '{\n  "a": 1\n}'
        assert (place.path, place.line) == (str(tmp_path / "src/a.py"), 3)
        await w.relay.files.remove(stored.id, w.caller("builder"))
        assert (await w.store.content(id, 0)).how == "gone"
        with pytest.raises(RelayError, match="not there any more"):
            await w.store.content(id, 9)
