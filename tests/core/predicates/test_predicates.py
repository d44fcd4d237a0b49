"""What predicates mean, over random happenings: each is a pure function, and its parts add up."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from relay_tui.core import events as e
from relay_tui.core.model import Evidence, Json, Reached, State
from relay_tui.core.predicates.compiled import compiled
from relay_tui.core.predicates.happening import Happening, ToolCall
from relay_tui.core.predicates.model import AllOf, AnyOf, NotOf, Predicate, dump, is_level, parse_predicate, parts

from ..conftest import refused

WHO = st.sampled_from(["1", "2", "3"])
ANYONE = st.sampled_from(["*", "1", "2", "3"])
PLACE = st.sampled_from(["11", "12"])
STATES = st.sampled_from(list(State))
WORDS = st.sampled_from(["", "go", "GO now", "stop"])
RUNG = st.sampled_from(list(Reached))
ACTION = st.sampled_from(["deploy.preview", "deploy.live", "read"])

events: st.SearchStrategy[e.Event] = st.one_of(
    st.builds(
        e.StateRecorded, WHO, st.just(1), STATES, st.just("test"), st.just(True), st.just(""), st.none() | STATES
    ),
    st.builds(e.SessionStarted, WHO, st.just("test"), st.just(1), st.just({}), STATES, st.just(""), st.none() | STATES),
    st.builds(
        e.MessageCreated,
        message_id=st.just("99"),
        channel_id=PLACE,
        channel_seq=st.just(1),
        sender_id=WHO,
        text=WORDS,
        thread_id=st.sampled_from([None, "98"]),
        mentions=st.lists(WHO, max_size=2),
    ),
    st.builds(
        e.DeliveryRaised,
        message_id=st.sampled_from(["98", "99"]),
        agent_id=WHO,
        channel_id=PLACE,
        reached=RUNG,
        evidence=st.just(Evidence.TRANSCRIPT),
        how=st.just(""),
        queued_at=st.just(0),
        dispatched_seq=st.none(),
        was=RUNG,
    ),
    st.builds(
        e.InvocationFinished,
        *(st.just("7"), st.sampled_from(["completed", "failed"]), st.none(), st.just(""), st.just(""), ACTION, WHO),
    ),
    st.builds(e.ChannelArchived, PLACE),
)
happenings: st.SearchStrategy[Happening] = st.one_of(
    st.builds(e.Entry, st.just(5), st.just("id"), st.just(0), WHO, st.just("sdk"), st.just(""), events),
    st.builds(ToolCall, WHO, st.sampled_from(["Bash", "run"]), st.just("run"), WORDS, st.just(0), st.just(1)),
)
TYPES = ("*", "message.created", "message.*", "session.*", "delivery.*", "channel.archived", "action.finished")
leaves: st.SearchStrategy[Json] = st.one_of(
    st.builds(
        lambda t, a, c: {"kind": "event", "type": t, "agent": a, "channel": c},
        *(st.sampled_from(TYPES), st.none() | WHO, st.none() | PLACE),
    ),
    st.builds(
        lambda a, s: {"kind": "status", "agent": a, "becomes": s}, ANYONE, st.lists(STATES, min_size=1, max_size=3)
    ),
    st.builds(lambda a, c: {"kind": "mention", "agent": a, "channel": c}, ANYONE, st.none() | PLACE),
    st.builds(
        lambda c, s, w, r: {"kind": "message", "channel": c, "sender": s, "contains": w, "replies": r},
        *(st.none() | PLACE, st.none() | WHO, WORDS, st.booleans()),
    ),
    st.builds(lambda a, t: {"kind": "tool", "agent": a, "tool": t}, ANYONE, st.sampled_from(["*", "Ba*", "edit"])),
    st.builds(lambda a: {"kind": "action", "action": a}, st.sampled_from(["*", "deploy.*", "read"])),
    st.builds(
        lambda r, a: {"kind": "delivery", "reached": r, "agent": a},
        *(st.sampled_from(["accepted", "delivered", "answered"]), ANYONE),
    ),
)
trees: st.SearchStrategy[Json] = st.recursive(
    leaves,
    lambda inner: st.one_of(
        st.builds(
            lambda k, of: {"kind": k, "of": of},
            st.sampled_from(["any", "all"]),
            st.lists(inner, min_size=1, max_size=3),
        ),
        st.builds(lambda of: {"kind": "not", "of": of}, inner),
    ),
    max_leaves=8,
)


def holds(predicate: Predicate, happening: Happening) -> bool:
    """What the words of the combinators say, spelled out."""
    if isinstance(predicate, AnyOf):
        return any(holds(part, happening) for part in predicate.of)
    if isinstance(predicate, AllOf):
        return all(holds(part, happening) for part in predicate.of)
    if isinstance(predicate, NotOf):
        return not holds(predicate.of, happening)
    return compiled(predicate)(happening)


@given(trees, happenings)
def test_a_predicate_is_the_sum_of_its_parts_and_the_same_after_storing(tree: Json, happening: Happening) -> None:
    predicate = parse_predicate(tree)
    test = compiled(predicate)
    assert test(happening) == holds(predicate, happening) == test(happening)
    again = parse_predicate(dump(predicate))
    assert again == predicate
    assert compiled(again)(happening) == test(happening)
    assert not any(is_level(part) for part in parts(predicate))


@given(leaves, happenings)
def test_narrower_is_never_more(tree: Json, happening: Happening) -> None:
    """What names an agent or a place is true only where the same without it is."""
    wide = {k: v for k, v in tree.items() if k not in ("agent", "channel", "sender", "contains")}
    if compiled(parse_predicate(tree))(happening):
        assert compiled(parse_predicate(wide))(happening)


@given(st.lists(STATES, max_size=12), st.lists(STATES, min_size=1, max_size=3))
def test_becoming_is_the_change_and_never_the_repetition(life: list[State], wanted: list[State]) -> None:
    """Over a whole life: as many times as it comes in from outside."""
    test = compiled(parse_predicate({"kind": "status", "agent": "1", "becomes": wanted}))
    found = expected = 0
    was: State | None = None
    for state in life:
        event = e.StateRecorded("1", 1, state, "test", True, "", was)
        found += test(e.Entry(1, "", 0, "1", "harness", "", event))
        expected += state in wanted and was not in wanted
        was = state
    assert found == expected


@given(st.lists(RUNG, max_size=8))
def test_a_delivery_passes_each_rung_once(climb: list[Reached]) -> None:
    test = compiled(parse_predicate({"kind": "delivery", "reached": "delivered"}))
    was, found = Reached.QUEUED, 0
    for reached in sorted(climb):
        event = e.DeliveryRaised("9", "1", "11", reached, Evidence.TRANSCRIPT, "", 0, None, was=was)
        found += test(e.Entry(1, "", 0, "1", "harness", "", event))
        was = reached
    assert found == (was >= Reached.DELIVERED)


@pytest.mark.parametrize(
    "given_",
    [
        *({}, [], None, "idle", {"kind": "nothing"}, {"kind": "event", "type": "Message Created"}),
        {"kind": "event", "type": "*.created"},
        {"kind": "event", "more": 1},
        {"kind": "status", "agent": "one"},
        {"kind": "status", "agent": "one", "is": "idle", "becomes": "idle"},
        {"kind": "status", "agent": "*", "is": "idle"},
        {"kind": "status", "agent": "one", "becomes": "asleep"},
        {"kind": "message", "channel": "../x"},
        {"kind": "any", "of": []},
        {"kind": "not", "of": {"kind": "status", "agent": "one", "is": "idle"}},
        {"kind": "all", "of": [{"kind": "delivery", "message_id": "1", "agent": "2"}]},
        {"kind": "any", "of": [{"kind": "any", "of": [{"kind": "event"}] * 20}] * 3},
    ],
)
def test_what_makes_no_sense_is_refused(given_: Any) -> None:
    with refused("invalid_predicate"):
        parse_predicate(given_)


def test_what_is_nested_without_end_is_refused() -> None:
    deep: Json = {"kind": "event"}
    for _ in range(5_000):
        deep = {"kind": "not", "of": deep}
    with refused("invalid_predicate"):
        parse_predicate(deep)
