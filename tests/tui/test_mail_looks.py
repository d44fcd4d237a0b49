"""How the mail screen and the stop panel look, as pictures."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from relay_tui.tui.app import RelayApp

from .mail_sample import stopped
from .source_sample import SampleSource

SnapCompare = Callable[..., bool]


@pytest.mark.parametrize(
    ("size", "keys"),
    [
        pytest.param((160, 40), ("3", "k", "k", "k", "k"), id="mail-three-columns"),
        pytest.param((120, 30), ("3", "k", "k"), id="mail-two-columns"),
        pytest.param((80, 24), ("3", "k"), id="mail-one-column"),
        pytest.param((120, 30), ("3", "z"), id="mail-graph"),
        pytest.param((80, 24), ("ctrl+g",), id="stop-panel"),
    ],
)
def test_the_mail_screen_and_the_stop_panel_look_as_they_did(
    snap_compare: SnapCompare, size: tuple[int, int], keys: tuple[str, ...]
) -> None:
    assert snap_compare(RelayApp(SampleSource()), press=keys, terminal_size=size)


@pytest.mark.parametrize("size", [(120, 36), (80, 24)], ids=["two-columns", "one-column"])
def test_what_is_stopped_looks_as_it_did(snap_compare: SnapCompare, size: tuple[int, int]) -> None:
    source = SampleSource()
    source.view.header.stop = stopped()
    assert snap_compare(RelayApp(source), press=("ctrl+g", "j", "j"), terminal_size=size)
