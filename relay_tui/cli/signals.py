"""Ending on a signal: what runs is cancelled once, so that everything is taken down in order."""

from __future__ import annotations

import asyncio
import contextlib
import signal
from collections.abc import Iterator

ENDING = (signal.SIGTERM, signal.SIGINT, signal.SIGHUP)


@contextlib.contextmanager
def ended_by_signals() -> Iterator[list[int]]:
    """A signal cancels the task that runs within, once. Gives the signal that came, if any."""
    loop, task = asyncio.get_running_loop(), asyncio.current_task()
    assert task is not None
    ended: list[int] = []

    def end(number: int) -> None:
        if not ended:
            ended.append(number)
            task.cancel()

    for number in ENDING:
        loop.add_signal_handler(number, end, number)
    try:
        yield ended
    except asyncio.CancelledError:
        if not ended:
            raise
        task.uncancel()
    finally:
        for number in ENDING:
            loop.remove_signal_handler(number)
