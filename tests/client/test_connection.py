"""What a connection makes of whatever another side sends, over real sockets."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager

import pytest

from relay_tui.client import connection
from relay_tui.client.connection import Connections

Play = Callable[[asyncio.StreamReader, asyncio.StreamWriter], Awaitable[None]]
OK = b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nhi"


class Other:
    """A server that plays one part on each connection, and keeps what it was sent."""

    def __init__(self, play: Play) -> None:
        self._play = play
        self.connections = 0
        self.closed = asyncio.Event()
        self.url = ""

    async def __call__(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self.connections += 1
        try:
            await self._play(reader, writer)
        finally:
            self.closed.set()
            writer.close()


@asynccontextmanager
async def playing(play: Play) -> AsyncIterator[tuple[Other, Connections]]:
    other = Other(play)
    server = await asyncio.start_server(other, "127.0.0.1", 0)
    port = server.sockets[0].getsockname()[1]
    connections = Connections(f"http://127.0.0.1:{port}/below/")
    try:
        async with asyncio.timeout(10):
            yield other, connections
    finally:
        await connections.aclose()
        server.close()


async def asked(reader: asyncio.StreamReader) -> tuple[list[str], bytes]:
    """The lines and the body of one request."""
    head = (await reader.readuntil(b"\r\n\r\n")).decode("ascii").split("\r\n")[:-2]
    length = next(int(line.partition(": ")[2]) for line in head if line.startswith("Content-Length"))
    return head, await reader.readexactly(length)


async def answering(reader: asyncio.StreamReader, writer: asyncio.StreamWriter, answer: bytes = OK) -> None:
    """The same answer to every request, until the other side has enough."""
    while True:
        try:
            await asked(reader)
        except asyncio.IncompleteReadError:
            return
        writer.write(answer)


def saying(answer: bytes) -> Play:
    return lambda reader, writer: answering(reader, writer, answer)


async def test_one_after_the_other_goes_over_one_connection() -> None:
    async with playing(answering) as (other, connections):
        for _ in range(3):
            answer = await connections.ask("GET", "/x", {})
            assert (answer.status, answer.body) == (200, b"hi")
        assert other.connections == 1


async def test_several_at_once_go_over_as_many_and_never_more_than_allowed(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(connection, "AT_ONCE", 3)
    async with playing(answering) as (other, connections):
        await asyncio.gather(*(connections.ask("GET", "/x", {}) for _ in range(12)))
        assert other.connections == 3


async def test_the_request_is_what_was_asked_for() -> None:
    heard: list[tuple[list[str], bytes]] = []

    async def play(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        heard.append(await asked(reader))
        writer.write(OK)

    async with playing(play) as (_, connections):
        await connections.ask("POST", "/v1/x?y=1", {"Authorization": "Bearer t"}, b"body")
        (first, host, *rest), body = heard[0]
        assert first == "POST /below/v1/x?y=1 HTTP/1.1"
        assert host.startswith("Host: 127.0.0.1:")
        assert rest == ["Authorization: Bearer t", "Content-Length: 4"]
        assert body == b"body"


async def test_a_long_body_arrives_whole() -> None:
    heard: list[bytes] = []

    async def play(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        heard.append((await asked(reader))[1])
        writer.write(OK)

    body = bytes(range(256)) * 12_000
    async with playing(play) as (_, connections):
        await connections.ask("PUT", "/x", {}, body)
        assert heard == [body]


@pytest.mark.parametrize(
    "answer",
    [
        b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n1\r\nh\r\n1\r\ni\r\n0\r\n\r\n",
        b"HTTP/1.1 100 Continue\r\n\r\n" + OK,
        b"HTTP/1.1 200 OK\r\nConnection: close\r\nContent-Length: 2\r\n\r\nhi",
    ],
)
async def test_an_answer_may_come_in_any_form(answer: bytes) -> None:
    async with playing(saying(answer)) as (other, connections):
        for n in range(2):
            assert (await connections.ask("GET", "/x", {})).body == b"hi"
            assert other.connections == (n + 1 if b"close" in answer else 1)


async def test_an_answer_without_a_body_leaves_the_connection_usable() -> None:
    async with playing(saying(b"HTTP/1.1 204 No Content\r\n\r\n")) as (other, connections):
        for _ in range(2):
            assert (await connections.ask("DELETE", "/x", {})).status == 204
        assert other.connections == 1


@pytest.mark.parametrize("answer", [b"", b"HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\nhalf", b"220 smtp.example\r\n"])
async def test_half_an_answer_or_none_is_an_error_and_the_connection_is_given_up(answer: bytes) -> None:
    async def play(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await asked(reader)
        writer.write(answer)

    async with playing(play) as (other, connections):
        for n in range(2):
            with pytest.raises(ConnectionError):
                await connections.ask("GET", "/x", {})
            assert other.connections == n + 1


async def test_an_answer_that_does_not_come_is_waited_for_no_longer_than_patience(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(connection, "PATIENCE", 0.05)

    async def play(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await asked(reader)
        await reader.read()

    async with playing(play) as (other, connections):
        with pytest.raises(TimeoutError):
            await connections.ask("GET", "/x", {})
        await other.closed.wait()


async def test_who_gives_up_on_an_answer_does_not_leave_it_to_the_next_request() -> None:
    begun = asyncio.Event()

    async def play(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        head, _ = await asked(reader)
        if "slow" in head[0]:
            begun.set()
            await reader.read()
        writer.write(OK)

    async with playing(play) as (other, connections):
        slow = asyncio.create_task(connections.ask("GET", "/slow", {}))
        await begun.wait()
        slow.cancel()
        assert (await connections.ask("GET", "/x", {})).body == b"hi"
        assert other.connections == 2


@pytest.mark.parametrize(
    ("target", "headers"), [("/x y", {}), ("/x\r\nEvil: 1", {}), ("/x", {"Authorization": "a\r\nEvil: 1"}), ("/ü", {})]
)
async def test_nothing_breaks_out_of_its_line(target: str, headers: dict[str, str]) -> None:
    async with playing(answering) as (other, connections):
        with pytest.raises(ValueError, match="visible ASCII"):
            await connections.ask("GET", target, headers)
        assert other.connections == 0


@pytest.mark.parametrize("url", ["", "127.0.0.1:80", "ftp://x", "http://", "http://x:port"])
def test_what_is_no_address_is_refused(url: str) -> None:
    with pytest.raises(ValueError, match=r"address|[Pp]ort"):
        Connections(url)
