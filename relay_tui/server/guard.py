"""What every request passes first: the names it was sent to and from, and the rate headers clients expect.

A page in a browser can reach loopback. It cannot forge `Host` and `Origin`, so names other than this machine's own
mean DNS rebinding or a foreign page, and are turned away before anything else is read.
"""

from __future__ import annotations

from collections.abc import Collection
from urllib.parse import urlsplit

from starlette.types import ASGIApp, Message, Receive, Scope, Send

from relay_tui.server.envelope import error

LOOPBACK_NAMES = frozenset({"localhost", "127.0.0.1", "::1"})
_RATE_HEADERS = [(b"x-ratelimit-limit", b"1000000"), (b"x-ratelimit-remaining", b"1000000")]
"""Nothing is limited on loopback; clients read the headers all the same."""


class Guard:
    def __init__(self, app: ASGIApp, allowed_names: Collection[str] = LOOPBACK_NAMES) -> None:
        self.app = app
        self.allowed_names = allowed_names

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] not in ("http", "websocket"):
            await self.app(scope, receive, send)
            return
        refusal = self._refusal(scope)
        if refusal:
            if scope["type"] == "websocket":
                await receive()
                await send({"type": "websocket.close", "code": 1008, "reason": refusal})
                return
            await error(403, "forbidden", refusal)(scope, receive, send)
            return
        if scope["type"] == "websocket":
            await self.app(scope, receive, send)
            return

        async def send_with_rate(message: Message) -> None:
            if message["type"] == "http.response.start":
                message["headers"] = [*message.get("headers", ()), *_RATE_HEADERS]
            await send(message)

        await self.app(scope, receive, send_with_rate)

    def _refusal(self, scope: Scope) -> str:
        host = origin = None
        for name, value in scope["headers"]:
            if name == b"host":
                host = value.decode("latin-1")
            elif name == b"origin":
                origin = value.decode("latin-1")
        if host is None or _host_name("//" + host) not in self.allowed_names:
            return "This relay answers to the names of this machine only."
        if origin is not None and _host_name(origin) not in self.allowed_names:
            return "This relay does not answer pages of other origins."
        return ""


def _host_name(address: str) -> str | None:
    try:
        return urlsplit(address).hostname
    except ValueError:
        return None
