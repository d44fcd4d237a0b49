"""What can be done with a delivery that did not arrive, and with the agents behind: the same on every screen."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass

from relay_tui.core.errors import RelayError
from relay_tui.core.text import visible
from relay_tui.tui import screens
from relay_tui.tui.actions import TalkNow
from relay_tui.tui.screens.room import Room
from relay_tui.tui.view.entry import Entry
from relay_tui.tui.view.mail import UNKNOWN_WORDS, verbs_on

_Verb = Callable[[str, str], Awaitable[None]]
SURE_MS = 4_000
"""A second press within this is a yes."""


@dataclass(slots=True, frozen=True)
class Target:
    """One delivery that a verb is about."""

    message_id: str
    agent_id: str
    name: str
    """Of the recipient."""
    word: str
    mine: bool = False


class Delivering(Room):
    """A screen that shows deliveries or agents: it says which of them the verbs mean."""

    def targets(self) -> list[Target]:
        """The deliveries that verbs mean now: what is marked, else what is under the cursor."""
        raise NotImplementedError

    def agent_id(self) -> str:
        """The agent that verbs mean now; empty: none."""
        raise NotImplementedError

    def agent_ids(self) -> list[str]:
        """The agents that holding and flushing mean now: the marked ones, else the one under the cursor."""
        return [self.agent_id()]

    def can(self) -> frozenset[str]:
        """Ids of the verbs that fit what is here now."""
        fitting = [verbs_on(target.word, target.mine) for target in self.targets()]
        agent_id = self.agent_id()
        return frozenset().union(*fitting) | (self.source.reins.can(agent_id) if agent_id else frozenset())

    def talk_now(self) -> TalkNow:
        """What can be taken back, wherever it was done; what can still be changed."""
        return TalkNow(undo=bool(self.relay_app.deck.undo.deeds), mine="edit" in self.can())


class Deliveries:
    def __init__(self, room: Delivering) -> None:
        self.room = room
        self._asked = ("", frozenset[Target](), 0)
        """What was pressed last that wants a second press, about what, and when."""

    # Deliveries

    async def do_retry(self) -> None:
        targets = self._fitting("retry")
        twice = any(target.word in UNKNOWN_WORDS for target in targets)
        if twice and not self._sure("R", targets, "tries it again: it may arrive twice"):
            return
        await self._each(targets, self.room.source.reins.retry, "tried again")

    async def do_cancel(self) -> None:
        targets = self._fitting("cancel")
        if self._sure("x", targets, f"cancels {_count(targets)}; it cannot be taken back"):
            await self._each(targets, self.room.source.reins.drop, "cancelled")

    async def do_drop(self) -> None:
        """Asked for from the palette only: pressed once, it has been asked."""
        targets = self._fitting("drop")
        sentences = ["The text stays in the log and in its conversation; nobody tries to deliver it any more."]

        async def answered(yes: bool | None) -> None:
            if yes:
                await self._each(targets, self.room.source.reins.drop, "dropped")

        await self.room.app.push_screen(screens.Ask(f"Drop {_count(targets)}?", sentences, "drops"), answered)

    async def do_redirect(self) -> None:
        targets = self._fitting("redirect")
        here = {target.agent_id for target in targets}
        entries = [
            Entry(row.name, row.name, note=row.word) for row in self.room.source.view.agents if row.id not in here
        ]
        if not entries:
            self.room.flash("there is no other agent to redirect it to", "need")
            return

        async def chosen(name: str | None) -> None:
            if name:
                reins = self.room.source.reins
                await self._each(targets, lambda m, a: reins.redirect(m, a, name), f"redirected to {said_name(name)}")

        await self.room.app.push_screen(screens.Palette(entries, f"redirect {_count(targets)} to"), chosen)

    # Agents

    async def do_hold(self) -> None:
        ids = self.room.agent_ids()
        names = self._names(ids)
        if await self.room.attempt(_one_by_one(self.room.source.reins.hold, ids)):
            self.room.flash(f"held: {names}; what is due waits, u undoes it", "need")
            flush = self.room.source.reins.flush
            self.room.relay_app.deck.undo.can(f"the hold on {names}", lambda: _one_by_one(flush, ids))

    async def do_flush(self) -> None:
        ids = self.room.agent_ids()
        if await self.room.attempt(_one_by_one(self.room.source.reins.flush, ids)):
            self.room.flash(f"not held any more: {self._names(ids)}; what waited goes at its next moment", "ok")

    async def do_restart(self) -> None:
        await self.room.relay_app.end_program(self.room.agent_id(), again=True)

    async def do_release(self) -> None:
        await self.room.relay_app.end_program(self.room.agent_id(), again=False)

    async def do_interrupt(self) -> None:
        agent_id, name = self._agent()
        target = Target("", agent_id, name, "")
        if not self._sure("I", [target], f"interrupts {name} in what it does"):
            return
        self.room.flash(f"{name} is told to stop", "muted")
        self.room.run_worker(self._interrupt(agent_id, name), group="interrupt", exit_on_error=False)

    async def _interrupt(self, agent_id: str, name: str) -> None:
        try:
            seen = await self.room.source.reins.interrupt(agent_id)
        except RelayError as error:
            self.room.flash(str(error), "fault")
        else:
            self.room.flash(f"{name} was seen to stop" if seen else f"{name} was told to stop, and not seen to yet",
                       "ok" if seen else "need")  # fmt: skip
        await self.room.bring()

    # Inside

    def _agent(self) -> tuple[str, str]:
        agent_id = self.room.agent_id()
        return agent_id, self._names([agent_id])

    def _names(self, ids: Sequence[str]) -> str:
        known = {row.id: row.name for row in self.room.source.view.agents}
        return said_name(", ".join(known.get(id, "it") for id in ids))

    def _fitting(self, verb: str) -> list[Target]:
        return [target for target in self.room.targets() if verb in verbs_on(target.word, target.mine)]

    def _sure(self, key: str, targets: Sequence[Target], words: str) -> bool:
        """A first press says what a second one does."""
        now = self.room.source.clock()
        before_key, before, at = self._asked
        if (before_key, before) == (key, frozenset(targets)) and now - at < SURE_MS:
            self._asked = ("", frozenset(), 0)
            return True
        self._asked = (key, frozenset(targets), now)
        self.room.flash(f"{key} again {words}", "need")
        return False

    async def _each(self, targets: Sequence[Target], do: _Verb, words: str) -> None:
        """Do it to each; the first refusal is said, with how many were done."""
        done = 0
        for target in targets:
            try:
                await do(target.message_id, target.agent_id)
                done += 1
            except RelayError as error:
                self.room.flash(f"{said_name(target.name)}: {error}" if len(targets) > 1 else str(error), "fault")
                break
        else:
            what = f"{done} deliveries" if done != 1 else f"the message to {said_name(targets[0].name)}"
            self.room.flash(f"{what}: {words}", "ok")
        await self.room.bring()


async def _one_by_one(do: Callable[[str], Awaitable[None]], ids: Sequence[str]) -> None:
    for id in ids:
        await do(id)


def said_name(name: str) -> str:
    return visible(name, keep="")


def _count(targets: Sequence[Target]) -> str:
    return f"{len(targets)} deliveries" if len(targets) != 1 else f"the message to {said_name(targets[0].name)}"
