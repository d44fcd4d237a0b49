"""What a terminal answers when it is asked how wide it draws, on a real one."""

from __future__ import annotations

import os
import pty
import re
import subprocess
import sys

import pytest

ASK = "from relay_tui.tui.terminal.probe import ask_widths; print(ask_widths())"


def asked(*columns: int) -> str:
    """What `ask_widths` makes of a terminal whose cursor stands in these columns after each sample."""
    master, slave = pty.openpty()
    with subprocess.Popen([sys.executable, "-c", ASK], stdin=slave, stdout=slave, stderr=slave) as process:
        os.close(slave)
        said = b""
        while said.count(b"\x1b[6n") < 2:
            said += os.read(master, 1024)
        for column in columns:
            os.write(master, b"\x1b[1;%dR" % column)
        process.wait(10)
        while b")" not in said:
            said += os.read(master, 1024)
    os.close(master)
    match = re.search(rb"Widths\(.*\)", said)
    assert match is not None, said
    return match[0].decode()


@pytest.mark.parametrize(
    ("columns", "signs_wide", "emoji_wide"),
    [((2, 3), False, True), ((3, 3), True, True), ((2, 2), False, False), ((2, 4), False, False), ((), False, True)],
    ids=["ordinary", "wide signs", "narrow emoji", "emoji of three cells", "no answer"],
)
def test_the_widths_are_those_of_the_terminal(columns: tuple[int, ...], signs_wide: bool, emoji_wide: bool) -> None:
    assert asked(*columns) == f"Widths(signs_wide={signs_wide}, emoji_wide={emoji_wide})"
