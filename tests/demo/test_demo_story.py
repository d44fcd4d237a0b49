"""The script itself: one seed is one conversation, and whoever has a part can know when it is due."""

from __future__ import annotations

import random
from collections import defaultdict
from collections.abc import Iterable

import pytest

from relay_tui.core.text import channel_links, is_storable, mentions, visible
from relay_tui.demo.cast import Cast, role_of
from relay_tui.demo.facts import preview_url
from relay_tui.demo.preview import PreviewInput
from relay_tui.demo.rounds import TOPICS, round_cue
from relay_tui.demo.steps import START, Step, outcome_cue
from relay_tui.demo.story import Progress, Story

ROUNDS = 24
SIZES = range(1, 13)


def told(seed: int, agents: int = 5) -> list[tuple[str, str, str]]:
    return [(s.speaker, s.to or s.root, s.text) for s in Story(seed, Cast.of(agents)).steps(ROUNDS)]


def by_id(story: Story) -> dict[str, Step]:
    return {step.id: step for step in story.steps(ROUNDS)}


def hearers(step: Step, steps: dict[str, Step], cast: Cast) -> set[str]:
    """Who is handed the step's message: the channel's members, the other side, or the thread's participants."""
    named = {name for name in mentions(step.text) if name in cast.names}
    if step.to.startswith("#"):
        return set(cast.names) | named
    if step.to:
        return {step.to[1:]} | named
    root = steps[step.root]
    found = {root.speaker, *mentions(root.text)}
    for other in steps.values():
        if other.root == step.root and other.id in causes(step, steps):
            found |= {other.speaker, *mentions(other.text)}
    return found | named


def causes(step: Step, steps: dict[str, Step]) -> set[str]:
    """Everything that has been said before the step can be."""
    found: set[str] = set()
    waiting = [name.partition("@")[0] for name in step.after]
    while waiting:
        name = waiting.pop()
        if name in steps and name not in found:
            found.add(name)
            waiting += [one.partition("@")[0] for one in steps[name].after]
    return found


def test_the_same_seed_tells_the_same_story() -> None:
    assert told(7) == told(7)


def test_another_seed_tells_it_in_other_words() -> None:
    ours, theirs = told(7), told(8)
    assert sum(one != other for one, other in zip(ours, theirs, strict=False)) > len(ours) / 2


@pytest.mark.parametrize("agents", SIZES)
def test_whoever_has_a_part_is_told_of_what_it_waits_for(agents: int) -> None:
    story = Story(3, Cast.of(agents))
    steps = by_id(story)
    for step in steps.values():
        for name in step.after:
            if name.startswith("@"):
                assert name == START or step.speaker == story.cast.names[0]
            elif "@" in name:
                assert steps[name.partition("@")[0]].speaker == step.speaker
            else:
                cause = steps[name]
                assert step.speaker in {cause.speaker} | hearers(cause, steps, story.cast), (step.id, name)


@pytest.mark.parametrize("agents", SIZES)
def test_each_message_of_a_thread_is_caused_by_the_one_before_it(agents: int) -> None:
    steps = by_id(Story(3, Cast.of(agents)))
    threads: dict[str, list[Step]] = defaultdict(list)
    for step in steps.values():
        if step.root:
            threads[step.root].append(step)
    for root, replies in threads.items():
        before = root
        for reply in replies:
            if any(word in name for name in reply.after for word in ("denied", "failed")):
                continue  # another end of the same request than the one that is followed here
            assert before in causes(reply, steps), reply.id
            before = reply.id


@pytest.mark.parametrize("agents", SIZES)
def test_nobody_is_named_who_is_not_there(agents: int) -> None:
    story = Story(5, Cast.of(agents))
    for step in story.steps(ROUNDS):
        assert set(mentions(step.text)) <= set(story.cast.names), step.text
        assert step.speaker not in mentions(step.text), step.text
        assert not step.to.startswith("@") or step.to[1:] in story.cast.names


