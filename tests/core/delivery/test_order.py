from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from relay_tui.core.delivery.boundary import URGENCY, nearest, not_yet, urgency
from relay_tui.core.delivery.order import in_order
from relay_tui.core.delivery.routing import choose
from relay_tui.core.model import Delivery, Disposition, Message, Mode, State
from relay_tui.core.session import Capabilities, Route, Way

MODES = st.sampled_from(list(Mode))


def due(sender: str, number: int, mode: Mode, flushed: bool = False) -> tuple[Delivery, Message]:
    message = Message(str(number), number, "9", number, sender, "hi", 0, mode=mode)
    return Delivery(message.id, "5", "9", until=1 if flushed else None), message


def told(*messages: tuple[str, Mode]) -> list[tuple[str, Mode]]:
    found = in_order(due(sender, number, mode) for number, (sender, mode) in enumerate(messages, 1))
    return [(one.message.sender_id + one.message.id, one.mode) for one in found]


def test_what_is_urgent_goes_before_what_others_said_earlier() -> None:
    assert told(("a", Mode.ON_IDLE), ("b", Mode.NEXT_TOOL_CALL), ("c", Mode.IMMEDIATE)) == [
        ("c3", Mode.IMMEDIATE), ("b2", Mode.NEXT_TOOL_CALL), ("a1", Mode.ON_IDLE)
    ]  # fmt: skip


def test_what_a_sender_said_before_something_urgent_goes_as_soon_and_before_it() -> None:
    assert told(("a", Mode.ON_IDLE), ("b", Mode.ON_IDLE), ("a", Mode.IMMEDIATE), ("a", Mode.ON_IDLE)) == [
        ("a1", Mode.IMMEDIATE), ("a3", Mode.IMMEDIATE), ("b2", Mode.ON_IDLE), ("a4", Mode.ON_IDLE)
    ]  # fmt: skip


def test_what_waits_for_a_flush_keeps_its_sender_waiting_also_with_something_urgent() -> None:
    assert told(("a", Mode.MANUAL), ("a", Mode.IMMEDIATE), ("b", Mode.ON_IDLE)) == [
        ("b3", Mode.ON_IDLE), ("a1", Mode.MANUAL), ("a2", Mode.MANUAL)
    ]  # fmt: skip
    flushed = in_order([due("a", 1, Mode.MANUAL, flushed=True), due("a", 2, Mode.IMMEDIATE)])
    assert [one.mode for one in flushed] == [Mode.IMMEDIATE, Mode.IMMEDIATE]


@given(st.lists(st.tuples(st.sampled_from("abc"), MODES), max_size=30))
def test_no_order_of_one_sender_is_ever_broken_and_nothing_is_lost(messages: list[tuple[str, Mode]]) -> None:
    found = in_order(due(sender, number, mode) for number, (sender, mode) in enumerate(messages, 1))
    assert sorted(int(one.message.id) for one in found) == list(range(1, len(messages) + 1))
    for sender in "abc":
        ids = [int(one.message.id) for one in found if one.message.sender_id == sender]
        assert ids == sorted(ids)
    assert [urgency(one.mode) for one in found] == sorted(urgency(one.mode) for one in found)


@given(MODES, st.sets(MODES))
def test_the_nearest_boundary_never_disturbs_more_than_the_one_that_was_asked_for(mode: Mode, can: set[Mode]) -> None:
    found = nearest(mode, can)
    assert urgency(found) >= urgency(mode)
    assert found == mode or mode not in can
    assert found in can | {Mode.ON_IDLE, mode}


def test_a_boundary_that_cannot_be_kept_is_said_with_the_reason() -> None:
    can = {Mode.ON_IDLE}
    assert not_yet(Mode.ON_IDLE, State.WORKING, can) == "working; goes when it is idle"
    assert not_yet(Mode.NEXT_TOOL_CALL, State.WORKING, can) == (
        "working; goes when it is idle (it takes nothing in between two tool calls)"
    )
    assert not_yet(Mode.NEXT_MESSAGE, State.WORKING, can | {Mode.NEXT_MESSAGE}) == ""
    assert not_yet(Mode.NEXT_TOOL_CALL, State.WORKING, can | {Mode.NEXT_MESSAGE}) == ""
    assert not_yet(Mode.NEXT_MESSAGE, State.WORKING, can | {Mode.NEXT_TOOL_CALL}) != ""
    for mode in URGENCY[:-1]:
        assert not_yet(mode, State.WAITING, frozenset(Mode)) == "waits for an answer; goes after it"


EVERY = Capabilities(
    "typed", frozenset({Mode.ON_IDLE, Mode.IMMEDIATE}), others=(Way(Route.HOOK), Way(Route.NATIVE, frozenset(Mode)))
)


def test_the_best_way_that_keeps_the_boundary_is_taken_and_the_next_best_when_it_is_shut() -> None:
    assert choose(EVERY, Mode.ON_IDLE).way.route == Route.NATIVE
    shut = choose(EVERY, Mode.ON_IDLE, {"native"})
    assert (shut.way.route, shut.why) == (Route.HOOK, "hook, at on-idle; native is shut")
    typed = choose(EVERY, Mode.IMMEDIATE, {"native"})
    assert (typed.way.route, typed.mode) == (Route.TYPED, Mode.IMMEDIATE)
    assert "hook cannot keep immediate" in typed.why
    assert choose(EVERY, Mode.ON_IDLE, {"native", "hook", "typed"}).way.route == Route.NATIVE


def test_where_no_way_keeps_the_boundary_the_best_that_comes_nearest_is_taken() -> None:
    can = Capabilities("typed", frozenset({Mode.ON_IDLE, Mode.NEXT_MESSAGE}), others=(Way(Route.HOOK),))
    chosen = choose(can, Mode.NEXT_TOOL_CALL)
    assert (chosen.way.route, chosen.mode) == (Route.TYPED, Mode.NEXT_MESSAGE)
    assert "it takes nothing in between two tool calls" in chosen.why


def test_a_delivery_that_a_person_let_go_is_flushed_and_one_that_is_over_is_not() -> None:
    delivery, message = due("a", 1, Mode.MANUAL, flushed=True)
    delivery.disposition = Disposition.HELD
    assert in_order([(delivery, message)])[0].mode == Mode.MANUAL
