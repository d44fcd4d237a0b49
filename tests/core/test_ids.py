from __future__ import annotations

import uuid

from hypothesis import given
from hypothesis import strategies as st

from relay_tui.core.ids import (
    EPOCH_MS,
    Snowflakes,
    delivery_id,
    event_id,
    new_token,
    parse_delivery_id,
    token_hash,
)

times = st.integers(EPOCH_MS, EPOCH_MS + 50 * 365 * 86_400_000)


@given(st.lists(times, min_size=2))
def test_snowflakes_only_grow_whatever_the_clock_does(moments: list[int]) -> None:
    made = Snowflakes()
    found = [int(made.next(at)) for at in moments]
    assert found == sorted(set(found))
    assert all(number < 2**63 for number in found)


def test_snowflakes_go_on_from_the_last_one_given() -> None:
    assert Snowflakes(10**18).next(EPOCH_MS) == str(10**18 + 1)


@given(st.integers(0, 2**48 - 1))
def test_an_event_id_is_a_uuid_of_version_seven_with_its_time(at: int) -> None:
    found = uuid.UUID(event_id(at))
    assert str(found) == event_id(at)[:13] + str(found)[13:]
    assert (found.version, found.variant) == (7, uuid.RFC_4122)
    assert found.int >> 80 == at


def test_event_ids_differ_within_a_millisecond() -> None:
    assert len({event_id(1) for _ in range(10_000)}) == 10_000


@given(st.text())
def test_what_is_no_delivery_id_is_none(text: str) -> None:
    parsed = parse_delivery_id(text)
    assert parsed is None or delivery_id(*parsed) == text


def test_a_delivery_id_names_its_message_and_its_agent() -> None:
    assert parse_delivery_id(delivery_id("12", "34")) == ("12", "34")


def test_tokens_say_their_kind_and_are_never_alike() -> None:
    tokens = {new_token(kind) for kind in ("workspace", "agent", "node") for _ in range(50)}  # pyright: ignore[reportArgumentType]
    assert len(tokens) == 150
    assert {token[:8] for token in tokens} == {"rk_live_", "at_live_", "nt_live_"}
    assert {len(token_hash(token)) for token in tokens} == {64}
