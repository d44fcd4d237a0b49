"""Deliveries over time: counted where they became due, whether they have a row or not."""

from __future__ import annotations

from pathlib import Path

from relay_tui.core import commands as c
from relay_tui.core.model import Disposition, Evidence, Reached
from relay_tui.core.relay import Relay
from relay_tui.core.views.queries.pace import Step

from ..conftest import START, Hands, newcomer


async def test_what_was_due_is_counted_in_its_step_by_what_became_of_it(folder: Path, hands: Hands) -> None:
    hands.now = START - 10_000
    async with Relay.open(folder, clock=hands) as relay:
        ada = await newcomer(relay, "ada", "human")
        one, two = await newcomer(relay, "one"), await newcomer(relay, "two")
        await relay.execute(c.StartSession(agent_id=one.agent_id, harness="test"))

        async def due(at: int, took: int | None, evidence: Evidence = Evidence.HOOK, failed: bool = False) -> None:
            hands.now = START + at
            message = await relay.execute(c.SendMessage(to="@one", text="x"), ada)
            about = {"message_id": message.id, "agent_id": one.agent_id}
            if took is not None:
                hands.now += took
                await relay.execute(c.RaiseDelivery(**about, reached=Reached.DELIVERED, evidence=evidence))
            if failed:
                await relay.execute(c.SettleDelivery(**about, disposition=Disposition.FAILED, reason="so"))

        await due(-5_000, 10)  # before what is asked for
        for at, took in ((100, 10), (200, 30), (300, 500)):
            await due(at, took)
        await due(1_200, 70, Evidence.ECHO)
        await due(1_300, None, failed=True)
        await due(1_400, None)
        hands.now = START + 2_500
        await relay.execute(c.SendMessage(to="@two", text="nobody runs there"), ada)
        paces = await relay.queries.paces(START, 1_000, 3)
        mine = paces.agents[one.agent_id]
        assert mine.steps == [Step(3, 3, 0, 0, 30), Step(3, 0, 1, 1, None), Step()]
        assert (mine.whole, paces.p50, paces.cut) == (Step(6, 3, 1, 1, 30), 30, False)
        assert paces.agents[two.agent_id].steps == [Step(), Step(), Step(1)]
        assert set((await relay.queries.paces(START, 1_000, 3, two.agent_id)).agents) == {two.agent_id}
        assert (await relay.queries.paces(START + 9_000, 1_000, 3)).agents == {}
