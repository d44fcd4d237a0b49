"""A host with agents in panes, as `up` has it: a process to measure. Ends when its input does, and takes all along.

`python -m tests.bench._pane_host COUNT DRAWN COMMAND…`: `DRAWN` panes are captured ten times a second. Prints its own
process id and that of its tmux server (0: there is none) once the agents run.
"""

from __future__ import annotations

import asyncio
import sys
from pathlib import Path

from relay_tui.agents.harnesses.spec import AgentSpec
from relay_tui.host import Host, find_or_make

DRAW_EVERY = 0.1


async def draw(host: Host, agent_ids: list[str]) -> None:
    while True:
        await asyncio.gather(*(host.capture(agent_id) for agent_id in agent_ids))
        await asyncio.sleep(DRAW_EVERY)


async def main(count: int, drawn: int, argv: list[str]) -> None:
    async with Host.open(find_or_make(Path())) as host:
        await host.serve(0)
        await host.find_agents()
        try:
            specs = (AgentSpec(name=f"agent{n}", argv=argv, cwd=Path()) for n in range(count))
            agents = [await host.launch(spec) for spec in specs]
            pane = host.pane(agents[0].id) if agents else None
            print(pane.server_pid if pane else 0, flush=True)
            # Without a pane to draw nothing ticks, as in the deck.
            drawing = asyncio.create_task(draw(host, [agent.id for agent in agents[:drawn]])) if drawn else None
            await asyncio.to_thread(sys.stdin.read)
            if drawing is not None:
                drawing.cancel()
        finally:
            await host.end_all_agents()


if __name__ == "__main__":
    asyncio.run(main(int(sys.argv[1]), int(sys.argv[2]), sys.argv[3:]))
