"""The node socket from the agent's side: connect, register, read; and again, with patience, whenever it breaks."""

from __future__ import annotations

import asyncio
import json
import logging
import uuid
from collections.abc import Awaitable, Callable, Sequence
from typing import Any

from websockets.asyncio.client import ClientConnection, connect
from websockets.exceptions import ConnectionClosed, InvalidStatus, WebSocketException

from relay_tui.client.errors import RelayClientError
from relay_tui.client.http import Http, delays
from relay_tui.client.types import Json

log = logging.getLogger(__name__)

RECEIPTS = "relay:receipts-v1"
NO_DELIVERIES = "relay:no-deliveries-v1"
MAX_FRAME = 16 * 1024 * 1024
REGISTER_TIMEOUT = 10.0
_REGISTER_ID = "register"


class NodeLink:
    """Keeps one registered socket open. Frames sent while there is none are dropped: their senders repeat them."""

    def __init__(
        self,
        http: Http,
        *,
        on_frame: Callable[[Json], None],
        on_registered: Callable[[Json], Awaitable[None]],
        capabilities: Callable[[], Sequence[str]],
    ) -> None:
        self._http = http
        self._on_frame = on_frame
        self._on_registered = on_registered
        self._capabilities = capabilities
        self._instance = uuid.uuid4().hex
        self._node: Json = {}
        self._outgoing: asyncio.Queue[Json] | None = None
        self._socket: ClientConnection | None = None
        self.connected = asyncio.Event()
        """Set while a registered socket is open."""
        self.registrations = 0
        """How often it has registered; another number means that events in between may have been missed."""

    async def run(self) -> None:
        """Until cancelled, or until the relay says that this agent is no longer one (`RelayClientError`)."""
        waits = delays()
        while True:
            try:
                await self._mint()
                async with connect(
                    "ws" + self._http.base_url.removeprefix("http") + "/v1/node/ws",
                    additional_headers={"Authorization": f"Bearer {self._node['token']}"},
                    compression=None,
                    max_size=MAX_FRAME,
                    proxy=None,
                    open_timeout=5,
                    close_timeout=1,
                ) as socket:
                    await self._register(socket)
                    waits = delays()
                    await self._serve(socket)
            except InvalidStatus as exc:
                if exc.response.status_code in (401, 403):
                    self._node = {}
                log.debug("the relay refused the socket: %d", exc.response.status_code)
            except RelayClientError as exc:
                if exc.status in (401, 403):
                    raise
                log.warning("not connected: %s", exc)
            except (WebSocketException, OSError, TimeoutError) as exc:
                log.debug("the socket broke: %r", exc)
            finally:
                self.connected.clear()
                self._outgoing = self._socket = None
            await asyncio.sleep(next(waits))

    def send(self, frame: Json) -> None:
        if self._outgoing is not None:
            self._outgoing.put_nowait(frame)

    async def reregister(self) -> None:
        """What this client wants has changed: register anew."""
        self.connected.clear()
        if self._socket is not None:
            await self._socket.close()

    async def _mint(self) -> None:
        if not self._node:
            self._node = await self._http.write("POST", "/v1/agent/node-token")

    async def _register(self, socket: ClientConnection) -> None:
        request = {
            "v": 1,
            "id": _REGISTER_ID,
            "type": "node.register",
            "name": self._node["node_name"],
            "node_id": self._node["node_id"],
            "provider": {"name": "relay-tui-client", "instance_id": self._instance},
            "capabilities": [{"name": name, "kind": "capacity"} for name in self._capabilities()],
            "max_agents": 1,
            "tags": [],
            "version": "1",
        }
        self._socket = socket
        await socket.send(json.dumps(request))
        async with asyncio.timeout(REGISTER_TIMEOUT):
            while True:
                frame = _frame(await socket.recv())
                if frame.get("id") == _REGISTER_ID:
                    break
        if frame.get("type") != "reply":
            raise RelayClientError(
                str(frame.get("code")), str(frame.get("message")), "It is tried again until it works."
            )
        self._outgoing = asyncio.Queue()
        self.registrations += 1
        await self._on_registered({**frame["data"], "agent_name": self._node["node_name"]})
        self.connected.set()

    async def _serve(self, socket: ClientConnection) -> None:
        writer = asyncio.create_task(self._write(socket), name="relay socket writer")
        try:
            async for raw in socket:
                self._on_frame(_frame(raw))
        finally:
            writer.cancel()
            await asyncio.gather(writer, return_exceptions=True)

    async def _write(self, socket: ClientConnection) -> None:
        outgoing = self._outgoing
        assert outgoing is not None
        try:
            while True:
                await socket.send(json.dumps(await outgoing.get()))
        except ConnectionClosed:
            return


def _frame(raw: str | bytes) -> Json:
    frame: Any = json.loads(raw)
    return frame if isinstance(frame, dict) else {}
