"""How deliveries went in the last hour, for the mail screen: asked for now and then, as lines to be drawn."""

from __future__ import annotations

from relay_tui.core.views.queries import Queries
from relay_tui.core.views.queries.pace import Pace, Paces, Step
from relay_tui.tui.view.mail import Track
from relay_tui.tui.words.people import People
from relay_tui.tui.words.when import took

STEPS = 60
STEP_MS = 60_000
SPAN = "last hour"
EVERY_MS = 5_000
"""It is asked for at most so often."""


class Pacing:
    def __init__(self) -> None:
        self.span = SPAN
        self._asked_at = 0
        self._tracks: list[Track] = []

    def forget(self) -> None:
        self._asked_at = 0

    async def tracks(self, queries: Queries, people: People, now: int, agent_id: str = "") -> list[Track]:
        if now - self._asked_at < EVERY_MS:
            return self._tracks
        self._asked_at = now
        since = (now // STEP_MS + 1 - STEPS) * STEP_MS
        paces = await queries.paces(since, STEP_MS, STEPS, agent_id)
        self.span = f"newest of the {SPAN}" if paces.cut else SPAN
        self._tracks = tracks_of(paces, people)
        return self._tracks


def tracks_of(paces: Paces, people: People) -> list[Track]:
    """All of it, then each agent by name."""
    if not paces.agents:
        return []
    steps = [_added(column) for column in zip(*(pace.steps for pace in paces.agents.values()), strict=True)]
    each = [_track(pace, people.name(id)) for id, pace in paces.agents.items()]
    every = _track(Pace("", steps, paces.p50), "everyone")
    return [every, *sorted(each, key=lambda track: track.name.casefold())]


def _added(steps: tuple[Step, ...]) -> Step:
    return Step(
        sum(step.due for step in steps),
        sum(step.delivered for step in steps),
        sum(step.unverified for step in steps),
        sum(step.failed for step in steps),
    )


def _track(pace: Pace, name: str) -> Track:
    whole = pace.whole
    return Track(
        pace.agent_id,
        name,
        [step.due for step in pace.steps],
        [step.unverified + step.failed for step in pace.steps],
        whole.due,
        whole.delivered,
        whole.unverified,
        whole.failed,
        "" if pace.p50 is None else took(pace.p50),
        [step.p50 or 0 for step in pace.steps],
    )
