"""Makes the pictures of `screenshots/` from the real app with the demo's data: `python -m tests.screenshots`.

A demo runs for real (agents in panes, the relay under them); when the story has got to where it is worth looking at,
the deck is drawn at each size and exported.
"""

from __future__ import annotations

import asyncio
import re
import sys
from collections.abc import Awaitable, Callable
from pathlib import Path

from relay_tui.core import commands as c
from relay_tui.demo.swarm import Swarm
from relay_tui.tui.app import RelayApp
from relay_tui.tui.drawing.themes import DARK, LIGHT
from relay_tui.tui.store.store import Store

FOLDER = Path(__file__).parent.parent / "screenshots"
SEED = 1
PATIENCE = 90.0


async def main() -> int:
    FOLDER.mkdir(exist_ok=True)
    async with Swarm.open(5, SEED) as swarm:
        await swarm.start()
        await _talk(swarm)
        await _picture(swarm, "deck-160", (160, 48))
        await _picture(swarm, "deck-120", (120, 36))
        await _picture(swarm, "deck-120-light", (120, 36), theme=LIGHT.name)
        await _picture(swarm, "deck-80", (80, 24))
        await _picture(swarm, "ladder-120", (120, 36), keys=("tab", "G", "i"))
        await _picture(swarm, "mail-120", (120, 36), keys=("3", "k"))
    return 0


async def _talk(swarm: Swarm) -> None:
    """Let the release get to a decision; the operator asks one agent, and another one whose program has ended."""
    host = swarm.host
    async with asyncio.timeout(PATIENCE):
        await _until(swarm, lambda: host.relay.queries.approvals())
        docs = await host.relay.queries.agent("docs")
        assert docs is not None
        await host.release(docs.id)
        asked = await _say(swarm, "@tester which case worries you most?")
        await _until(swarm, lambda: host.relay.queries.replies(asked))
        await _say(swarm, "@docs please say in the changelog who found the CRLF bug.")


async def _until(swarm: Swarm, holds: Callable[[], Awaitable[object]]) -> None:
    subscription = swarm.host.relay.subscribe()
    while not await holds():
        await anext(subscription)
    await subscription.aclose()


async def _say(swarm: Swarm, text: str) -> str:
    return (await swarm.host.relay.execute(c.SendMessage(to="#release", text=text), swarm.host.operator)).id


async def _picture(
    swarm: Swarm, name: str, size: tuple[int, int], *, theme: str = DARK.name, keys: tuple[str, ...] = ()
) -> None:
    store = Store(swarm.host)
    app = RelayApp(store, theme=theme)
    release = await swarm.host.relay.queries.channel("release")
    assert release is not None
    async with app.run_test(size=size, notifications=False) as pilot:
        await store.show(release.id)
        await pilot.pause(1.0)
        await pilot.press(*keys)
        await pilot.pause(0.5)
        drawn = app.export_screenshot(title="relay-tui")
    # The id differs from run to run and means nothing.
    (FOLDER / f"{name}.svg").write_text(re.sub(r"terminal-\d+", f"terminal-{name}", drawn), "utf-8")


if __name__ == "__main__":
    sys.exit(asyncio.run(main()))
