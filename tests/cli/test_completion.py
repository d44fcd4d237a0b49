"""What a shell completes: real shells, with the script that the program prints; one that is not there is skipped."""

from __future__ import annotations

import os
import shutil
import subprocess
from pathlib import Path

import pytest

from relay_tui.cli.completion import SCRIPTS, script
from relay_tui.cli.main import build_parser
from relay_tui.cli.tree import tree

ROOT = tree(build_parser())
CASES = [
    ("relay-tui sen", ["send"]),
    ("relay-tui agent re", ["release", "remove", "restart"]),
    ("relay-tui channel role dev ann ow", ["owner"]),
    ("relay-tui send general --mo", ["--mode"]),
    ("relay-tui send general --mode on", ["on-idle"]),
    ("relay-tui --workspace send chan", ["channel"]),
    ("relay-tui send agent re", []),
    ("relay-tui reply 12 --wait ", ["acknowledged", "answered", "delivered"]),
    ("relay-tui completion z", ["zsh"]),
    ("relay-tui send --limit", []),
]

ASK = {
    "bash": (
        "--norc", "-c",
        'source "$1"; shift; COMP_WORDS=("$@"); COMP_CWORD=$(($# - 1)); compopt() { :; }; _relay_tui; '
        "printf '%s\\n' \"${COMPREPLY[@]}\"",
    ),
    # What the line editor would draw is printed instead.
    "zsh": (
        "-f", "-c",
        'compdef() { : }; _files() { : }; _describe() { local -a all=("${(@P)@[-1]}"); print -l -- "${(@)all%%:*}" }; '
        'source "$1"; shift; words=("$@"); CURRENT=$#; _relay_tui; true',
    ),
    "fish": ("--no-config", "-c", 'source $argv[1]; complete -C "$argv[2..-1]"'),
}  # fmt: skip


def completed(shell: str, folder: Path, line: str) -> list[str]:
    program = shutil.which(shell)
    if program is None:
        pytest.skip(f"{shell} is not installed")
    path = folder / f"completion.{shell}"
    path.write_text(script(shell, ROOT), "utf-8")
    words = line.split(" ")
    name = [] if shell == "fish" else [shell]
    done = subprocess.run(
        [program, *ASK[shell], *name, path, *words], capture_output=True, text=True, timeout=20, check=False,
        cwd=folder, env={**os.environ, "HOME": str(folder)},
    )  # fmt: skip
    assert done.stderr == ""
    offered = {one.partition("\t")[0] for one in done.stdout.splitlines()}
    return sorted(one for one in offered if one and one.startswith(words[-1]))


@pytest.mark.parametrize(("line", "offered"), CASES, ids=lambda value: value if isinstance(value, str) else "")
@pytest.mark.parametrize("shell", sorted(SCRIPTS))
def test_a_shell_offers_what_the_program_takes(shell: str, line: str, offered: list[str], tmp_path: Path) -> None:
    (tmp_path / "files").mkdir()
    assert completed(shell, tmp_path / "files", line) == offered


@pytest.mark.parametrize("shell", sorted(SCRIPTS))
def test_every_command_and_every_option_is_in_the_script(shell: str) -> None:
    text = script(shell, ROOT)
    for node in ROOT.walk():
        assert all(word in text for word in node.words)
        for option in node.options:
            assert all(name.lstrip("-") in text for name in option.names)


def test_the_program_prints_it(capsys: pytest.CaptureFixture[str]) -> None:
    from relay_tui.cli.main import main

    assert main(["completion", "bash"]) == 0
    assert capsys.readouterr().out == script("bash", ROOT)
