"""How messages look with all that can be put on them, as pictures."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

import pytest

from relay_tui.tui.app import RelayApp
from relay_tui.tui.view.talk import ReactionMark, ThreadRow
from tests.tui.source_sample import SampleSource

SnapCompare = Callable[..., bool]


def marked() -> SampleSource:
    source = SampleSource()
    view = source.view
    changes: dict[str, dict[str, object]] = {
        "5": {"pinned": True, "reactions": (ReactionMark("👍", 3, mine=True), ReactionMark("🎉", 1, "tester"))},
        "6": {"edited": True},
        "7": {"replies": 3, "new_replies": 2, "reactions": (ReactionMark("👀", 2), ReactionMark("✅", 1, "builder"))},
        "8": {"text": "", "deleted": "14:03", "summary": "", "cells": ""},
    }
    rows = view.conversation.rows
    view.conversation.rows = [replace(row, **changes.get(row.id, {})) for row in rows]
    view.conversation.pinned, view.conversation.right = 2, "6 members · 2 pinned · 2 threads"
    view.threads = [
        ThreadRow("7", "@builder takes the parser", "#planning", 2, "builder 14:02"),
        ThreadRow("99", "Is the tag signed?", "@reviewer", 1, "reviewer 13:02"),
    ]
    view.channels[2].member = False
    return source


@pytest.mark.parametrize(
    ("size", "keys", "ascii_only"),
    [
        pytest.param((120, 44), ("e",), False, id="marks"),
        pytest.param((80, 24), (), True, id="marks-ascii"),
        pytest.param((100, 30), ("plus", *"ey"), False, id="react"),
    ],
)
def test_messages_look_as_they_did(
    snap_compare: SnapCompare, size: tuple[int, int], keys: tuple[str, ...], ascii_only: bool
) -> None:
    assert snap_compare(RelayApp(marked(), ascii_only=ascii_only), press=keys, terminal_size=size)
