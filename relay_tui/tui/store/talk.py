"""What the operator does with a message that was said, as commands of his own; part of the store."""

from __future__ import annotations

from collections.abc import Sequence

import orjson

from relay_tui.agents.harnesses.framing import messages_in, parse_all
from relay_tui.core import commands as c
from relay_tui.core.errors import RelayError
from relay_tui.core.model import Delivery, Disposition, Message, Reached
from relay_tui.core.session import TranscriptEntry
from relay_tui.core.text import preview
from relay_tui.tui.facts.thread_list import places_of, replied
from relay_tui.tui.store.part import Part
from relay_tui.tui.view.deck import Arrival, ComposerView
from relay_tui.tui.view.talk import AboutView, Spot, TurnView
from relay_tui.tui.words.when import hhmm

LOOKED_AT = 500
"""Newest entries of a transcript in which a message is looked for."""
TURN_BEFORE, TURN_AFTER = 50, 250
"""Entries around a message that are shown of a transcript."""
THREADS = 100
LINE = 200
"""Characters of a message in a list to choose from."""


class Talk(Part):
    async def react(self, message_id: str, emoji: str) -> bool:
        me = self.people.operator_id
        known = (await self.relay.queries.reactions([message_id])).get(message_id, [])
        mine = any(count.emoji == emoji and me in count.agent_ids for count in known)
        kind = c.RemoveReaction if mine else c.AddReaction
        await self.relay.execute(kind(message_id=message_id, emoji=emoji), self.host.operator)
        return not mine

    def editor_for(self, message_id: str) -> ComposerView:
        window = self.facts.window
        message = window.message(message_id) if window is not None else None
        if window is None or message is None:
            return ComposerView()
        known = [d for d in window.deliveries.get(message_id, ()) if d.disposition is not Disposition.CANCELLED]
        known.sort(key=lambda d: (d.reached >= Reached.ACCEPTED, self.people.name(d.agent_id).casefold()))
        arrivals = tuple(self._what_an_edit_changes(delivery) for delivery in known)
        return ComposerView(message.channel_id, f"what you said {hhmm(message.created_at)}", "", arrivals)

    def _what_an_edit_changes(self, delivery: Delivery) -> Arrival:
        look, name = self.people.look(delivery.agent_id), self.people.name(delivery.agent_id)
        if delivery.reached >= Reached.DELIVERED and not delivery.unverified:
            return Arrival(look.glyph, "muted", name, "has read it as it was")
        if delivery.reached >= Reached.ACCEPTED:
            return Arrival(look.glyph, "need", name, "was handed it as it was")
        return Arrival(look.glyph, look.role, name, "will read the new words")

    async def edit(self, message_id: str, text: str) -> None:
        command = c.EditMessage(message_id=message_id, text=text, strict_mentions=True)
        await self.relay.execute(command, self.host.operator)

    async def delete(self, message_id: str) -> None:
        await self.relay.execute(c.DeleteMessage(message_id=message_id), self.host.operator)

    async def undelivered_to(self, message_id: str) -> tuple[list[str], list[str]]:
        known = (await self.relay.queries.deliveries([message_id]))[message_id]
        not_yet = [d.agent_id for d in known if d.open and d.reached < Reached.ACCEPTED]
        have = [d.agent_id for d in known if d.reached >= Reached.ACCEPTED]
        return self._names(not_yet), self._names(have)

    def _names(self, agent_ids: Sequence[str]) -> list[str]:
        return sorted((self.people.name(id) for id in agent_ids), key=str.casefold)

    async def pin_message(self, message_id: str, pinned: bool) -> None:
        kind = c.PinMessage if pinned else c.UnpinMessage
        await self.relay.execute(kind(message_id=message_id), self.host.operator)

    async def pinned(self) -> list[Spot]:
        window = self.facts.window
        if window is None or window.channel is None:
            return []
        found: list[Spot] = []
        for pin in await self.relay.queries.pins(window.channel.id):
            message = await self.relay.queries.message(pin.message_id)
            if message is not None:
                found.append(self._spot(message, f"by {self.people.name(pin.pinned_by)} {hhmm(pin.pinned_at)}"))
        return found

    def _spot(self, message: Message, note: str) -> Spot:
        text = preview(message.text, LINE) if message.deleted_at is None else "deleted"
        return Spot(message.id, hhmm(message.created_at), self.people.name(message.sender_id), text, note)

    async def threads(self) -> list[Spot]:
        queries, me = self.relay.queries, self.people.operator_id
        states = await queries.threads(me, unread_only=False, limit=THREADS)
        places = places_of([*self.facts.channels, *self.facts.conversations], self.people)
        found: list[Spot] = []
        for state in sorted(states, key=lambda state: state.unread == 0):
            root = await queries.message(state.root_id)
            if root is not None:
                many = f"{state.unread} new" if state.unread else f"{state.reply_count} in it"
                note = f"{many}  {replied(state, self.people)}  {places.get(state.channel_id, '')}"
                found.append(self._spot(root, note.rstrip()))
        return found

    async def about(self, message_id: str) -> AboutView | None:
        queries, people = self.relay.queries, self.people
        message = await queries.message(message_id)
        if message is None:
            return None
        readers, others = await self._readers(message)
        view = AboutView(
            message.id,
            hhmm(message.created_at),
            people.name(message.sender_id),
            message.sender_id == people.operator_id,
            message.text,
            readers,
            others,
            await self.reactions_to(message_id),
        )
        pin = next((pin for pin in await queries.pins(message.channel_id) if pin.message_id == message_id), None)
        if pin is not None:
            view.pinned = f"{people.name(pin.pinned_by)} {hhmm(pin.pinned_at)}"
        for revision in await queries.history(message_id):
            when = f"{hhmm(revision.at)} to {hhmm(revision.until)}"
            view.versions.append((when, people.name(revision.by), revision.text))
        if view.versions and message.deleted_at is None and message.edited_at is not None:
            view.versions.append((f"since {hhmm(message.edited_at)}", "", message.text))
        return view

    async def reactions_to(self, message_id: str) -> list[tuple[str, list[str]]]:
        """(emoji, names in the order in which they reacted)."""
        counts = (await self.relay.queries.reactions([message_id])).get(message_id, [])
        return [(count.emoji, [self.people.name(id) for id in count.agent_ids]) for count in counts]

    async def _readers(self, message: Message) -> tuple[list[tuple[str, str]], list[tuple[str, str]]]:
        """Who has read it, by a read mark or proof of delivery, and who has not: names, and how it is known."""
        queries = self.relay.queries
        marked = await queries.readers(message.id)
        known = {d.agent_id: d for d in (await queries.deliveries([message.id]))[message.id]}
        members = [member.agent_id for member in await queries.members(message.channel_id)]
        everyone = dict.fromkeys([*marked, *known, *(members if message.thread_id is None else ())])
        read: list[tuple[str, str]] = []
        others: list[tuple[str, str]] = []
        for id in sorted(everyone, key=lambda id: self.people.name(id).casefold()):
            delivery = known.get(id)
            has = delivery is not None and delivery.reached >= Reached.DELIVERED and not delivery.unverified
            word = delivery.word if delivery is not None else ""
            if id in marked or has:
                read.append((self.people.name(id), word if has else "marked as read"))
            elif id != message.sender_id:
                others.append((self.people.name(id), word))
        return read, others

    async def copies(self, message_id: str) -> list[tuple[str, str]]:
        message = await self.relay.queries.message(message_id)
        if message is None:
            return []
        name = self.people.name(message.sender_id)
        quote = "\n".join(f"> {line}".rstrip() for line in message.text.split("\n"))
        places = places_of([*self.facts.channels, *self.facts.conversations], self.people)
        place = places.get(message.channel_id, "")
        out = [
            ("its text", message.text),
            ("a quote, in Markdown", f"{quote}\n> — {name}, {place} {hhmm(message.created_at)}"),
            ("its id", message.id),
        ]
        if self.host.server_url:
            out.append(("its address on the relay", f"{self.host.server_url}/v1/messages/{message.id}"))
        record = orjson.dumps(message, option=orjson.OPT_INDENT_2).decode()
        out.append(("its record, as JSON", record))
        for revision in await self.relay.queries.history(message_id):
            out.append((f"as it was until {hhmm(revision.until)}", revision.text))
        return out

    # A message in the transcripts of those who have it

    async def turn(self, message_id: str, agent_id: str = "") -> TurnView | None:
        known = (await self.relay.queries.deliveries([message_id]))[message_id]
        found: dict[str, tuple[Sequence[TranscriptEntry], int]] = {}
        for delivery in known:
            entries = await self._around(delivery) if delivery.nonce else ()
            at = place_in(entries, delivery)
            if at is not None:
                found[delivery.agent_id] = entries, at
        if not found:
            raise RelayError("no_turn", _why_nowhere(known))
        chosen = agent_id if agent_id in found else next(iter(found))
        entries, at = found[chosen]
        entries, at = entries[max(0, at - TURN_BEFORE) : at + TURN_AFTER], min(at, TURN_BEFORE)
        operator = self.people.agents.get(self.people.operator_id)
        return TurnView(
            message_id,
            chosen,
            self.people.name(chosen),
            tuple(entries),
            tuple(hhmm(entry.at) for entry in entries),
            at,
            tuple((id, self.people.name(id)) for id in found),
            operator.name if operator is not None else "",
        )

    async def _around(self, delivery: Delivery) -> Sequence[TranscriptEntry]:
        """The newest of its recipient's transcript if it is in there, else what stands around it, however long ago."""
        live = self.relay.sessions.get(delivery.agent_id)
        recent = live.recent_transcript(LOOKED_AT) if live is not None else ()
        if place_in(recent, delivery) is None:
            recent = await self.host.turn(delivery.agent_id, delivery.offset, lambda entry: _is_of(entry, delivery))
        return [entry for entry in recent if entry.kind != "status"]

    def got_last(self, agent_id: str) -> str:
        live = self.relay.sessions.get(agent_id)
        for entry in reversed(live.recent_transcript(LOOKED_AT) if live is not None else ()):
            if entry.kind == "got" and (messages := parse_all(entry.text)):
                return messages[-1].message_id
        return ""


def place_in(entries: Sequence[TranscriptEntry], delivery: Delivery) -> int | None:
    """Index of the entry with which the delivery's newest attempt came in; None: it is not among them."""
    return next((index for index, entry in enumerate(entries) if _is_of(entry, delivery)), None)


def _is_of(entry: TranscriptEntry, delivery: Delivery) -> bool:
    return entry.kind == "got" and any(framed.nonce == delivery.nonce for framed in messages_in(entry.text))


def _why_nowhere(known: Sequence[Delivery]) -> str:
    if not known:
        return "Nobody had to be told: that message is in no transcript."
    if not any(delivery.reached >= Reached.DELIVERED for delivery in known):
        return "Nobody has it in its transcript yet."
    return "It is in no transcript that is kept here."
