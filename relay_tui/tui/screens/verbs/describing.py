"""What the verbs do that say what an agent is: its groups, its doorbells; and taking it out. On every screen alike."""

from __future__ import annotations

from collections.abc import Sequence

from relay_tui.tui import screens
from relay_tui.tui.drawing.ink import said
from relay_tui.tui.screens.verbs.deliveries import Delivering
from relay_tui.tui.view.entry import Entry

NEXT = {"default": "whole", "whole": "doorbell", "doorbell": "default"}
"""What enter makes of a rule."""
_SAYS = {
    "default": "as it is for everybody",
    "whole": "whole words are typed",
    "doorbell": "a doorbell: it reads them by itself",
}
_IN_VAIN = "a doorbell, and it cannot read by itself: they will fail"


class Describing:
    def __init__(self, room: Delivering) -> None:
        self.room = room

    def _called(self, agent_id: str) -> str:
        return next((said(row.name).text for row in self.room.source.view.agents if row.id == agent_id), "")

    async def do_groups(self) -> None:
        agent_id, describing = self.room.agent_id(), self.room.source.describing
        before, name = list(describing.groups(agent_id)), self._called(agent_id)
        if not name:
            return

        async def take(values: Sequence[str]) -> None:
            await describing.set_groups(agent_id, values[0].replace(",", " ").split())

        async def answered(yes: bool | None) -> None:
            if yes:
                undo = self.room.relay_app.deck.undo
                undo.can(f"the groups of {name}", lambda: describing.set_groups(agent_id, before))
                await self.room.bring()

        field = screens.Field("groups, for example reviewers backend", " ".join(before), needed=False)
        title = f"Groups of {name}: @group means whoever is in it"
        await self.room.app.push_screen(screens.Form(title, [field], take, "sets them"), answered)

    async def do_remove_agent(self) -> None:
        agent_id = self.room.agent_id()
        name = self._called(agent_id)
        if not name:
            return

        async def answered(yes: bool | None) -> None:
            if yes and await self.room.attempt(self.room.source.describing.remove_agent(agent_id)):
                self.room.flash(f"{name} is taken out; what it said stays", "ok")

        sentences = ["What it said stays, and its name is free again.", "What is due to it is cancelled."]
        await self.room.app.push_screen(screens.Ask(f"Take {name} out?", sentences, "takes it out"), answered)

    async def do_doorbell(self) -> None:
        agent_id, describing = self.room.agent_id(), self.room.source.describing
        name = self._called(agent_id)
        rows = {row.sender_id: row for row in await describing.doorbells(agent_id)} if name else {}
        if not rows:
            return

        says = _SAYS if describing.answers_bells(agent_id) else _SAYS | {"doorbell": _IN_VAIN}

        async def chosen(sender_id: str | None) -> None:
            row = rows.get(sender_id) if sender_id is not None else None
            if row is None:
                return
            say, sender = NEXT[row.say], said(row.sender).text
            await self.room.done(
                describing.rule_doorbell(row.sender_id, agent_id, say),
                f"{sender} → {name}: {says[say]}",
                f"the rule for {sender}",
                lambda: describing.rule_doorbell(row.sender_id, agent_id, row.say),
            )

        entries = [
            Entry(row.sender_id, row.sender, note=f"{says[row.say]}; enter: {NEXT[row.say]}") for row in rows.values()
        ]
        await self.room.app.push_screen(screens.Pick(f"how words of other agents reach {name}", entries), chosen)
