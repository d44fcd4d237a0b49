from __future__ import annotations

from itertools import pairwise

from hypothesis import given
from hypothesis import strategies as st

from relay_tui.demo.program.keys import PASTE_END, PASTE_START, Event, Key, KeyDecoder, Paste, Text


def decode(*chunks: bytes) -> list[Event]:
    """All events, with typed text joined and the last escape flushed."""
    decoder = KeyDecoder()
    events = [event for chunk in chunks for event in decoder.feed(chunk)] + decoder.flush()
    joined: list[Event] = []
    for event in events:
        last = joined[-1] if joined else None
        if isinstance(event, Text) and isinstance(last, Text):
            joined[-1] = Text(last.text + event.text)
        else:
            joined.append(event)
    return joined


def test_enter_inside_a_paste_is_a_newline_and_outside_a_key() -> None:
    assert decode(PASTE_START + b"one\rtwo\nthree\r\nfour" + PASTE_END + b"\r") == [
        Paste("one\ntwo\nthree\nfour"),
        Key("enter"),
    ]


def test_a_paste_keeps_every_other_byte_even_escapes() -> None:
    assert decode(PASTE_START + b"a\x1b]52;c\x07\tb\x03" + PASTE_END) == [Paste("a\x1b]52;c\x07\tb\x03")]


def test_keys_have_names() -> None:
    assert decode(b"a\tb\x7f\x15\n\x1b\r\x1b[A\x1bOB\x1b[1;5C\x03\x1b") == [
        Text("a\tb"),
        *map(Key, ["backspace", "ctrl+u", "newline", "newline", "up", "down", "ctrl+c", "escape"]),
    ]


def test_an_escape_before_text_is_the_key_and_the_text() -> None:
    assert decode(b"\x1bhello") == [Key("escape"), Text("hello")]


def test_an_escape_at_the_end_waits_for_what_follows() -> None:
    decoder = KeyDecoder()
    assert decoder.feed(b"\x1b") == []
    assert decoder.waits_after_escape
    assert decoder.feed(b"[A") == [Key("up")]
    assert not decoder.waits_after_escape


streams = st.lists(
    st.one_of(
        st.sampled_from([PASTE_START, PASTE_END, b"\x1b", b"\x1b[A", b"\x1b[2", b"\r", b"\n", b"\x7f", b"\xc3"]),
        st.text().map(lambda text: text.encode("utf-8", "replace")),
        st.binary(max_size=8),
    )
).map(b"".join)


@given(streams, st.lists(st.integers(0, 200)))
def test_any_split_of_the_bytes_gives_the_same_events(data: bytes, cuts: list[int]) -> None:
    edges = [0, *sorted(min(cut, len(data)) for cut in cuts), len(data)]
    chunks = [data[start:end] for start, end in pairwise(edges)]
    assert decode(*chunks) == decode(data)


@given(st.text(st.characters(codec="utf-8", exclude_characters="\r")))
def test_what_is_pasted_is_what_arrives(text: str) -> None:
    body = text.replace("\x1b[201~", "") + "."
    pasted = [event for event in decode(PASTE_START + body.encode() + PASTE_END) if isinstance(event, Paste)]
    assert pasted[0].text == body
