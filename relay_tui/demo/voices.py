"""How each role answers a person: what was wanted, and a short reply in the agent's own voice."""

from __future__ import annotations

import random
import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Literal

from relay_tui.demo.cast import role_of
from relay_tui.demo.steps import Work, edit, read, run, think

Intent = Literal["status", "blocked", "thanks", "hello", "stop", "request", "explain", "question", "remark"]

_INTENTS: tuple[tuple[Intent, str], ...] = (
    ("status", r"\b(status|progress|how far|where are (we|you)|how('s| is| are) (it|things|that|you)"
               r"|what are you (doing|up)|working on|eta|update\?)"),
    ("blocked", r"\b(block(ed|er|ing)|stuck|waiting (for|on)|need anything|what do you need|in your way)\b"),
    ("stop", r"^\W*(stop|hold|pause|wait|freeze|hang on)\b"),
    ("thanks", r"^\W*(thanks|thank you|thx|great|nice|perfect|well done|good (work|job)|cool|lgtm|agreed)\b"),
    ("request", r"\b(please|pls|(can|could|would|will) (you|we)|let's|make sure|i('d| would) like|i want|i need)\b"),
    ("request", r"^\W*(add|build|bump|check|clean|compare|delete|deploy|describe|do|document|drop|explain|file|find|fix"
                r"|include|keep|list|look|make|measure|merge|mention|move|open|plan|prepare|publish|push|put|read|rebase"
                r"|release|remove|rename|report|rerun|review|revert|run|say|send|ship|show|split|start|summari[sz]e"
                r"|tag|take|tell|test|time|try|update|use|verify|write)\b"),
    ("hello", r"^\W*(hi|hello|hey|good (morning|evening|afternoon|day)|morning|ping)\b"),
    ("explain", r"^\W*(what|how|why|which|where|who|whose|when)\b.*\?\s*$"),
    ("question", r"\?\s*$"),
)  # fmt: skip
_POLITE = re.compile(
    r"^(?:\W*@[A-Za-z0-9][A-Za-z0-9._-]*[\s,:]*"
    r"|\W*\b(?:please|pls|hey|hi|hello|ok|okay|and|so|then|also|now|(?:can|could|would|will) (?:you|we)|let's|kindly"
    r"|i(?:'d| would) like you to|i (?:want|need) you to)\b[\s,:]*)+",
    re.IGNORECASE,
)
_MENTION = re.compile(r"@([A-Za-z0-9][A-Za-z0-9._-]*)")
_TURNED = {"me": "you", "my": "your", "mine": "yours", "i": "you", "your": "my", "yours": "mine"}
LOOKED_AT = 400
"""Characters of a message that are looked at for what it wants."""
GIST = 90
"""Characters of what was asked that an answer repeats."""


@dataclass(slots=True, frozen=True)
class Standing:
    """Where an agent stands when it is asked. Empty: nothing."""

    last: str = ""
    next: str = ""
    waits_on: str = ""
    """Whom the next thing waits for: `tester`."""
    waits_for: str = ""
    """And for what of theirs: `the failing case`."""
    undecided: str = ""
    """The action that it asked for and that a person has not decided."""


@dataclass(slots=True, frozen=True)
class Part:
    """One reply, after the work before it."""

    work: tuple[Work, ...]
    text: str


def intent_of(text: str) -> Intent:
    """What a person wants, by the look of it."""
    lowered = _MENTION.sub("", text[:LOOKED_AT]).strip().lower()
    for intent, pattern in _INTENTS:
        if re.search(pattern, lowered):
            return intent
    return "remark"


