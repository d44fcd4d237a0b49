"""Reacting to what others do: following the log, and waiting for a predicate (`core/predicates/model.py`)."""

from __future__ import annotations

import asyncio
import json
import logging
from collections.abc import AsyncGenerator
from urllib.parse import urlencode

from websockets.asyncio.client import connect
from websockets.exceptions import InvalidStatus, WebSocketException

from relay_tui.client.errors import RelayClientError
from relay_tui.client.http import Http, delays
from relay_tui.client.link import MAX_FRAME
from relay_tui.client.types import Json

log = logging.getLogger(__name__)
_AT_MOST = 8.0
"""Seconds that one request waits at the relay: under the time after which a request counts as unanswered."""


class Watching:
    """Part of `RelayClient`."""

    _http: Http

    async def subscribe(
        self, when: Json | None = None, *, from_seq: int | None = None
    ) -> AsyncGenerator[list[Json], None]:
        """Entries of the log that this caller may read and `when` fits, one list per commit, in order, each once.

        `from_seq`: history from that entry on; None: from now on. Goes on by itself after a broken connection.
        """
        query = {"when": json.dumps(when)} if when is not None else {}
        # Where it begins is settled once, so that a break before the first entry misses none.
        start = from_seq if from_seq is not None else (await self._wait({"kind": "event"}, None, 0))["seq"] + 1
        waits = delays()
        while True:
            url = f"ws{self._http.base_url.removeprefix('http')}/v1/x/log?{urlencode({**query, 'from_seq': start})}"
            headers = {"Authorization": f"Bearer {self._http.token}"}
            try:
                async with connect(
                    url, additional_headers=headers, compression=None, max_size=MAX_FRAME, proxy=None
                ) as socket:
                    waits = delays()
                    async for raw in socket:
                        batch: list[Json] = json.loads(raw)
                        start = batch[-1]["seq"] + 1
                        yield batch
            except InvalidStatus as exc:
                if exc.response.status_code < 500:
                    words = f"The relay answered {exc.response.status_code}."
                    raise RelayClientError("invalid_request", words, status=exc.response.status_code) from exc
            except (WebSocketException, OSError, TimeoutError) as exc:
                log.debug("the log socket broke: %r", exc)
            await asyncio.sleep(next(waits))

    async def wait_for(self, when: Json, *, timeout: float | None = None, from_seq: int | None = None) -> Json:
        """The first happening that `when` fits: `{seq, happening}`; `happening` None: it was so already ("is").

        Nothing is missed between look and listen. `timeout`: seconds. Raises `TimeoutError`, `RelayClientError`.
        """
        loop = asyncio.get_running_loop()
        end = None if timeout is None else loop.time() + timeout
        while True:
            left = _AT_MOST if end is None else min(_AT_MOST, max(0.0, end - loop.time()))
            answer = await self._wait(when, from_seq, left)
            if answer["found"]:
                return {"seq": answer["seq"], "happening": answer["happening"]}
            from_seq = answer["seq"] + 1
            if end is not None and loop.time() >= end:
                raise TimeoutError

    async def _wait(self, when: Json, from_seq: int | None, seconds: float) -> Json:
        body: Json = {"when": when, "from_seq": from_seq, "timeout": seconds}
        return await self._http.write("POST", "/v1/x/wait", body)
