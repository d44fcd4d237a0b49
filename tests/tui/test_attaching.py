"""What goes along with a message: attached by its path, pasted, dropped; kept, taken off, stored."""

from __future__ import annotations

import asyncio
from pathlib import Path

import pytest
from textual import events

from relay_tui.core.commands import MAX_FILE
from relay_tui.core.errors import Refused
from relay_tui.tui.view.deck import ComposerView
from relay_tui.tui.view.letter import Letter
from relay_tui.tui.words.enclosed import size_words
from relay_tui.tui.writing.enclosing import (
    LARGE_PASTE,
    enclose_large,
    enclose_pasted,
    enclose_path,
    list_paths,
    take_written,
)
from tests.tui.frames import Desk, desk
from tests.tui.source_sample import SampleSource
from tests.tui.test_store import world

DIFF = """diff --git a/x.py b/x.py
--- a/x.py
+++ b/x.py
@@ -1 +1,2 @@
-old
+new
+newer
"""


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    (tmp_path / "report.md").write_text("# Report\n" * 500)
    (tmp_path / "src").mkdir()
    (tmp_path / "src" / "a b.py").write_text("print()\n")
    return tmp_path


def source_at(folder: Path) -> SampleSource:
    source = SampleSource()
    source.programs.folder = lambda: str(folder)  # type: ignore[method-assign]
    return source


async def paste(d: Desk, text: str) -> None:
    d.app.post_message(events.Paste(text))
    await d.settle()
    await d.settle()


async def until_proposed(d: Desk, words: str) -> None:
    await d.worked("paths")
    assert words in d.frame


async def test_a_path_after_a_plus_is_completed_and_goes_along(folder: Path) -> None:
    async with desk(source=source_at(folder)) as d:
        await d.press("m")
        await d.type("see +rep")
        await until_proposed(d, "+report.md  4.5 KB")
        await d.press("tab")
        await d.worked("enclose")
        assert d.deck.composer.editor.text == "see "
        assert "▤ report.md  4.5 KB  markdown" in d.frame
        await d.press("enter")
        await d.worked("send")
        assert [one.label for one in d.source.letters[-1].enclosed] == ["report.md"]
        assert "▤" not in d.frame
        assert "stored and sent" in d.frame


async def test_a_folder_is_gone_into_and_a_name_with_a_space_is_taken_whole(folder: Path) -> None:
    async with desk(source=source_at(folder)) as d:
        await d.press("m")
        await d.type("+sr")
        await until_proposed(d, "+src/  folder")
        await d.press("tab")
        await until_proposed(d, "+src/a b.py  8 B")
        await d.press("enter")
        await d.worked("enclose")
        assert d.source.asked == []
        assert "▤ a b.py  8 B  python" in d.frame


async def test_backspace_at_the_beginning_takes_off_what_was_attached_last(folder: Path) -> None:
    async with desk(source=source_at(folder)) as d:
        await d.press("m")
        d.deck.composer.enclose(enclose_path("report.md", folder))
        d.deck.composer.enclose(enclose_path("src/a b.py:3", folder))
        await d.press("backspace")
        assert [one.label for one in d.deck.composer.draft.enclosed] == ["report.md"]
        await d.press("escape", "m")
        assert "▤ report.md" in d.frame, "it is kept with the draft"


async def test_a_path_that_was_only_written_goes_along_too(folder: Path) -> None:
    async with desk(source=source_at(folder)) as d:
        await d.press("m")
        d.deck.composer.editor.insert("look at +report.md and +1 more")
        await d.press("escape", "m", "enter")
        letter = d.source.letters[-1]
        assert letter.text == "look at  and +1 more"
        assert [one.label for one in letter.enclosed] == ["report.md"]


async def test_a_refused_message_gets_back_what_went_along(folder: Path) -> None:
    source = source_at(folder)
    source.refusal = "The disk is full."
    async with desk(source=source) as d:
        await d.press("m", "a")
        d.deck.composer.enclose(enclose_path("report.md", folder))
        await d.press("enter")
        await d.worked("send")
        assert "▤ report.md" in d.frame
        source.refusal = ""
        await d.press("enter")
        await d.worked("send")
        assert len(source.letters) == 2
        assert source.letters[0].client_id == source.letters[1].client_id


@pytest.mark.parametrize(
    ("pasted", "label"),
    [
        ("https://example.org/a?b=1", "https://example.org/a?b=1"),
        (DIFF, "diff"),
        ('{"a": [1, 2]}', "JSON"),
        ("'{folder}/report.md'", "report.md"),
        ("{folder}/src/a\\ b.py", "a b.py"),
        ("file://{folder}/src/a%20b.py", "a b.py"),
        ("just words", None),
        ("{not json", None),
        ("/no/such/file", None),
    ],
)
def test_what_is_pasted_is_known_for_what_it_is(pasted: str, label: str | None, folder: Path) -> None:
    found = enclose_pasted(pasted.replace("{folder}", str(folder)), folder)
    assert (found.label if found is not None else None) == label


