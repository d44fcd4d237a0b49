"""How the deck looks, as pictures: one per layout, one per look, one in ASCII. Everything else is tested as text."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from relay_tui.tui.app import RelayApp
from relay_tui.tui.drawing.themes import DARK, LIGHT
from tests.tui.source_sample import SampleSource

SnapCompare = Callable[..., bool]


@pytest.mark.parametrize(
    ("size", "theme", "keys"),
    [
        pytest.param((160, 48), DARK.name, ("n",), id="three-columns"),
        pytest.param((120, 36), DARK.name, ("n",), id="two-columns"),
        pytest.param((120, 36), LIGHT.name, ("n",), id="two-columns-light"),
        pytest.param((120, 36), DARK.name, ("m", *"hi ", "at", "b"), id="typing"),
        pytest.param((80, 24), DARK.name, ("n",), id="one-column"),
        pytest.param((120, 36), DARK.name, ("i",), id="ladder"),
        pytest.param((120, 36), DARK.name, ("slash", *"parse", "up"), id="find"),
    ],
)
def test_the_deck_looks_as_it_did(
    snap_compare: SnapCompare, size: tuple[int, int], theme: str, keys: tuple[str, ...]
) -> None:
    keys = tuple("space" if key == " " else key for key in keys)
    assert snap_compare(RelayApp(SampleSource(), theme=theme), press=keys, terminal_size=size)


def test_the_deck_in_ascii_looks_as_it_did(snap_compare: SnapCompare) -> None:
    assert snap_compare(RelayApp(SampleSource(), ascii_only=True), press=("n",), terminal_size=(80, 24))


@pytest.mark.parametrize("act", ["inbox", "rules"])
def test_a_sheet_looks_as_it_did(snap_compare: SnapCompare, act: str) -> None:
    keys = ("ctrl+p", *act, "colon", "enter")
    assert snap_compare(RelayApp(SampleSource()), press=keys, terminal_size=(100, 30))
