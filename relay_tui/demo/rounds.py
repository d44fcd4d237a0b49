"""What goes on after the release: small rounds, one topic each, so that the swarm stays alive without flooding."""

from __future__ import annotations

import random
from dataclasses import dataclass

from relay_tui.demo.cast import ROLES, Cast
from relay_tui.demo.facts import facts_of, preview_url
from relay_tui.demo.release import GENERAL, PREVIEW, RELEASE
from relay_tui.demo.steps import Request, Scene, Work, edit, outcome_cue, read, run

AHEAD = 6
"""Rounds that an agent looks ahead for the message it got: it may not have been asked in the last ones."""


@dataclass(slots=True, frozen=True)
class Line:
    """One message: who, in which role, says one of `texts` after `work`."""

    role: str
    texts: tuple[str, ...]
    work: tuple[Work, ...] = ()


@dataclass(slots=True, frozen=True)
class Topic:
    """A short conversation that the planner opens. `to` may name a role: a direct message."""

    about: str
    to: str
    lines: tuple[Line, ...]
    asks: bool = False
    """The last line asks for a preview."""

    def roles(self) -> set[str]:
        return {line.role for line in self.lines} | ({self.to[1:]} if self.to.startswith("@") else set())


TOPICS = (
    Topic(
        "issue {issue}",
        RELEASE,
        (
            Line("planner", ("#{issue} came in: tags in a file without a last line end. @{tester} can you confirm it?",
                             "New one, #{issue}: a file without a last line end. @{tester} does it fail for you?")),
            Line("tester", ("Confirmed, one case. @{builder} it is in `tests/test_reader.py`.",
                            "Yes, it fails. @{builder} the case is in `tests/test_reader.py`."),
                 (edit("tests/test_reader.py", 8), run("pytest -q tests/test_reader.py", "1 failed, 12 passed"))),
            Line("builder", ("One line, done in `{commit}`.", "Was one missing check. `{commit}`."),
                 (edit("src/tagger/reader.py", 1, 1, 1.4), run("pytest -q", "all passed", 1.6))),
            Line("tester", ("Green. Closing #{issue}.", "Passes here. #{issue} can be closed."),
                 (run("pytest -q", "all passed", 1.4),)),
        ),
    ),
    Topic(
        "the slow import",
        GENERAL,
        (
            Line("planner", ("`import tagger` takes {ms} ms. @{builder} do you see why?",
                             "@{builder} somebody measured {ms} ms for `import tagger`. Any idea?")),
            Line("builder", ("The plugin scan. It can wait until somebody asks for plugins; `{commit}`.",
                             "It looks for plugins at import. Moved that to first use in `{commit}`."),
                 (run("python -X importtime -c 'import tagger'", "{ms} ms"),
                  edit("src/tagger/plugins.py", 11, 6, 1.6))),
            Line("planner", ("Better. I note it for the changelog.", "Good, that goes into the notes."),
                 (edit("CHANGELOG.md", 1),)),
        ),
    ),
    Topic(
        "a question from outside",
        "@docs",
        (
            Line("planner", ("Somebody asks where the config file goes. Is that written anywhere?",
                             "The same question twice today: where does the config file go? Do we say it?")),
            Line("docs", ("Only in the long page. I put it into the first paragraph.",
                          "It is on page three. I moved it to the top of the first."),
                 (read("docs/config.md", 1.0), edit("docs/index.md", 4, 0, 1.4))),
        ),
    ),
    Topic(
        "the flaky test",
        RELEASE,
        (
            Line("planner", ("CI failed once in `test_watch`, and then it did not. @{tester} is that one flaky?",
                             "`test_watch` failed once in CI. @{tester} would you look at it?")),
            Line("tester", ("Fails {few} in 200. It waits for a time instead of an event. Mending the test.",
                            "{few} of 200 runs fail: it sleeps where it should wait. I mend it."),
                 (run("pytest -q tests/test_watch.py --count 200", "{few} failed", 2.4),
                  edit("tests/test_watch.py", 9, 4))),
            Line("tester", ("0 in 500 now.", "500 runs, no failure."),
                 (run("pytest -q tests/test_watch.py --count 500", "500 passed", 2.6),)),
        ),
    ),
    Topic(
        "pull request {issue}",
        RELEASE,
        (
            Line("planner", ("#{issue} is from a new contributor. @{reviewer} would you take it?",
                             "First pull request of somebody new: #{issue}. @{reviewer} please be quick with it.")),
            Line("reviewer", ("Small and right. Two names to change, I said so kindly.",
                              "Good work. I asked for one more test and nothing else."),
                 (run("gh pr diff {issue}", "3 files changed", 0.8), read("src/tagger/format.py", 1.6))),
            Line("planner", ("Thank you. I merge it when they are back.", "Thanks. It goes into the next release."),),
        ),
    ),
    Topic(
        "a preview of main",
        RELEASE,
        (
            Line("planner", ("@{builder} could you put today's main up as a preview? Somebody wants to try it.",
                             "@{builder} a preview of today's main would help, please ask for one.")),
            Line("builder", ("Asked for `{commit}`. It waits for a yes.", "The request for `{commit}` is out."),
                 (run("git rev-parse --short HEAD", "{commit}"),)),
        ),
        asks=True,
    ),
    Topic(
        "the changelog",
        "@docs",
        (
            Line("planner", ("Could you go through the changelog for the next release? It grew.",
                             "The changelog got long. Would you sort it before the next release?")),
            Line("docs", ("Sorted: changed, added, mended. Two entries said the same.",
                          "Done, and {few} entries were about the same thing."),
                 (read("CHANGELOG.md", 1.2), edit("CHANGELOG.md", 14, 19, 1.6))),
        ),
    ),
    Topic(
        "memory on big trees",
        GENERAL,
        (
            Line("planner", ("A tree of 80,000 files needs {ms} MB. @{tester} can you measure where?",
                             "@{tester} {ms} MB for 80,000 files. Would you find out what holds them?")),
            Line("tester", ("Paths are kept twice, as str and as Path. @{builder} yours, I think.",
                            "Each path is there twice. @{builder} can one of them go?"),
                 (run("python -m memray run -m tagger .", "{ms} MB peak", 2.4),)),
            Line("builder", ("One copy now, a third less. `{commit}`.", "Gone in `{commit}`: a third less."),
                 (edit("src/tagger/index.py", 12, 17, 1.8), run("pytest -q", "all passed", 1.4))),
        ),
    ),
    Topic(
        "a second pair of eyes",
        "@reviewer",
        (
            Line("planner", ("When you have a minute: is `index.py` getting too long?",
                             "`index.py` has {ms} lines now. Is that still one thing?")),
            Line("reviewer", ("It is two things. I wrote down where I would cut.",
                              "Nearly. The cache could move out, I left a note."),
                 (read("src/tagger/index.py", 2.0), edit("docs/notes.md", 7))),
        ),
    ),
    Topic(
        "the weekly run",
        GENERAL,
        (
            Line("planner", ("@{tester} how was the long run last night?", "@{tester} anything from the long run?")),
            Line("tester", ("Nine hours, nothing red. The slowest test is {ms} ms.",
                            "Clean. Slowest test {ms} ms, as last week."),
                 (read("reports/nightly.txt", 1.0),)),
        ),
    ),
)  # fmt: skip


