"""Every touch of what Textual does not promise, in one place. Written for textual 8.2.8."""

from __future__ import annotations

import contextlib
import signal
import termios
from typing import Any

from rich.segment import Segments
from textual._ansi_sequences import ANSI_SEQUENCES_KEYS
from textual.app import App
from textual.keys import Keys


def map_alt_enter() -> None:
    """alt+enter arrives as escape and carriage return, and would send a message; it is a new line, as ctrl+j is."""
    ANSI_SEQUENCES_KEYS["\x1b\r"] = (Keys.ControlJ,)  # type: ignore[index]


class QuietCrash:
    """A crash is told without the values of variables: those may hold keys and what agents wrote."""

    def _fatal_error(self: App[object]) -> None:  # type: ignore[misc]
        from rich.traceback import Traceback  # with pygments, 10 ms

        self.bell()
        traceback = Traceback(show_locals=False, width=None)
        self._exit_renderables.append(Segments(self.console.render(traceback, self.console.options)))
        self._close_messages_no_wait()


def leave_terminal(app: App[Any]) -> None:
    """Give the terminal back if the app did not come to it, and let nothing read it any more.

    An app that is cancelled while it closes leaves the thread that reads the keys; and when a terminal goes away, the
    SIGCONT that comes with its hang-up makes the driver start another one. Either keeps the process alive and busy.
    """
    driver = app._driver
    if driver is None:
        return
    signal.signal(signal.SIGCONT, signal.SIG_DFL)
    reading = getattr(driver, "_key_thread", None)
    if reading is not None and reading.is_alive():
        with contextlib.suppress(OSError, termios.error):
            driver.stop_application_mode()
            driver.close()
    ended = getattr(driver, "exit_event", None)
    if ended is not None:
        ended.set()  # stays so: a thread that is started from here on ends at once


def frame_text(app: App[object]) -> str:
    """What is on the screen now, as text without colours: a line per row, trailing blanks removed."""
    strips = app.screen._compositor.render_strips()
    return "\n".join("".join(segment.text for segment in strip).rstrip() for strip in strips)


def emoji_names() -> dict[str, str]:
    """Name, without colons, → emoji, as Rich knows them."""
    from rich._emoji_codes import EMOJI  # 2 ms, and only for who reacts or completes one

    return EMOJI
