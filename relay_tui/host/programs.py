"""Starting and ending programs by name and command line: what the deck's form and `relay-tui agent` ask for."""

from __future__ import annotations

import asyncio
import os
import re
import shutil
from collections.abc import Awaitable, Callable, Generator, Sequence
from contextlib import contextmanager
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING

from relay_tui.core.commands import AGENT_NAME, RecordState, RegisterAgent
from relay_tui.core.errors import RelayError
from relay_tui.core.model import ENDED_STATES, Agent, Caller, Json, Session, Source, State
from relay_tui.core.relay import Relay

if TYPE_CHECKING:
    from relay_tui.host.adoption import Candidate
    from relay_tui.host.terminals import Terminals


PATIENCE = 5.0
"""Seconds after the last step of ending a program within which its end must be seen."""

LET_GO = "released by the operator; its program goes on in its pane"
RELEASED = "released by the operator"
"""Begins with the word by which the deck knows that nobody has to look."""


class Programs:
    """`terminals`: gives them once those that run already have been found."""

    def __init__(self, relay: Relay, terminals: Callable[[], Awaitable[Terminals]]) -> None:
        self._relay = relay
        self._terminals = terminals

    async def launch(
        self, name: str, argv: Sequence[str], cwd: Path, *, transcript: bool = False, fetches: bool = False
    ) -> Agent:
        """Start a program in a pane of its own. Raises `RelayError`: invalid_name, name_taken, agent_running,
        launch_failed, tmux_missing. Nobody is registered for a program that cannot be there."""
        from relay_tui.agents.harnesses.spec import AgentSpec  # comes with tmux and harnesses: 20 ms

        await self._check_name(name)
        _check_program(argv, cwd)
        spec = AgentSpec(name=name, argv=list(argv), cwd=cwd, writes_transcript=transcript, fetches=fetches)
        with _as_refusal():
            return await (await self._terminals()).launch(spec)

    async def panes(self, socket: str, session: str) -> list[Json]:
        """Which panes of the user's tmux hold a program that could be taken in. Raises `RelayError`."""
        terminals = await self._terminals()
        with _as_refusal():
            return [asdict(one) for one in await terminals.adoption.candidates(socket, session)]

    async def adopt(self, name: str, *, pane: str = "", socket: str = "", session: str = "") -> Agent:
        """Take in an agent that runs in the user's tmux, without a key. `pane` empty: the one agent that there is.

        Raises `RelayError`: invalid_name, name_taken, agent_running, tmux_not_running, pane_not_found, choose_pane,
        not_adoptable.
        """
        await self._check_name(name)
        terminals = await self._terminals()
        with _as_refusal():
            one = _chosen(await terminals.adoption.candidates(socket, session), pane)
            agent = await self._relay.queries.agent(name) or await self._relay.execute(
                RegisterAgent(name=name), Caller(self._relay.system.agent_id, Source.HARNESS)
            )
            await terminals.follow(await terminals.adoption.adopt(agent, one))
        return agent

    async def place(self, agent_id: str) -> Json:
        """See `Launcher.place`. Raises `RelayError` (no_pane)."""
        session = (await self._terminals()).session(agent_id)
        if session is None:
            raise RelayError("no_pane", "There is no pane behind that agent.", "It runs elsewhere, or not at all.")
        server = session.server
        return {"pane": session.pane.to_json(), "session": server.session, "own": server.own}

    async def restart(self, agent_id: str) -> None:
        """End the program if it still runs, and start it again in a new pane. Raises as `launch`, and
        not_restartable."""
        terminals = await self._terminals()
        if await self._is_adopted(agent_id):
            sentence = "That agent was adopted: how its program is started is not known here."
            raise RelayError("not_restartable", sentence, "Start it where it ran, and adopt it again.")
        await self._end(terminals, agent_id)
        with _as_refusal():
            await terminals.restart(agent_id)

    async def release(self, agent_id: str) -> None:
        """End it; what is due to it waits. An adopted one is let go instead: its program and its pane stay.

        Raises `RelayError` (no_pane): it runs in no pane that is followed.
        """
        terminals = await self._terminals()
        if terminals.session(agent_id) is None:
            raise RelayError("no_pane", "That agent runs in no pane of this workspace.", "End it where it was started.")
        if await self._is_adopted(agent_id):
            await terminals.let_go(agent_id, LET_GO)
            return
        await self._end(terminals, agent_id)
        session = await self._session(agent_id)
        if session is not None:
            # Else it would look as if it had ended by itself, and ask for somebody.
            command = RecordState(
                agent_id=agent_id,
                generation=session.generation,
                state=State.EXITED,
                evidence="host",
                detail=RELEASED,
            )
            await self._relay.execute(command, Caller(self._relay.system.agent_id, Source.HARNESS))

    async def _is_adopted(self, agent_id: str) -> bool:
        session = await self._session(agent_id)
        return session is not None and "adopted" in session.address

    async def _session(self, agent_id: str) -> Session | None:
        return (await self._relay.queries.sessions()).get(agent_id)

    async def _end(self, terminals: Terminals, agent_id: str) -> None:
        """End its program, if one runs in a pane, and wait until that is known."""
        ended = asyncio.Event()
        unfollow = self._relay.on_commit(lambda entries: ended.set())
        try:
            with _as_refusal():
                await terminals.release(agent_id)
            async with asyncio.timeout(PATIENCE):
                while (session := await self._session(agent_id)) and session.state not in ENDED_STATES:
                    await ended.wait()
                    ended.clear()
        except TimeoutError as error:
            raise RelayError("still_running", "Its program does not end.", "Open its pane and see.") from error
        finally:
            unfollow()

    async def _check_name(self, name: str) -> None:
        if not re.fullmatch(AGENT_NAME, name):
            raise RelayError(
                "invalid_name",
                f"{name!r} is no name for an agent.",
                "Letters, digits, dots, dashes and underscores, beginning with a letter or digit; 64 at most.",
            )
        agent = await self._relay.queries.agent(name)
        if agent is None or agent.name != name:
            return
        if agent.type != "agent":
            raise RelayError("name_taken", f"{name} is not an agent's name here.", "Choose another name.")
        session = await self._session(agent.id)
        if session is not None and session.state not in ENDED_STATES:
            raise RelayError("agent_running", f"{name} runs already.", "Release it first, or choose another name.")


