from __future__ import annotations

from pathlib import Path

from relay_tui.core import commands as c
from relay_tui.host import Host, find_or_make


async def test_a_channel_that_the_operator_left_stays_left(tmp_path: Path) -> None:
    workspace = find_or_make(tmp_path, state_home=tmp_path / "state")

    async def joined(host: Host) -> set[str]:
        of = {member.channel_id for member in await host.relay.queries.memberships(host.operator.agent_id)}
        return {channel.name for channel in await host.relay.queries.channels() if channel.id in of}

    async with Host.open(workspace, operator="ann") as host:
        for name in ("release", "noise"):
            await host.relay.execute(c.CreateChannel(name=name))
    async with Host.open(workspace, operator="ann") as host:
        noise = await host.relay.queries.channel("noise")
        assert noise is not None
        assert await joined(host) == {"general", "release", "noise"}
        await host.relay.execute(c.LeaveChannel(channel_id=noise.id), host.operator)
    async with Host.open(workspace, operator="ann") as host:
        assert await joined(host) == {"general", "release"}
        await host.relay.execute(c.CreateChannel(name="later"))
    async with Host.open(workspace, operator="ann") as host:
        assert await joined(host) == {"general", "release", "later"}
        await host.relay.execute(c.JoinChannel(channel_id=noise.id), host.operator)
    async with Host.open(workspace, operator="ann") as host:
        assert await joined(host) == {"general", "release", "later", "noise"}
