"""A machine, or a PATH, without tmux: everything else works, and what cannot be known is not said."""

from __future__ import annotations

import pytest

from relay_tui.core.errors import RelayError
from relay_tui.core.model import State

from .conftest import Site, reached, state


async def test_a_workspace_without_agents_says_that_tmux_is_missing(
    site: Site, monkeypatch: pytest.MonkeyPatch
) -> None:
    with monkeypatch.context() as poor:
        poor.setenv("PATH", str(site.folder))
        async with site.open() as host:
            assert host.tmux_missing is not None
            assert "tmux" in str(host.tmux_missing)
            assert host.tmux_missing.hint
            with pytest.raises(RelayError) as caught:
                await host.launch(site.spec())
            assert caught.value.code == "tmux_missing"


@pytest.mark.tmux
async def test_programs_that_cannot_be_looked_for_are_unknown_and_found_again_once_they_can(
    site: Site, monkeypatch: pytest.MonkeyPatch
) -> None:
    from relay_tui.core import commands as c

    async with site.open() as host:
        agent = await host.launch(site.spec())
        await state(host, agent, State.IDLE)
        pane = host.pane(agent.id)
    with monkeypatch.context() as poor:
        poor.setenv("PATH", str(site.folder))
        async with site.open() as host:
            session = (await host.relay.queries.sessions())[agent.id]
            assert (session.state, session.exact) == (State.UNKNOWN, False)
            assert "tmux" in session.detail
    async with site.open() as host:
        assert host.pane(agent.id) == pane
        message = await host.relay.execute(c.SendMessage(to="@echo", text="still there?"), host.operator)
        await reached(host, message, agent)
