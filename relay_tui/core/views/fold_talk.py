"""Folding what happens to messages after they were said, to threads, membership, schedules and files."""

from __future__ import annotations

from dataclasses import replace

from relay_tui.core import events as e
from relay_tui.core.model import Delivery, Member, Message, Thread
from relay_tui.core.model_talk import (
    Expectation,
    Pin,
    Reaction,
    Scheduled,
    ScheduleStatus,
    StoredFile,
    ThreadRead,
)
from relay_tui.core.views import rows
from relay_tui.core.views.fold import fold
from relay_tui.core.views.naming import named
from relay_tui.core.views.state import State

INSERT_EDIT = "INSERT INTO edits (seq, message_id) VALUES (?, ?)"


def grow_thread(state: State, root_id: str, message: Message) -> None:
    """A reply: its sender has read what it had read before, and its own; who is new begins where it was named."""
    thread = state.thread(root_id)
    if thread is None:
        root = state.message(root_id)
        known = [root.sender_id, *root.mentions] if root is not None else []
        thread = Thread(root_id, list(dict.fromkeys(known)))
        for agent_id in thread.participants:
            state.put_thread_read(ThreadRead(root_id, agent_id, 0))
    before = thread.reply_count
    for agent_id in (message.sender_id, *message.mentions):
        if agent_id not in thread.participants:
            thread.participants.append(agent_id)
            state.put_thread_read(ThreadRead(root_id, agent_id, before))
    thread.reply_count += 1
    thread.last_reply_at = message.created_at
    thread.last_reply_by = message.sender_id
    state.put_thread(thread)
    own = state.thread_read(root_id, message.sender_id)
    if own is not None and own.read_replies == before:
        own.read_replies = thread.reply_count
        state.put_thread_read(own)


def _shrink_thread(state: State, root_id: str, place: int) -> None:
    """A reply was deleted, the `place`-th of its thread: it counts no longer, neither as said nor as read."""
    thread = state.thread(root_id)
    assert thread is not None, "a reply makes its thread"
    thread.reply_count -= 1
    newest = _newest_reply(state, root_id)
    thread.last_reply_at = newest.created_at if newest is not None else None
    thread.last_reply_by = newest.sender_id if newest is not None else None
    state.put_thread(thread)
    for read in state.thread_reads(root_id):
        if read.read_replies >= place:
            read.read_replies -= 1
            state.put_thread_read(read)


def _newest_reply(state: State, root_id: str) -> Message | None:
    """The newest reply that was not deleted."""
    limit = 32
    while True:
        found = [m for m in state.thread_messages(root_id, limit) if m.id != root_id]
        for message in reversed(found):
            if _message(state, message.id).deleted_at is None:
                return message
        if len(found) < limit:
            return None
        limit *= 8


def expect_reply(state: State, event: e.MessageCreated, at: int) -> None:
    """Who owes it: the mentioned, else everybody else in the conversation; in a channel whoever answers first."""
    waiting_on = list(event.mentions)
    if not waiting_on and state.channels[event.channel_id].kind != "channel":
        # Sorted: in which order members are kept depends on when they were loaded, and the views must not.
        waiting_on = sorted((a for a in state.members(event.channel_id) if a != event.sender_id), key=int)
    state.put_expectation(
        Expectation(event.message_id, event.channel_id, event.sender_id, at, waiting_on, event.reply_by)
    )


def reply_came(state: State, message_id: str, by: str, at: int) -> None:
    expectation = state.expected_of(message_id)
    if expectation is None:
        return
    expectation.waiting_on = [a for a in expectation.waiting_on if a != by]
    if not expectation.waiting_on:
        expectation.closed_at = at
        expectation.closed_by = by
    state.put_expectation(expectation)


def _close(state: State, message_id: str, by: str, at: int) -> None:
    expectation = state.expected_of(message_id)
    if expectation is not None:
        expectation.closed_at = at
        expectation.closed_by = by
        state.put_expectation(expectation)


@fold(e.MessageEdited)
def _message_edited(state: State, event: e.MessageEdited, entry: e.Entry) -> None:
    message = _message(state, event.message_id)
    changed = replace(message, text=event.text, blocks=event.blocks, mentions=tuple(event.mentions), edited_at=entry.at)
    state.replace_message(changed)
    state.insert(INSERT_EDIT, (entry.seq, message.id))
    named(state, message.channel_id, message.channel_seq, set(event.mentions) - set(message.mentions))
    for agent_id in event.mentions:
        state.insert(rows.INSERT_MENTION, (message.id, agent_id))
    for agent_id in event.explicit:
        if state.delivery(message.id, agent_id) is None:
            state.put_delivery(
                Delivery(message.id, agent_id, message.channel_id, queued_at=entry.at, updated_at=entry.at)
            )


@fold(e.MessageDeleted)
def _message_deleted(state: State, event: e.MessageDeleted, entry: e.Entry) -> None:
    message = _message(state, event.message_id)
    place = state.replies_up_to(message.thread_id, message.seq) if message.thread_id is not None else 0
    state.replace_message(replace(message, text="", data=None, attachments=None, blocks=None, deleted_at=entry.at))
    state.insert(INSERT_EDIT, (entry.seq, message.id))
    named(state, message.channel_id, message.channel_seq, message.mentions, -1)
    if message.thread_id is not None:
        _shrink_thread(state, message.thread_id, place)
    _close(state, message.id, entry.actor, entry.at)
    pin = state.pin(message.id)
    if pin is not None and pin.unpinned_at is None:
        pin.unpinned_at = entry.at
        state.put(rows.PINS, message.id, pin)


