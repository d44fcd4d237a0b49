"""Starting and stopping: ports, addresses, and what is left behind."""

from __future__ import annotations

import asyncio
import logging
import signal
import socket
import subprocess
import sys
from pathlib import Path

import httpx
import pytest
from websockets.asyncio.client import connect

from relay_tui.core.errors import RelayError
from relay_tui.core.model import State
from relay_tui.core.relay import Relay
from relay_tui.server.serve import Server

from .conftest import Running, running


async def test_a_taken_port_is_a_sentence_with_a_remedy(served: Running) -> None:
    with pytest.raises(RelayError) as refused:
        await Server().start(served.relay, port=served.server.port)
    assert refused.value.code == "port_taken"
    assert str(served.server.port) in refused.value.message
    assert refused.value.hint
    assert (await served.http.get("/health")).status_code == 200


@pytest.mark.parametrize(("host", "port"), [("192.0.2.1", 0), ("127.0.0.1", 70_000), ("no-such-host.invalid", 0)])
async def test_an_address_that_is_not_ours_is_a_sentence(served: Running, host: str, port: int) -> None:
    with pytest.raises(RelayError) as refused:
        await Server().start(served.relay, host=host, port=port)
    assert refused.value.code == "address_unusable"


async def test_a_stopped_server_frees_its_port_and_can_start_again(served: Running) -> None:
    port = served.server.port
    await served.server.stop()
    await served.server.stop()
    with pytest.raises(httpx.ConnectError):
        await served.http.get("/health")
    await served.server.start(served.relay, operator=served.operator, port=port)
    assert (await served.http.get("/health")).status_code == 200


async def test_a_start_that_is_called_off_at_any_moment_leaves_no_port_and_no_error(
    served: Running, caplog: pytest.LogCaptureFixture
) -> None:
    port = served.server.port
    await served.server.stop()
    called_off = 0
    for turns in range(60):
        start = asyncio.create_task(served.server.start(served.relay, operator=served.operator, port=port))
        for _ in range(turns):
            await asyncio.sleep(0)
        called_off += not start.done()
        start.cancel()
        await asyncio.wait([start])
        await served.server.stop()
        with socket.socket() as same:
            same.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            same.bind(("127.0.0.1", port))
            same.listen()
    assert called_off
    assert not caplog.records


async def test_signal_handlers_are_left_alone(tmp_path: Path) -> None:
    before = [signal.getsignal(number) for number in (signal.SIGINT, signal.SIGTERM)]
    async with running(tmp_path / "state"):
        assert [signal.getsignal(number) for number in (signal.SIGINT, signal.SIGTERM)] == before


async def test_what_an_earlier_run_left_connected_is_lost_after_a_start(tmp_path: Path) -> None:
    async with running(tmp_path / "state") as first:
        await first.agent("bob")
        async with first.socket("bob") as bob:
            agent_id = (await first.data("GET", "/v1/agent", token="bob"))["id"]
            live = first.relay.sessions.get(agent_id)
            assert live is not None
            # As a kill leaves it: the log says ready, and nobody is there.
            await first.relay.sessions._let_go(agent_id)
            bob.ws.transport.abort()
    async with running(tmp_path / "state") as second:
        (session,) = (await second.relay.queries.sessions()).values()
        assert session.state == State.LOST


async def test_no_token_is_logged(pair: Running, caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.INFO)
    token = (await pair.data("POST", "/v1/agent/node-token", token="bob"))["token"]
    async with connect(f"{pair.server.url.replace('http', 'ws')}/v1/node/ws?token={token}"):
        pass
    for secret in (token, pair.key, *pair.tokens.values()):
        assert secret not in caplog.text


async def test_a_request_that_fails_inside_is_a_500_in_the_envelope(
    pair: Running, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def broken() -> None:
        raise ZeroDivisionError("secret detail")

    monkeypatch.setattr(pair.relay.queries, "actions", broken)
    response = await pair.call("GET", "/v1/actions", token="alice")
    assert response.status_code == 500
    assert response.json()["error"]["code"] == "internal_error"
    assert "secret detail" not in response.text


async def test_half_a_request_and_then_nothing_harms_nobody(pair: Running) -> None:
    with socket.create_connection(("127.0.0.1", pair.server.port)) as raw:
        raw.sendall(b"POST /v1/agents HTTP/1.1\r\nHost: localhost\r\nContent-Length: 100\r\n\r\n{")
    with socket.create_connection(("127.0.0.1", pair.server.port)) as raw:
        raw.sendall(b"\x16\x03\x01 not http at all \xff\xfe\r\n\r\n")
    assert (await pair.http.get("/health")).status_code == 200


def test_importing_the_server_module_loads_no_web_stack() -> None:
    code = (
        "import sys, relay_tui.server.serve; "
        "assert not {'starlette', 'uvicorn', 'httptools', 'aiohttp', 'textual'} & set(sys.modules), sys.modules.keys()"
    )
    subprocess.run([sys.executable, "-c", code], check=True)


async def test_a_relay_without_an_operator_is_served_in_the_systems_name(tmp_path: Path) -> None:
    async with Relay.open(tmp_path / "state") as relay:
        server = Server()
        await server.start(relay)
        try:
            assert server.url == f"http://127.0.0.1:{server.port}"
        finally:
            await server.stop()
