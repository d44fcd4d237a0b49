"""Power cuts, in small; `python -m tests.soak.kill_writer --power-cut` is the long run."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.soak.kill_writer import run
from tests.soak.power import compile_shim


@pytest.fixture(scope="module")
def shim(tmp_path_factory: pytest.TempPathFactory) -> Path:
    built = compile_shim(tmp_path_factory.mktemp("shim"))
    if built is None:
        pytest.skip("there is no C compiler to build the shim with")
    return built


@pytest.mark.timeout(120)
async def test_nothing_acknowledged_is_lost_when_the_power_goes(tmp_path: Path, shim: Path) -> None:
    outcome = await run(tmp_path, 8, 3, shim)
    assert outcome.faults == []
    assert outcome.acknowledged


@pytest.mark.timeout(120)
async def test_a_writer_that_does_not_sync_is_found_out(tmp_path: Path, shim: Path) -> None:
    outcome = await run(tmp_path, 3, 3, shim, unsafe=True)
    assert outcome.forgotten
    assert outcome.faults
