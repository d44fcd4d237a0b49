"""Who is held, also where everything happens within one millisecond."""

from __future__ import annotations

from relay_tui.core import commands as c
from relay_tui.core.model_delivery import EVERYONE, hold_over

from ..conftest import Desk


def test_whoever_was_let_go_before_everyone_is_held_is_held_too(desk: Desk) -> None:
    person, one = desk.join("ada", "human"), desk.join("one")
    moment = desk.clock.now
    desk.do(c.HoldDeliveries(agent_id=one.agent_id), person)
    desk.do(c.FlushDeliveries(agent_id=one.agent_id), person)
    assert hold_over(one.agent_id, desk.state.holds) is None
    desk.do(c.HoldDeliveries(), person)
    held = hold_over(one.agent_id, desk.state.holds)
    assert held is not None
    assert held.agent_id == EVERYONE
    desk.do(c.FlushDeliveries(agent_id=one.agent_id), person)
    assert hold_over(one.agent_id, desk.state.holds) is None
    assert desk.clock.now == moment
