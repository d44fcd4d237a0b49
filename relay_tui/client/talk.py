"""What an agent does about messages beyond saying them: marks, threads, schedules, files, search, membership."""

from __future__ import annotations

from typing import Unpack
from urllib.parse import quote

from relay_tui.client.http import Http, sendable
from relay_tui.client.types import Content, Json, Message, message


class Talk:
    """Part of `RelayClient`. Every method returns once the relay has stored it, and raises `RelayClientError`."""

    _http: Http

    # Marks

    async def react(self, message_id: str, emoji: str) -> None:
        """Also says that this agent has read the message."""
        await self._http.write("POST", f"/v1/messages/{part(message_id)}/reactions", {"emoji": emoji})

    async def unreact(self, message_id: str, emoji: str) -> None:
        await self._http.write("DELETE", f"/v1/messages/{part(message_id)}/reactions/{part(emoji)}")

    async def reactions(self, message_id: str) -> list[Json]:
        """`{emoji, count, agents}`, in the order in which they came."""
        return await self._http.get(f"/v1/messages/{part(message_id)}/reactions")

    async def readers(self, message_id: str) -> list[str]:
        """Names of who has read it."""
        found = await self._http.get(f"/v1/messages/{part(message_id)}/readers")
        return [one["agent_name"] for one in found]

    async def edit(self, message_id: str, text: str, *, blocks: list[Json] | None = None) -> Message:
        """Say it differently. Only one's own; the relay keeps every version."""
        body: Json = {"text": text, "blocks": blocks}
        return message(await self._http.write("PATCH", f"/v1/x/messages/{part(message_id)}", body))

    async def delete(self, message_id: str) -> None:
        """Only one's own. Who was not shown it yet never is."""
        await self._http.write("DELETE", f"/v1/x/messages/{part(message_id)}")

    async def history(self, message_id: str) -> list[Json]:
        """Earlier versions, oldest first: `{text, blocks, by, at, until}`."""
        return await self._http.get(f"/v1/x/messages/{part(message_id)}/history")

    async def pin(self, message_id: str) -> None:
        await self._http.write("POST", f"/v1/x/messages/{part(message_id)}/pin")

    async def unpin(self, message_id: str) -> None:
        await self._http.write("DELETE", f"/v1/x/messages/{part(message_id)}/pin")

    async def pins(self, channel: str) -> list[Json]:
        """`{message, pinned_by, pinned_at}`, newest first."""
        return await self._http.get(f"/v1/x/channels/{part(channel)}/pins")

    # What a doorbell was rung for

    async def waiting(self) -> list[Json]:
        """What waits to be read, `{id, from, to, mode, created_at}`, in the order in which to read it."""
        return await self._http.get("/v1/x/postbox")

    async def fetch(self, message_id: str) -> Json:
        """What a message says: `{id, from, to, thread_id, text, unread_before, …}`. Asking again gives the same.
        `unread_before`: ids of what its sender said before it and was not read yet."""
        return await self._http.get(f"/v1/x/postbox/{part(message_id)}")

    async def confirm(self, message_id: str) -> None:
        """What was fetched has come: its delivery is proven by this."""
        await self._http.write("POST", f"/v1/x/postbox/{part(message_id)}/read")

    # Threads and expected replies

    async def threads(self, *, all: bool = False, limit: int = 50) -> list[Json]:
        """Threads with unread replies, newest reply first; `all`: every one that this agent is in."""
        return await self._http.get("/v1/x/threads", limit=limit, all="true" if all else None)

    async def mark_thread_read(self, message_id: str) -> None:
        """The thread up to a reply, or with its root all of it, counts as read by this agent."""
        await self._http.write("POST", f"/v1/x/messages/{part(message_id)}/thread-read")

    async def expected(self, *, overdue: bool = False, owed: bool = False, limit: int = 100) -> list[Json]:
        """Replies that this agent waits for; `overdue`: past their deadline; `owed`: that wait on this agent."""
        flags = {"overdue": "true" if overdue else None, "owed": "true" if owed else None}
        return await self._http.get("/v1/x/expected", limit=limit, **flags)

    async def waive(self, message_id: str) -> None:
        """Wait for the reply no longer."""
        await self._http.write("POST", f"/v1/x/messages/{part(message_id)}/waive")

    # For later

    async def schedule(
        self,
        to: str,
        text: str,
        *,
        at: int | str | None = None,
        when_idle: str | None = None,
        mode: str = "wait",
        key: str | None = None,
        **content: Unpack[Content],
    ) -> Json:
        """Send at a time (milliseconds since 1970, or ISO 8601), once somebody is idle, or both; `id` cancels it."""
        body: Json = {"to": to, "text": text, "mode": mode, "at": at, "when_idle": when_idle, **content}
        return await self._http.write("POST", "/v1/x/scheduled", body, key=key)

    async def scheduled(self, *, all: bool = False) -> list[Json]:
        """This agent's waiting messages; `all`: also those that are sent, cancelled or failed."""
        return await self._http.get("/v1/x/scheduled", all="true" if all else None)

    async def cancel_scheduled(self, scheduled_id: str) -> Json:
        return await self._http.write("DELETE", f"/v1/x/scheduled/{part(scheduled_id)}")

    # Files

    async def upload(self, filename: str, content: bytes, *, content_type: str = "") -> str:
        """Store a file; returns its id, for `attachments`."""
        body: Json = {"filename": filename, "content_type": content_type, "size_bytes": len(content)}
        begun = await self._http.write("POST", "/v1/files/upload", body)
        path = f"/v1/files/{begun['id']}"
        await self._http.put(f"{path}/content", content)
        return (await self._http.write("POST", f"{path}/complete"))["id"]

    async def file(self, file_id: str) -> Json:
        """Name, kind, size and hash of a stored file."""
        return await self._http.get(f"/v1/files/{part(file_id)}")

    async def download(self, file_id: str) -> bytes:
        return await self._http.read(f"/v1/files/{part(file_id)}/content")

    # Finding

    async def search(self, words: str, *, limit: int = 50, before: str | None = None) -> list[Json]:
        """What a person types, filters included: `release "two words" parse* from:ada in:#release has:link -draft`."""
        return await self._http.get("/v1/search", q=words, limit=limit, before=before)

    async def activity(self, limit: int = 50) -> list[Json]:
        """The newest messages everywhere that this agent may read."""
        return await self._http.get("/v1/activity", limit=limit)

    # Membership

    async def mute(self, channel: str, muted: bool = True) -> None:
        """Be handed only what mentions this agent."""
        await self._http.write("POST", f"/v1/channels/{part(channel)}/{'mute' if muted else 'unmute'}")

    async def invite(self, channel: str, agent: str) -> None:
        await self._http.write("POST", f"/v1/channels/{part(channel)}/invite", {"agent_name": agent})

    async def set_role(self, channel: str, agent: str, role: str) -> None:
        """`owner` or `member`; only an owner can."""
        await self._http.write("PATCH", f"/v1/x/channels/{part(channel)}/members/{part(agent)}", {"role": role})

    async def remove_member(self, channel: str, agent: str) -> None:
        """Only an owner can."""
        await self._http.write("DELETE", f"/v1/x/channels/{part(channel)}/members/{part(agent)}")

    async def archive(self, channel: str, archived: bool = True) -> None:
        if archived:
            await self._http.write("DELETE", f"/v1/channels/{part(channel)}")
        else:
            await self._http.write("POST", f"/v1/x/channels/{part(channel)}/unarchive")

    async def set_topic(self, channel: str, topic: str) -> None:
        await self._http.write("PATCH", f"/v1/channels/{part(channel)}", {"topic": topic})

    async def participants(self, conversation_id: str) -> list[str]:
        """Names of who is in a conversation."""
        found = await self._http.get(f"/v1/dm/{part(conversation_id)}/participants")
        return [one["agent_name"] for one in found]

    async def add_participant(self, conversation_id: str, agent: str) -> None:
        path = f"/v1/dm/{part(conversation_id)}/participants"
        await self._http.write("POST", path, {"agent_name": agent})

    async def remove_participant(self, conversation_id: str, agent: str) -> None:
        """Oneself, or as the one who opened it anybody."""
        await self._http.write("DELETE", f"/v1/dm/{part(conversation_id)}/participants/{part(agent)}")


def part(name: str) -> str:
    """One segment of a path."""
    with sendable():
        return quote(name.removeprefix("#"), safe="")
