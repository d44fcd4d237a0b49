"""The part of the application that calls the operator: bell, notice of the desktop, toast."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager

from textual.app import App

from relay_tui.core.text import visible
from relay_tui.tui.facts.news import Ringer
from relay_tui.tui.terminal.textual_private import desktop_notice
from relay_tui.tui.view.news import News

TOAST_SECONDS = 8.0


class Calling(App[int]):
    ringer: Ringer
    away = False
    """The terminal belongs to another program: what is new is told when the operator comes back."""

    @contextmanager
    def suspend(self) -> Iterator[None]:
        self.away = True
        try:
            with super().suspend():
                yield
        finally:
            self.away = False

    def call_operator(self, news: Callable[[], Sequence[News]]) -> None:
        """Tell of what is new, as far as it is time to. `news` is asked only where it can be told."""
        if self.away:
            return
        found = news()
        said = self.ringer.ring(found)
        if said:
            self.bell()
            desktop_notice(self, f"relay-tui: {said}")
        for toast in self.ringer.toasts(found):
            title, text = visible(toast.title, keep=""), visible(toast.text, keep="")
            self.notify(text, title=title, timeout=TOAST_SECONDS, markup=False)