async def test_a_pasted_link_is_text_until_tab_attaches_it(folder: Path) -> None:
    async with desk(source=source_at(folder)) as d:
        await d.press("m")
        await paste(d, "https://example.org")
        assert d.deck.composer.editor.text == "https://example.org"
        assert "tab attaches it instead  ▤ https://example.org  link" in d.frame
        await d.press("tab")
        assert d.deck.composer.editor.text == ""
        assert "▤ https://example.org  link" in d.frame
        await d.press("enter")
        assert d.source.letters[-1].enclosed[0].content == {"kind": "link", "url": "https://example.org"}


async def test_lines_that_a_terminal_pastes_are_lines(folder: Path) -> None:
    async with desk(source=source_at(folder)) as d:
        await d.press("m")
        await paste(d, DIFF.replace("\n", "\r"))
        assert d.deck.composer.editor.text == DIFF
        assert "tab attaches it instead  ▤ diff" in d.frame


async def test_a_paste_that_is_changed_is_offered_no_longer(folder: Path) -> None:
    async with desk(source=source_at(folder)) as d:
        await d.press("m")
        await paste(d, "https://example.org")
        await d.press("backspace")
        assert "tab attaches it" not in d.frame


async def test_a_megabyte_that_is_pasted_goes_along_as_a_file_and_not_through_the_editor(folder: Path) -> None:
    async with desk(source=source_at(folder)) as d:
        await d.press("m")
        await paste(d, "word and word\r" * 75_000)
        assert d.deck.composer.editor.text == ""
        assert "▤ pasted.txt  1.1 MB  75,000 lines" in d.frame
        await paste(d, "x" * (LARGE_PASTE - 1))
        assert len(d.deck.composer.editor.text) == LARGE_PASTE - 1


def test_what_cannot_go_along_is_said(folder: Path) -> None:
    with pytest.raises(Refused, match="No such file"):
        enclose_path("nothing.md", folder)
    with pytest.raises(Refused, match="it is a folder"):
        enclose_path("src", folder)
    with (folder / "big.bin").open("wb") as file:
        file.truncate(MAX_FILE + 1)
    with pytest.raises(Refused, match="at most 25 MiB"):
        enclose_path("big.bin", folder)


def test_only_what_is_there_is_taken_out_of_a_text(folder: Path) -> None:
    text, found = take_written("/attach src/a b.py\n+report.md, no: +report.md is it; +1.5 and a+report.md", folder)
    assert text == "+report.md, no:  is it; +1.5 and a+report.md"
    assert [one.label for one in found] == ["a b.py", "report.md"]


def test_hidden_files_are_proposed_only_when_asked_for(folder: Path) -> None:
    (folder / ".env").write_text("")
    assert [path for path, _ in list_paths("", folder)] == ["src/", "report.md"]
    assert [path for path, _ in list_paths(".e", folder)] == [".env"]
    assert [path for path, _ in list_paths(f"{folder}/src/", folder)] == [f"{folder}/src/a b.py"]
    assert list_paths("nowhere/", folder) == []


@pytest.mark.parametrize(
    ("size", "words"), [(812, "812 B"), (4_096, "4.1 KB"), (34_000, "34 KB"), (12_000_000, "12 MB")]
)
def test_a_size_is_said_in_words(size: int, words: str) -> None:
    assert size_words(size) == words


async def test_files_are_stored_once_however_often_their_message_is_sent(folder: Path) -> None:
    async with world(folder, "builder") as w:
        view = w.store.composer_to([w.agents["builder"].id])
        letter = Letter("", enclosed=(enclose_path("report.md", folder),), client_id="once")
        await w.store.send(view, letter)
        await w.store.send(view, letter)
        await w.up_to_date()
        (message,) = await w.relay.queries.messages(w.store.view.direct[0].id)
        assert message.text == "report.md"
        assert message.attachments is not None
        assert (message.attachments[0]["filename"], message.attachments[0]["size_bytes"]) == ("report.md", 4500)
        assert len(await w.relay.queries.files()) == 1


async def test_what_is_still_being_stored_when_the_screen_is_left_is_a_draft_again(folder: Path) -> None:
    class Slow(SampleSource):
        async def send(self, view: ComposerView, letter: Letter) -> None:
            self.letters.append(letter)
            await asyncio.Event().wait()

    source = Slow()
    source.programs.folder = lambda: str(folder)  # type: ignore[method-assign]
    async with desk(source=source) as d:
        await d.press("m", "a")
        d.deck.composer.enclose(enclose_path("report.md", folder))
        await d.press("enter", "b")
        assert "storing 4.5 KB" in d.frame
        assert d.deck.composer.editor.text == "b", "keys are not kept waiting"
        drafts = d.deck.drafts
    draft = drafts.of("#planning")
    assert (draft.text, [one.label for one in draft.enclosed]) == ("ab", ["report.md"])


def test_the_end_of_the_last_line_begins_no_other_line() -> None:
    assert [enclose_large(text).note for text in ("a\nb\n", "a\nb", "a\n")] == ["2 lines", "2 lines", "one line"]
