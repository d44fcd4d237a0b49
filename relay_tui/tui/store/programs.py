"""The programs behind agents: started, ended, and their panes."""

from __future__ import annotations

from collections.abc import Generator, Sequence
from contextlib import AbstractAsyncContextManager, contextmanager

from relay_tui.agents.tmux.errors import TmuxError
from relay_tui.core.errors import RelayError
from relay_tui.tui.facts.facts import short_path
from relay_tui.tui.source.programs import PaneCommand
from relay_tui.tui.store.part import Part


@contextmanager
def _as_refusal() -> Generator[None]:
    """What tmux could not do, as something that the operator is told."""
    try:
        yield
    except TmuxError as error:
        raise RelayError("tmux", f"{error}.", error.hint) from error


class Programs(Part):
    def pane(self, agent_id: str) -> AbstractAsyncContextManager[PaneCommand]:
        count = len(self.facts.needing.needs)
        return self.host.open_pane(agent_id, f"relay {count} waiting for you" if count else "relay")

    def running(self) -> list[str]:
        names = [
            a.name for a in self.people.workers() if self.host.pane(a.id) is not None and self.people.reachable(a.id)
        ]
        if not names:
            return []
        many = f"{len(names)} agents go" if len(names) > 1 else "1 agent goes"
        said = f"{many} on in {'their panes' if len(names) > 1 else 'its pane'}: {', '.join(names)}."
        return [said, "Deliveries and approvals wait until the relay runs again."]

    def has_pane(self, agent_id: str) -> bool:
        return bool(agent_id) and self.host.pane(agent_id) is not None

    def folder(self) -> str:
        return short_path(self.host.workspace.path)

    async def start_agent(self, name: str, argv: Sequence[str]) -> None:
        with _as_refusal():
            await self.host.programs.launch(name, argv, self.host.workspace.path)

    async def restart(self, agent_id: str) -> None:
        with _as_refusal():
            await self.host.restart(agent_id)

    async def release(self, agent_id: str) -> None:
        with _as_refusal():
            await self.host.release(agent_id)
