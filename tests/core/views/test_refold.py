"""Random lives of a workspace. After each: the views are what a refold of the log gives, and their invariants hold."""

from __future__ import annotations

import random
import sqlite3
import tempfile
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given

from relay_tui.core import commands as c
from relay_tui.core import events as e
from relay_tui.core.errors import WorkspaceError
from relay_tui.core.log.chain import verify
from relay_tui.core.log.writer import Item
from relay_tui.core.model import Caller
from relay_tui.core.policy.rules import Policy
from relay_tui.core.views.refold import refold

from ...conftest import in_memory
from ..conftest import Desk, Hands
from .life import FORWARD, OFTEN, POLICY, Deed, Life, lives
from .whole import assert_whole


def tables(db: sqlite3.Connection) -> dict[str, list[tuple[Any, ...]]]:
    """All that there is, but what is kept for the past: when that is put aside depends on the batches."""
    every = [name for (name,) in db.execute("SELECT name FROM sqlite_master WHERE type = 'table'")]
    kept = [name for name in every if name != "keyframes" and not name.endswith("_past")]
    return {table: sorted(db.execute(f"SELECT * FROM {table}").fetchall(), key=repr) for table in kept}


def long_life(desk: Desk, seed: int) -> Life:
    """As a property test would find one in a thousand tries."""
    chance = random.Random(seed)

    def number() -> int:
        return chance.randrange(12)

    life = Life(desk)
    life.live([[(chance.choice(OFTEN), number(), number(), number()) for _ in range(6)] for _ in range(150)])
    return life


class Recorded(Desk):
    """Notes which commands were carried out, and what happened by them."""

    def __init__(self, path: Path, clock: Hands, policy: Policy) -> None:
        self.done: set[type[c.Command]] = set()
        self.happened: set[str] = set()
        super().__init__(path, clock, policy)

    def together(self, *given: tuple[c.Command, Caller]) -> list[Item]:
        items = super().together(*given)
        self.done |= {type(item.command) for item in items if item.error is None}
        self.happened |= {entry.event.type for item in items for entry in item.entries}
        return items

    def close(self) -> None:
        self.db.close()


@given(lives)
def test_whatever_happens_the_views_are_what_the_log_says(deeds: list[list[Deed]]) -> None:
    with tempfile.TemporaryDirectory(dir=in_memory()) as name:
        folder = Path(name)
        desk = Desk(folder / "log.db", Hands(), POLICY)
        Life(desk).live(deeds)
        assert_whole(desk.db)
        assert verify(folder / "log.db").ok
        newest = refold(folder / "log.db", folder / "again.db")
        assert newest == desk.writer.last_seq
        with closing(sqlite3.connect(folder / "again.db")) as again:
            assert tables(again) == tables(desk.db)
        desk.db.close()


@given(lives, lives)
def test_a_restart_at_any_moment_changes_nothing_that_follows(
    before: list[list[Deed]], after: list[list[Deed]]
) -> None:
    with tempfile.TemporaryDirectory(dir=in_memory()) as name:
        found: list[dict[str, list[tuple[Any, ...]]]] = []
        for restarts in (False, True):
            path = Path(name) / f"{restarts}.db"
            hands = Hands()
            desk = Desk(path, hands, POLICY)
            # Forward: while a clock stands still, ids that were used for nothing are given out again after a restart.
            life = Life(desk, FORWARD)
            life.live(before)
            if restarts:
                desk.db.close()
                life.desk = desk = Desk(path, hands, POLICY)
            life.live(after)
            content = tables(desk.db)
            # but the random part of the event's id, and the hash that covers it
            content["log"] = [(row[0], *row[2:9]) for row in content["log"]]
            found.append(content)
            desk.db.close()
        assert found[0] == found[1]


def test_in_a_long_life_every_command_is_carried_out_and_everything_happens(tmp_path: Path) -> None:
    """So that what the lives above show is about all of them, and not about refusals."""
    done: set[type[c.Command]] = set()
    happened: set[str] = set()
    for seed in range(4):
        with closing(Recorded(tmp_path / f"{seed}.db", Hands(), POLICY)) as desk:
            long_life(desk, seed)
            assert_whole(desk.db)
            done |= desk.done
            happened |= desk.happened
    assert {kind.__name__ for kind in c.Command.__subclasses__()} - {kind.__name__ for kind in done} == set()
    assert set(e.EVENT_TYPES) - happened == {"workspace.created"}


def test_a_log_with_a_gap_is_not_folded_over(desk: Desk, tmp_path: Path) -> None:
    desk.join("builder")
    desk.db.execute("DELETE FROM log WHERE seq = 4")
    with pytest.raises(WorkspaceError, match="no entry 4"):
        refold(desk.path, tmp_path / "again.db")


def test_an_entry_of_a_newer_program_is_not_folded(desk: Desk, tmp_path: Path) -> None:
    desk.db.execute("UPDATE log SET v = 99 WHERE seq = 2")
    with pytest.raises(WorkspaceError) as caught:
        refold(desk.path, tmp_path / "again.db")
    assert caught.value.code == "workspace_newer"


def test_a_file_that_is_there_is_not_written_over(desk: Desk, tmp_path: Path) -> None:
    (tmp_path / "again.db").write_text("mine")
    with pytest.raises(WorkspaceError) as caught:
        refold(desk.path, tmp_path / "again.db")
    assert caught.value.code == "target_exists"
    assert (tmp_path / "again.db").read_text() == "mine"


def test_a_refolded_log_opens_and_goes_on(desk: Desk, tmp_path: Path) -> None:
    by = desk.join("builder")
    first = desk.do(c.SendMessage(to="#general", text="hello", client_id="key"), by)
    refold(desk.path, tmp_path / "again.db")
    again = Desk(tmp_path / "again.db", desk.clock)
    assert again.do(c.SendMessage(to="#general", text="hello", client_id="key"), by).id == first.id
    assert again.do(c.SendMessage(to="#general", text="more"), by).channel_seq == 2
    again.db.close()
