"""Requests over connections that stay open, one at a time on each. Parsed by httptools, as the server does: 0.05 ms of
Python for a request, where a client for the whole of HTTP takes 0.7 and the relay itself answers in one."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from urllib.parse import urlsplit

import httptools

PATIENCE = 10.0
"""Seconds in which something has to move: a connection is made, more of the request taken, more of the answer come."""
AT_ONCE = 100
"""Connections; further requests wait for one of them."""
_CHUNK = 256 * 1024


@dataclass(slots=True, frozen=True)
class Answer:
    status: int
    body: bytes


class Connections:
    """To one address. Raises `OSError` (`TimeoutError`, `ConnectionError`) when there is no answer."""

    def __init__(self, base_url: str) -> None:
        """Raises `ValueError` when that is no address."""
        parts = urlsplit(base_url)
        if parts.scheme not in ("http", "https") or not parts.hostname:
            raise ValueError(f"{base_url} is not the address of a relay")
        self._tls = parts.scheme == "https"
        self._host, self._port = parts.hostname, parts.port or (443 if self._tls else 80)
        self._prefix = parts.path.rstrip("/")
        self._host_header = parts.netloc.rpartition("@")[2]
        self._open: set[_Connection] = set()
        self._idle: list[_Connection] = []
        self._turn = asyncio.Semaphore(AT_ONCE)

    async def ask(self, method: str, target: str, headers: Mapping[str, str], body: bytes = b"") -> Answer:
        """`target`: path and query, escaped. Raises `ValueError` for what would break out of its line."""
        lines = [f"{method} {self._prefix}{target} HTTP/1.1", f"Host: {self._host_header}"]
        lines += [f"{name}: {value}" for name, value in headers.items()]
        lines.append(f"Content-Length: {len(body)}")
        if " " in target or not all(line.isascii() and line.isprintable() for line in lines):
            raise ValueError("a line of the request holds what is not visible ASCII")
        head = "\r\n".join([*lines, "", ""]).encode("ascii")
        async with self._turn:
            connection = self._idle.pop() if self._idle else await self._connect()
            try:
                answer = await connection.ask(head, body)
            except BaseException:
                connection.close()
                raise
            if connection.reusable:
                self._idle.append(connection)
            else:
                connection.close()
            return answer

    async def aclose(self) -> None:
        for connection in tuple(self._open):
            connection.close()
        await asyncio.sleep(0)  # that is when they do

    async def _connect(self) -> _Connection:
        loop = asyncio.get_running_loop()
        async with asyncio.timeout(PATIENCE):
            _, connection = await loop.create_connection(
                lambda: _Connection(self._lost), self._host, self._port, ssl=self._tls or None
            )
        self._open.add(connection)
        return connection

    def _lost(self, connection: _Connection) -> None:
        self._open.discard(connection)
        if connection in self._idle:
            self._idle.remove(connection)


class _Connection(asyncio.Protocol):
    def __init__(self, lost: Callable[[_Connection], None]) -> None:
        self._lost = lost
        self._transport: asyncio.Transport | None = None
        self._parser = httptools.HttpResponseParser(self)
        self._answer: asyncio.Future[Answer] | None = None
        self._body = bytearray()
        self._limit: asyncio.Timeout | None = None
        self._room = asyncio.Event()
        self._room.set()
        self.reusable = False
        """The answer was whole, and the other side keeps the connection."""

    async def ask(self, head: bytes, body: bytes) -> Answer:
        transport = self._transport
        if transport is None or transport.is_closing():
            raise ConnectionResetError("the connection is closed")
        self.reusable = False
        self._answer = asyncio.get_running_loop().create_future()
        async with asyncio.timeout(PATIENCE) as self._limit:
            transport.write(head + body[:_CHUNK])
            for start in range(_CHUNK, len(body), _CHUNK):
                await self._room.wait()
                self._moved()
                transport.write(body[start : start + _CHUNK])
            return await self._answer

    def close(self) -> None:
        if self._transport is not None:
            self._transport.close()

    def _moved(self) -> None:
        if self._limit is not None:
            self._limit.reschedule(asyncio.get_running_loop().time() + PATIENCE)

    # What the transport tells

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        assert isinstance(transport, asyncio.Transport)
        self._transport = transport

    def connection_lost(self, exc: Exception | None) -> None:
        self._transport = None
        self._room.set()
        self._lost(self)
        self._fail(exc if isinstance(exc, OSError) else ConnectionResetError("the connection was closed"))

    def pause_writing(self) -> None:
        self._room.clear()

    def resume_writing(self) -> None:
        self._room.set()

    def data_received(self, data: bytes) -> None:
        self._moved()
        try:
            self._parser.feed_data(data)
        except httptools.HttpParserError as error:
            self._fail(ConnectionError(f"that was no HTTP: {error}"))
            self.close()

    def _fail(self, error: OSError) -> None:
        if self._answer is not None and not self._answer.done():
            self._answer.set_exception(error)

    # What the parser tells

    def on_body(self, body: bytes) -> None:
        self._body += body

    def on_message_complete(self) -> None:
        if self._parser.get_status_code() < 200:  # the answer is yet to come
            return
        body = bytes(self._body)
        self._body.clear()
        if self._answer is not None and not self._answer.done():
            self.reusable = self._parser.should_keep_alive()
            self._answer.set_result(Answer(self._parser.get_status_code(), body))
