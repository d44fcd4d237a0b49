"""One scripted agent of the swarm: `python -m relay_tui.demo.agent NAME`, in a pane, with the relay in its environment.

What is typed into it is a message or a person at the keys. It says its part of the story, answers people in its role,
and asks for the actions that the story has it ask for.
"""

from __future__ import annotations

import asyncio
import os
import random
import sys
from collections.abc import Coroutine, Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

from relay_tui.agents.harnesses.framing import Framed, messages_in, parse_all
from relay_tui.client import InvocationResult, RelayClient, RelayClientError
from relay_tui.core.text import mentions
from relay_tui.demo import voices
from relay_tui.demo.cast import PERSONAS, ROLES, Cast, role_of
from relay_tui.demo.guard import Guard
from relay_tui.demo.hands import Hands
from relay_tui.demo.program import BrainIO, NotATerminal, TerminalProgram
from relay_tui.demo.rounds import round_cue
from relay_tui.demo.steps import START, Step
from relay_tui.demo.story import Progress, Story
from relay_tui.demo.voices import Standing

CAST_ENV, SEED_ENV, CURTAIN_ENV = "RELAY_DEMO_CAST", "RELAY_DEMO_SEED", "RELAY_DEMO_CURTAIN"
"""Names of all agents, comma separated; the seed; a path: once it exists, nothing new is begun."""
PATIENCE = 600.0
"""Seconds that an agent keeps trying to say something while the relay is away."""
QUIET = 14.0
"""Seconds without news after which the planner goes on with something else."""
PAUSE, LONGEST_PAUSE = 2.5, 14.0
"""Seconds between two rounds: at first, and in the long run."""


