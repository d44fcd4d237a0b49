# ruff: noqa: ASYNC240
"""What the screen remembers over restarts, and what it makes of a file that it cannot read."""

from __future__ import annotations

import os
import stat
from dataclasses import asdict
from pathlib import Path

import pytest

from relay_tui.core.model import Mode
from relay_tui.core.views.queries.mail import MailFilter
from relay_tui.tui.app import RelayApp
from relay_tui.tui.drawing.themes import LIGHT
from relay_tui.tui.store.memory import MEMORY_NAME, Memory
from relay_tui.tui.view.kept import Kept
from relay_tui.tui.view.letter import Draft, Drafts, Enclosure, Later, Letter, ReplyWanted
from tests.tui.source_sample import SampleSource
from tests.tui.test_store import world


@pytest.fixture
def file(tmp_path: Path) -> Path:
    return tmp_path / MEMORY_NAME


async def test_all_of_a_draft_comes_back(file: Path) -> None:
    link = Enclosure("link", "https://e.org", note="link", content={"kind": "link", "url": "https://e.org"})
    draft = Draft("not yet", Mode.IMMEDIATE, (link,), ReplyWanted(5), Later(7, "docs"), True, "88")
    kept = Kept(
        "dark", "102", ["11"], {"agent:13": 9}, drafts=Drafts({"#planning": draft}, {"#planning": ["one", "two"]})
    )
    await (await Memory.read(file)).write(kept)
    assert (await Memory.read(file)).kept == kept
    assert stat.S_IMODE(file.stat().st_mode) == 0o600
    assert os.listdir(file.parent) == [file.name]


async def test_what_is_empty_or_was_refused_is_not_kept(file: Path) -> None:
    memory = await Memory.read(file)
    refused = Draft("again", refused=Letter("again", client_id="1"))
    await memory.write(Kept(drafts=Drafts({"a": Draft(), "b": refused})))
    assert (await Memory.read(file)).kept.drafts.by_target == {"b": Draft("again")}


async def test_what_is_written_already_is_not_written_again(file: Path) -> None:
    memory = await Memory.read(file)
    await memory.write(Kept(last="1"))
    file.unlink()
    await memory.write(Kept(last="1"))
    assert not file.exists()


@pytest.mark.parametrize(
    "broken",
    [b"", b"{", b'{"last": 5}', b'{"drafts": {"by_target": {"a": {"mode": "soon"}}}}', b"\xff", b'{"theme": "\xff"}'],
)
async def test_a_broken_file_is_put_aside_with_a_notice(broken: bytes, file: Path) -> None:
    file.write_bytes(broken)
    memory = await Memory.read(file)
    assert memory.kept == Kept()
    assert "cannot be read" in memory.notice
    assert file.with_suffix(".broken").read_bytes() == broken


async def test_a_disk_that_refuses_stops_nothing(tmp_path: Path) -> None:
    memory = await Memory.read(tmp_path / "nowhere" / MEMORY_NAME)
    await memory.write(Kept(last="1"))


async def test_the_deck_finds_its_drafts_history_and_theme_again(file: Path) -> None:
    source = SampleSource()
    app = RelayApp(source, memory=await Memory.read(file))
    async with app.run_test(size=(120, 36)) as pilot:
        await pilot.press("m", "a", "enter", "b", "c")
        app.do_theme()
    memory = await Memory.read(file)
    app = RelayApp(SampleSource(), memory=memory)
    async with app.run_test(size=(120, 36)) as pilot:
        await pilot.pause()
        assert app.theme == LIGHT.name
        await pilot.press("m")
        assert app.deck.composer.editor.text == "bc"
        await pilot.press("alt+up")
        assert app.deck.composer.editor.text == "a"


async def test_the_store_opens_where_it_was_left(tmp_path: Path) -> None:
    async with world(tmp_path, "builder") as w:
        narrowed = asdict(MailFilter("held", w.agents["builder"].id))
        kept = Kept(
            last=f"agent:{w.agents['builder'].id}",
            pins=[w.agents["builder"].id],
            snoozed={"agent:1": 2**60},
            mail=narrowed,
        )
        w.store.recall(kept)
        await w.store._open_first()
        found = Kept()
        w.store.remember(found)
        assert found == kept
        w.store.recall(Kept(last="404"))
        await w.store._open_first()
        w.store.remember(found)
        assert found.last not in ("", "404"), "what is not there any more is no reason to open nothing"
