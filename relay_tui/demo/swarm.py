"""The swarm and its throwaway workspace: made, run, and taken down to the last process and file."""

from __future__ import annotations

import asyncio
import logging
import os
import shutil
import stat
import sys
import tempfile
import time
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path

from relay_tui.agents.harnesses.spec import AgentSpec, ScreenRules
from relay_tui.agents.tmux.errors import TmuxError
from relay_tui.core import commands as c
from relay_tui.core.errors import RelayError
from relay_tui.demo.agent import CAST_ENV, CURTAIN_ENV, SEED_ENV
from relay_tui.demo.cast import PERSONAS, Cast, role_of
from relay_tui.demo.facts import VERSION
from relay_tui.demo.faults import FAULTS_ENV
from relay_tui.demo.faults import SEED_ENV as FAULTS_SEED_ENV
from relay_tui.demo.preview import POLICY, offer_preview
from relay_tui.demo.project import write_project
from relay_tui.demo.release import RELEASE
from relay_tui.demo.revival import Revival
from relay_tui.host import Host, find_or_make
from relay_tui.host.workspace import DEMO, DEMO_STATE
from relay_tui.host.workspace import FILE as WORKSPACE_FILE

PREFIX = DEMO
PROJECT, STATE = "tagger", DEMO_STATE
STALE = 60.0
"""Seconds after which a demo's folder that nobody holds is what a killed program left."""
_RULES = Path(__file__).parent / "screen.toml"
logger = logging.getLogger(__name__)


@dataclass(slots=True, frozen=True)
class Swarm:
    """The agents of one demo, over an open host."""

    host: Host
    folder: Path
    """Holds everything of this demo; gone afterwards."""
    cast: Cast
    seed: int
    pace: float = 1.0
    """Real seconds per second of the agents' work."""
    faults: str = ""
    """Chances of what goes wrong with the agents' programs, as `demo.faults` reads them."""

    @classmethod
    @asynccontextmanager
    async def open(cls, agents: int, seed: int, *, pace: float = 1.0, faults: str = "") -> AsyncGenerator[Swarm, None]:
        """A workspace in a new temporary folder, without agents yet. At the end nothing of it is left."""
        folder = Path(tempfile.mkdtemp(prefix=PREFIX))
        try:
            write_project(folder / PROJECT)
            workspace = find_or_make(folder / PROJECT, state_home=folder / STATE)
            async with Host.open(workspace, policy=POLICY) as host:
                swarm = cls(host, folder, Cast.of(agents), seed, pace, faults)
                revival = Revival(host, swarm.curtain, pace) if faults else None
                try:
                    yield swarm
                finally:
                    if revival is not None:
                        await revival.close()
                    await swarm.end()
        finally:
            shutil.rmtree(folder, ignore_errors=True)

    @property
    def curtain(self) -> Path:
        """Once this file exists, no agent begins anything of the story."""
        return self.folder / "curtain"

    async def start(self, port: int = 0) -> None:
        """Serve, register everyone, and launch the programs. Raises `RelayError`."""
        await self.host.serve(port)
        await self.host.find_agents()
        relay = self.host.relay
        await offer_preview(relay)
        topic = f"tagger {VERSION}: the bug, the flag, the page"
        channel = await relay.execute(c.CreateChannel(name=RELEASE[1:], topic=topic), self.host.operator)
        # Everyone is a member before anyone speaks, so that nobody misses the first words.
        for name in self.cast.names:
            agent = await relay.execute(c.RegisterAgent(name=name, persona=PERSONAS[role_of(name)]))
            await relay.execute(c.JoinChannel(channel_id=channel.id, agent_id=agent.id), self.host.operator)
        first, *others = (self._spec(name) for name in self.cast.names)
        await self.host.launch(first)  # alone, because it brings the tmux server up
        await asyncio.gather(*map(self.host.launch, others))

    async def end(self) -> None:
        """End every program and their tmux server; each is gone when this returns."""
        await self.host.end_all_agents()

    def draw_curtain(self) -> None:
        """Let the story end where it stands. People are still answered."""
        self.curtain.touch()

    def _spec(self, name: str) -> AgentSpec:
        return AgentSpec(
            name=name,
            argv=[sys.executable, "-m", "relay_tui.demo.agent", name],
            cwd=self.host.workspace.path,
            env=self._environment(),
            persona=PERSONAS[role_of(name)],
            rules=ScreenRules.load(_RULES),
            writes_transcript=True,
            fetches=True,
        )

    def _environment(self) -> dict[str, str]:
        return {
            CAST_ENV: ",".join(self.cast.names),
            SEED_ENV: str(self.seed),
            CURTAIN_ENV: str(self.curtain),
            "RELAY_PACE": str(self.pace),
            **({FAULTS_ENV: self.faults, FAULTS_SEED_ENV: str(self.seed)} if self.faults else {}),
        }


async def sweep() -> None:
    """End what demos left behind whose program was killed outright: their agents, tmux servers and folders."""
    for folder in await asyncio.to_thread(_abandoned):
        try:
            async with Host.open(find_or_make(folder / PROJECT, state_home=folder / STATE)) as host:
                await host.find_agents()
                await host.end_all_agents()
        except (RelayError, TmuxError, OSError) as error:
            logger.info("%s is left alone: %s", folder.name, error)
        else:
            shutil.rmtree(folder, ignore_errors=True)


def _abandoned() -> list[Path]:
    """Folders of demos that are not just being made. Whether somebody holds one shows when it is opened."""
    found: list[Path] = []
    for folder in Path(tempfile.gettempdir()).glob(f"{PREFIX}*"):
        try:
            if _is_ours(folder) and (folder / PROJECT / WORKSPACE_FILE).exists():
                found.append(folder)
        except OSError as error:
            logger.info("%s is left alone: %s", folder.name, error)
    return found


def _is_ours(folder: Path) -> bool:
    """A folder that a demo of this user made, and not just now. Anybody can make one of that name in a shared place."""
    info = folder.lstat()
    private = stat.S_ISDIR(info.st_mode) and info.st_uid == os.getuid() and not info.st_mode & 0o077
    return private and time.time() - info.st_mtime > STALE