@fold(e.ReactionAdded)
def _reaction_added(state: State, event: e.ReactionAdded, entry: e.Entry) -> None:
    reaction = Reaction(event.message_id, event.agent_id, event.emoji, event.to_id, entry.at, entry.seq)
    state.put(rows.REACTIONS, (event.message_id, event.agent_id, event.emoji), reaction)


@fold(e.ReactionRemoved)
def _reaction_removed(state: State, event: e.ReactionRemoved, entry: e.Entry) -> None:
    reaction = state.reaction(event.message_id, event.agent_id, event.emoji)
    assert reaction is not None, "a reaction is added before it is removed"
    reaction.removed_at = entry.at
    state.put(rows.REACTIONS, (event.message_id, event.agent_id, event.emoji), reaction)


@fold(e.MessagePinned)
def _message_pinned(state: State, event: e.MessagePinned, entry: e.Entry) -> None:
    state.put(rows.PINS, event.message_id, Pin(event.message_id, event.channel_id, entry.actor, entry.at))


@fold(e.MessageUnpinned)
def _message_unpinned(state: State, event: e.MessageUnpinned, entry: e.Entry) -> None:
    pin = state.pin(event.message_id)
    assert pin is not None, "a message is pinned before it is unpinned"
    pin.unpinned_at = entry.at
    state.put(rows.PINS, event.message_id, pin)


@fold(e.ReplyWaived)
def _reply_waived(state: State, event: e.ReplyWaived, entry: e.Entry) -> None:
    _close(state, event.message_id, entry.actor, entry.at)


@fold(e.ThreadReadMarked)
def _thread_read(state: State, event: e.ThreadReadMarked, entry: e.Entry) -> None:
    read = state.thread_read(event.root_id, event.agent_id) or ThreadRead(event.root_id, event.agent_id, 0)
    read.read_replies = max(read.read_replies, event.replies)
    state.put_thread_read(read)


@fold(e.ChannelUnarchived)
def _channel_unarchived(state: State, event: e.ChannelUnarchived, entry: e.Entry) -> None:
    channel = state.channels[event.channel_id]
    channel.archived_at = None
    state.put(rows.CHANNELS, channel.id, channel)


@fold(e.RoleSet)
def _role_set(state: State, event: e.RoleSet, entry: e.Entry) -> None:
    member = state.members(event.channel_id)[event.agent_id]
    member.role = event.role
    state.put_member(member)


@fold(e.MuteSet)
def _mute_set(state: State, event: e.MuteSet, entry: e.Entry) -> None:
    member = state.members(event.channel_id)[event.agent_id]
    if member.joined_seq == event.channel_seq:  # nothing was said during this stay, so it need not end
        member.muted = event.muted
        state.put_member(member)
        return
    again = Member(
        member.channel_id,
        member.agent_id,
        member.role,
        member.joined_at,
        event.channel_seq,
        muted=event.muted,
        read_seq=member.read_seq,
        dispatched_seq=event.channel_seq,
        unread_mentions=member.unread_mentions,
        unread_own=member.unread_own,
    )
    member.left_seq = event.channel_seq
    state.put_member(member)
    state.add_member(again)


@fold(e.MessageScheduled)
def _message_scheduled(state: State, event: e.MessageScheduled, entry: e.Entry) -> None:
    scheduled = Scheduled(
        event.scheduled_id,
        entry.actor,
        event.to,
        event.reply_to,
        event.content,
        entry.at,
        event.due_at,
        event.idle_agent_id,
    )
    state.put(rows.SCHEDULED, scheduled.id, scheduled)


@fold(e.ScheduleEnded)
def _schedule_ended(state: State, event: e.ScheduleEnded, entry: e.Entry) -> None:
    scheduled = state.scheduled(event.scheduled_id)
    assert scheduled is not None, "what ends was scheduled"
    scheduled.status = ScheduleStatus(event.status)
    scheduled.ended_at = entry.at
    scheduled.message_id = event.message_id
    scheduled.reason = event.reason
    state.put(rows.SCHEDULED, scheduled.id, scheduled)


@fold(e.UploadBegun)
def _upload_begun(state: State, event: e.UploadBegun, entry: e.Entry) -> None:
    stored = StoredFile(event.file_id, event.filename, event.content_type, event.size_bytes, entry.actor, entry.at)
    state.put(rows.FILES, stored.id, stored)


@fold(e.FileStored)
def _file_stored(state: State, event: e.FileStored, entry: e.Entry) -> None:
    stored = state.file(event.file_id)
    assert stored is not None, "an upload begins before it is complete"
    stored.sha256 = event.sha256
    stored.size_bytes = event.size_bytes
    stored.content_type = event.content_type
    stored.stored_at = entry.at
    state.put(rows.FILES, stored.id, stored)


@fold(e.FileRemoved)
def _file_removed(state: State, event: e.FileRemoved, entry: e.Entry) -> None:
    stored = state.file(event.file_id)
    assert stored is not None, "what is removed was stored"
    stored.removed_at = entry.at
    state.put(rows.FILES, stored.id, stored)


def _message(state: State, message_id: str) -> Message:
    found = state.message(message_id)
    assert found is not None, "a message is said before it is changed"
    return found
