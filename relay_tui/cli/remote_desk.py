"""The mail desk of a relay that runs, over its socket: the same questions, the same answers."""

from __future__ import annotations

from collections.abc import AsyncGenerator, Collection
from contextlib import asynccontextmanager
from typing import Any

from relay_tui.client.http import Http
from relay_tui.client.talk import part
from relay_tui.core.delivery.stopping import PARTS


class RemoteDesk:
    def __init__(self, http: Http) -> None:
        self._http = http

    @classmethod
    @asynccontextmanager
    async def open(cls, url: str, key: str, deadline: float) -> AsyncGenerator[RemoteDesk, None]:
        """`deadline`: seconds that each question is repeated while nobody answers."""
        http = Http(url, key, deadline=deadline)
        try:
            yield cls(http)
        finally:
            await http.aclose()

    async def deliveries(
        self,
        *,
        agent: str = "",
        word: str = "",
        faults: bool = False,
        every: bool = False,
        channel: str = "",
        sender: str = "",
        before: str = "",
        limit: int = 200,
    ) -> Any:
        texts = {"agent": agent, "state": word, "channel": channel, "from": sender, "before": before}
        flags = {"faults": faults, "all": every}
        given = {name: value for name, value in texts.items() if value}
        return await self._http.get(
            "/v1/x/deliveries", **given, **{name: "true" for name, on in flags.items() if on}, limit=limit
        )

    async def dead(self, limit: int = 200) -> Any:
        return await self._http.get("/v1/x/deliveries", dead="true", limit=limit)

    async def why(self, message_id: str, agent: str = "") -> Any:
        return await self._http.get(f"/v1/x/why/{part(message_id)}", agent=agent or None)

    async def hold(self, agent: str = "", reason: str = "") -> Any:
        return await self._http.write("POST", "/v1/x/hold", {"agent": agent, "reason": reason})

    async def flush(self, agent: str = "") -> Any:
        return await self._http.write("POST", "/v1/x/flush", {"agent": agent})

    async def stop(self, reason: str = "", only: Collection[str] = PARTS) -> Any:
        return await self._http.write("POST", "/v1/x/stop", {"reason": reason, "only": list(only)})

    async def resume(self, agent: str = "", only: Collection[str] = PARTS) -> Any:
        return await self._http.write("POST", "/v1/x/resume", {"agent": agent, "only": list(only)})

    async def standing(self) -> Any:
        return await self._http.get("/v1/x/stop")

    async def retry(self, message_id: str, agent: str) -> Any:
        return await self._http.write("POST", "/v1/x/dead/retry", {"message": message_id, "agent": agent})

    async def redirect(self, message_id: str, agent: str, to: str) -> Any:
        body = {"message": message_id, "agent": agent, "to": to}
        return await self._http.write("POST", "/v1/x/dead/redirect", body)

    async def drop(self, message_id: str, agent: str, reason: str = "") -> Any:
        body = {"message": message_id, "agent": agent, "reason": reason}
        return await self._http.write("POST", "/v1/x/dead/drop", body)
