"""What the operator says: to whom it goes from where he is, and its way into the log."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any

from relay_tui.core import commands as c
from relay_tui.core import metadata
from relay_tui.core.decide.mentions import EVERYBODY, PRESENT
from relay_tui.core.errors import Refused
from relay_tui.core.model import Caller, Channel, Json, Message, Mode
from relay_tui.core.model_talk import Scheduled, StoredFile
from relay_tui.tui.facts.window import direct_title
from relay_tui.tui.store.opening import Opening
from relay_tui.tui.view.deck import Arrival, ComposerView, ScheduledRow
from relay_tui.tui.view.letter import Enclosure, Later, Letter, ReplyWanted
from relay_tui.tui.words.arrivals import arrival, worst_first
from relay_tui.tui.words.enclosed import enclosed_rows, kind_word
from relay_tui.tui.words.when import hhmm
from relay_tui.tui.writing.choices import later_words
from relay_tui.tui.writing.enclosing import PASTED, read_file

SEVERAL = "several:"
"""Begins the target of what goes to more than one: their ids follow, with commas between them."""
SHOWN_ARRIVALS = 24
LETTERS_KNOWN = 50
"""Letters whose stored files are remembered, in case they are sent again."""


class Outgoing(Opening):
    """Part of the store."""

    # To whom

    def composer_for(self, message_id: str = "") -> ComposerView:
        window = self.window
        if window is None:
            return ComposerView()
        if window.channel is None:
            return self.composer_to([window.agent_id])
        members = [member.agent_id for member in window.members]
        view = self._into(window.channel, members)
        if reply_to := message_id or window.root:
            self._as_reply(view, reply_to)
        return view

    def composer_to(self, agent_ids: Sequence[str]) -> ComposerView:
        people = self.people
        ids = sorted(set(agent_ids) & set(people.agents), key=lambda id: people.name(id).casefold())
        if not ids:
            return self.composer_for()
        if len(ids) > 1:
            names = [people.name(id) for id in ids]
            return ComposerView(f"{SEVERAL}{','.join(ids)}", ", ".join(names), recipients=tuple(ids), several=len(ids))
        for channel in self.conversations:
            if channel.kind == "dm" and set(channel.name.split(":")) == {people.operator_id, ids[0]}:
                return self._into(channel, channel.name.split(":"))
        name = people.name(ids[0])
        return ComposerView(f"@{name}", f"@{name}", recipients=tuple(ids))

    def composer_into(self, conversation_id: str) -> ComposerView:
        """For a channel or conversation that is not open."""
        for channel in (*self.channels, *self.conversations):
            if channel.id == conversation_id:
                members = channel.name.split(":") if channel.kind == "dm" else self._members.get(channel.id, [])
                return self._into(channel, members)
        return self.composer_for()

    def _closed(self, channel: Channel) -> str:
        """Why nothing can be said in a named channel; empty: it can."""
        if channel.archived_at is not None:
            return "archived: it takes nothing new"
        return "" if channel.id in self.joined else "you are not in it; ^p joins"

    def _into(self, channel: Channel, members: Sequence[str]) -> ComposerView:
        people = self.people
        others = [id for id in members if id != people.operator_id]
        agents = [id for id in others if (agent := people.agents.get(id)) is not None and agent.type == "agent"]
        label, count = f"#{channel.name}", self._closed(channel) or (str(len(others)) if members else "")
        if channel.kind != "channel":
            label, count = f"@{direct_title(channel, members, people)}", ""
        return ComposerView(channel.id, label, count, recipients=tuple(agents))

    def _as_reply(self, view: ComposerView, message_id: str) -> None:
        """A reply goes to those who are in its thread."""
        view.reply_to = message_id
        messages = self.window.messages if self.window is not None else []
        root = next((message for message in messages if message.id == message_id), None)
        if root is not None:
            view.label, view.count = f"{self.people.name(root.sender_id)} {hhmm(root.created_at)}", "in the thread"
            ids = {root.sender_id, *root.mentions}
            view.recipients = tuple(id for id in view.recipients if id in ids)

    def arrivals(self, view: ComposerView, letter: Letter) -> tuple[Arrival, ...]:
        """When each recipient would be shown it; who cannot get it by himself first."""
        found: list[Arrival] = []
        for agent_id in view.recipients:
            live = self.relay.sessions.get(agent_id)
            offered = live.capabilities.boundaries if live is not None else ()
            found.append(arrival(self.people, agent_id, letter.mode, offered))
        return tuple(worst_first(found)[:SHOWN_ARRIVALS])

    def names(self, sign: str) -> list[tuple[str, str]]:
        if sign == "#":
            return [(channel.name, channel.topic) for channel in self.channels]
        members = {member.agent_id for member in self.window.members} if self.window is not None else set[str]()
        agents = [agent for agent in self.people.agents.values() if agent.type != "system"]
        agents.sort(key=lambda agent: (agent.id not in members, agent.name.casefold()))
        found = [(a.name, self.people.look(a.id).word if a.type == "agent" else a.type) for a in agents]
        return [*found, *self._several(len(members))]

    def _several(self, members: int) -> list[tuple[str, str]]:
        """What means more than one: the groups that agents say they are in, and those whom a channel has."""
        sizes: dict[str, int] = {}
        for agent in self.people.workers():
            for group in {one.lower(): one for one in metadata.groups(agent.metadata)}.values():
                sizes[group] = sizes.get(group, 0) + 1
        groups = [(group, f"group of {size}") for group, size in sorted(sizes.items())]
        return [*groups, (EVERYBODY, f"everybody here, {members}"), (PRESENT, "whoever is there now")]

    # On its way

    async def send(self, view: ComposerView, letter: Letter) -> None:
        content: dict[str, Any] = {"text": letter.text or labels(letter), "mode": letter.mode}
        if letter.enclosed:
            content["attachments"] = await self._attachments(letter)
        if letter.reply is not None:
            content |= {"expects_reply": True, "reply_by": letter.reply.by}
        if view.several:
            await self._send_to_several(view, letter, content)
        else:
            await self._send_to_one(view, letter, content)
        if letter.replaces:
            await self.cancel_scheduled(letter.replaces)

    async def _send_to_one(self, view: ComposerView, letter: Letter, content: dict[str, Any]) -> None:
        sent = await self._say(view.target, view.reply_to, content, letter)
        window = self.window
        made = window is not None and window.channel is None and view.target == f"@{self.people.name(window.agent_id)}"
        if made and isinstance(sent, Message):
            await self.show(sent.channel_id)

    async def _attachments(self, letter: Letter) -> list[Json]:
        """As a command takes them; files are stored, once however often the letter is sent."""
        known = self._stored.get(letter.client_id)
        if known is None:
            known = [await self._attachment(one) for one in letter.enclosed]
            self._stored = dict([*self._stored.items(), (letter.client_id, known)][-LETTERS_KNOWN:])
        return known

    async def _attachment(self, one: Enclosure) -> Json:
        if one.kind == PASTED and one.content is not None:
            data = str(one.content["text"]).encode("utf-8", "replace")
        elif one.path:
            data = await asyncio.to_thread(read_file, one)
        else:
            assert one.content is not None, "an enclosure is a file or its own content"
            return one.content
        stored = await self.relay.files.upload(one.label, data, self._operator)
        return {"kind": "file", "file_id": stored.id}

    async def _say(
        self, to: str, reply_to: str, content: dict[str, Any], letter: Letter, suffix: str = ""
    ) -> Message | Scheduled:
        """Now or later. `suffix`: makes one send of several its own."""
        once = f"{letter.client_id}{suffix}" if letter.client_id else None
        command: c.SendMessage | c.Reply | c.ScheduleMessage
        if letter.later is not None:
            content = content | {"at": letter.later.at, "when_idle": letter.later.idle_of or None}
            command = c.ScheduleMessage(
                to="" if reply_to else to, message_id=reply_to or None, client_id=once, **content
            )
        elif reply_to:
            command = c.Reply(message_id=reply_to, client_id=once, **content)
        else:
            command = c.SendMessage(to=to, client_id=once, **content)
        return await self.relay.execute(command, self._operator)

    async def _send_to_several(self, view: ComposerView, letter: Letter, content: dict[str, Any]) -> None:
        """One message to each, or one into the conversation of all. Sent again, who has it does not get it twice."""
        content["data"] = batch_of(letter.client_id, len(view.recipients))
        if letter.group:
            group_id = await self._group_of(view.recipients, letter.client_id)
            await self._say(group_id, "", content, letter)
            return
        refusals: dict[str, str] = {}
        for agent_id in view.recipients:
            name = self.people.name(agent_id)
            try:
                await self._say(f"@{name}", "", content, letter, f"-{agent_id}")
            except Refused as refusal:
                refusals[name] = str(refusal)
        if refusals:
            name, words = next(iter(refusals.items()))
            rest = len(view.recipients) - len(refusals)
            others = f", nor to {len(refusals) - 1} more" if len(refusals) > 1 else ""
            raise Refused("not_to_all", f"Not to {name}{others}: {words} Sent to the other {rest}.")

    async def _group_of(self, agent_ids: Sequence[str], once: str) -> str:
        """The conversation of exactly these and the operator; made where there is none."""
        wanted = {*agent_ids, self.people.operator_id}
        for channel in self.conversations:
            if channel.kind == "group" and set(self._members.get(channel.id, ())) == wanted:
                return channel.id
        names = [self.people.name(agent_id) for agent_id in agent_ids]
        made = await self.relay.execute(
            c.OpenGroup(participants=names, client_id=f"{once}-group" if once else None), self._operator
        )
        return made.id

    # What waits to be said

    async def scheduled(self) -> list[ScheduledRow]:
        """The operator's own, the next one first."""
        now, me = self.clock(), self.people.operator_id
        found = await self.relay.queries.scheduled(sender_id=me)
        found.sort(key=lambda one: (one.due_at is None, one.due_at or 0, one.id))
        return [await self._scheduled_row(one, now) for one in found]

    async def _scheduled_row(self, one: Scheduled, now: int) -> ScheduledRow:
        idle_of = self.people.name(one.idle_agent_id) if one.idle_agent_id else ""
        letter = letter_of(one, idle_of, {file.id: file for file in await self._files_in(one)})
        where = await self._where(one)
        return ScheduledRow(one.id, where.label, later_words(letter.later or Later(), now), letter, where)

    async def _files_in(self, one: Scheduled) -> list[StoredFile]:
        ids = [str(kept["file_id"]) for kept in one.content.get("attachments") or () if kept.get("file_id")]
        return [file for id in ids if (file := await self.relay.queries.file(id)) is not None]

    async def _where(self, one: Scheduled) -> ComposerView:
        """Whom a waiting message goes to, as the composer has it."""
        if one.reply_to_id:
            message = await self.relay.queries.message(one.reply_to_id)
            view = self.composer_into(message.channel_id) if message is not None else ComposerView()
            who = self.people.name(message.sender_id) if message is not None else "a message that is gone"
            return replace(view, reply_to=one.reply_to_id, label=f"{who} in the thread")
        if one.to.startswith("@"):
            agent_id = self.people.id_of(one.to[1:])
            return self.composer_to([agent_id]) if agent_id else ComposerView(one.to, one.to)
        for channel in (*self.channels, *self.conversations):
            if one.to in (channel.id, f"#{channel.name}"):
                return self.composer_into(channel.id)
        return ComposerView(one.to, one.to)

    async def cancel_scheduled(self, scheduled_id: str) -> None:
        await self.relay.execute(c.CancelScheduled(scheduled_id=scheduled_id), self._operator)

    @property
    def _operator(self) -> Caller:
        return self.host.operator


