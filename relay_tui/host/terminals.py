"""Agents in panes of our own: started, found again after a restart, ended. One tmux server a workspace, when needed."""

from __future__ import annotations

import logging
import os
import shutil
import sys
from collections.abc import Callable, Sequence
from contextlib import suppress
from pathlib import Path

from pydantic import ValidationError

from relay_tui.agents.harnesses.spec import AgentSpec
from relay_tui.agents.harnesses.terminal import HARNESS, TerminalSession, address, pane_of
from relay_tui.agents.tmux.backend import find_tmux
from relay_tui.agents.tmux.errors import LaunchFailed, TmuxError, TmuxMissing
from relay_tui.agents.tmux.launching import launched
from relay_tui.agents.tmux.panes import PaneIdentity
from relay_tui.agents.tmux.screen import Row, ScreenDecoder
from relay_tui.agents.tmux.server import TmuxServer
from relay_tui.agents.tmux.setup import is_up
from relay_tui.core import commands as c
from relay_tui.core import ids
from relay_tui.core.errors import RelayError
from relay_tui.core.model import ENDED_STATES, Agent, Caller, Session, Source, State
from relay_tui.core.relay import Relay
from relay_tui.host.adoption import Adoption
from relay_tui.host.transcripts import TranscriptWatch

logger = logging.getLogger(__name__)


