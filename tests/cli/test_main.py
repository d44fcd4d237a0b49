from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

from relay_tui import __version__
from relay_tui.cli.deck import FLAGS
from relay_tui.cli.main import build_parser
from relay_tui.core.text import visible
from tests.cli.conftest import PATIENCE, RELAY_TUI, Place


def test_version_is_one_line(place: Place) -> None:
    ended = place.run("--version")
    assert (ended.code, ended.out, ended.err) == (0, f"relay-tui {__version__}\n", "")


@pytest.mark.parametrize("command", [(), ("up",), ("demo",), ("log",), ("log", "verify")], ids=" ".join)
def test_every_command_has_help_that_does_nothing_else(place: Place, command: tuple[str, ...]) -> None:
    ended = place.run(*command, "--help")
    assert ended.code == 0
    assert ended.out.startswith(" ".join(("usage: relay-tui", *command)))
    assert ended.err == ""
    assert list(place.project.iterdir()) == []
    assert not place.home.exists()


def test_help_names_every_command(place: Place) -> None:
    listed = place.run("--help").out
    assert all(f"    {command} " in listed for command in ("demo", "up"))


def test_help_loads_no_screen_and_no_web_server() -> None:
    code = (
        "import sys; from relay_tui.cli.main import main; main(['--help']);"
        "sys.exit(bool({'textual', 'starlette', 'uvicorn', 'libtmux'} & set(sys.modules)))"
    )
    assert subprocess.run([sys.executable, "-c", code], capture_output=True, check=False).returncode == 0


@pytest.mark.parametrize("words", [(), ("--ascii",)], ids=" ".join)
def test_who_opens_the_deck_is_understood_without_the_commands_too(words: tuple[str, ...]) -> None:
    assert set(words) <= FLAGS
    assert build_parser(whole=False).parse_args(words) == build_parser().parse_args(words)


@pytest.mark.parametrize(
    "words",
    [
        ("nonsense",),
        ("up", "now"),
        ("--port", "many"),
        ("up", "--port", "65536"),
        ("up", "--port", "-1"),
        ("demo", "--agents", "0"),
        ("demo", "--agents", "five"),
        ("demo", "--seconds", "nan"),
        ("demo", "--seconds", "-3"),
        ("--colour",),
    ],
    ids=" ".join,
)
def test_wrong_words_are_a_sentence_and_exit_code_2(place: Place, words: tuple[str, ...]) -> None:
    ended = place.run(*words)
    assert ended.code == 2
    assert "error:" in ended.sentence
    assert list(place.project.iterdir()) == []
    assert not place.home.exists()


def test_an_option_before_the_command_counts_as_one_after_it(place: Place) -> None:
    ended = place.run("--workspace", "nowhere", "up")
    assert ended.code == 3
    assert "nowhere" in ended.sentence
    assert list(place.project.iterdir()) == []


@pytest.mark.parametrize(("words", "instead"), [((), "relay-tui up"), (("demo",), "relay-tui demo --headless")])
def test_without_a_terminal_there_is_no_screen_but_a_sentence(
    place: Place, words: tuple[str, ...], instead: str
) -> None:
    ended = place.run(*words)
    assert ended.code == 3
    assert "needs a terminal" in ended.sentence
    assert instead in ended.sentence
    assert list(place.project.iterdir()) == []


@pytest.mark.parametrize("where", ["\x1b]52;c;cHduZWQ=\x07", "two\nlines", "not \udcff UTF-8"], ids=ascii)
def test_a_directory_of_any_name_is_named_in_plain_text(place: Place, where: str) -> None:
    ended = place.run("up", "--workspace", where)
    assert ended.code == 3
    assert visible(ended.sentence, keep="\n") == ended.sentence


@pytest.mark.parametrize("words", [("completion", "bash"), ("--help",)])
def test_a_reader_that_has_seen_enough_is_no_fault(words: tuple[str, ...], tmp_path: Path) -> None:
    ours, its = os.pipe()
    os.close(ours)
    done = subprocess.run(
        [RELAY_TUI, *words], stdout=its, stderr=subprocess.PIPE, text=True, cwd=tmp_path, timeout=PATIENCE
    )
    os.close(its)
    assert (done.returncode, done.stderr) == (0, "")