def letter_of(one: Scheduled, idle_of: str, files: Mapping[str, StoredFile]) -> Letter:
    """A waiting message as it was written."""
    content = one.content
    reply = ReplyWanted(content.get("reply_by")) if content.get("expects_reply") or content.get("reply_by") else None
    enclosed = tuple(_enclosed_again(kept, files) for kept in content.get("attachments") or ())
    mode = Mode(content.get("mode", Mode.ON_IDLE.value))
    return Letter(str(content["text"]), mode, enclosed, reply, Later(one.due_at, idle_of), replaces=one.id)


def _enclosed_again(kept: Json, files: Mapping[str, StoredFile]) -> Enclosure:
    file = files.get(str(kept.get("file_id", "")))
    if file is not None:
        kind = kind_word(file.content_type)
        return Enclosure(str(kept["kind"]), file.filename, file.size_bytes, kind, content=kept)
    row = enclosed_rows([kept])[0]
    return Enclosure(str(kept["kind"]), row.label, note=row.kind, content=kept)


def labels(letter: Letter) -> str:
    """The text of a message that has none of its own."""
    return ", ".join(one.label for one in letter.enclosed)


def batch_of(id: str, of: int) -> Json:
    """Marks messages that are one send to several; see `rows.batch_in`."""
    return {"batch": {"id": id, "of": of}}
