"""Predicates in words: what is typed, what it means, and the way back."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from relay_tui.core.errors import Refused
from relay_tui.core.model import State
from relay_tui.core.predicates import model as p
from relay_tui.core.predicates.model import parse_predicate
from relay_tui.core.predicates.words import EXAMPLES, read, say


@pytest.mark.parametrize(
    ("text", "means"),
    [
        ("builder becomes idle", {"kind": "status", "agent": "builder", "becomes": ["idle"]}),
        ("@builder is idle,blocked", {"kind": "status", "agent": "@builder", "is": ["idle", "blocked"]}),
        ("anyone becomes lost", {"kind": "status", "agent": "*", "becomes": ["lost"]}),
        ("ada mentioned in #ops by bo", {"kind": "mention", "agent": "ada", "channel": "#ops", "sender": "bo"}),
        ("message", {"kind": "message"}),
        ("message outside threads in #ops", {"kind": "message", "channel": "#ops", "replies": False}),
        ('message contains "a or b"', {"kind": "message", "contains": "a or b"}),
        ('message contains "say \\"x\\""', {"kind": "message", "contains": 'say "x"'}),
        ("builder calls run contains push", {"kind": "tool", "agent": "builder", "tool": "run", "contains": "push"}),
        ("action deploy.* asked by bo", {"kind": "invoked", "action": "deploy.*", "caller": "bo"}),
        ("action x failed,denied", {"kind": "action", "action": "x", "ends": ["failed", "denied"]}),
        (
            "delivery of 12 to bo answered",
            {"kind": "delivery", "message_id": "12", "agent": "bo", "reached": "answered"},
        ),
        ("event approval.* by bo", {"kind": "event", "type": "approval.*", "agent": "bo"}),
        (
            "event a or event b and not (event c or event d)",
            {
                "kind": "any",
                "of": [
                    {"kind": "event", "type": "a"},
                    {
                        "kind": "all",
                        "of": [
                            {"kind": "event", "type": "b"},
                            {"kind": "not", "of": {"kind": "any", "of": [{"kind": "event", "type": "c"},
                                                                           {"kind": "event", "type": "d"}]}},
                        ],
                    },
                ],
            },
        ),
        ('{"kind": "message"}', {"kind": "message"}),
    ],
)  # fmt: skip
def test_words_mean_a_predicate(text: str, means: dict[str, Any]) -> None:
    assert read(text) == means
    parse_predicate(means)


@pytest.mark.parametrize("text", EXAMPLES)
def test_every_example_can_be_read(text: str) -> None:
    parse_predicate(read(text))


@pytest.mark.parametrize(
    "text",
    ["", "   ", "builder", "builder is", "builder dances", "message in", "event", "(event a", "event a)", "not",
     "event a or", "and event a", '"builder" is idle', 'message contains "x', "{", "action x", "(" * 5_000,
     "message in #ops nonsense", "not " * 5_000, "\x00", "delivery of 1"],
)  # fmt: skip
def test_what_makes_no_sense_is_refused_in_a_sentence(text: str) -> None:
    with pytest.raises(Refused) as refused:
        parse_predicate(read(text))
    assert refused.value.code == "invalid_predicate"
    assert refused.value.message.endswith(".")


_names = st.from_regex(r"[a-z][a-z0-9._-]{0,8}", fullmatch=True)
_texts = st.text(st.characters(blacklist_categories=["Cs"]), max_size=20)
_ids = st.from_regex(r"[1-9][0-9]{0,5}", fullmatch=True)
_maybe = st.none() | _names
_tools = st.text(st.characters(blacklist_categories=["Cs"]), min_size=1, max_size=8)
_parts = st.one_of(
    st.builds(p.Happens, type=st.sampled_from(["*", "message.created", "approval.*"]), agent=_maybe, channel=_maybe),
    st.builds(p.Status, agent=st.just("*") | _names,
              becomes=st.lists(st.sampled_from(State), min_size=1, max_size=3, unique=True)),
    st.builds(p.Mentioned, agent=st.just("*") | _names, channel=_maybe, sender=_maybe),
    st.builds(p.Said, channel=_maybe, sender=_maybe, contains=_texts, replies=st.booleans()),
    st.builds(p.ToolCalled, agent=st.just("*") | _names, tool=_tools, contains=_texts),
    st.builds(p.ActionInvoked, action=_tools, caller=_maybe),
    st.builds(p.ActionEnded, action=_tools, caller=_maybe,
              ends=st.lists(st.sampled_from(p.ENDS), min_size=1, max_size=2, unique=True)),
    st.builds(p.DeliveryReached, reached=st.sampled_from(p.RUNGS), agent=st.just("*") | _names, channel=_maybe),
)  # fmt: skip


def _nested(inner: st.SearchStrategy[Any]) -> st.SearchStrategy[Any]:
    lists = st.lists(inner, min_size=2, max_size=3)
    return st.builds(p.AllOf, of=lists) | st.builds(p.NotOf, of=inner)


@given(st.recursive(_parts, _nested, max_leaves=5))
def test_what_is_said_is_read_as_the_same(predicate: p.Predicate) -> None:
    def bare(given: Any) -> Any:
        """Without the signs before names, which mean nothing."""
        if isinstance(given, list):
            return [bare(one) for one in given]
        if not isinstance(given, dict):
            return given
        names = ("agent", "sender", "caller", "channel")
        return {k: v.lstrip("@#") if k in names and v else bare(v) for k, v in given.items()}

    again = parse_predicate(read(say(predicate)))
    assert bare(p.dump(again)) == bare(p.dump(predicate))
