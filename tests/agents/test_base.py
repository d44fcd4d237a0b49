# ruff: noqa: ASYNC240 - a test may block its own loop on a local file
from __future__ import annotations

import threading
from dataclasses import FrozenInstanceError
from pathlib import Path

import pytest

from relay_tui.agents.base import (
    Agent,
    AgentAddress,
    AgentConfig,
    AgentFramework,
    AgentFrameworkAdapter,
    AgentSandbox,
    NullSandbox,
    SandboxContext,
    TmuxEnvironment,
)


class Place(AgentAddress):
    @property
    def label(self) -> str:
        return "here"


class Recorder(Agent):
    def __init__(self) -> None:
        self.calls: list[tuple[str, threading.Thread]] = []

    @property
    def address(self) -> Place:
        return Place()

    def send_kickoff(self, instructions_path: str) -> None:
        self.calls.append((instructions_path, threading.current_thread()))


class Adapter:
    def build_command(self, config: AgentConfig, signal_dir: Path) -> str:
        return f"agent --model {config.model}"


def test_an_agent_and_an_address_must_say_the_least_about_themselves() -> None:
    for kind in (Agent, AgentAddress):
        with pytest.raises(TypeError, match="abstract"):
            kind()  # type: ignore[abstract]


async def test_an_address_that_keeps_nothing_has_nothing_to_do(tmp_path: Path) -> None:
    place = Place()
    place.capture_log()
    place.teardown(tmp_path, True)
    await place.acapture_log(tmp_path)
    await place.ateardown(signal_dir=tmp_path, keep_panes=True)
    assert list(tmp_path.iterdir()) == []


async def test_the_async_twin_of_a_blocking_kickoff_runs_in_a_thread() -> None:
    agent = Recorder()
    await agent.akickoff("instructions.md")
    (call,) = agent.calls
    assert call[0] == "instructions.md"
    assert call[1] is not threading.main_thread()


def test_configurations_have_defaults_and_do_not_change() -> None:
    config = AgentConfig()
    assert config.framework is AgentFramework.CLAUDE_CODE
    assert config.framework == "claude_code"
    assert config.environment == TmuxEnvironment(session="")
    assert TmuxEnvironment("mine").session == "mine"
    with pytest.raises(FrozenInstanceError):
        config.model = "other"  # type: ignore[misc]


def test_no_sandbox_leaves_the_command_alone(tmp_path: Path) -> None:
    sandbox, context = NullSandbox(), SandboxContext(tmp_path, tmp_path, tmp_path, "t", "g")
    sandbox.setup(context)
    assert sandbox.wrap_command("A=1 agent", context) == "A=1 agent"
    sandbox.teardown(context)
    assert isinstance(sandbox, AgentSandbox)
    assert isinstance(Adapter(), AgentFrameworkAdapter)
