"""Every touch of what Textual does not promise, in one place. Written for textual 8.2.8."""

from __future__ import annotations

import contextlib
import os
import signal
import termios
from typing import Any

from rich.segment import Segments
from textual import events
from textual._ansi_sequences import ANSI_SEQUENCES_KEYS
from textual.app import App
from textual.drivers import linux_driver
from textual.drivers._writer_thread import WriterThread
from textual.drivers.linux_driver import LinuxDriver
from textual.geometry import Size
from textual.keys import Keys

OSC_9 = frozenset({"iTerm.app", "WezTerm", "ghostty", "rio"})
"""Terminals, by `TERM_PROGRAM`, that show OSC 9 as a notice. Inside tmux it is tmux, which passes none on."""


def map_alt_enter() -> None:
    """alt+enter arrives as escape and carriage return, and would send a message; it is a new line, as ctrl+j is."""
    ANSI_SEQUENCES_KEYS["\x1b\r"] = (Keys.ControlJ,)  # type: ignore[index]


class _LastingWriter(WriterThread):
    """Goes on taking what is written when the terminal is gone. Textual's own ends with the first error, its queue
    fills, and whoever draws next waits for ever: the signal that ends the program is never heard."""

    def run(self) -> None:
        while (text := self._queue.get()) is not None:
            with contextlib.suppress(OSError, ValueError):
                self._file.write(text)
                if self._queue.qsize() == 0:
                    self._file.flush()
        with contextlib.suppress(OSError, ValueError):
            self._file.flush()


def outlive_terminal() -> None:
    """A terminal that goes away ends the deck in order.

    The hang-up comes with a SIGCONT, by which the driver would start over, with a second thread that reads a terminal
    that is not there.
    """
    if vars(linux_driver)["WriterThread"] is _LastingWriter:
        return
    started_over = LinuxDriver._sigcont_application

    def continued(self: LinuxDriver, *_: object) -> None:
        with contextlib.suppress(termios.error):
            termios.tcgetattr(self.fileno)
            started_over(self)

    linux_driver.WriterThread = _LastingWriter  # type: ignore[misc]
    LinuxDriver._sigcont_application = continued  # type: ignore[method-assign]


def pass_over_stale(size: Size, event: events.Resize) -> None:
    """For screens. A screen that is laid out for another size tells itself of it: of two sizes that are on their way at
    once (a terminal that is resized while it opens) each layout sends the other one after it, without end.

    `size`: of the terminal now; a layout for it comes, or has been.
    """
    if event.size != size:
        event.stop()
        event.prevent_default()


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


def desktop_notice(app: App[Any], text: str) -> None:
    """A notice of the desktop by OSC 9, where the terminal is known to show one; elsewhere it would be rubbish or a
    progress bar. `text` is one line without control characters."""
    known = os.environ.get("TERM_PROGRAM", "") in OSC_9 or os.environ.get("TERM", "").startswith(
        ("foot", "xterm-kitty")
    )
    if known and not app.is_headless and app._driver is not None and text.isprintable():
        app._driver.write(f"\x1b]9;{text}\x07")


def frame_text(app: App[object]) -> str:
    """What is on the screen now, as text without colours: a line per row, trailing blanks removed."""
    strips = app.screen._compositor.render_strips()
    return "\n".join("".join(segment.text for segment in strip).rstrip() for strip in strips)


def emoji_names() -> dict[str, str]:
    """Name, without colons, → emoji, as Rich knows them."""
    from rich._emoji_codes import EMOJI  # 2 ms, and only for who reacts or completes one

    return EMOJI