@pytest.mark.parametrize("seed", range(12))
def test_every_text_is_short_plain_and_finished(seed: int) -> None:
    for speaker, _, text in told(seed, 9):
        assert is_storable(text)
        assert visible(text) == text
        assert "\n" not in text
        assert 0 < len(text) <= 200, text
        assert "{" not in text, text
        assert text[-1] in ".?!" or text.endswith(": ") or preview_url("") in text, (speaker, text)
        assert text[0].isupper() or text[0] in "@`#0123456789" or text.split()[0] in {"main", "tagger"}, text
        assert {link for link in channel_links(text) if not link.isdecimal()} <= {"release", "general"}


def test_every_request_is_valid_and_every_end_of_it_is_told() -> None:
    story = Story(1, Cast.of(5))
    asked = [step for step in story.steps(len(TOPICS)) if step.request]
    assert len(asked) == 3
    for step in asked:
        assert step.request is not None
        PreviewInput.model_validate(step.request.input)
        assert all(story.answer(step, outcome) for outcome in ("completed", "denied", "failed"))


def test_a_swarm_keeps_its_roles_in_order_and_grows_by_builders_and_testers() -> None:
    assert Cast.of(1).names == ("planner",)
    assert Cast.of(3).names == ("planner", "builder", "tester")
    assert Cast.of(8).names[5:] == ("builder-2", "tester-2", "builder-3")
    assert {role_of(name) for name in Cast.of(50).names} == {role_of(name) for name in Cast.of(5).names}
    assert len(set(Cast.of(50).names)) == 50


class Play:
    """All agents of one story without relay or terminals: messages are handed over in an order that chance picks."""

    def __init__(self, seed: int, agents: int, chance: int, rounds: int) -> None:
        story = Story(seed, Cast.of(agents))
        self.steps = by_id(story)
        self.cast = story.cast
        self.agents = {name: Progress(Story(seed, story.cast), name) for name in story.cast.names}
        self.threads: dict[str, list[tuple[str, str]]] = defaultdict(list)
        self._rng = random.Random(chance)
        self._queues: dict[str, list[tuple[Step, str]]] = {name: [] for name in self.agents}
        for progress in self.agents.values():
            progress.cue(START)
        self._run()
        planner = self.agents[story.cast.names[0]]
        for number in range(1, rounds + 1):
            planner.cue(round_cue(number))
            self._run()

    def _run(self) -> None:
        while moves := [name for name, progress in self.agents.items() if self._queues[name] or progress.due()]:
            name = self._rng.choice(moves)
            progress = self.agents[name]
            due, queue = progress.due(), self._queues[name]
            if due and (not queue or self._rng.random() < 0.5):
                self._say(progress, due[0])
            else:
                step, text = queue.pop(0)
                heard = progress.heard(step.speaker, text, step.id, step.root or None)
                assert heard is not None, (name, step.id)
                assert heard.id == step.id

    def _say(self, progress: Progress, step: Step) -> None:
        self.threads[step.root or step.id].append((step.speaker, step.text))
        progress.said(step, step.id)
        for name in self._hearing(step):
            self._queues[name].append((step, step.text))
        if step.request is not None:
            progress.cue(outcome_cue(step.id, "completed"))

    def _hearing(self, step: Step) -> Iterable[str]:
        return sorted(hearers(step, self.steps, self.cast) - {step.speaker})


@pytest.mark.parametrize("agents", [2, 3, 4, 5, 9])
def test_the_order_within_each_thread_does_not_depend_on_who_was_quicker(agents: int) -> None:
    one, other = (Play(11, agents, chance, rounds=10) for chance in (1, 2))
    assert one.threads == other.threads
    said = {text for thread in one.threads.values() for _, text in thread}
    unsaid = [
        s for s in one.steps.values() if s.text not in said and s.id.partition(".")[0] in {"fix", "page", "review"}
    ]
    assert not unsaid


def test_the_release_and_each_round_come_to_an_end() -> None:
    play = Play(4, 5, chance=3, rounds=10)
    assert all(play.agents["planner"].finished(number) for number in range(11))
    assert not any(progress.unsettled() for progress in play.agents.values())


def test_an_agent_can_say_what_it_did_last_and_what_it_waits_for() -> None:
    progress = Progress(Story(2, Cast.of(5)), "tester")
    progress.cue(START)
    progress.said(progress.due()[0], "1")
    ahead = progress.next()
    assert progress.last() is not None
    assert ahead is not None
    assert ahead[0].id == "fix.red"
    assert ahead[1] is not None
    assert ahead[1].speaker == "planner"