def _chosen(found: Sequence[Candidate], pane: str) -> Candidate:
    """The pane that was named; or, when none was, the only agent that could be taken in."""
    if pane:
        named = next((one for one in found if one.pane_id == pane), None)
        if named is None:
            sentence = f"There is no pane {pane} there."
            raise RelayError("pane_not_found", sentence, "`relay-tui agent adopt --list` shows those there are.")
        if named.refusal:
            raise RelayError("not_adoptable", f"{named.place} cannot be taken in: {named.refusal}.")
        return named
    agents = [one for one in found if one.program and not one.refusal]
    if len(agents) != 1:
        sentence = f"There {'is no agent' if not agents else f'are {len(agents)} agents'} that could be taken in."
        raise RelayError("choose_pane", sentence, "Name the pane with --pane; `agent adopt --list` shows them.")
    return agents[0]


def _check_program(argv: Sequence[str], cwd: Path) -> None:
    if not argv or not argv[0]:
        raise RelayError("launch_failed", "There is no program to start.", "Give its command.")
    if not cwd.is_dir():
        raise RelayError("launch_failed", f"There is no directory {cwd}.", "Create it, or choose another one.")
    program = argv[0] if os.sep not in argv[0] else str(cwd / argv[0])
    if shutil.which(program) is None:
        sentence = f"There is no program {argv[0]!r} on this machine."
        raise RelayError("launch_failed", sentence, "Install it, or check PATH.")


@contextmanager
def _as_refusal() -> Generator[None]:
    """What tmux could not do, as something that a person is told."""
    from relay_tui.agents.tmux.errors import TmuxError

    try:
        yield
    except TmuxError as error:
        raise RelayError("tmux", f"tmux could not do it: {error}.", error.hint) from error
