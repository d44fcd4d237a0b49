"""The registry of verbs: one meaning per key, a way out in every mode, no dead keys."""

from __future__ import annotations

from collections import Counter

import pytest

from relay_tui.tui.actions import (
    ACTS,
    BY_ID,
    CARD_ACTS,
    ON_CHANNEL,
    ON_MESSAGE,
    KeyMode,
    Now,
    bound,
    footer_acts,
    key_word,
)
from relay_tui.tui.app import RelayApp
from relay_tui.tui.screens.deck import Deck
from relay_tui.tui.screens.mail import MailScreen
from relay_tui.tui.screens.room import EDITOR, Room

from .source_sample import SampleSource

NEVER_ARRIVE = {"ctrl+h", "ctrl+i", "ctrl+m", "ctrl+left_square_bracket", "ctrl+comma", "ctrl+z"}


@pytest.mark.parametrize("mode", KeyMode)
def test_a_key_means_one_thing_in_each_mode(mode: KeyMode) -> None:
    uses = Counter(key for act in ACTS for where, key in act.keys if where is mode)
    assert [key for key, count in uses.items() if count > 1] == []


def test_a_key_that_changes_the_world_means_nothing_else_anywhere() -> None:
    changing = {(key, act.id) for key, act in bound() if act.changes and act.id not in EDITOR}
    for key, id in changing:
        assert [act.id for other, act in bound() if other == key] == [id]


def test_what_ends_a_program_has_no_single_key() -> None:
    assert BY_ID["restart"].keys == ()
    assert BY_ID["release"].keys == ()


@pytest.mark.parametrize("mode", KeyMode)
def test_quit_and_the_palette_always_have_a_key(mode: KeyMode) -> None:
    assert BY_ID["quit"].key(mode)
    assert BY_ID["palette"].key(mode)


def test_keys_that_never_arrive_are_not_bound() -> None:
    keys = {key for key, _ in bound()}
    assert not keys & NEVER_ARRIVE
    assert not {key for key in keys if key.startswith("alt+") and key[4:].isdigit()}


def done_by(room: Room) -> Counter[str]:
    """How many of a screen and its topics do each verb."""
    ids = [{name[3:] for name in dir(one) if name.startswith("do_")} for one in (room, *room.topics)]
    return Counter(id for each in ids for id in each)


def test_every_verb_does_something() -> None:
    by_app = {act.id for act in ACTS if hasattr(RelayApp, f"do_{act.id}")}
    here = done_by(Deck(SampleSource())).keys() | done_by(MailScreen(SampleSource())).keys() | by_app
    assert BY_ID.keys() - here == set(EDITOR)


@pytest.mark.parametrize("room", [Deck, MailScreen])
def test_no_verb_is_done_twice_on_a_screen_and_each_is_in_the_registry(room: type[Deck] | type[MailScreen]) -> None:
    done = done_by(room(SampleSource()))
    assert [id for id, count in done.items() if count > 1] == []
    assert done.keys() <= BY_ID.keys()


def test_what_has_no_key_is_in_the_palette() -> None:
    assert [act.id for act in ACTS if not act.keys and not act.palette] == []


def test_the_footer_offers_only_what_works_now() -> None:
    ids = {act.id for act in footer_acts(Now())}
    assert "next_need" not in ids
    assert "ladder" not in ids
    assert "keys" in ids
    assert "next_need" in {act.id for act in footer_acts(Now(needs=1))}


def test_a_card_offers_verbs_of_the_registry() -> None:
    assert all(id in BY_ID for ids in CARD_ACTS.values() for id in ids)


def test_keys_are_written_as_people_write_them() -> None:
    assert [key_word(key) for key in ("ctrl+q", "question_mark", "escape", "alt+up")] == ["^q", "?", "esc", "alt+↑"]


def test_no_two_verbs_have_one_id() -> None:
    assert len(BY_ID) == len(ACTS)


def test_what_is_about_a_message_or_a_channel_is_a_verb() -> None:
    assert BY_ID.keys() >= (ON_MESSAGE | ON_CHANNEL)
    assert {act.id for act in ACTS if act.group == "channels"} - ON_CHANNEL == {"new_channel", "unarchive"}
