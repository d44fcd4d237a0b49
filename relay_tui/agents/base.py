"""What an agent is, wherever it runs: an `Agent` that has an `AgentAddress`, and how one is configured and wrapped.

Every blocking method has an async twin with an `a` before its name. The twins default to running the blocking
method in a thread; a subclass that has a better way overrides the twin and derives the blocking one from it.
"""

from __future__ import annotations

import asyncio
from abc import ABC, abstractmethod
from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from pathlib import Path
from typing import Protocol, runtime_checkable


class AgentFramework(StrEnum):
    """The agent program."""

    CLAUDE_CODE = "claude_code"


class AdrVerbosity(StrEnum):
    """How much of a decision record the agent is asked to write."""

    NONE = "none"
    STANDARD = "standard"
    DETAILED = "detailed"
    EDUCATIONAL = "educational"


@dataclass(frozen=True, slots=True)
class TmuxEnvironment:
    """Where a tmux agent runs."""

    session: str = ""
    """The tmux session; empty is our own session on our own server."""
    socket_name: str = ""
    """`tmux -L` name. Empty: tmux's default server when `session` is named, else our own."""
    width: int = 120
    """Columns of a new pane, cells."""
    height: int = 40
    """Rows of a new pane, cells."""


AgentEnvironment = TmuxEnvironment


@dataclass(frozen=True, slots=True)
class IsolationConfig:
    """How an agent is kept apart, fully resolved."""

    sandbox_type: str = "none"
    token_tier: str = "standard"
    image: str | None = None
    """Container image; None is the sandbox's own default."""
    runtime: str | None = None
    """`docker` or `podman`; None is whichever is found."""


@dataclass(frozen=True, slots=True)
class AgentConfig:
    """Which program an agent is, and where it runs."""

    framework: AgentFramework = AgentFramework.CLAUDE_CODE
    model: str | None = None
    """None leaves the choice to the program."""
    adr_verbosity: AdrVerbosity = AdrVerbosity.NONE
    environment: AgentEnvironment = field(default_factory=TmuxEnvironment)
    isolation: IsolationConfig | None = None
    """None: the standard token tier and no container."""


@dataclass(frozen=True, slots=True)
class SandboxContext:
    """What a sandbox may know about the one launch that it wraps."""

    worktree_path: Path
    signal_dir: Path
    repo_path: Path
    task_id: str
    graph_name: str
    attempt_num: int = 0
    env_vars: Mapping[str, str] = field(default_factory=dict)


@runtime_checkable
class AgentFrameworkAdapter(Protocol):
    """Builds the command line of one agent program."""

    def build_command(self, config: AgentConfig, signal_dir: Path) -> str:
        """Return the shell command that starts the agent. It holds no secret: it may be shown and logged."""
        ...


@runtime_checkable
class AgentSandbox(Protocol):
    """Prepares, wraps and cleans up what an agent is kept in."""

    def setup(self, context: SandboxContext) -> None:
        """Prepare for the launch; raises RuntimeError with a sentence when it cannot."""
        ...

    def wrap_command(self, cmd: str, context: SandboxContext) -> str:
        """Return the shell command that runs `cmd` inside the sandbox."""
        ...

    def teardown(self, context: SandboxContext) -> None:
        """Remove what `setup` and the launch left; silent when nothing is left."""
        ...


class NullSandbox:
    """No sandbox: the command runs as it is, with the user's own rights."""

    def setup(self, context: SandboxContext) -> None:
        """Nothing to prepare."""

    def wrap_command(self, cmd: str, context: SandboxContext) -> str:
        """Return `cmd` unchanged."""
        return cmd

    def teardown(self, context: SandboxContext) -> None:
        """Nothing to remove."""


class AgentAddress(ABC):
    """Locates a running agent, whatever it runs in. Subclasses hold what it takes to reach it."""

    @property
    @abstractmethod
    def label(self) -> str:
        """A human-readable identifier of the location."""
        ...

    def capture_log(self, signal_dir: Path | None = None) -> None:  # noqa: B027 - optional by contract
        """Write the agent's log into `signal_dir`; None writes nothing. Best effort, callable at any time.

        Called whenever a task ends, whatever is then torn down. Does nothing unless a subclass overrides it.
        """

    def teardown(  # noqa: B027 - optional by contract
        self, signal_dir: Path | None = None, keep_panes: bool = False
    ) -> None:
        """Release what the agent holds. Safe to call twice; skips the log when `capture_log` has written it.

        `keep_panes` leaves the agent's environment (a tmux window, say) for a look. Does nothing unless overridden.
        """

    async def acapture_log(self, signal_dir: Path | None = None) -> None:
        """`capture_log` without blocking the event loop."""
        await asyncio.to_thread(self.capture_log, signal_dir)

    async def ateardown(self, signal_dir: Path | None = None, keep_panes: bool = False) -> None:
        """`teardown` without blocking the event loop."""
        await asyncio.to_thread(self.teardown, signal_dir, keep_panes)


class Agent(ABC):
    """A live agent. It stores no role and no configuration: those have one home elsewhere."""

    @abstractmethod
    def send_kickoff(self, instructions_path: str) -> None:
        """Tell the running agent to read `instructions_path` and begin."""
        ...

    @property
    @abstractmethod
    def address(self) -> AgentAddress:
        """Where the agent runs."""
        ...

    async def akickoff(self, instructions_path: str) -> None:
        """`send_kickoff` without blocking the event loop."""
        await asyncio.to_thread(self.send_kickoff, instructions_path)
