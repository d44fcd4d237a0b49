"""Held, frozen, interrupted: what the deck says of it over a real relay, and that it outlives the screen."""

from __future__ import annotations

from pathlib import Path

import pytest

from relay_tui.core import commands as c
from relay_tui.core.errors import Refused
from relay_tui.core.model import State
from relay_tui.tui.words.arrivals import arrival

from .test_store import World, world


async def at_work(w: World) -> None:
    await w.state("one", State.WORKING)
    await w.state("two", State.IDLE)


async def test_a_held_agent_looks_so_with_its_age_and_how_much_waits(tmp_path: Path) -> None:
    async with world(tmp_path, "one", "two") as w:
        await at_work(w)
        await w.store.reins.hold(w.agents["two"].id)
        about = {"message_id": (await w.relay.execute(c.SendMessage(to="@two", text="x"), w.caller("sam"))).id}
        held = c.SettleDelivery(**about, agent_id=w.agents["two"].id, disposition="held", reason="held by sam")
        await w.relay.execute(held)
        await w.up_to_date()
        rows = {row.name: row for row in w.store.view.agents}
        assert (rows["two"].word, rows["two"].glyph, rows["two"].role, rows["two"].age) == (
            "held 1",
            "held",
            "need",
            "0s",
        )
        assert rows["one"].word == "working"
        assert w.store.view.header.held == 1
        assert arrival(w.store.people, w.agents["two"].id).words == "held; once you flush it"
        await w.store.show(f"agent:{w.agents['two'].id}")
        assert w.store.view.conversation.topic == "held by you 0s"
        why = await w.store.why(f"agent:{w.agents['two'].id}")
        assert why is not None
        assert why.sentence.startswith("two is held by you 0s; nothing is handed over to it.")
        assert (why.rule, why.next_key) == ("hold", "F")
        assert w.store.reins.can(w.agents["two"].id) == {"flush"}
        await w.store.reins.flush(w.agents["two"].id)
        await w.up_to_date()
        assert w.store.view.header.held == 0
        assert w.store.reins.can(w.agents["two"].id) == {"hold"}


async def test_stopping_says_who_when_and_what_until_everybody_was_let_go(tmp_path: Path) -> None:
    async with world(tmp_path, "one", "two") as w:
        await at_work(w)
        await w.store.reins.stop(("hold", "freeze"))
        await w.up_to_date()
        stop = w.store.view.header.stop
        assert (stop.on, stop.who, stop.what) == (True, "by you", "2 agents held, 1 still at work, approvals frozen")
        assert stop.working == ("one",)
        await w.store.reins.resume(w.agents["one"].id)
        await w.up_to_date()
        assert w.store.view.header.stop.what == "1 agent held, 1 still at work, approvals frozen"
        await w.store.reins.resume(w.agents["two"].id)
        await w.up_to_date()
        assert w.store.view.header.stop.what == "1 still at work, approvals frozen"
        await w.store.reins.resume(only=("freeze",))
        await w.up_to_date()
        assert not w.store.view.header.stop.on


async def test_what_was_stopped_is_still_said_when_the_deck_is_opened_again(tmp_path: Path) -> None:
    async with world(tmp_path, "one", "two") as w:
        await at_work(w)
        asked = c.RecordInterrupt(agent_id=w.agents["one"].id, generation=1)
        await w.store.reins.stop(("hold", "freeze"))
        await w.relay.execute(asked, w.caller("sam"))
        await w.up_to_date()
        before = w.store.view.header.stop
        assert before.what == "2 agents held, 1 told to stop and not seen to, approvals frozen"
        store = type(w.store)(w.store.host)
        await store.open()
        try:
            assert store.view.header.stop.what == before.what
        finally:
            await store.close()
        idle = c.RecordState(agent_id=w.agents["one"].id, generation=1, state=State.IDLE, evidence="pane")
        await w.relay.execute(idle)
        await w.up_to_date()
        assert w.store.view.header.stop.what == "2 agents held, 1 interrupted, approvals frozen"


async def test_one_without_a_program_that_can_be_interrupted_says_so(tmp_path: Path) -> None:
    async with world(tmp_path, "one") as w:
        with pytest.raises(Refused) as caught:
            await w.store.reins.interrupt(w.agents["one"].id)
        assert caught.value.code == "not_interruptible"
