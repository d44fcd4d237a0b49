"""The relay on a port: bound by us first, so that a taken port is a sentence, then served by uvicorn in this loop."""

from __future__ import annotations

import asyncio
import errno
import logging
import socket
from collections.abc import Callable, Collection
from typing import TYPE_CHECKING, Any

from relay_tui.core.commands import RecordState
from relay_tui.core.errors import RelayError
from relay_tui.core.model import ENDED_STATES, Caller, Source, State
from relay_tui.core.relay import Relay

if TYPE_CHECKING:
    from relay_tui.server.launcher import Launcher
    from relay_tui.server.quiet import QuietServer
    from relay_tui.server.service import Service

log = logging.getLogger(__name__)

GRACE = 3
"""Seconds that requests under way are given when the server stops."""
MAX_FRAME = 8 * 1024 * 1024
PING_EVERY = 20.0


class Server:
    """One relay's HTTP and WebSocket server. `start` it, `stop` it; a stopped one can be started again."""

    def __init__(self) -> None:
        self._service: Service | None = None
        self._uvicorn: QuietServer | None = None
        self._task: asyncio.Task[None] | None = None
        self._port = 0
        self._host = ""

    @property
    def port(self) -> int:
        """The bound port; 0 before `start`."""
        return self._port

    @property
    def url(self) -> str:
        """`http://127.0.0.1:7413`. Holds no secret."""
        host = f"[{self._host}]" if ":" in self._host else self._host
        return f"http://{host}:{self._port}"

    async def start(
        self,
        relay: Relay,
        *,
        operator: Caller | None = None,
        host: str = "127.0.0.1",
        port: int = 0,
        allowed_names: Collection[str] | None = None,
        launcher: Launcher | None = None,
        end: Callable[[], None] | None = None,
    ) -> None:
        """Returns when requests are answered. `operator`: in whose name the workspace key acts. `launcher`: who starts
        programs when that is asked for; None: nobody. `end`: ends the whole relay, see `Service.end`.

        `port` 0 takes a free one. Raises `RelayError` (`port_taken`, `address_unusable`).
        """
        listening = bind(host, port)
        self._host, self._port = listening.getsockname()[:2]
        try:
            self._uvicorn, self._service = await self._assemble(relay, operator, allowed_names)
            self._service.launcher, self._service.end = launcher, end
            await _end_stale_sessions(relay)
            self._task = asyncio.create_task(self._uvicorn.serve(sockets=[listening]), name="http server")
            await self._started()
        except BaseException:
            if self._task is None:
                listening.close()
            else:
                await self._give_up()
            raise

    async def stop(self) -> None:
        """Close every socket with 1001, let requests under way finish, free the port."""
        if self._uvicorn is None or self._task is None or self._service is None:
            return
        self._service.closing.set()
        await self._service.sockets.close()
        self._service.auth.close()
        self._uvicorn.leave()
        task = self._task
        await asyncio.wait([task])
        if not task.cancelled() and (error := task.exception()) is not None:
            log.error("the server ended badly", exc_info=error)
        self._uvicorn = self._task = self._service = None

    async def _give_up(self) -> None:
        """Nobody waits for the start any more. The socket is the server's by now, so the server closes it."""
        await self._settled()
        await self.stop()

    async def _settled(self) -> None:
        """Until requests are answered, or never will be."""
        server, task = self._uvicorn, self._task
        while server is not None and task is not None and not task.done():
            if server.started:
                return
            await asyncio.sleep(0)

    async def _assemble(
        self, relay: Relay, operator: Caller | None, allowed_names: Collection[str] | None
    ) -> tuple[QuietServer, Service]:
        await asyncio.to_thread(import_web_stack)
        import uvicorn

        from relay_tui.server.app import build_app, build_service
        from relay_tui.server.guard import LOOPBACK_NAMES
        from relay_tui.server.quiet import QuietServer, Socket

        service = build_service(relay, operator)
        config = uvicorn.Config(
            build_app(relay, service=service, allowed_names=allowed_names or LOOPBACK_NAMES),
            http="httptools",
            ws=Socket,
            ws_per_message_deflate=False,
            ws_max_size=MAX_FRAME,
            ws_ping_interval=PING_EVERY,
            ws_ping_timeout=PING_EVERY,
            lifespan="off",
            log_config=None,
            # Its lines of a lower level hold whole URLs, and those of some clients hold tokens.
            log_level="warning",
            access_log=False,
            server_header=False,
            proxy_headers=False,
            timeout_graceful_shutdown=GRACE,
        )
        config.load()
        return QuietServer(config), service

    async def _started(self) -> None:
        await self._settled()
        if self._task is not None and self._task.done():
            await self._task
            raise RelayError("server_failed", "The server ended before it began.", "Its log says why.")


def import_web_stack() -> None:
    """Starlette, uvicorn and the routes: 120 ms, so it is done in a thread and after the first paint."""
    import uvicorn.protocols.http.httptools_impl
    import uvicorn.protocols.websockets.websockets_sansio_impl  # noqa: F401

    import relay_tui.server.app
    import relay_tui.server.quiet  # noqa: F401

    logging.getLogger("uvicorn.error").addFilter(_worth_saying)


def _worth_saying(record: logging.LogRecord) -> bool:
    """A client that leaves in the middle of the handshake is no error of ours; uvicorn calls it one."""
    return "without completing handshake" not in record.getMessage()


def bind(host: str, port: int) -> socket.socket:
    """A listening socket; raises `RelayError` when the port is taken or the address is not ours."""
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    # Named as TCP: asyncio turns Nagle off only for those, and an answer of two writes would take 40 ms.
    listening = socket.socket(family, socket.SOCK_STREAM, socket.IPPROTO_TCP)
    try:
        listening.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        listening.bind((host, port))
        listening.listen(2048)
    except (OSError, OverflowError) as exc:
        listening.close()
        if isinstance(exc, OSError) and exc.errno == errno.EADDRINUSE:
            raise RelayError(
                "port_taken",
                f"Port {port} on {host} is taken by another program.",
                "Stop that program, or choose another port with --port.",
            ) from exc
        raise RelayError(
            "address_unusable", f"{host} port {port} cannot be listened on: {_reason(exc)}.", "Choose another one."
        ) from exc
    listening.setblocking(False)
    return listening


def _reason(exc: Any) -> str:
    return getattr(exc, "strerror", None) or str(exc)


async def _end_stale_sessions(relay: Relay) -> None:
    """Sockets do not outlive the relay: what an earlier run left as connected is lost until it is back."""
    caller = Caller(relay.system.agent_id, Source.HARNESS)
    for session in (await relay.queries.sessions()).values():
        if session.harness != "callback" or session.state in ENDED_STATES:
            continue
        command = RecordState(
            agent_id=session.agent_id,
            generation=session.generation,
            state=State.LOST,
            evidence="socket",
            detail="not reconnected since the relay started",
        )
        try:
            await relay.execute(command, caller)
        except RelayError as exc:
            log.info("session of agent %s not ended: %s", session.agent_id, exc)
