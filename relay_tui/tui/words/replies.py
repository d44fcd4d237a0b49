"""Replies that are asked for, as the deck says it under a message and among what is open. Pure."""

from __future__ import annotations

from collections.abc import Collection, Sequence

from relay_tui.core.model import Message
from relay_tui.core.model_talk import Expectation
from relay_tui.tui.view.deck import OpenMine
from relay_tui.tui.words.moments import moment_words
from relay_tui.tui.words.people import People
from relay_tui.tui.words.when import age


def wants_of(waiting: Sequence[tuple[Expectation, Message]], now: int) -> dict[str, tuple[str, str]]:
    """(words, role) of each message whose reply is open, by its id."""
    return {one.message_id: _wants(one, now) for one, _ in waiting}


def _wants(one: Expectation, now: int) -> tuple[str, str]:
    if one.reply_by is None:
        return "wants a reply", "muted"
    if one.reply_by < now:
        return f"no reply by {moment_words(one.reply_by, now)}", "need"
    return f"wants a reply by {moment_words(one.reply_by, now)}", "accent"


def unanswered(
    waiting: Sequence[tuple[Expectation, Message]], people: People, now: int, said: Collection[str]
) -> list[OpenMine]:
    """The operator's messages that wait for a reply, those with the nearest deadline first; `said`: are open anyway."""
    out: list[OpenMine] = []
    for one, message in waiting:
        if message.id in said:
            continue
        names = [people.name(id) for id in one.waiting_on]
        name = "anybody" if not names else names[0] if len(names) == 1 else f"{names[0]} and {len(names) - 1} more"
        overdue = one.reply_by is not None and one.reply_by < now
        if one.reply_by is None:
            word, when = "reply open", age(now - one.asked_at)
        else:
            word = "reply overdue" if overdue else "reply due in"
            when = age(abs(now - one.reply_by))
        out.append(OpenMine(message.id, name, word, when, "need" if overdue else "text"))
    return sorted(out, key=lambda row: row.role != "need")
