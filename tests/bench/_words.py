"""What is said in a big workspace: words as common as in speech, so that searching them means something."""

from __future__ import annotations

import random
from itertools import accumulate

WORDS = 4_000
SNIPPETS = 2_000
COMMON, MIDDLE, RARE = "w0", "w400", "w3000"
"""In every other message, in two of a hundred, in two of a thousand."""


class Speech:
    def __init__(self, chance: random.Random) -> None:
        self._chance = chance
        words = [f"w{n}" for n in range(WORDS)]
        weights = list(accumulate(1 / (n + 10) for n in range(WORDS)))
        self._snippets = [
            " ".join(chance.choices(words, cum_weights=weights, k=chance.randint(5, 60))) for _ in range(SNIPPETS)
        ]

    def say(self, n: int) -> str:
        """A text of 5 to 120 words that no other message has."""
        chance = self._chance
        text = f"{n} {chance.choice(self._snippets)}"
        if chance.random() < 0.5:
            text = f"{text} {chance.choice(self._snippets)}"
        dice = chance.random()
        return f"{text} see https://example.org/{n}" if dice < 0.01 else text