def gist_of(text: str) -> str:
    """What was asked, in a form that can follow a colon: without greetings and mentions, from the agent's side."""
    line = next((line.strip() for line in text[:LOOKED_AT].splitlines() if line.strip()), "")
    line = _MENTION.sub(r"\1", _POLITE.sub("", line))
    line = re.sub(r"[\s,]*\b(?:please|pls|thanks|thank you)?\W*$", "", line, flags=re.IGNORECASE)
    if not re.search(r"\w", line):
        return ""
    words = [_TURNED.get(word.lower(), word) for word in line.split()]
    short = ""
    for word in words:
        if len(short) + len(word) > GIST:
            return f"{short.rstrip(',;:')} …" if short else f"{word[:GIST]}…"
        short = f"{short} {word}" if short else word
    return short[:1].lower() + short[1:] if short[1:2].islower() or short[1:2] == " " else short


def answer(name: str, text: str, standing: Standing, facts: Mapping[str, Any], rng: random.Random) -> Sequence[Part]:
    """What `name` replies to a person: one part, or two when something was to be done first."""
    role = role_of(name)
    intent = intent_of(text)
    gist = gist_of(text)
    if intent == "request" and gist:
        will = rng.choice(_WILL[role]).format(gist=gist)
        done = rng.choice(_DONE[role]).format(gist=gist, **facts)
        return [Part((think(0.4),), will), Part(_TOIL[role](facts), done)]
    short: dict[Intent, Callable[[], str]] = {
        "status": lambda: _status(standing, rng),
        "blocked": lambda: _blocked(standing, rng),
        "thanks": lambda: rng.choice(("Any time.", "Glad it helps.", "Thank you.")),
        "hello": lambda: f"{rng.choice(('Hello.', 'Here.', 'Hi.'))} {_status(standing, rng)}",
        "stop": lambda: "Understood, I begin nothing new here. What is under way I finish, and then I wait for you.",
        "explain": lambda: rng.choice(_EXPLAINED[role]).format_map(facts),
        "question": lambda: rng.choice(_ASKED[role]).format_map(facts),
    }
    words = short.get(intent, lambda: rng.choice(_REMARK[role]))()
    return [Part((think(0.3), _GLANCE[role](facts)), words)]


def aside(name: str, text: str, standing: Standing, rng: random.Random) -> str:
    """What is said on the screen to somebody who types into the pane."""
    gist = gist_of(text)
    if intent_of(text) in ("status", "blocked", "hello") or not gist:
        return _status(standing, rng)
    return rng.choice((f"Noted: {gist}.", f"All right: {gist}. I keep it in mind."))


def _status(standing: Standing, rng: random.Random) -> str:
    said: list[str] = []
    if standing.last:
        said.append(rng.choice(("Just finished {0}.", "Done with {0}.", "{0} is through.")).format(standing.last))
    if standing.undecided:
        said.append(f"{standing.undecided} waits for a person's yes.")
    elif standing.next and standing.waits_on:
        said.append(f"Next is {standing.next}; for that I wait for {standing.waits_on}.")
    elif standing.next:
        said.append(f"Next is {standing.next}.")
    else:
        said.append(rng.choice(("Nothing open on my side.", "Free for something new.")))
    return " ".join(one[:1].upper() + one[1:] for one in said)


def _blocked(standing: Standing, rng: random.Random) -> str:
    if standing.undecided:
        return f"Yes: {standing.undecided} needs your decision. It is in your list."
    if standing.waits_on:
        return f"Not stuck. I wait for {standing.waits_for}, which is with {standing.waits_on}."
    return rng.choice(("No, nothing in my way.", "Not at all, I have what I need."))


