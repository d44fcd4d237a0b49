"""The parts of the deck and what its state is: what has the focus, what the cursor is on, what works now."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

from textual import getters
from textual.widget import Widget

from relay_tui.tui.actions import KeyMode, Now, TalkNow, footer_acts
from relay_tui.tui.drawing.ink import said
from relay_tui.tui.screens.verbs.deliveries import Delivering, Target
from relay_tui.tui.undo import Undo
from relay_tui.tui.view.letter import Drafts
from relay_tui.tui.view.talk import PlaceView
from relay_tui.tui.widgets.composer import Composer
from relay_tui.tui.widgets.conversation import Conversation
from relay_tui.tui.widgets.footer import Footer
from relay_tui.tui.widgets.header import Mine
from relay_tui.tui.widgets.layout import TWO_COLUMNS, columns_for
from relay_tui.tui.widgets.lineview import LineView
from relay_tui.tui.widgets.need_card import Guard, NeedCard
from relay_tui.tui.widgets.rail import Rail
from relay_tui.tui.widgets.transcripts import Transcripts

if TYPE_CHECKING:
    from relay_tui.tui.source.deck import Source
    from relay_tui.tui.view.deck import CardView, MessageRow

FLASH_MS = 4_000
COLUMN_WORDS = {"rail": "agents", "conversation": "messages", "card": "card", "transcripts": "transcripts"}
"""Where tab leads, where the columns do not stand side by side."""


class DeckParts(Delivering):
    """What drawing and doing (`Deck`, and its topics) have in common."""

    rail = getters.query_one("#rail", Rail)
    conversation = getters.query_one("#conversation", Conversation)
    card = getters.query_one("#card", NeedCard)
    composer = getters.query_one("#composer", Composer)
    transcripts = getters.query_one("#transcripts", Transcripts)
    mine = getters.query_one("#mine", Mine)

    def __init__(self, source: Source, drafts: Drafts | None = None) -> None:
        """`drafts`: what was being written, and what was sent, before."""
        super().__init__(id="deck")
        self.source = source
        self.drafts = drafts or Drafts()
        self.guard = Guard(source.clock)
        self.home: str = "conversation"
        """Id of the part that has the focus while not typing; survives being hidden by a small terminal."""
        self.shown_conversation = ""
        self.before: list[str] = []
        self._flash_until = 0
        self.up = asyncio.Event()
        """Set once every part is there."""
        self.undo = Undo()
        """What can be taken back; a verb of any screen may add to it."""

    @staticmethod
    def content_of(card: CardView) -> tuple[str, object]:
        """What a decision on this card is about, as the guard knows it."""
        return card.key, (card.literal, card.facts, card.request_hash, card.outcome)

    def refresh_hints(self) -> None:
        """Mode and footer, from what works now."""
        now = self.now()
        narrow = self.size.width < TWO_COLUMNS
        typing = now.mode is KeyMode.TYPING
        hints = [self.hint(act, narrow) for act in footer_acts(now)]
        for hint in hints:
            if hint.id == "column" and not typing:
                hint.label = COLUMN_WORDS[self.column_after().id or ""]
        right = [self.stop_hint()]
        self.query_one(Footer).show("TYPING" if typing else self.NAME, hints, right, typing)

    def flash(self, text: str, role: str = "text") -> None:
        """One line of news above the composer, for four seconds."""
        self._flash_until = self.source.clock() + FLASH_MS
        self.mine.say(text, role)
        self.fit_mine()

    def fit_mine(self) -> None:
        """Give the lines above the composer the room that they want now."""
        self.set_class(self.mine.urgent, "-flash")
        size = self.mine.size
        if size.height and self.mine.wanted_height(size.width) != size.height:
            self.mine.refresh(layout=True)

    # Where things are

    @property
    def key_mode(self) -> KeyMode:
        return KeyMode.TYPING if self.is_mounted and self.composer.typing else KeyMode.LISTS

    def now(self) -> Now:
        view = self.source.view
        row = self.conversation.row()
        agent = self.agent_id()
        card = view.card
        return Now(
            mode=self.key_mode,
            columns=columns_for(self.size.width),
            needs=len(view.needs),
            snoozed=bool(view.snoozed),
            card=card.kind if card is not None and not card.outcome else "",
            message=row is not None,
            delivery=self.delivery_subject() is not None,
            agent=bool(agent),
            pane=bool(agent) and self.source.programs.has_pane(agent),
            explains=bool(self.subject()),
            agents=len(view.agents),
            before=bool(self.before),
            row=row is not None,
            card_shown=card is not None,
            conversation=bool(self.source.composer_for().target),
            can=self.can(),
            markable=self._markable(),
            attached=row is not None and bool(row.enclosed),
            several=bool(self.composer.view.several),
            talk=self.talk_now(),
        )

    def talk_now(self) -> TalkNow:
        row, standing, place = self.conversation.row(), self.standing(), self.place()
        talk = TalkNow(
            message=f"{said(row.sender).text} {row.time}" if row is not None else "",
            standing=standing is not None,
            mine=standing is not None and standing.mine,
            turn=(row is not None and bool(row.summary))
            or (self.home == "transcripts" and bool(self.transcripts.cursor)),
            pinned=self.source.view.conversation.pinned > 0,
            undo=bool(self.undo.deeds),
            sending=not self.composer.purpose,
        )
        if place is not None:
            talk.place = place_name(place)
            talk.channel, talk.group = place.kind == "channel", place.kind == "group"
            talk.member, talk.muted, talk.archived = place.member, place.muted, place.archived
        return talk

    def _markable(self) -> bool:
        """What is under the cursor can be written to together with others."""
        if self.home == "rail":
            return self.rail_key()[0] in ("agent", "direct")
        return self.home == "conversation" and bool(self.conversation.cursor) and self.conversation.row() is not None

    def visible_now(self, widget: Widget) -> bool:
        return all(node.display for node in widget.ancestors_with_self if isinstance(node, Widget))

    def columns_in_order(self) -> list[LineView]:
        """The parts that tab goes through, left to right."""
        order = (self.rail, self.conversation, self.card, self.transcripts)
        return [
            part for part in order if self.visible_now(part) or (part is self.rail and self.size.width < TWO_COLUMNS)
        ]

    def column_after(self, step: int = 1) -> LineView:
        """Where tab leads to from the part that has the focus; back with -1."""
        parts, home = self.columns_in_order(), self.part()
        here = parts.index(home) if home in parts else 0
        return parts[(here + step) % len(parts)]

    # What the cursor is on

    def rail_key(self) -> tuple[str, str]:
        """(kind, id) of the row under the rail's cursor: need, channel, direct, agent; or empty."""
        kind, _, id = self.rail.cursor.partition(":")
        return kind, id

    def agent_id(self) -> str:
        """The agent that verbs about an agent mean now; empty: none."""
        view = self.source.view
        if self.home == "transcripts" and self.transcripts.cursor:
            return self.transcripts.cursor
        if self.home == "card" and view.card is not None:
            return view.card.agent_id
        if self.home == "conversation":
            row = self.conversation.row()
            if row is not None and row.deliveries:
                return row.deliveries[0].agent_id
            return next((agent.id for agent in view.agents if row is not None and agent.name == row.sender), "")
        kind, id = self.rail_key()
        if kind == "agent":
            return id
        if kind == "need":
            return next((need.agent_id for need in view.needs if need.key == id), "")
        if kind == "direct":
            return next((row.agent_ids[0] for row in view.direct if row.id == id and row.agent_ids), "")
        return ""

    def delivery_subject(self) -> tuple[str, str] | None:
        """(message id, agent id or empty) whose ladder `i` shows."""
        card = self.source.view.card
        if self.home == "card" and card is not None and card.message_id:
            return card.message_id, card.agent_id
        row = self.conversation.row()
        if row is None or not row.summary:
            return None
        return row.id, ""

    def subject(self) -> str:
        """What `w` explains: `need:…`, `agent:…`, `message:…`; empty: nothing."""
        card = self.source.view.card
        if self.home == "card" and card is not None:
            return f"need:{card.key}"
        if self.home == "rail" and self.rail_key()[0] in ("need", "agent"):
            return self.rail.cursor
        if self.home == "transcripts" and self.transcripts.cursor:
            return f"agent:{self.transcripts.cursor}"
        row = self.conversation.row()
        return f"message:{row.id}" if row is not None and row.summary else ""

    def standing(self) -> MessageRow | None:
        """The message under the cursor, if it was not deleted."""
        row = self.conversation.row()
        return None if row is None or row.deleted else row

    def place(self) -> PlaceView | None:
        """The channel or conversation under the rail's cursor, else the one that is open."""
        kind, id = self.rail_key() if self.home == "rail" else ("", "")
        here = id if kind in ("channel", "direct") else self.source.view.conversation.channel_id
        return self.source.places.place(here) if here else None

    def targets(self) -> list[Target]:
        """The delivery that the need card is about, else those in trouble of the message under the cursor."""
        card = self.source.view.card
        if self.home == "card":
            if card is None or card.kind not in ("delivery", "due") or card.outcome:
                return []
            return [Target(card.message_id, card.agent_id, card.name, card.state, card.mine)]
        row = self.conversation.row() if self.home == "conversation" else None
        if row is None:
            return []
        return [Target(row.id, one.agent_id, one.name, one.word, row.mine) for one in row.deliveries if one.trouble]

    def agent_ids(self) -> list[str]:
        marked = [key[len("agent:") :] for key in sorted(self.rail.marked) if key.startswith("agent:")]
        return marked or [self.agent_id()]


def place_name(place: PlaceView) -> str:
    """`#release`, or the names of who is in it, as they may be drawn."""
    return f"#{place.name}" if place.kind == "channel" else said(place.name).text