class Terminals:
    def __init__(self, relay: Relay, state_dir: Path, socket_name: str, base_url: Callable[[], str]) -> None:
        self._relay = relay
        self._folder = state_dir / "transcripts"
        self._socket_name = socket_name
        self._base_url = base_url
        self._by = Caller(relay.system.agent_id, Source.HARNESS)
        self._server: TmuxServer | None = None
        self._sessions: dict[str, TerminalSession] = {}
        self._env: dict[str, dict[str, str]] = {}
        """What a spec added to the environment, by agent id: kept for a restart, never written down."""
        self._watch = TranscriptWatch(self._folder, self._transcript_changed)
        self._decoder = ScreenDecoder()
        self.adoption = Adoption(relay, socket_name, state_dir / "tmux-clients", self._panes)
        self.missing: TmuxMissing | None = None
        """Why there are no panes; None while nothing is known to be wrong."""

    async def start(self) -> None:
        """Find the programs again that run behind the agents of the log. Sessions that are gone are said to be lost."""
        self._folder.mkdir(mode=0o700, exist_ok=True)
        await self._watch.start()
        with suppress(TmuxMissing):
            self._find_tmux()
        known = await self._known()
        await self.adoption.tidy()
        await self._find_adopted([s for s in known if is_adopted(s) and s.state not in ENDED_STATES])
        known = [s for s in known if not is_adopted(s)]
        alive = [s for s in known if s.state not in ENDED_STATES]
        if not alive and not is_up(self._socket_name):
            return
        try:
            server = await self._tmux()
            panes = await server.list_ours()
        except TmuxError as error:
            # Its program may well live: it is looked for again at the next start.
            await self._say(alive, State.UNKNOWN, f"its pane cannot be looked for: {error}")
            return
        for session in alive:
            await self._find(session, panes)
        await self._end_unknown(server, panes, known)

    async def _known(self) -> list[Session]:
        """Sessions of those who are still there: of an agent that was removed nothing can be recorded any more."""
        there = {agent.id for agent in await self._relay.queries.agents()}
        found = (await self._relay.queries.sessions()).values()
        return [session for session in found if session.harness == HARNESS and session.agent_id in there]

    async def _find_adopted(self, sessions: Sequence[Session]) -> None:
        for session in sessions:
            try:
                gone = await self.adoption.find(session, self.follow)
            except TmuxError as error:
                # Its program may well live: it is looked for again at the next start.
                gone = State.UNKNOWN, f"its pane cannot be looked for: {error}"
            if gone is not None:
                await self._say([session], *gone)

    async def _find(self, session: Session, panes: Sequence[PaneIdentity]) -> None:
        """Attach the session to its program, or say that it is lost. One that fails does not keep the rest from it."""
        pane = pane_of(session.address)
        try:
            if pane is not None and any(_same(pane, found) for found in panes):
                await self._attach(session, pane, history_end=int(session.address.get("history_end", 0)))
            else:
                await self._say([session], State.LOST, "its pane was gone when the relay came back")
        except (TmuxError, ValidationError, KeyError, TypeError, ValueError) as error:
            logger.warning("agent %s cannot be followed: %s", session.agent_id, error)
            await self._say([session], State.UNKNOWN, "its program cannot be followed; the log has the reason")

    async def _end_unknown(self, server: TmuxServer, panes: Sequence[PaneIdentity], known: Sequence[Session]) -> None:
        """A program that no session names was being started when the relay was killed, or its agent was removed: nobody
        could ever reach it. What a person opened in our tmux is theirs."""
        named = [pane for session in known if (pane := pane_of(session.address)) is not None]
        ours = await launched(server)
        for pane in panes:
            if pane.pane_id in ours and not any(_same(pane, other) for other in named):
                logger.warning("ending the program in pane %s (%s): no session names it", pane.pane_id, pane.label)
                await server.kill(pane)

    async def close(self) -> None:
        """Let go: programs live on. A tmux server of ours in which nothing lives is ended."""
        await self._watch.close()
        for session in self._sessions.values():
            await session.end()
        await self.adoption.close()
        if self._server is not None:
            try:
                statuses = await self._server.statuses()
            except TmuxError:
                statuses = {}  # it is gone, perhaps just now
            if any(status.state == "alive" for status in statuses.values()):
                await self._server.close()
            else:
                await self._server.kill()

    def _panes(self) -> list[PaneIdentity]:
        """The panes of the programs that are followed and have not ended."""
        return [one.pane for one in self._sessions.values() if one.state.state not in ENDED_STATES]

    async def kill_all(self) -> None:
        """End every program and the tmux server itself."""
        for agent_id in list(self._sessions):
            await self._relay.sessions.detach(agent_id, State.EXITED, "released", "host")
        if self._server is not None:
            await self._server.kill()
            self._server = None

    # One agent

    async def launch(self, spec: AgentSpec) -> Agent:
        """Start the program; the agent is registered when its name is new. Raises `RelayError`: launch_failed,
        tmux_missing, agent_running, and what registering refuses."""
        token = ids.new_token("agent")
        agent = await self._relay.queries.agent(spec.name)
        if agent is None:
            command = c.RegisterAgent(
                name=spec.name, persona=spec.persona, metadata=dict(spec.metadata), token_hash=ids.token_hash(token)
            )
            agent = await self._relay.execute(command, self._by)
        else:
            live = self._sessions.get(agent.id)
            if live is not None and live.state.state not in ENDED_STATES:
                raise RelayError("agent_running", f"{agent.name} runs already.", "Release it first.")
            set_token = c.SetToken(agent_id=agent.id, kind="agent", token_hash=ids.token_hash(token))
            agent = await self._relay.execute(set_token, self._by)
        self._env[agent.id] = spec.env
        await self._run(agent, spec, token)
        return agent

    async def restart(self, agent_id: str) -> None:
        """Start the program of an agent again, in a new pane. Raises as `launch`."""
        session = (await self._relay.queries.sessions()).get(agent_id)
        try:
            spec = AgentSpec.model_validate(session.address["spec"] if session else {})
        except (KeyError, ValidationError) as error:
            raise RelayError("not_restartable", "That agent was not started here.", "Start it where it ran.") from error
        await self.launch(spec.model_copy(update={"env": self._env.get(agent_id, {})}))

    async def release(self, agent_id: str) -> None:
        """End the program, each step confirmed; its mail stays queued."""
        session = self._sessions.get(agent_id)
        if session is not None:
            await session.release("released by the operator")

    async def follow(self, session: TerminalSession) -> None:
        """Take a session in that stands in the log, in the place of one that was there before."""
        old = self._sessions.get(session.agent_id)
        if old is not None:
            await old.end()
        self._sessions[session.agent_id] = session
        await session.begin()
        await self._relay.sessions.attach(session)

    async def let_go(self, agent_id: str, words: str) -> None:
        """Follow an adopted agent no more: its program, its pane and its tmux stay as they are."""
        session = self._sessions.pop(agent_id, None)
        if session is not None:
            await session.end()
            await self._relay.sessions.detach(agent_id, State.EXITED, words, "host")

    def session(self, agent_id: str) -> TerminalSession | None:
        return self._sessions.get(agent_id)

    def server(self) -> TmuxServer | None:
        return self._server

    async def capture(self, agent_id: str) -> list[Row]:
        """The visible screen of an agent's pane, row by row; empty when there is none."""
        session = self._sessions.get(agent_id)
        if session is None:
            return []
        try:
            return self._decoder.decode(await session.server.capture(session.pane, escapes=True))
        except TmuxError:
            return []

    # Inside

    async def _run(self, agent: Agent, spec: AgentSpec, token: str) -> None:
        transcript = self._transcript(agent.id) if spec.writes_transcript else None
        history_end = transcript.stat().st_size if transcript and transcript.exists() else 0
        env = {
            **spec.env,
            "RELAY_BASE_URL": self._base_url(),
            "RELAY_AGENT_TOKEN": token,
            "RELAY_AGENT_NAME": agent.name,
        }
        env["PATH"] = _with_our_own(env.get("PATH") or os.environ.get("PATH", os.defpath))
        if transcript is not None:
            env["RELAY_TRANSCRIPT"] = str(transcript)
        try:
            server = await self._tmux()
            old = self._sessions.pop(agent.id, None)
            if old is not None:
                await old.end()
                if server.owns(old.pane):
                    await server.kill(old.pane)
            pane = await server.launch(agent.name, spec.argv, cwd=spec.cwd, env=env, size=spec.size)
        except TmuxMissing as error:
            raise RelayError("tmux_missing", f"{error}.", error.hint) from error
        except (LaunchFailed, TmuxError) as error:
            raise RelayError("launch_failed", f"{agent.name} was not started: {error}.", error.hint) from error
        command = c.StartSession(
            agent_id=agent.id,
            harness=HARNESS,
            address=address(spec, pane, history_end),
            state=State.STARTING,
            evidence="pane",
        )
        await self._attach(await self._relay.execute(command, self._by), pane, history_end=history_end)

    async def _attach(self, found: Session, pane: PaneIdentity, *, history_end: int) -> None:
        spec = AgentSpec.model_validate(found.address["spec"])
        session = TerminalSession(
            found.agent_id,
            found.generation,
            await self._tmux(),
            pane,
            rules=spec.rules,
            transcript=self._transcript(found.agent_id) if spec.writes_transcript else None,
            clock=self._relay.clock,
            history_end=history_end,
            fetches=spec.fetches,
        )
        await self.follow(session)

    async def _say(self, sessions: Sequence[Session], state: State, detail: str) -> None:
        """Record what is known of programs that are not followed."""
        for session in sessions:
            command = c.RecordState(
                agent_id=session.agent_id,
                generation=session.generation,
                state=state,
                evidence="pane",
                exact=state != State.UNKNOWN,
                detail=detail[:2_000],
            )
            await self._relay.execute(command, self._by)

    def _find_tmux(self) -> None:
        try:
            find_tmux()
        except TmuxMissing as error:
            self.missing = error
            raise

    async def _tmux(self) -> TmuxServer:
        """Our tmux server, brought up on first use. Raises TmuxError."""
        if self._server is not None and self._server.link.ended:
            # Somebody ended it: what ran in it is lost, and the next agent gets a new one.
            await self._server.close()
            self._server = None
        if self._server is None:
            try:
                self._server = await TmuxServer.start(self._socket_name)
            except TmuxMissing as error:
                self.missing = error
                raise
        return self._server

    def _transcript(self, agent_id: str) -> Path:
        return self._folder / f"{agent_id}.jsonl"

    async def _transcript_changed(self, path: Path) -> None:
        session = self._sessions.get(path.stem)
        if session is not None:
            await session.transcript_changed()


def is_adopted(session: Session) -> bool:
    """Whether its program ran before it was taken in, in a tmux that is not ours."""
    return "adopted" in session.address


def _with_our_own(path: str) -> str:
    """A search path on which an agent finds `relay-tui`, which a doorbell tells it to use."""
    ours = str(Path(sys.executable).parent)
    found = shutil.which("relay-tui", path=path) or ours in path.split(os.pathsep)
    return path if found else f"{path}{os.pathsep}{ours}"


def _same(pane: PaneIdentity, found: PaneIdentity) -> bool:
    """The same program in the same pane of the same life of the server."""
    return (pane.server_pid, pane.server_start, pane.pane_id, pane.pane_pid) == (
        found.server_pid,
        found.server_start,
        found.pane_id,
        found.pane_pid,
    )
