"""Taking in an agent that runs in the operator's own tmux: which pane, and what it is called here."""

from __future__ import annotations

from collections.abc import Sequence

from relay_tui.core.errors import RelayError
from relay_tui.tui import screens
from relay_tui.tui.drawing.ink import said
from relay_tui.tui.screens.verbs.topic import Topic
from relay_tui.tui.source.adopting import PaneRow
from relay_tui.tui.view.entry import Entry


class Adopting(Topic):
    async def do_adopt(self) -> None:
        try:
            rows = await self.source.adopting.panes()
        except RelayError as error:
            self.flash(str(error), "fault")
            return
        free = [row for row in rows if not row.refusal]
        if not free:
            why = f"; {said(rows[0].place).text}: {said(rows[0].refusal).text}" if rows else ""
            self.flash(f"no pane of your tmux holds a program that could be taken in{why}", "need")
            return

        async def chosen(pane_id: str | None) -> None:
            row = next((row for row in free if row.id == pane_id), None)
            if row is not None:
                await self._adopt(row)

        entries = [Entry(row.id, f"{row.program} in {row.place}", row.cwd) for row in free]
        await self.show(screens.Pick("which agent of your tmux; nothing is typed there", entries), chosen)

    async def _adopt(self, row: PaneRow) -> None:
        taken: list[str] = []

        async def take(values: Sequence[str]) -> None:
            await self.source.adopting.adopt(values[0], row.id)
            taken.append(values[0])

        async def answered(yes: bool | None) -> None:
            if yes and taken:
                self.flash(f"{said(taken[0]).text} is taken in, where it stands", "ok")
                await self.deck.bring()

        field = screens.Field("name, for example helper", self._free_name(row.program) if row.agent else "")
        await self.show(screens.Form(f"Adopt {row.program} in {row.place} as", [field], take, "takes it in"), answered)

    def _free_name(self, wanted: str) -> str:
        names = {name for name, _ in self.source.names("@")}
        numbered = (f"{wanted}{number}" for number in range(2, 100))
        return wanted if wanted not in names else next((name for name in numbered if name not in names), "")
