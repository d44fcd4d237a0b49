from __future__ import annotations

from pathlib import Path

import pytest

from relay_tui.demo.swarm import PREFIX
from tests.cli.conftest import Place


@pytest.mark.parametrize("headless", [True, False], ids=["headless", "on a screen"])
def test_without_tmux_the_demo_says_how_to_get_it(
    place: Place, headless: bool, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    empty = str(place.project)
    monkeypatch.setenv("TMPDIR", str(tmp_path))  # where no other demo runs
    ended = place.run("demo", "--headless", path=empty) if headless else place.run_in_terminal("demo", path=empty)
    assert ended.code == 3
    assert "tmux" in ended.sentence
    assert "nstall" in ended.sentence
    assert list(tmp_path.glob(f"{PREFIX}*")) == []
