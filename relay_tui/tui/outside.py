"""What happens outside the screen: an agent's pane, the operator's editor, what shows attachments. Part of the app."""

from __future__ import annotations

import asyncio
import os
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from textual import work
from textual.app import App, SuspendNotSupported

from relay_tui.core.commands_base import MAX_TEXT
from relay_tui.core.errors import RelayError
from relay_tui.tui import screens
from relay_tui.tui.screens.room import Room
from relay_tui.tui.terminal.openers import Copies, desktop_argv, draft_file, editor_argv, looked_at, read_draft
from relay_tui.tui.view.enclosed import ContentView

if TYPE_CHECKING:
    from relay_tui.tui.screens.deck import Deck
    from relay_tui.tui.source.deck import Source


class Outside(App[int]):
    """Base of the app."""

    deck: Deck
    source: Source

    def __init__(self, **options: Any) -> None:
        super().__init__(**options)
        self.copies = Copies()

    async def run_outside(self, argv: Sequence[str], env: Mapping[str, str] | None = None) -> int:
        """Give the terminal to a program until it ends; the relay goes on. Raises `RelayError`, `OSError`."""
        try:
            with self.suspend(), self.batch_update():
                return await _run(argv, env)
        except SuspendNotSupported as error:
            raise RelayError("no_editor", "This terminal cannot be left for a program.") from error
        finally:
            self.refresh(repaint=True, layout=True)

    @work(exclusive=True, group="pane", exit_on_error=False)
    async def open_pane(self, agent_id: str) -> None:
        """Go to the agent's real pane. The relay goes on; the deck comes back as it was."""
        try:
            async with self.source.programs.pane(agent_id) as command:
                if command.takes_terminal:
                    with self.suspend(), self.batch_update():
                        await _run(command.argv, command.env)
                else:
                    await _run(command.argv, command.env)
        except (RelayError, SuspendNotSupported, OSError) as error:
            self.notify_line(str(error) or "This terminal cannot be left for a pane.", "fault")
        self.refresh(repaint=True, layout=True)

    async def edit_text(self, text: str) -> str:
        """The text as the operator's editor leaves it. Raises `RelayError`, `OSError`."""
        with draft_file(text) as path:
            await self.run_outside(editor_argv(path))
            return await asyncio.to_thread(read_draft, path, MAX_TEXT)

    async def open_outside(self, view: ContentView) -> None:
        """Where it is shown whole; a link only after the operator has seen all of it."""
        if view.how == "link":

            def answered(yes: bool | None) -> None:
                if yes:
                    self._open_outside(view)

            await self.push_screen(screens.Ask("Open it in a browser?", [view.url], "opens it"), answered)
        else:
            self._open_outside(view)

    @work(exclusive=True, group="pane", exit_on_error=False)
    async def _open_outside(self, view: ContentView) -> None:
        try:
            await self._opened(view)
        except (RelayError, OSError) as error:
            self.notify_line(str(error), "fault")

    async def _opened(self, view: ContentView) -> None:
        match view.how:
            case "text" | "diff" | "json":
                path = await asyncio.to_thread(self.copies.write, view.filename, view.data)
                await self.run_outside(editor_argv(path))
            case "place":
                if not await asyncio.to_thread(os.path.isfile, view.path):
                    raise RelayError("file_not_found", f"{view.path} is not there.")
                await self.run_outside(editor_argv(Path(view.path), view.line))
            case "link":
                await self._on_desktop(view.url)
            case _ if looked_at(view.content_type):
                path = await asyncio.to_thread(self.copies.write, view.filename, view.data, view.content_type)
                await self._on_desktop(str(path))
            case _:
                raise RelayError("no_desktop", f"{view.label} is nothing that would only be looked at.")

    async def _on_desktop(self, target: str) -> None:
        quiet = asyncio.subprocess.DEVNULL
        process = await asyncio.create_subprocess_exec(
            *desktop_argv(target), stdin=quiet, stdout=quiet, stderr=quiet, start_new_session=True
        )
        if await process.wait():
            raise RelayError("no_desktop", "Nothing on the desktop shows it.")
        self.notify_line("opened on the desktop", "ok")

    def notify_line(self, text: str, role: str) -> None:
        """One line of news, where the operator looks."""
        room = next(screen for screen in reversed(self.screen_stack) if isinstance(screen, Room))
        room.flash(text, role)


async def _run(argv: Sequence[str], env: Mapping[str, str] | None) -> int:
    """`env` None: ours. Gives the exit code."""
    process = await asyncio.create_subprocess_exec(*argv, env=None if env is None else dict(env))
    return await process.wait()
