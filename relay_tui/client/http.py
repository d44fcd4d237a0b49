"""Requests that survive a relay that goes away: repeated until a deadline, and done once however often sent."""

from __future__ import annotations

import asyncio
import json
import random
import uuid
from collections.abc import Generator, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any
from urllib.parse import quote, urlencode

from aiohttp import ClientError, ClientSession, ClientTimeout, DummyCookieJar
from yarl import URL

from relay_tui.client.errors import RelayClientError
from relay_tui.client.types import Json
from relay_tui.core.ids import ACT_AS, OPERATOR

DEADLINE = 30.0
"""Seconds that a request is repeated while the relay cannot be reached."""
PATIENCE = 10.0
"""Seconds in which a connection has to be made, and more of an answer to come."""
LONGEST = 60_000
"""Characters of a path with its query; servers take about so many."""
_MEANT = "/?&=%:@!$'()*+,;"
"""What stands in a path for itself. The rest is escaped, besides what was already."""
_TRY_AGAIN = frozenset({429, 502, 503, 504})


@dataclass(slots=True, frozen=True)
class Answer:
    status: int
    body: bytes


def delays(first: float = 0.05, most: float = 2.0) -> Iterator[float]:
    """Seconds to wait before each next try: doubling, with jitter so that a swarm does not come back as one."""
    delay = first
    while True:
        yield delay * random.uniform(0.5, 1.0)
        delay = min(delay * 2, most)


def new_key() -> str:
    """Names one write, so that sending it again is not doing it again."""
    return uuid.uuid4().hex


@contextmanager
def sendable() -> Generator[None]:
    """What cannot be put on the wire, as half of a surrogate pair, or a number that is none, is refused in words."""
    try:
        yield
    except ValueError as error:
        raise RelayClientError("invalid_request", f"It cannot be sent: {error}.", status=400) from error


class Http:
    def __init__(self, base_url: str, token: str, *, deadline: float = DEADLINE, operator: bool = False) -> None:
        """`operator`: `token` is the workspace key, and what is done is done as the operator."""
        self.base_url = base_url.rstrip("/")
        self.token = token
        self._deadline = deadline
        self._headers = {"Authorization": f"Bearer {token}", **({ACT_AS: OPERATOR} if operator else {})}
        if not _is_address(self.base_url):
            raise RelayClientError(
                "invalid_request", f"{base_url} is not the address of a relay.", "It begins with http:// or https://."
            )
        self._session: ClientSession | None = None

    async def aclose(self) -> None:
        if self._session is not None:
            await self._session.close()

    async def get(self, path: str, **params: Any) -> Any:
        """The answer's `data`."""
        given = {name: _word(value) for name, value in params.items() if value is not None}
        with sendable():
            target = f"{path}?{urlencode(given)}" if given else path
        return _data(await self._until_answered("GET", target))

    async def write(self, method: str, path: str, body: Json | None = None, *, key: str | None = None) -> Any:
        """The answer's `data`. `key`: the same one for what must be done once; None makes one for this call."""
        if key is not None and not (key.isascii() and key.isprintable()):
            raise RelayClientError(
                "invalid_idempotency_key",
                "An idempotency key is visible ASCII characters.",
                "Use another key.",
                status=400,
            )
        headers = {"Content-Type": "application/json", "Idempotency-Key": key or new_key()}
        with sendable():
            content = json.dumps(body or {}, ensure_ascii=False, separators=(",", ":"), allow_nan=False).encode()
        return _data(await self._until_answered(method, path, headers, content))

    async def put(self, path: str, content: bytes) -> Any:
        """Send bytes as they are; the answer's `data`."""
        return _data(await self._until_answered("PUT", path, {}, content))

    async def read(self, path: str) -> bytes:
        """An answer that is bytes and no JSON."""
        answer = await self._until_answered("GET", path)
        if not _is_success(answer):
            raise _error(answer)
        return answer.body

    async def _until_answered(
        self, method: str, path: str, headers: Mapping[str, str] | None = None, content: bytes = b""
    ) -> Answer:
        with sendable():
            target = quote(path, safe=_MEANT)
        if len(target) > LONGEST:
            raise RelayClientError(
                "invalid_request", "That is too long for a name or an id.", "Check what was given.", status=400
            )
        loop = asyncio.get_running_loop()
        end = loop.time() + self._deadline
        for delay in delays():
            try:
                with sendable():
                    answer = await self._ask(method, URL(self.base_url + target, encoded=True), headers, content)
            except (ClientError, OSError) as error:
                fault = RelayClientError(
                    "unreachable", f"The relay at {self.base_url} does not answer.", "Is it running?"
                )
                fault.__cause__ = error
            else:
                if answer.status not in _TRY_AGAIN:
                    return answer
                fault = _error(answer)
            if loop.time() + delay > end:
                raise fault
            await asyncio.sleep(delay)
        raise AssertionError("delays() never ends")

    async def _ask(self, method: str, url: URL, headers: Mapping[str, str] | None, content: bytes) -> Answer:
        if self._session is None:  # it has to be made on a running loop
            patience = ClientTimeout(total=None, sock_connect=PATIENCE, sock_read=PATIENCE)
            self._session = ClientSession(headers=self._headers, timeout=patience, cookie_jar=DummyCookieJar())
        async with self._session.request(
            method, url, headers=headers, data=content or None, allow_redirects=False
        ) as response:
            return Answer(response.status, await response.read())


def _is_address(url: str) -> bool:
    try:
        parts = URL(url)
    except ValueError:
        return False
    return parts.scheme in ("http", "https") and bool(parts.host)


def _word(value: object) -> str:
    return str(value).lower() if isinstance(value, bool) else str(value)


def _is_success(answer: Answer) -> bool:
    return 200 <= answer.status < 300


def _data(answer: Answer) -> Any:
    if answer.status == 204:
        return None
    body = _json(answer)
    if not _is_success(answer) or body.get("ok") is not True:
        raise _error(answer)
    return body.get("data")


def _error(answer: Answer) -> RelayClientError:
    said = _json(answer).get("error")
    error: Json = said if isinstance(said, dict) else {}
    return RelayClientError(
        str(error.get("code") or "transport_error"),
        str(error.get("message") or f"The relay answered {answer.status} and no reason."),
        str(error.get("hint") or ""),
        status=answer.status,
    )


def _json(answer: Answer) -> Json:
    try:
        body = json.loads(answer.body)
    except ValueError:
        return {}
    return body if isinstance(body, dict) else {}