_WILL: dict[str, tuple[str, ...]] = {
    "planner": ("Goes into the plan: {gist}.", "Taken up: {gist}. I see to it."),
    "builder": ("On it: {gist}.", "Will do: {gist}."),
    "tester": ("I take it: {gist}.", "Good point, doing it now: {gist}."),
    "reviewer": ("I look at it now: {gist}.", "Taking it: {gist}."),
    "docs": ("With pleasure: {gist}.", "Writing it down and doing it: {gist}."),
}
_DONE: dict[str, tuple[str, ...]] = {
    "planner": ("Done: {gist}. The plan for {version} says so now.", "Settled: {gist}. Nobody has to wait for it."),
    "builder": ("Done: {gist}. {tests} tests pass.", "That is in: {gist}. The build is green."),
    "tester": ("Done: {gist}. {tests} passed, none skipped for it.", "Checked: {gist}. All green, twice."),
    "reviewer": ("Done: {gist}. Nothing that should stop us.", "Read it through: {gist}. One small note, no blocker."),
    "docs": ("Done: {gist}. It is on the page.", "Written: {gist}. Short enough to be read."),
}
_TOIL: dict[str, Callable[[Mapping[str, Any]], tuple[Work, ...]]] = {
    "planner": lambda f: (read("docs/plan.md"), edit("docs/plan.md", 3, 1, 1.0)),
    "builder": lambda f: (edit(f["module"], 9, 4, 1.0), run("pytest -q", f"{f['tests']} passed", 1.2)),
    "tester": lambda f: (edit(f["test"], 12, 0, 0.8), run("pytest -q", f"{f['tests']} passed", 1.4)),
    "reviewer": lambda f: (run("git diff main --stat", "2 files changed", 0.6), read(f["module"], 1.4)),
    "docs": lambda f: (read(f["page"]), edit(f["page"], 8, 2, 1.2)),
}
_GLANCE: dict[str, Callable[[Mapping[str, Any]], Work]] = {
    "planner": lambda f: read("docs/plan.md", 0.3),
    "builder": lambda f: run("git status --short", "clean", 0.3),
    "tester": lambda f: read("reports/last-run.txt", 0.3),
    "reviewer": lambda f: read(f["module"], 0.3),
    "docs": lambda f: read(f["page"], 0.3),
}
_ASKED: dict[str, tuple[str, ...]] = {
    "planner": (
        "Short answer: not before {version}. After it, gladly.",
        "I would say yes. It does not touch the three parts of {version}.",
    ),
    "builder": (
        "Yes. I tried it on main: nothing else in `{module}` depends on it.",
        "It would, for about ten lines in `{module}`. Say so and I do it.",
    ),
    "tester": (
        "I can only say what I ran: {tests} cases, and none of them covers that. Shall I write one?",
        "By the numbers, yes: {tests} passed, three times in a row.",
    ),
    "reviewer": (
        "I would keep it. The reason is in the second half of `{module}`.",
        "Probably, though I would want a test for it first.",
    ),
    "docs": (
        "It is written in `{page}`, second paragraph. If you had to ask, it is in the wrong place.",
        "Not written anywhere yet. I put it on `{page}`.",
    ),
}
_EXPLAINED: dict[str, tuple[str, ...]] = {
    "planner": (
        "The short version is in `docs/plan.md`, I keep it current.",
        "As in the plan: {topic} first, the page last.",
    ),
    "builder": (
        "`{module}` is the place for that, about {lines} lines.",
        "{cause} That is the part that matters for it.",
    ),
    "tester": ("`{test}` has a case that shows it, and it is green.", "Best seen in `{test}`: {shape}."),
    "reviewer": ("I would start reading at `{module}`, it says it better than I can.", "The diff shows it: {fix}."),
    "docs": ("`{page}` has it, in the second paragraph.", "On `{page}`, with {example}."),
}
_REMARK: dict[str, tuple[str, ...]] = {
    "planner": ("Noted, it is in the plan.", "Understood. I pass it on where it matters."),
    "builder": ("Noted. I keep it in mind while I am in there.", "Understood, no change needed on my side."),
    "tester": ("Noted. I make a case of it.", "Understood. I watch for it in the next run."),
    "reviewer": ("Noted. I read the diff with that in mind.", "Understood, I look for it."),
    "docs": ("Noted. That belongs into the notes.", "Understood. I say it in plain words on the page."),
}
