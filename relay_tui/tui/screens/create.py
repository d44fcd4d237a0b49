"""The form for a new agent: what it is called, and the command line of its program."""

from __future__ import annotations

import shlex
from collections.abc import Awaitable, Callable, Sequence

from relay_tui.core.errors import Refused
from relay_tui.tui.screens.form import Field, Form

Start = Callable[[str, Sequence[str]], Awaitable[None]]


def create_form(start: Start, folder: str) -> Form:
    """`start` gets the name and the words of the command."""

    async def take(values: Sequence[str]) -> None:
        name, command = values
        try:
            argv = shlex.split(command)
        except ValueError as error:
            raise Refused("launch_failed", "A quote in the command is not closed.") from error
        await start(name, argv)

    fields = [Field("name, for example helper"), Field("command, for example claude")]
    return Form("Start an agent", fields, take, "starts it", beside=f"in {folder}", meanwhile="it is being started")
