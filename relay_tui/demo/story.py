"""The seeded script: who says what to whom, and what must be known before. One seed is one conversation."""

from __future__ import annotations

from collections.abc import Iterator

from relay_tui.demo.cast import Cast
from relay_tui.demo.facts import facts_of
from relay_tui.demo.release import write_release
from relay_tui.demo.rounds import AHEAD, round_of, write_round
from relay_tui.demo.steps import Scene, Step, outcome_cue

RELEASE_ENDS = ("announce", "preview.waits")


class Story:
    """The release, then rounds without an end. Every agent of the swarm holds the same one."""

    def __init__(self, seed: int, cast: Cast) -> None:
        self.seed = seed
        self.cast = cast
        self.facts = facts_of(seed)
        scene = Scene(cast, seed, dict(self.facts))
        write_release(scene)
        self.release = scene.steps
        self._rounds: dict[int, list[Step]] = {}

    def round(self, number: int) -> list[Step]:
        """The steps of round `number`, from 1; empty when this cast can play none."""
        if number not in self._rounds:
            self._rounds[number] = write_round(number, self.cast, self.seed).steps
        return self._rounds[number]

    def answer(self, step: Step, outcome: str) -> Step | None:
        """What is said once the action that `step` asked for has ended."""
        number = round_of(step.id)
        cue = outcome_cue(step.id, outcome)
        return next((s for s in (self.round(number) if number else self.release) if cue in s.after), None)

    def steps(self, rounds: int) -> Iterator[Step]:
        """The release and the first `rounds` rounds, in the order in which they are told."""
        yield from self.release
        for number in range(1, rounds + 1):
            yield from self.round(number)


class Progress:
    """How far the story has come, as one agent knows it: what it said, and what it was told."""

    def __init__(self, story: Story, name: str) -> None:
        self.story = story
        self.name = name
        self.round = 0
        """The latest round that was heard of."""
        self.messages: dict[str, str] = {}
        """Message id by step."""
        self._known: set[str] = set()
        self._order: list[str] = []

    def cue(self, name: str) -> None:
        """The agent tells itself something: that it has started, that a request has ended."""
        self._known.add(name)

    def heard(self, sender: str, text: str, message_id: str, thread_id: str | None) -> Step | None:
        """Take note of a message; the step that it is, or None when it is not of the story."""
        found = [s for s in self._near() if s.speaker == sender and s.id not in self.messages and s.is_said(text)]
        # The same few words may be due in two threads: the thread says which it is.
        found.sort(key=lambda step: self.messages.get(step.root) != thread_id)
        if not found:
            return None
        if thread_id and found[0].root:
            self.messages.setdefault(found[0].root, thread_id)
        self.said(found[0], message_id)
        return found[0]

    def said(self, step: Step, message_id: str) -> None:
        """The step has become a message."""
        self.messages[step.id] = message_id
        self._known.add(step.id)
        self._order.append(step.id)
        self.round = max(self.round, round_of(step.id))

    def is_known(self, name: str) -> bool:
        return name in self._known

    def due(self) -> list[Step]:
        """What this agent has to say now, in the order in which it is told."""
        return [s for s in self._mine() if s.id not in self._known and all(map(self.is_known, s.after))]

    def unsettled(self) -> list[Step]:
        """Own steps that asked for an action whose end this agent does not know."""
        return [s for s in self._mine() if s.request and s.id in self._known and not self._is_answered(s)]

    def finished(self, number: int) -> bool:
        """Whether a round (0: the release) has come to its end, as far as it does not wait for a person."""
        if not number:
            return any(map(self.is_known, RELEASE_ENDS))
        spoken = [step for step in self.story.round(number) if not _is_outcome(step)]
        return not spoken or self.is_known(spoken[-1].id)

    def last(self) -> Step | None:
        """The latest step that this agent has said."""
        mine = {step.id: step for step in self._mine()}
        return next((mine[one] for one in reversed(self._order) if one in mine), None)

    def next(self) -> tuple[Step, Step | None] | None:
        """The next step of this agent in what goes on now, and the step of somebody that it waits for."""
        by_id = {step.id: step for step in self._near()}
        for step in self._mine():
            missing = [name for name in step.after if not self.is_known(name)]
            if step.id in self._known or round_of(step.id) > self.round or any("@" in name for name in missing):
                continue
            return step, by_id.get(missing[0]) if missing else None
        return None

    def _is_answered(self, step: Step) -> bool:
        answers = [s for s in self._mine() if any(name.startswith(f"{step.id}@") for name in s.after)]
        return any(s.id in self._known or any(map(self.is_known, s.after)) for s in answers)

    def _near(self) -> Iterator[Step]:
        yield from self.story.release
        for number in range(max(1, self.round), self.round + AHEAD + 1):
            yield from self.story.round(number)

    def _mine(self) -> Iterator[Step]:
        return (step for step in self._near() if step.speaker == self.name)


def _is_outcome(step: Step) -> bool:
    return any("@" in name[1:] for name in step.after)
