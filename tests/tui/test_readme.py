"""The README speaks of keys as they are."""

from __future__ import annotations

import re
from pathlib import Path

from relay_tui.tui.actions import bound, key_word

README = Path(__file__).parents[2] / "README.md"
ELSEWHERE = {"F12", "prefix d"}
"""Keys of tmux, in the pane behind an agent."""
SIGNS = {"@", "#", "+path", "$EDITOR"}


def test_the_key_table_names_only_keys_that_mean_something() -> None:
    table = re.search(r"\| Key \| Does \|\n\|---\|---\|\n((?:\|.*\|\n)+)", README.read_text("utf-8"))
    assert table is not None
    named = set(re.findall(r"`([^`]+)`", table[1])) - ELSEWHERE - SIGNS
    known = {form for key, _ in bound() for form in (key, key_word(key))}
    assert named - known == set()
    assert len(named) > 20
