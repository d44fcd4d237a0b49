"""Taking in agents that already run in the user's tmux, and finding them again. Nothing there is changed or ended."""

from __future__ import annotations

import asyncio
import logging
import os
import re
import stat
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from relay_tui.agents.harnesses.adopted import Adopted, AdoptedSession, address, adopted_of
from relay_tui.agents.harnesses.terminal import HARNESS, pane_of
from relay_tui.agents.tmux import foreground
from relay_tui.agents.tmux.backend import LibtmuxBackend, socket_path
from relay_tui.agents.tmux.clients import end_noted
from relay_tui.agents.tmux.errors import TmuxError, TmuxGone
from relay_tui.agents.tmux.foreground import SHELLS
from relay_tui.agents.tmux.panes import PaneIdentity, PaneStatus
from relay_tui.agents.tmux.server import TmuxServer
from relay_tui.agents.tmux.setup import is_up
from relay_tui.core import commands as c
from relay_tui.core.errors import RelayError
from relay_tui.core.model import Agent, Caller, Session, Source, State
from relay_tui.core.relay import Relay

logger = logging.getLogger(__name__)

DEFAULT_SOCKET = "default"
"""The socket that `tmux` without `-L` uses."""
_LISTED = "#{pane_id}|#{window_id}|#{pane_pid}|#{pane_dead}|#{session_name}|#{window_index}|#{pane_index}"
_FREE = "|#{s/[|]/¦/:pane_current_command}|#{s/[|]/¦/:pane_current_path}|#{s/[|]/¦/:pane_title}"


@dataclass(slots=True, frozen=True)
class Candidate:
    """A pane in which a program stands that could be taken in, or the reason why it cannot."""

    socket: str
    """Path of the tmux server's socket."""
    session: str
    pane_id: str
    place: str
    """As a person finds it: `work:1.0`."""
    command: str
    program: str
    """One of `foreground.AGENT_PROGRAMS`, or empty: any other."""
    shell: str
    """The shell behind it; empty: none."""
    cwd: str
    title: str
    pane_pid: int
    refusal: str = ""
    """Why it cannot be taken in; empty: it can."""