def round_id(number: int) -> str:
    return f"round{number}"


def round_cue(number: int) -> str:
    """The cue that the planner gives itself when it begins a round."""
    return f"@{round_id(number)}"


def round_of(step_id: str) -> int:
    """The number of the round that a step belongs to; 0: the release."""
    head = step_id.partition(".")[0]
    return int(head.removeprefix("round")) if head.startswith("round") and head[5:].isdecimal() else 0


def write_round(number: int, cast: Cast, seed: int) -> Scene:
    """Round `number`, from 1. Empty when this cast can play no topic."""
    rng = random.Random(f"{seed}:{round_id(number)}")
    able = [topic for topic in TOPICS if all(cast.pick(role, rng) for role in topic.roles())]
    # The same order again and again: two rounds of one topic never meet among those that are looked at together.
    random.Random(f"{seed}:topics").shuffle(able)
    facts = facts_of(seed) | {
        "issue": 140 + number,
        "commit": f"{rng.getrandbits(28):07x}",
        "ms": rng.randrange(180, 640),
        "few": rng.randrange(2, 7),
    }
    facts |= {role: cast.pick(role, rng) for role in ROLES}
    scene = Scene(cast, seed, facts, f"{round_id(number)}.")
    if able:
        _write(scene, able[(number - 1) % len(able)], number)
    return scene


def _write(scene: Scene, topic: Topic, number: int) -> None:
    direct = topic.to.startswith("@")
    last = len(topic.lines) - 1
    for index, line in enumerate(topic.lines):
        to = topic.to if not direct else f"@{scene.facts[topic.to[1:]]}"
        if index:
            to = "@planner" if direct else ""
        scene.say(
            str(index),
            scene.facts[line.role],
            *line.texts,
            to=to,
            root="0" if index and not direct else "",
            after=[str(index - 1)] if index else [round_cue(number)],
            about=topic.about,
            work=[_filled(work, scene.facts) for work in line.work],
            request=_request(scene) if topic.asks and index == last else None,
        )
    if topic.asks:
        _outcomes(scene, str(last), topic.about)


def _request(scene: Scene) -> Request:
    return Request(PREVIEW, {"environment": "main", "commit": scene.facts["commit"]})


def _outcomes(scene: Scene, asked: str, about: str) -> None:
    say = {"completed": f"Up: {preview_url(scene.facts['commit'])}", "denied": "Declined: ", "failed": "It failed: "}
    for outcome, text in say.items():
        scene.say(
            f"{asked}.{outcome}",
            scene.facts["builder"],
            text,
            root="0",
            after=[outcome_cue(asked, outcome)],
            about=about,
            open_end=outcome != "completed",
        )


def _filled(work: Work, facts: dict[str, object]) -> Work:
    return Work(
        work.kind,
        work.what.format_map(facts),
        work.result.format_map(facts),
        work.added,
        work.removed,
        work.seconds,
    )
