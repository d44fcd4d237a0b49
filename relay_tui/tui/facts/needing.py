"""Which needs the operator sees, and what is on the need card."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from relay_tui.tui.facts.news import Newness
from relay_tui.tui.view.deck import CardView, DeckView
from relay_tui.tui.view.news import News
from relay_tui.tui.words.need import Need
from relay_tui.tui.words.needs import card_of
from relay_tui.tui.words.when import age, hhmm

OVER = ("this is over: nothing to do any more", "muted")


class Needing:
    """The card shows the need that was chosen, else the most urgent one. When that need is over its card stays, with
    what became of it, until the operator moves on."""

    def __init__(self) -> None:
        self.needs: list[Need] = []
        """Without those that are snoozed."""
        self.card: CardView | None = None
        self.outcomes: dict[str, tuple[str, str]] = {}
        """What became of needs that were decided while their card was there: words and role, by key."""
        self.snoozed: dict[str, int] = {}
        """Until when (milliseconds, UTC), by key."""
        self._chosen = ""
        self._newness = Newness()
        self._untold: list[News] = []

    @property
    def shown(self) -> str:
        """Key of the need that the card is about; empty: there is none."""
        return self._chosen or (self.card.key if self.card is not None else "")

    def by_key(self, key: str) -> Need | None:
        return next((need for need in self.needs if need.key == key), None)

    def fill(self, view: DeckView, found: Sequence[Need], now: int, frozen: bool) -> None:
        """`found`: what needs a person now, the most urgent first. `frozen`: no approval is decided now."""
        self.needs = [need for need in found if self.snoozed.get(need.key, 0) <= now]
        away = [until for need in found if (until := self.snoozed.get(need.key, 0)) > now]
        view.snoozed = f"{len(away)} snoozed, next {hhmm(min(away))}" if away else ""
        self._untold += self._newness.of(self.needs)
        view.needs = [need.row(now) for need in self.needs]
        view.oldest = age(now - min((need.since for need in self.needs), default=now))
        self.fill_card(view, now, frozen)

    def fill_card(self, view: DeckView, now: int, frozen: bool) -> None:
        keys = [need.key for need in self.needs]
        if not self._chosen and self.card is not None and self.card.key in self.outcomes:
            self._chosen = self.card.key
        if self._chosen and self._chosen not in keys:
            if self.card is not None and self.card.key == self._chosen:
                words, role = self.outcomes.get(self._chosen, OVER)
                place = "n for the next" if keys else "esc leaves"
                view.card = self.card = replace(self.card, outcome=words, outcome_role=role, place=place)
                return
            self._chosen = ""
        index = keys.index(self._chosen) if self._chosen else 0
        place = f"need {index + 1} of {len(keys)}" if len(keys) > 1 else ""
        view.card = self.card = card_of(self.needs[index], place, now) if keys else None
        if self.card is not None and self.card.kind == "approval" and frozen:
            self.card.frozen = "frozen while stopped"

    # What the operator does

    def choose(self, key: str) -> None:
        """Empty: the card is over, and the next one is the most urgent."""
        self._chosen = key
        if not key:
            self.card = None

    def decided(self, key: str, words: str, role: str) -> None:
        """The operator decides it on its card, which says so from now on."""
        self._chosen = key
        self.outcomes[key] = words, role

    def undecided(self, key: str) -> None:
        """The decision was refused."""
        del self.outcomes[key]

    def unsnooze(self, key: str) -> None:
        """Empty: all of them."""
        for known in [key] if key else list(self.snoozed):
            self.snoozed.pop(known, None)

    def take_news(self) -> list[News]:
        """What is new since this was asked last."""
        news, self._untold = self._untold, []
        return news
