from __future__ import annotations

from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from relay_tui.agents.tmux.errors import UnsafeText
from relay_tui.agents.tmux.wire import ControlParser, Notification, Reply, command_line, quote

STREAM = (
    b"%begin 170 1 0\n%end 170 1 0\n"
    b"%session-changed $0 relay\n"
    b"%begin 170 2 1\nhello\n%end 170 3 1\n%end 171 2 1\n%error 170 2 0\n\xff\xc3\n%end 170 2 1\n"
    b"%begin 170 4 1\ncan't find pane: %9\n%error 170 4 1\n"
    b"%begin 170 5 0\na hook's own\n%end 170 5 0\n"
    b"%begin 170 6 1\n%end 170 6 1\n"
    b"%subscription-changed relay $0 @1 1 %1 : 1|5|t\xc3\xa9\n"
    b"noise\n%exit server exited\n%exit"
)
EVENTS = [
    Notification("session-changed", "$0 relay"),
    Reply(["hello", "%end 170 3 1", "%end 171 2 1", "%error 170 2 0", "��"], ok=True),
    Reply(["can't find pane: %9"], ok=False),
    Reply([], ok=True),
    Notification("subscription-changed", "relay $0 @1 1 %1 : 1|5|té"),
    Notification("exit", "server exited"),
]


def test_a_block_ends_only_where_time_number_and_flags_match() -> None:
    assert list(ControlParser().feed(STREAM)) == EVENTS


@given(st.lists(st.integers(0, len(STREAM)), max_size=40))
def test_the_events_are_the_same_however_the_stream_is_cut(cuts: list[int]) -> None:
    parser = ControlParser()
    edges = [0, *sorted(cuts), len(STREAM)]
    pieces = [STREAM[a:b] for a, b in pairwise(edges)]
    assert [event for piece in pieces for event in parser.feed(piece)] == EVENTS


@given(st.lists(st.binary() | st.sampled_from([b"%begin 1 1 1\n", b"%end 1 1 1\n", b"%begin\n", b"%\n", b"\n"])))
def test_no_bytes_make_the_parser_raise(pieces: list[bytes]) -> None:
    parser = ControlParser()
    for piece in pieces:
        list(parser.feed(piece))


@given(st.text())
def test_a_quoted_argument_stays_on_one_line_of_text(text: str) -> None:
    try:
        quoted = quote(text)
    except UnsafeText:
        assert "\x00" in text
        return
    assert not any(ord(char) < 32 for char in quoted)
    assert quoted == text or (quoted[0] == quoted[-1] == '"' and not quoted.startswith('"~'))


def test_what_a_command_line_cannot_carry_is_refused() -> None:
    for text in ("a\x00b", "\ud800"):
        with pytest.raises(UnsafeText):
            quote(text)
    # An empty line would detach the client.
    for args in ((), ("",)):
        with pytest.raises(ValueError, match="needs a name"):
            command_line(*args)


def test_commands_are_one_line() -> None:
    assert command_line("send-keys", "-t", "%5", "a b", "=x:", "c\nd;", "#{e}") == (
        'send-keys -t %5 "a b" "=x:" "c\\nd;" "#{e}"'
    )
