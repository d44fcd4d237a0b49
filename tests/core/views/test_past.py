"""Random lives of a workspace, looked at afterwards: at every entry the past is what a refold up to it gives."""

from __future__ import annotations

import sqlite3
import tempfile
from contextlib import closing
from pathlib import Path
from typing import Any
from unittest.mock import patch

from hypothesis import Phase, given, settings
from hypothesis import strategies as st

from relay_tui.core.views import history
from relay_tui.core.views.history import shapes
from relay_tui.core.views.past import open_past
from relay_tui.core.views.refold import refold

from ..conftest import Desk, Hands
from .test_refold import POLICY, Deed, Life, lives


def content(db: sqlite3.Connection) -> dict[str, list[tuple[Any, ...]]]:
    """Every table of the views, and the log."""
    names = [shape.name for shape in shapes(db)] + ["log"]
    return {name: sorted(db.execute(f"SELECT * FROM {name}").fetchall(), key=repr) for name in names}


@settings(max_examples=60, deadline=None, phases=[Phase.explicit, Phase.reuse, Phase.generate])
@given(lives, st.integers(1, 30), st.randoms(use_true_random=False))
def test_the_past_is_what_the_log_said_then(deeds: list[list[Deed]], every: int, chance: Any) -> None:
    with tempfile.TemporaryDirectory() as name, patch.object(history, "EVERY", every):
        folder = Path(name)
        desk = Desk(folder / "log.db", Hands(), POLICY)
        Life(desk).live(deeds)
        newest = desk.writer.last_seq
        for seq in {0, newest, *(chance.randint(0, newest) for _ in range(6))}:
            then = folder / f"{seq}.db"
            refold(folder / "log.db", then, up_to=seq)
            with closing(sqlite3.connect(then)) as told, closing(open_past(folder / "log.db", seq)) as past:
                assert content(past) == content(told), seq
        desk.db.close()
