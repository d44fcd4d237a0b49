"""What Textual does when its terminal goes away, as we let it."""

from __future__ import annotations

import io
import os
import pty
import signal

import pytest
from textual.drivers import linux_driver
from textual.drivers.linux_driver import LinuxDriver

from relay_tui.tui.terminal.textual_private import outlive_terminal


class _Gone(io.StringIO):
    def write(self, text: str) -> int:
        raise OSError(5, "Input/output error")


def test_who_draws_on_a_terminal_that_is_gone_never_waits() -> None:
    outlive_terminal()
    writer = vars(linux_driver)["WriterThread"](_Gone())
    writer.start()
    for _ in range(200):
        writer.write("x")  # its queue holds 30
    writer.stop()
    assert not writer.is_alive()


@pytest.mark.parametrize("gone", [True, False])
def test_a_hang_up_does_not_start_the_driver_over(gone: bool, monkeypatch: pytest.MonkeyPatch) -> None:
    outlive_terminal()
    ours, theirs = pty.openpty()
    started: list[str] = []
    driver = LinuxDriver.__new__(LinuxDriver)
    driver.fileno, driver._auto_restart = theirs, True
    monkeypatch.setattr(LinuxDriver, "resume_application_mode", lambda self: started.append("over"))
    if gone:
        os.close(ours)
    driver._sigcont_application(signal.SIGCONT, None)
    assert started == ([] if gone else ["over"])
    os.close(theirs)
    if not gone:
        os.close(ours)
