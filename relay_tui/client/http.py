"""Requests that survive a relay that goes away: repeated until a deadline, and done once however often sent."""

from __future__ import annotations

import asyncio
import random
import uuid
from collections.abc import Callable, Iterator
from typing import Any

import httpx

from relay_tui.client.errors import RelayClientError
from relay_tui.client.types import Json
from relay_tui.core.ids import ACT_AS, OPERATOR

DEADLINE = 30.0
"""Seconds that a request is repeated while the relay cannot be reached."""
_TRY_AGAIN = frozenset({429, 502, 503, 504})


def delays(first: float = 0.05, most: float = 2.0) -> Iterator[float]:
    """Seconds to wait before each next try: doubling, with jitter so that a swarm does not come back as one."""
    delay = first
    while True:
        yield delay * random.uniform(0.5, 1.0)
        delay = min(delay * 2, most)


def new_key() -> str:
    """Names one write, so that sending it again is not doing it again."""
    return uuid.uuid4().hex


class Http:
    def __init__(self, base_url: str, token: str, *, deadline: float = DEADLINE, operator: bool = False) -> None:
        """`operator`: `token` is the workspace key, and what is done is done as the operator."""
        self.base_url = base_url.rstrip("/")
        self.token = token
        self._deadline = deadline
        self._client = httpx.AsyncClient(
            base_url=self.base_url,
            headers={"Authorization": f"Bearer {token}", **({ACT_AS: OPERATOR} if operator else {})},
            timeout=httpx.Timeout(10.0, pool=None),
            # Proxies of the environment are for the internet, not for this machine's loopback.
            trust_env=False,
        )

    async def aclose(self) -> None:
        await self._client.aclose()

    async def get(self, path: str, **params: Any) -> Any:
        """The answer's `data`."""
        given = {name: value for name, value in params.items() if value is not None}
        return await self._until_answered("GET", path, params=given)

    async def write(self, method: str, path: str, body: Json | None = None, *, key: str | None = None) -> Any:
        """The answer's `data`. `key`: the same one for what must be done once; None makes one for this call."""
        if key is not None and not (key.isascii() and key.isprintable()):
            raise RelayClientError(
                "invalid_idempotency_key",
                "An idempotency key is visible ASCII characters.",
                "Use another key.",
                status=400,
            )
        headers = {"Idempotency-Key": key or new_key()}
        return await self._until_answered(method, path, json=body or {}, headers=headers)

    async def put(self, path: str, content: bytes) -> Any:
        """Send bytes as they are; the answer's `data`."""
        return await self._until_answered("PUT", path, content=content)

    async def read(self, path: str) -> bytes:
        """An answer that is bytes and no JSON."""
        return await self._until_answered("GET", path, answer=_bytes)

    async def _until_answered(
        self, method: str, path: str, *, answer: Callable[[httpx.Response], Any] | None = None, **request: Any
    ) -> Any:
        loop = asyncio.get_running_loop()
        end = loop.time() + self._deadline
        for delay in delays():
            try:
                response = await self._client.request(method, path, **request)
            except httpx.InvalidURL as exc:
                raise RelayClientError(
                    "invalid_request", "That is too long for a name or an id.", "Check what was given.", status=400
                ) from exc
            except httpx.TransportError as exc:
                fault = RelayClientError(
                    "unreachable", f"The relay at {self.base_url} does not answer.", "Is it running?"
                )
                fault.__cause__ = exc
            else:
                if response.status_code not in _TRY_AGAIN:
                    return (answer or _data)(response)
                fault = _error(response)
            if loop.time() + delay > end:
                raise fault
            await asyncio.sleep(delay)
        raise AssertionError("delays() never ends")


def _data(response: httpx.Response) -> Any:
    if response.status_code == 204:
        return None
    if not response.is_success:
        raise _error(response)
    body = _json(response)
    if body.get("ok") is not True:
        raise _error(response)
    return body.get("data")


def _bytes(response: httpx.Response) -> bytes:
    if not response.is_success:
        raise _error(response)
    return response.content


def _error(response: httpx.Response) -> RelayClientError:
    said = _json(response).get("error")
    error: Json = said if isinstance(said, dict) else {}
    return RelayClientError(
        str(error.get("code") or "transport_error"),
        str(error.get("message") or f"The relay answered {response.status_code} and no reason."),
        str(error.get("hint") or ""),
        status=response.status_code,
    )


def _json(response: httpx.Response) -> Json:
    try:
        body = response.json()
    except ValueError:
        return {}
    return body if isinstance(body, dict) else {}
