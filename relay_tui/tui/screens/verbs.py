"""What the verbs of the deck do: one method per action id, named `do_<id>`."""

from __future__ import annotations

from relay_tui.core.text import visible
from relay_tui.tui.screens.deck_deliveries import DeckDeliveries
from relay_tui.tui.screens.need_verbs import NeedVerbs
from relay_tui.tui.undo import Undo
from relay_tui.tui.widgets.lineview import LineView


class Verbs(NeedVerbs, DeckDeliveries):
    """Mixed into the deck."""

    undo: Undo

    def after_cursor(self, view: LineView, key: str) -> None:
        if view is self.rail and self.home == "rail" and key.startswith("need:"):
            self.run_worker(self._select_need(key[5:]), group="need", exclusive=True, exit_on_error=False)

    async def _select_need(self, key: str) -> None:
        await self.source.select_need(key)
        self.apply()

    # Needs

    async def do_next_need(self, step: int = 1) -> None:
        needs = [need.key for need in self.source.view.needs]
        card = self.source.view.card
        here = card.key if card is not None else ""
        if not needs:
            await self.source.select_need("")
            self.apply()
            self.refocus()
            return
        if here in needs and self.guard.reached and card is not None:
            here = needs[(needs.index(here) + step) % len(needs)]
        elif here not in needs:
            here = needs[0]
        await self.source.select_need(here)
        self.rail.go_to(f"need:{here}")
        self.apply()
        self.go_into(self.card)

    async def do_previous_need(self) -> None:
        await self.do_next_need(-1)

    def reach_card(self) -> None:
        if not self.guard.reached:
            self.guard.reach()
            self.apply_card()

    def refuse_decision(self, key: str) -> str:
        """Why this press decides nothing, in a sentence; empty: it decides."""
        refusal = self.guard.refuse(key)
        card = self.source.view.card
        if card is not None and card.frozen:
            return "approvals are frozen: ctrl+g resumes"
        if card is not None and self.guard.shown != self.content_of(card):
            return "it changed just now: look again"
        return refusal or ("the request is covered: esc first" if self.has_class("-rail-open") else "")

    async def do_approve(self) -> None:
        card = self.source.view.card
        refusal = self.refuse_decision("a")
        if card is None or refusal:
            self.flash(refusal, "need")
            return
        await self.attempt(self.source.decide(card, True, ""))

    def do_deny(self) -> None:
        card = self.source.view.card
        refusal = self.refuse_decision("d")
        if card is None or refusal:
            self.flash(refusal, "need")
            return
        view = self.source.composer_for()
        view.label, view.count, view.reply_to = f"{card.name}'s request", "words go back to it; may be empty", ""
        view.arrivals = ()
        self.begin_typing(view, card.key)

    async def do_snooze(self) -> None:
        card = self.source.view.card
        if card is not None:
            name, key = visible(card.name, keep=""), card.key
            if self.source.snooze(key):
                self.flash(f"{name} is back in ten minutes; u takes that back", "muted")
                self.undo.can(f"the snooze of {name}", lambda: self._unsnooze(key))
            else:
                self.flash(f"{name}: put away", "muted")
            await self.source.refresh()
            self.apply()

    async def do_unsnooze(self) -> None:
        if self.source.view.snoozed:
            await self._unsnooze()
            self.flash("everything that was snoozed is back", "muted")

    async def _unsnooze(self, key: str = "") -> None:
        self.source.unsnooze(key)
        await self.source.refresh()
        self.apply()

    # Know

    async def do_ladder(self) -> None:
        subject = self.delivery_subject()
        if subject is not None:
            await self.relay_app.show_ladder(*subject)

    async def do_why(self) -> None:
        subject = self.subject()
        if subject:
            await self.relay_app.show_why(subject)

    def do_copy_row(self) -> None:
        row = self.conversation.row()
        if row is not None and not row.deleted:
            self.app.copy_to_clipboard(visible(row.text))
            self.flash("copied: the message under the cursor", "muted")

    # Agents

    async def do_pane(self) -> None:
        self.relay_app.open_pane(self.agent_id())

    def _agent_or_first(self) -> str:
        shown = self.transcripts.blocks
        return self.agent_id() or (shown[0].key if shown else "")

    async def do_pin(self) -> None:
        if self.size.width < 150:
            self.toggle_class("-pinned")
            if self.has_class("-pinned") and self.agent_id():
                self.source.pin(self.agent_id())
        else:
            self.source.pin(self._agent_or_first())
        self.call_after_refresh(self.on_tick)

    async def do_raw(self) -> None:
        self.source.toggle_raw(self._agent_or_first())
        await self.source.refresh()
        self.apply()

    # Moving

    def do_down(self) -> None:
        self.home_part().move(1)

    def do_up(self) -> None:
        self.home_part().move(-1)

    def do_first(self) -> None:
        self.home_part().move_end(last=False)

    async def do_last(self) -> None:
        if self.home_part() is self.conversation:
            await self.to_newest()
        else:
            self.home_part().move_end(last=True)

    def do_page_down(self) -> None:
        self.home_part().page(0.5)
        self.note_card_end()

    def do_page_up(self) -> None:
        self.home_part().page(-0.5)

    def do_column(self, step: int = 1) -> None:
        parts = self.columns_in_order()
        here = parts.index(self.home_part()) if self.home_part() in parts else 0
        target = parts[(here + step) % len(parts)]
        self.go_into(target, passing=True)

    def do_column_back(self) -> None:
        self.do_column(-1)

    def do_left(self) -> None:
        if self.home_part() is not self.columns_in_order()[0]:
            self.do_column(-1)

    def do_right(self) -> None:
        if self.home_part() is not self.columns_in_order()[-1]:
            self.do_column(1)

    async def do_open(self) -> None:
        view = self.home_part()
        await self.open_key(view, view.cursor)

    async def open_key(self, view: LineView, key: str) -> None:
        """Enter, or a second click, on a row."""
        if view is self.rail:
            kind, _, id = key.partition(":")
            if kind == "need":
                self.go_into(self.card)
            elif kind == "snoozed":
                await self.do_unsnooze()
            elif kind in ("channel", "direct"):
                await self.go(id)
            elif kind in ("agent", "thread"):
                await self.go(f"{kind}:{id}")
        elif view is self.conversation and self.opens_attached():
            await self.do_attached()
        elif view is self.conversation:
            await self.do_thread()
        elif view is self.card:
            await self.open_card()
        elif view is self.transcripts and key:
            await self.go(f"agent:{key}")

    async def go(self, conversation_id: str, remember: bool = True) -> None:
        """Open a conversation; where we were is kept for `-`."""
        here = self.source.view.conversation.id
        self.forget_found()
        if conversation_id == here:
            self.go_into(self.conversation)
            return
        if remember and here:
            self.before = [*self.before, here][-20:]
        if not await self.attempt(self.source.show(conversation_id)):
            return
        self.go_into(self.conversation)

    async def do_before(self) -> None:
        if self.before:
            await self.go(self.before.pop(), remember=False)

    async def do_back(self) -> None:
        if self.composer.typing:
            self.leave_typing()
            self.refocus()
        elif self.has_class("-rail-open"):
            self.go_into(self.conversation)
        elif self.marks():
            self.unmark_all()
        elif self.home == "conversation" and await self.leave_found():
            pass
        elif self.home == "conversation" and (self.conversation.cursor or self.conversation.more_below):
            await self.to_newest()
        elif self.source.view.conversation.id.startswith("thread:") and self.before:
            root = self.source.view.conversation.id.partition(":")[2]
            await self.do_before()
            self.conversation.go_to(root)
        elif self.home == "card":
            await self.leave_card()

    async def leave_card(self) -> None:
        """Back to the lists; a card that is over goes with it."""
        card = self.source.view.card
        if card is not None and card.outcome:
            await self.source.select_need("")
            self.apply()
        self.go_into(self.rail if self.visible_now(self.rail) else self.conversation)