class DemoAgent:
    """The brain of one agent (see `program.Brain`)."""

    def __init__(self, name: str, story: Story, client: RelayClient, curtain: Path | None = None) -> None:
        self.name = name
        self._story = story
        self._client = client
        self._hands = Hands(client)
        self._curtain = curtain
        self._progress = Progress(story, name)
        self._news = asyncio.Event()
        self._guard = Guard()
        self._answered: set[str] = set()
        self._read_ids: set[str] = set()
        """Messages that it was rung for and has read: being rung twice is no second message."""
        self._talks: set[str] = set()
        """Threads that this agent opened or answers a person in."""
        self._undecided: dict[str, str] = {}
        """What waits for a person, by step: the action's name."""
        self._tasks: set[asyncio.Task[None]] = set()

    @classmethod
    def from_environment(cls, name: str, env: Mapping[str, str] = os.environ) -> DemoAgent:
        """Raises `RelayClientError` (not_configured) without the relay's address and a token."""
        names = tuple(part for part in env.get(CAST_ENV, "").split(",") if part)
        cast = Cast(names) if name in names else Cast.of(len(ROLES))
        curtain = env.get(CURTAIN_ENV)
        client = RelayClient.from_env(env, deadline=PATIENCE)
        return cls(name, Story(int(env.get(SEED_ENV) or 0), cast), client, Path(curtain) if curtain else None)

    # Turns

    async def on_start(self, io: BrainIO) -> None:
        """Begin: say hello, or find the thread again after a restart."""
        io.begin(lambda: self._open(io))

    async def on_input(self, io: BrainIO, text: str) -> None:
        """One message or several, by their frames, or a person at the keys."""
        # A doorbell counts also where a person's words got around it; what was typed whole then is theirs as well.
        messages = parse_all(text) or [framed for framed in messages_in(text) if framed.bell]
        if not messages:
            rng = random.Random(f"{self._story.seed}:{self.name}:{text}")
            await io.work(0.4)
            await io.say(voices.aside(self.name, text, self._standing(), rng))
        for framed in messages:
            if framed.bell:
                await self._read(io, framed)
            else:
                await self._take(io, framed)

    async def _read(self, io: BrainIO, bell: Framed) -> None:
        """It was told that a message waits: read it, and before it what its sender said before."""
        try:
            found = await self._client.fetch(bell.message_id)
        except RelayClientError as error:
            if error.code not in ("on_hold", "delivery_ended"):
                raise
            await io.note(f"could not read {bell.message_id}: {error}")
            return
        for one in [await self._client.fetch(earlier) for earlier in found["unread_before"]] + [found]:
            await self._client.confirm(one["id"])
            if one["id"] not in self._read_ids:
                self._read_ids.add(one["id"])
                await io.read(f"{one['from']}: {one['text']}")
                await self._take(
                    io, replace(bell, message_id=one["id"], thread_id=one["thread_id"], target=one["to"],
                                sender=one["from"], text=one["text"], bell=False)
                )  # fmt: skip

    async def _take(self, io: BrainIO, framed: Framed) -> None:
        if framed.sender in self._story.cast.names:
            await self._hear(io, framed)
        elif self._is_for_me(framed):
            await self._answer(io, framed)

    async def _open(self, io: BrainIO) -> None:
        await self._remember()
        self._progress.cue(START)
        for step in self._progress.unsettled():
            self._ask(io, step)
        await self._go_on(io)
        if role_of(self.name) == "planner":
            self._later(self._rounds(io))

    async def _hear(self, io: BrainIO, framed: Framed) -> None:
        """A message of another agent of the swarm: part of the story, or a question, or nothing to react to."""
        step = self._progress.heard(framed.sender, framed.text, framed.message_id, framed.thread_id)
        if step is not None:
            self._news.set()
            await self._go_on(io)
        elif "?" in framed.text and self._is_named(framed) and self._guard.allows(framed.thread_id or framed.sender):
            await self._answer(io, framed)

    async def _go_on(self, io: BrainIO) -> None:
        """Say whatever is due now, and what becomes due by it."""
        while (due := self._progress.due()) and not self._is_over():
            await self._perform(io, due[0])

    # The story

    async def _perform(self, io: BrainIO, step: Step, more: str = "") -> None:
        """Do the step's work and say it. `more` is the end of a text that nobody knew beforehand."""
        await self._hands.toil(io, step.work)
        text, key = step.text + more, f"story-{self._story.seed}-{step.id}"
        try:
            if step.root:
                message_id = await self._hands.reply(io, self._progress.messages[step.root], text, key)
            else:
                message_id = await self._hands.post(io, step.to, text, key)
                self._talks.add(message_id)
        except RelayClientError as error:
            if error.status:
                self._progress.cue(step.id)  # refused, so it will not be said; trying again would not change that
            raise
        self._progress.said(step, message_id)
        self._news.set()
        if step.request is not None:
            self._ask(io, step)

    def _ask(self, io: BrainIO, step: Step) -> None:
        """Ask for the step's action; its end, whenever it comes, is a turn of its own."""
        self._undecided[step.id] = step.about
        self._later(self._request(io, step))

    async def _request(self, io: BrainIO, step: Step) -> None:
        assert step.request is not None
        await io.note(f"asked for {step.request.action}")
        key = f"story-{self._story.seed}-{step.id}-request"
        try:
            result = await self._client.invoke(step.request.action, dict(step.request.input), key=key)
        except RelayClientError as error:
            result = InvocationResult("", step.request.action, "failed", None, error.code, str(error))
        io.begin(lambda: self._settle(io, step, result))

    async def _settle(self, io: BrainIO, step: Step, result: InvocationResult) -> None:
        """Tell how an action ended, and go on from there."""
        self._undecided.pop(step.id, None)
        outcome = _OUTCOMES.get(result.outcome, "denied")
        answer = self._story.answer(step, outcome)
        if answer is None or self._progress.is_known(answer.id):
            return
        await self._perform(io, answer, _reason(result) if answer.open_end else "")
        await self._go_on(io)

    async def _rounds(self, io: BrainIO) -> None:
        """The planner's: begin a small round once the one before has ended, or nothing moves any more."""
        while self._story.round(self._progress.round + 1) and not self._is_over():
            number = self._progress.round
            if self._progress.finished(number):
                await asyncio.sleep(min(PAUSE + number, LONGEST_PAUSE) * io.pace)
            elif await self._hears_something(QUIET * io.pace):
                continue
            self._progress.cue(round_cue(number + 1))
            io.begin(lambda: self._go_on(io))
            await self._hears_something(QUIET * io.pace)

    async def _hears_something(self, seconds: float) -> bool:
        self._news.clear()
        try:
            async with asyncio.timeout(seconds):
                await self._news.wait()
        except TimeoutError:
            return False
        return True

    async def _remember(self) -> None:
        """After a restart: read in the channels how far the story has come."""
        for channel in ("general", "release"):
            try:
                found = await self._client.messages(channel, limit=100)
                for message in found if any(one.sender == self.name for one in found) else ():
                    for one in await self._client.thread(message.id) if message.raw.get("reply_count") else [message]:
                        self._progress.heard(one.sender, one.text, one.id, one.thread_id)
            except RelayClientError as error:
                if error.code not in ("channel_not_found", "not_a_member"):
                    raise

    # People

    async def _answer(self, io: BrainIO, framed: Framed) -> None:
        """Reply to a person: in the thread, or by direct message to one."""
        if framed.message_id in self._answered or not self._guard.allows(framed.sender):
            return
        self._answered.add(framed.message_id)
        rng = random.Random(f"{self._story.seed}:{self.name}:{framed.message_id}")
        parts = voices.answer(self.name, framed.text, self._standing(), self._story.facts, rng)
        self._talks.add(framed.thread_id or framed.message_id)
        for number, part in enumerate(parts):
            await self._hands.toil(io, part.work)
            # Made from the message, so that a second copy of it is not a second answer.
            key = f"re-{framed.message_id}-{number}"
            try:
                if framed.thread_id or framed.target != f"@{self.name}":
                    await self._hands.reply(io, framed.message_id, part.text, key)
                else:
                    await self._hands.post(io, f"@{framed.sender}", part.text, key)
            except RelayClientError as error:
                if error.code != "idempotency_key_reused":
                    raise

    def _is_for_me(self, framed: Framed) -> bool:
        """Whether a person's message wants an answer of this agent."""
        if framed.target.startswith("@") or self._is_named(framed):
            return True
        if mentions(framed.text):
            return False
        if framed.thread_id:
            return framed.thread_id in self._talks
        return self.name == self._story.cast.names[0]

    def _is_named(self, framed: Framed) -> bool:
        return self.name in (name.lower() for name in mentions(framed.text))

    def _standing(self) -> Standing:
        last, ahead = self._progress.last(), self._progress.next()
        before = ahead[1] if ahead else None
        return Standing(
            last=last.about if last else "",
            next=ahead[0].about if ahead else "",
            waits_on=before.speaker if before and before.speaker != self.name else "",
            waits_for=before.about if before else "",
            undecided=next(iter(self._undecided.values()), ""),
        )

    async def close(self) -> None:
        """Let go of the relay and of what waits for it."""
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)
        await self._client.aclose()

    def _is_over(self) -> bool:
        return self._curtain is not None and self._curtain.exists()

    def _later(self, work: Coroutine[Any, Any, None]) -> None:
        task = asyncio.create_task(work)
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)


_OUTCOMES = {"completed": "completed", "failed": "failed"}
"""Every other end is a no: denied by policy or by a person, or not decided in time."""


def _reason(result: InvocationResult) -> str:
    """The words that came with an end; a channel's own sign in them names nobody."""
    said = " ".join(result.error.split()) or (
        "nobody decided in time" if result.outcome == "expired" else "no reason given"
    )
    return said.replace("@", "")[:300]


def main() -> int:
    """The exit code: that of the program, or 2 without a terminal or a relay."""
    name = sys.argv[1] if len(sys.argv) > 1 else "planner"
    if role_of(name) not in ROLES:
        sys.stderr.write(f"There is no role {name!r}: it is one of {', '.join(ROLES)}.\n")
        return 2
    program = TerminalProgram.from_environment(name, banner=f"{name} · {PERSONAS[role_of(name)]}")
    try:
        return asyncio.run(_run(program, name))
    except (NotATerminal, RelayClientError) as error:
        sys.stderr.write(f"{error}\n")
        return 2


async def _run(program: TerminalProgram, name: str) -> int:
    agent = DemoAgent.from_environment(name)
    try:
        return await program.run(agent)
    finally:
        await agent.close()


if __name__ == "__main__":
    sys.exit(main())
