"""What is told of the program in front from its command line."""

from __future__ import annotations

import pytest

from relay_tui.agents.tmux.foreground import reads_commands


@pytest.mark.parametrize(
    "line",
    ["bash", "-bash", "/bin/sh", "dash -i", "bash --norc -i", "bash --rcfile f", "zsh -l", "bash -o vi", "busybox sh",
     "bash -s x"],
)  # fmt: skip
def test_a_shell_without_a_script_runs_what_is_typed(line: str) -> None:
    assert reads_commands(line.split())


@pytest.mark.parametrize(
    "line",
    ["bash agent.sh", "sh -eu agent.sh", "bash -eo pipefail agent.sh", "bash -c read", "dash -lc read", "python3",
     "claude", "busybox top", "sh -- agent.sh", ""],
)  # fmt: skip
def test_a_script_and_any_other_program_do_not(line: str) -> None:
    assert not reads_commands(line.split())
