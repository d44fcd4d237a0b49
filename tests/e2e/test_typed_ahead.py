"""Keys that reach a real terminal in one write."""

from __future__ import annotations

import pytest

from tests.e2e.conftest import Ground
from tests.e2e.terminal import RELAY_TUI, environment, terminal

pytestmark = pytest.mark.tmux


def test_a_message_can_be_typed_faster_than_the_deck_draws(ground: Ground) -> None:
    with terminal([str(RELAY_TUI)], ground.project, env=environment(ground.home), size=(120, 36)) as deck:
        deck.until(lambda frame: "m message" in frame, "the deck")
        deck.type("mhandshake, and a dash")
        frame = deck.until(lambda frame: "and a dash" in frame and "TYPING" in frame, "the text and the mode")
        assert "handshake, and a dash" in frame
        deck.press("Enter", *"once more")
        deck.until(lambda frame: "you → #general" in frame and "once more" in frame, "the message and the next one")
        # An escape with a letter right behind it is what terminals send for alt and that letter.
        deck.type("\x1bq")
        assert "TYPING" in deck.until_still()
        deck.press("C-q")
        deck.press("C-q")
        assert deck.until_ended() == 0