class Adoption:
    """Holds a connection for each session of the user's tmux in which an agent was taken in."""

    def __init__(self, relay: Relay, own_socket: str, notes: Path, taken: Callable[[], Sequence[PaneIdentity]]) -> None:
        """`own_socket`: name of the server that is ours. `notes`: a folder for what must be tidied up after a crash.
        `taken`: the panes of those that are followed now."""
        self._notes = notes
        self._relay = relay
        self._own_socket = str(socket_path(own_socket))
        self._taken = taken
        self._by = Caller(relay.system.agent_id, Source.HARNESS)
        self._servers: dict[tuple[str, str], TmuxServer] = {}
        self._connecting = asyncio.Lock()

    async def tidy(self) -> None:
        """End the clients that a relay which was killed left in the user's tmux."""
        await end_noted(self._notes)

    async def candidates(self, socket: str = "", session: str = "") -> list[Candidate]:
        """Every pane of the tmux server on `socket` (a name, or a path; empty: tmux's default), agents first.

        Raises `RelayError` (tmux_not_running, invalid_request) or TmuxError.
        """
        path = _path(socket or DEFAULT_SOCKET)
        if not await asyncio.to_thread(_ours, path):
            raise RelayError(
                "tmux_not_running",
                f"No tmux server of yours listens on {path}.",
                "Name another one with --socket; `echo $TMUX` in its pane says which.",
            )
        backend = LibtmuxBackend(path)
        try:
            lines = await backend.run("list-panes", "-a", "-F", _LISTED + _FREE)
        except TmuxGone as error:
            raise RelayError("tmux_not_running", f"No tmux server answers on {path}: {error}.") from error
        finally:
            await backend.close()
        found = [self._candidate(path, line) for line in lines]
        rows = [one for one in found if one is not None and session in ("", one.session)]
        return sorted(rows, key=lambda one: (bool(one.refusal), not one.program, one.place))

    async def adopt(self, agent: Agent, one: Candidate) -> AdoptedSession:
        """Take the program in that stands in the pane now: a session of the log. Raises `RelayError` or TmuxError."""
        server = await self._server(one.socket, one.session)
        pane = await server.find(pane_id=one.pane_id)
        status = await server.status(pane) if pane is not None else None
        if pane is None or status is None or status.state != "alive" or pane.pane_pid != one.pane_pid:
            raise RelayError("pane_not_found", f"The pane {one.pane_id} is not there any more.", "List them again.")
        adopted = _adopted(status, one)
        command = c.StartSession(
            agent_id=agent.id,
            harness=HARNESS,
            address=address(pane, adopted, status.path),
            state=State.STARTING,
            evidence="pane",
        )
        session: Session = await self._relay.execute(command, self._by)
        return AdoptedSession(agent.id, session.generation, server, pane, adopted, self._relay.clock)

    async def find(
        self, session: Session, attach: Callable[[AdoptedSession], Awaitable[None]]
    ) -> tuple[State, str] | None:
        """Follow again what an earlier run took in. Else what is to be said of it: it is gone, or not to be looked for.

        None: it was found and attached. Raises TmuxError.
        """
        adopted, pane = adopted_of(session.address), pane_of(session.address)
        if adopted is None or pane is None:
            return State.UNKNOWN, "its program cannot be followed: where it runs cannot be read"
        if not is_up(pane.socket):
            return State.LOST, "its tmux server was gone when the relay came back"
        try:
            server = await self._server(pane.socket, adopted.session)
        except TmuxError:
            # Its session may have another name by now; the pane is the same one wherever it is.
            where = await self._session_of(pane)
            if where is None:
                return State.LOST, "its pane was gone when the relay came back"
            server = await self._server(pane.socket, where)
        if (await server.status(pane)).state != "alive":
            return State.LOST, "its pane was gone when the relay came back"
        if adopted.process is not None and not foreground.lives(adopted.process):
            return State.EXITED, f"{adopted.command} had ended when the relay came back; its pane is still there"
        await attach(AdoptedSession(session.agent_id, session.generation, server, pane, adopted, self._relay.clock))
        return None

    async def close(self) -> None:
        """Let go of the user's tmux servers."""
        servers, self._servers = list(self._servers.values()), {}
        await asyncio.gather(*(server.close() for server in servers))

    async def _session_of(self, pane: PaneIdentity) -> str | None:
        backend = LibtmuxBackend(pane.socket)
        try:
            lines = await backend.run("display-message", "-p", "-t", pane.pane_id, "#{pane_pid}|#{session_name}")
        except TmuxError:
            return None
        finally:
            await backend.close()
        pid, _, session = "".join(lines).partition("|")
        return session if pid == str(pane.pane_pid) else None

    async def _server(self, socket: str, session: str) -> TmuxServer:
        async with self._connecting:
            key = (socket, session)
            server = self._servers.get(key)
            if server is not None and server.link.ended:
                await self._servers.pop(key).close()
                server = None
            if server is None:
                server = self._servers[key] = await TmuxServer.start(
                    socket, session=session, own=False, notes=self._notes
                )
            return server

    def _candidate(self, socket: str, line: str) -> Candidate | None:
        parts = line.split("|")
        if len(parts) != 10 or not parts[2].isdigit():
            return None
        pane_id, _, pid, dead, session, window, index, command, cwd, title = parts
        stands = foreground.standing(int(pid))
        front = stands.front if stands else None
        program = foreground.program_of(front.argv) if front else foreground.program_of([command])
        # Where it cannot be told what is behind a program, there may be a shell.
        behind = "a shell, perhaps" if stands is None else stands.root
        shell = "" if stands is not None and stands.root_in_front else behind
        place = f"{session}:{window}.{index}"
        one = Candidate(socket, session, pane_id, place, command, program, shell, cwd, title, int(pid))
        refusal = self._refusal(one, dead == "1" or (stands is not None and front is None), front.pid if front else 0)
        return replace(one, refusal=refusal)

    def _refusal(self, one: Candidate, dead: bool, front: int) -> str:
        if one.socket == self._own_socket:
            return "it runs in the tmux server of this workspace"
        if any((pane.pane_id, pane.pane_pid) == (one.pane_id, one.pane_pid) for pane in self._taken()):
            return "it is an agent here already"
        if dead:
            return "its program has ended"
        if front == os.getpid():
            return "that is this relay itself"
        if one.command in SHELLS:
            return f"{one.command} is in the foreground: no agent runs there"
        return ""


def _adopted(status: PaneStatus, one: Candidate) -> Adopted:
    stands = foreground.standing(status.pane_pid)
    front = stands.front if stands else None
    nothing = stands is not None and front is None
    if nothing or status.command in SHELLS:
        sentence = (
            f"{'nothing' if nothing else status.command} is in the foreground of {one.place}: no agent runs there."
        )
        raise RelayError("not_adoptable", sentence, "Start the agent there first.")
    return Adopted(
        session=one.session,
        program=one.program,
        command=status.command,
        pid=front.pid if front else 0,
        started=front.started if front else 0,
        shell=one.shell,
    )


def _path(socket: str) -> str:
    if not re.fullmatch(r"[^\0\n]{1,100}", socket):
        raise RelayError("invalid_request", "That is no name or path of a tmux socket.")
    if os.sep in socket and not socket.startswith(os.sep):
        raise RelayError("invalid_request", f"{socket}: must be a name or an absolute path.")
    return str(socket_path(socket))


def _ours(path: str) -> bool:
    """A socket of this user's that somebody listens on."""
    try:
        found = Path(path).stat()
    except OSError:
        return False
    return stat.S_ISSOCK(found.st_mode) and found.st_uid == os.getuid() and is_up(path)
