"""The relay from an agent's side: join, say, read, listen, ask for actions."""

from __future__ import annotations

import asyncio
import contextlib
import os
from collections import OrderedDict
from collections.abc import Mapping, Sequence
from types import TracebackType
from typing import Self, Unpack

from relay_tui.client.errors import RelayClientError
from relay_tui.client.http import DEADLINE, Http, new_key
from relay_tui.client.inbox import Handler, Inbox
from relay_tui.client.link import NO_DELIVERIES, RECEIPTS, NodeLink
from relay_tui.client.talk import Talk, part
from relay_tui.client.types import Content, InvocationResult, Json, Message, invocation_result, message
from relay_tui.client.watching import Watching

_EARLY = 200
"""Outcomes kept that arrived before anybody waited for them."""


class RelayClient(Talk, Watching):
    """One agent's way to the relay. Use it in one event loop, and `aclose` it, or use it in `async with`.

    Every write names itself, and is repeated over a lost connection for up to `deadline` seconds: a relay that dies
    and comes back on the same address loses and doubles nothing. Errors are `RelayClientError`.
    """

    def __init__(self, url: str, token: str, *, name: str = "", deadline: float = DEADLINE) -> None:
        self.name = name
        """Empty until the relay has said it, when it was not given."""
        self._http = Http(url, token, deadline=deadline)
        self._inbox: Inbox | None = None
        self._handling: asyncio.Task[None] | None = None
        self._link: NodeLink | None = None
        self._linking: asyncio.Task[None] | None = None
        self._waiting: dict[str, tuple[str, asyncio.Future[InvocationResult]]] = {}
        self._early: OrderedDict[str, InvocationResult] = OrderedDict()
        self.deliveries = ""
        """`socket`: messages come to the handler; `host`: the relay types them into this program's terminal."""

    @classmethod
    def from_env(cls, env: Mapping[str, str] = os.environ, *, deadline: float = DEADLINE) -> Self:
        """From `RELAY_BASE_URL`, `RELAY_AGENT_TOKEN` and, optional, `RELAY_AGENT_NAME`."""
        missing = [name for name in ("RELAY_BASE_URL", "RELAY_AGENT_TOKEN") if not env.get(name)]
        if missing:
            raise RelayClientError("not_configured", f"{' and '.join(missing)} must be set in the environment.")
        name = env.get("RELAY_AGENT_NAME", "")
        return cls(env["RELAY_BASE_URL"], env["RELAY_AGENT_TOKEN"], name=name, deadline=deadline)

    @classmethod
    async def join(
        cls,
        url: str,
        workspace_key: str,
        name: str,
        *,
        token: str | None = None,
        persona: str = "",
        metadata: Json | None = None,
        deadline: float = DEADLINE,
    ) -> Self:
        """Register the agent `name`. When it exists already, `token` (its own, from before) is used."""
        registrar = Http(url, workspace_key, deadline=deadline)
        body: Json = {"name": name, "type": "agent", "persona": persona, "metadata": metadata or {}}
        try:
            token = (await registrar.write("POST", "/v1/agents", body))["token"]
        except RelayClientError as exc:
            if exc.code not in ("agent_already_exists", "name_conflict") or token is None:
                raise
        finally:
            await registrar.aclose()
        assert token is not None
        client = cls(url, token, name=name, deadline=deadline)
        return client

    @property
    def token(self) -> str:
        return self._http.token

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, exc: BaseException | None, trace: TracebackType | None
    ) -> None:
        await self.aclose()

    async def aclose(self) -> None:
        """Close the socket and end the handler. What was not handled stays due, and comes with the next connection."""
        for task in (self._linking, self._handling):
            if task is not None:
                task.cancel()
                with contextlib.suppress(asyncio.CancelledError, RelayClientError):
                    await task
        for _, future in self._waiting.values():
            future.cancel()
        await self._http.aclose()

    # Saying and reading

    async def me(self) -> Json:
        """This agent as the relay has it."""
        return await self._http.get("/v1/agent")

    async def send(
        self, to: str, text: str, *, mode: str = "wait", key: str | None = None, **content: Unpack[Content]
    ) -> Message:
        """Say `text` to `#channel` or `@agent`; returns once it is stored. `mode`: `wait` (until idle) or `steer`."""
        if to.startswith("@"):
            return await self.dm(to, text, mode=mode, key=key, **content)
        return await self._post(f"/v1/channels/{part(to)}/messages", text, mode, key, content)

    async def reply(
        self, message_id: str, text: str, *, mode: str = "wait", key: str | None = None, **content: Unpack[Content]
    ) -> Message:
        """Answer in the thread of a message."""
        return await self._post(f"/v1/messages/{part(message_id)}/replies", text, mode, key, content)

    async def dm(
        self, to: str, text: str, *, mode: str = "wait", key: str | None = None, **content: Unpack[Content]
    ) -> Message:
        body: Json = {"to": to, "text": text, "mode": mode, **content}
        return message(await self._http.write("POST", "/v1/dm", body, key=key))

    async def say_in(
        self,
        conversation_id: str,
        text: str,
        *,
        mode: str = "wait",
        key: str | None = None,
        **content: Unpack[Content],
    ) -> Message:
        """Into a conversation of two or several that this agent is in."""
        return await self._post(f"/v1/dm/{part(conversation_id)}/messages", text, mode, key, content)

    async def open_group(self, participants: Sequence[str], name: str = "", *, key: str | None = None) -> str:
        """A conversation with at least two others; returns its id."""
        body = {"participants": list(participants), "name": name}
        return (await self._http.write("POST", "/v1/dm/group", body, key=key))["id"]

    async def inbox(self, limit: int = 50) -> Json:
        """Unread channels, threads and conversations, mentions, reactions, replies owed. Looking marks nothing."""
        return await self._http.get("/v1/inbox", limit=limit)

    async def messages(
        self, channel: str, *, limit: int = 100, before: str | None = None, after: str | None = None
    ) -> list[Message]:
        """Top-level messages of a channel, oldest first: the newest `limit`, or those around a message id."""
        path = f"/v1/channels/{part(channel)}/messages"
        return [message(one) for one in await self._http.get(path, limit=limit, before=before, after=after)]

    async def thread(self, message_id: str) -> list[Message]:
        """The message and its replies, oldest first."""
        found = await self._http.get(f"/v1/messages/{part(message_id)}/replies")
        return [message(one) for one in (found["parent"], *found["replies"])]

    async def mark_read(self, message_id: str) -> None:
        """Everything up to this message counts as read by this agent."""
        await self._http.write("POST", f"/v1/messages/{part(message_id)}/read")

    async def channels(self) -> list[Json]:
        return await self._http.get("/v1/channels")

    async def create_channel(self, name: str, topic: str = "", *, key: str | None = None) -> Json:
        return await self._http.write("POST", "/v1/channels", {"name": name, "topic": topic}, key=key)

    async def join_channel(self, name: str) -> None:
        await self._http.write("POST", f"/v1/channels/{part(name)}/join")

    async def leave_channel(self, name: str) -> None:
        await self._http.write("POST", f"/v1/channels/{part(name)}/leave")

    async def presence(self) -> dict[str, str]:
        """Status by agent name."""
        return {one["agent_name"]: one["status"] for one in await self._http.get("/v1/agents/presence")}

    async def heartbeat(self) -> None:
        await self._http.write("POST", "/v1/agents/heartbeat")

    async def disconnect(self) -> None:
        """Say goodbye: the relay counts this agent as gone until it is back."""
        await self._http.write("POST", "/v1/agents/disconnect")

    # Listening

    async def start(self, handler: Handler) -> None:
        """Hand every message for this agent to `handler`, in order, each once; returns when connected.

        A message counts as delivered when the handler has returned from it, and as failed when it raised.
        """
        if self._handling is not None:
            raise RelayClientError("already_listening", "This client has a handler already.")
        link = self._ensure_link()
        self._inbox = Inbox(lambda: self.name, handler, link.send)
        self._handling = asyncio.create_task(self._inbox.run(), name="relay message handler")
        await link.reregister()
        await self._connected()

    async def listen(self, handler: Handler) -> None:
        """`start`, and stay until `aclose`; raises when the relay says that this agent is no longer one."""
        await self.start(handler)
        assert self._linking is not None
        with contextlib.suppress(asyncio.CancelledError):
            await asyncio.shield(self._linking)

    # Actions

    async def actions(self) -> list[Json]:
        return await self._http.get("/v1/actions")

    async def invoke(
        self, action: str, input: Json | None = None, *, timeout: float | None = None, key: str | None = None
    ) -> InvocationResult:
        """Ask for an action and wait until it has ended, through policy and approval; `timeout` in seconds.

        A denial is a result, with the words that came with it, not an error.
        """
        link = self._ensure_link()
        await self._connected()
        registrations = link.registrations
        path = f"/v1/actions/{part(action)}/invoke"
        try:
            begun = await self._http.write("POST", path, {"input": input or {}}, key=key or new_key())
        except RelayClientError as exc:
            if exc.code != "action_denied":
                raise
            return InvocationResult("", action, "denied", None, exc.code, exc.message)
        result = invocation_result(begun)
        missed = link.registrations != registrations
        return result or await self._outcome(action, begun["invocation_id"], timeout, missed)

    async def _outcome(self, action: str, invocation_id: str, timeout: float | None, missed: bool) -> InvocationResult:
        """`missed`: the socket was another one when it began, so its end may have been told already."""
        if (early := self._early.pop(invocation_id, None)) is not None:
            return early
        future: asyncio.Future[InvocationResult] = asyncio.get_running_loop().create_future()
        self._waiting[invocation_id] = action, future
        try:
            async with asyncio.timeout(timeout):
                if missed:
                    await self._ask_outcome(action, invocation_id)
                return await future
        except TimeoutError as exc:
            message = f"{action} has not ended within {timeout:g} s."
            raise RelayClientError("timed_out", message, f"Its invocation is {invocation_id}.") from exc
        finally:
            del self._waiting[invocation_id]

    # The socket behind both

    def _ensure_link(self) -> NodeLink:
        if self._link is None:
            self._link = NodeLink(
                self._http,
                on_frame=self._on_frame,
                on_registered=self._on_registered,
                capabilities=lambda: (RECEIPTS,) if self._inbox else (NO_DELIVERIES,),
            )
            self._linking = asyncio.create_task(self._link.run(), name="relay socket")
        return self._link

    async def _connected(self) -> None:
        """Returns when registered; raises what ended the link."""
        assert self._link is not None
        assert self._linking is not None
        waiting = asyncio.create_task(self._link.connected.wait())
        try:
            await asyncio.wait((waiting, self._linking), return_when=asyncio.FIRST_COMPLETED)
        finally:
            waiting.cancel()
        if self._linking.done():
            await self._linking

    async def _on_registered(self, reply: Json) -> None:
        self.name = reply["agent_name"]
        self.deliveries = reply.get("deliveries", "")
        if self._inbox is not None:
            self._inbox.reconnected()
        # What ended while there was no socket was told to nobody.
        for invocation_id, (action, _) in tuple(self._waiting.items()):
            await self._ask_outcome(action, invocation_id)

    async def _ask_outcome(self, action: str, invocation_id: str) -> None:
        found = await self._http.get(f"/v1/actions/{part(action)}/invocations/{invocation_id}")
        self._tell(invocation_result(found))

    def _on_frame(self, frame: Json) -> None:
        kind = frame.get("type")
        if kind == "deliver" and frame["seq"] > 0 and self._inbox is not None:
            self._inbox.take(frame)
        elif kind == "deliver" and frame["payload"]["type"].startswith("action."):
            self._tell(invocation_result(frame["payload"]["data"]))
        elif kind in ("reply", "error") and self._inbox is not None:
            self._inbox.confirmed(str(frame.get("id")))

    def _tell(self, result: InvocationResult | None) -> None:
        if result is None:
            return
        waiting = self._waiting.get(result.invocation_id)
        if waiting is None:
            self._early[result.invocation_id] = result
            if len(self._early) > _EARLY:
                self._early.popitem(last=False)
        elif not waiting[1].done():
            waiting[1].set_result(result)

    async def _post(self, path: str, text: str, mode: str, key: str | None, content: Content) -> Message:
        body: Json = {"text": text, "mode": mode, **content}
        return message(await self._http.write("POST", path, body, key=key))
