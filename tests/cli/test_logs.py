from __future__ import annotations

import logging
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from relay_tui.cli.logs import NAME, log_path, log_to


@pytest.fixture
def quiet_again() -> Iterator[None]:
    root = logging.getLogger()
    before, level = list(root.handlers), root.level
    yield
    for handler in [found for found in root.handlers if found not in before]:
        root.removeHandler(handler)
        handler.close()
    root.setLevel(level)


@pytest.mark.usefixtures("quiet_again")
def test_what_agents_wrote_cannot_act_on_the_terminal_of_whoever_reads_the_log(tmp_path: Path) -> None:
    path = log_to(tmp_path)
    assert log_path() == path
    logging.getLogger("relay_tui.test").warning("it said %s", "\x1b]52;c;cHduZWQ=\x07\u202e")
    written = path.read_text("utf-8")
    assert "␛]52;c;cHduZWQ=␇‹U+202E›" in written
    assert "\x1b" not in written


@pytest.mark.usefixtures("quiet_again")
def test_logging_anew_leaves_one_file_open(tmp_path: Path) -> None:
    log_to(tmp_path)
    (tmp_path / "other").mkdir()
    path = log_to(tmp_path / "other")
    logging.getLogger("relay_tui.test").warning("once")
    assert path.read_text("utf-8").count("once") == 1
    assert not (tmp_path / NAME).exists()


def test_a_fault_of_ours_ends_in_a_sentence_that_names_it(tmp_path: Path) -> None:
    code = (
        "import sys; from relay_tui.cli import main, up\n"
        "def fail(args): raise ZeroDivisionError('secret')\n"
        "up.run = fail\n"
        "sys.exit(main.main(['up']))"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, cwd=tmp_path, timeout=30)
    assert done.returncode == 1
    assert "ended by a fault of its own: ZeroDivisionError" in done.stderr
    assert "secret" not in done.stderr.splitlines()[-2]


@pytest.mark.usefixtures("quiet_again")
def test_a_full_disk_buries_nobodys_terminal_in_tracebacks(tmp_path: Path, capfd: pytest.CaptureFixture[str]) -> None:
    (tmp_path / NAME).symlink_to("/dev/full")
    log_to(tmp_path)
    logging.getLogger("relay_tui.test").warning("nobody can keep this")
    assert capfd.readouterr() == ("", "")
