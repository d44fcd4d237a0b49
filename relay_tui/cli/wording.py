"""The wire's answers as lines for a person. Nothing here is made safe to print: `relay_at` does that, line by line."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime
from typing import Any

from relay_tui.core.text import preview

Json = dict[str, Any]
WIDTH = 100
"""Cells of a message that is shown on one line."""
NOTHING = "Nothing."


def done(answer: Json) -> Iterator[str]:
    """A thing that was done, by its fields."""
    yield "  ".join(
        f"{name.removesuffix('_id')} {_plain(value)}"
        for name, value in answer.items()
        # Whoever asked for it did not give this id, and can do nothing with it.
        if value is not None and name != "agent_id"
    )


def sent(answer: Json) -> Iterator[str]:
    where = answer.get("channel_name") or answer.get("to") or answer.get("conversation_id") or ""
    yield f"{answer['id']}  stored  → {where}"
    for row in answer.get("deliveries", ()):
        why = row["how"] if row["there"] else row["reason"] or row["how"]
        yield f"  {row['agent_name']}  {row['state']}  {why}".rstrip()


def messages(answer: list[Json]) -> Iterator[str]:
    """Whole messages, oldest first."""
    from relay_tui.core.content import described  # 60 ms
    from relay_tui.tui.words.enclosed import block_rows

    for one in answer:
        name = one.get("agent_name") or one["message"]["agent_name"]
        notes = [f"{one['reply_count']} in thread"] if one.get("reply_count") else []
        notes += [f"{found['emoji']} {found['count']}" for found in one.get("reactions", ())]
        notes += [word for word in ("edited", "deleted") if one.get(f"{word}_at")]
        yield "  ".join([one["id"], time(one["created_at"]), name, *notes])
        for line in one["text"].splitlines():
            yield f"    {line}"
        for row in block_rows(one.get("blocks")):
            yield f"    | {row.text}{f': {row.value}' if row.value else ''}"
        for part in one.get("attachments") or one.get("message", {}).get("attachments", ()):
            first, *more = described(part).splitlines()
            yield f"    + {first}"
            yield from (f"      {line}" for line in more)
    if not answer:
        yield NOTHING


def lines(answer: list[Json]) -> Iterator[str]:
    """Messages of anywhere, one line each."""
    for one in answer:
        where = f"#{one['channel_name']}" if one.get("channel_name") else "direct"
        yield f"{one['id']}  {time(one['created_at'])}  {where}  {one['agent_name']}  {preview(one['text'], WIDTH)}"
    if not answer:
        yield NOTHING


def inbox(answer: Json) -> Iterator[str]:
    for one in answer["unread_channels"]:
        yield f"#{one['channel_name']}  {one['unread_count']} unread"
    for one in answer["unread_dms"]:
        last = one["last_message"] or {"text": ""}
        said = preview(last["text"], WIDTH)
        yield f"{one['conversation_id']}  direct  {one['from']}  {one['unread_count']} unread  {said}"
    for one in answer["mentions"]:
        yield f"{one['id']}  mention  {one['agent_name']}  {preview(one['text'], WIDTH)}"
    for one in answer["unread_threads"]:
        yield f"{one['root_id']}  thread  {one['unread_count']} unread  last by {one['last_reply_by'] or '-'}"
    for one in answer["recent_reactions"]:
        yield f"{one['message_id']}  reaction  {one['emoji']}  {one['agent_name']}"
    for one in answer["expected_replies"]:
        by = f"  by {time(one['reply_by'])}" if one["reply_by"] else ""
        yield f"{one['message_id']}  waits for your reply{by}"
    if not any(answer.values()):
        yield NOTHING


def threads(answer: list[Json]) -> Iterator[str]:
    for one in answer:
        last = f"last by {one['last_reply_by']}" if one["last_reply_by"] else ""
        yield f"{one['root_id']}  {one['unread_count']} unread of {one['reply_count']}  {last}".rstrip()
    if not answer:
        yield NOTHING


def expected(answer: list[Json]) -> Iterator[str]:
    for one in answer:
        by = f"by {time(one['reply_by'])}" if one["reply_by"] else "no deadline"
        late = "  OVERDUE" if one["overdue"] else ""
        yield f"{one['message_id']}  {one['from']} waits for {', '.join(one['waiting_on']) or 'anybody'}  {by}{late}"
    if not answer:
        yield NOTHING


def versions(answer: list[Json]) -> Iterator[str]:
    for one in answer:
        yield f"{time(one['at'])} to {time(one['until'])}  {one['by']}"
        for line in one["text"].splitlines():
            yield f"    {line}"
    if not answer:
        yield "It was never edited."


def readers(answer: list[Json]) -> Iterator[str]:
    yield from (one["agent_name"] for one in answer)
    if not answer:
        yield "Nobody has read it."


def conversations(answer: list[Json]) -> Iterator[str]:
    for one in answer:
        last = one["last_message"] or {"text": ""}
        called = f"  {one['name']!r}" if one["name"] else ""
        unread = f"  {one['unread_count']} unread" if one["unread_count"] else ""
        yield f"{one['id']}{called}  {', '.join(one['participants'])}{unread}  {preview(last['text'], WIDTH)}".rstrip()
    if not answer:
        yield NOTHING


def scheduled(answer: Json | list[Json]) -> Iterator[str]:
    rows = answer if isinstance(answer, list) else [answer]
    for one in rows:
        when = [time(one["at"])] if one["at"] else []
        when += [f"when {one['when_idle']} is idle"] if one["when_idle"] else []
        where = one["to"] or f"in reply to {one['reply_to']}"
        said = one["reason"] or preview(one["text"], WIDTH)
        yield f"{one['id']}  {one['status']}  {', '.join(when)}  → {where}  {said}"
    if not rows:
        yield NOTHING


def channels(answer: Json | list[Json]) -> Iterator[str]:
    rows = answer if isinstance(answer, list) else [answer]
    for one in rows:
        archived = "  archived" if one["is_archived"] else ""
        count = one["member_count"]
        members = f"{count} {'member' if count == 1 else 'members'}"
        yield f"#{one['name']}  {members}{archived}  {preview(one['topic'] or '', WIDTH)}".rstrip()
    if not rows:
        yield NOTHING


def members(answer: Json | list[Json]) -> Iterator[str]:
    for one in answer if isinstance(answer, list) else [answer]:
        yield f"{one['agent_name']}  {one['role']}{'  muted' if one['is_muted'] else ''}"


def pins(answer: list[Json]) -> Iterator[str]:
    for one in answer:
        found = one["message"]
        yield f"{found['id']}  {found['agent_name']}  {preview(found['text'], WIDTH)}  (by {one['pinned_by']})"
    if not answer:
        yield NOTHING


def time(iso: str) -> str:
    """In this machine's time."""
    return f"{datetime.fromisoformat(iso).astimezone():%Y-%m-%d %H:%M:%S}"


def _plain(value: Any) -> str:
    return {True: "yes", False: "no"}.get(value, str(value)) if isinstance(value, bool) else str(value)
