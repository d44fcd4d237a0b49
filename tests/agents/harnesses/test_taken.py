"""What a program's whole transcript proves of attempts, read when nobody remembers them."""

from __future__ import annotations

import json
from pathlib import Path

from relay_tui.agents.harnesses.framing import digest, frame
from relay_tui.agents.harnesses.taken import capabilities, proven_among
from relay_tui.core.model import Mode
from relay_tui.core.session import MessageContext

from .test_framing import letters, message
from .test_screen_reader import RULES


def line(text: str, role: str = "user", kind: str = "got") -> str:
    return json.dumps({"n": 0, "at": 0, "role": role, "kind": kind, "text": text}) + "\n"


def attempt(nonce: str, offset: int = 0) -> MessageContext:
    return MessageContext(1, nonce, 1, offset)


def test_an_attempt_is_proven_by_an_input_behind_where_the_transcript_ended_when_it_began(tmp_path: Path) -> None:
    path = tmp_path / "transcript.jsonl"
    single = line(frame(message("hello"), attempt("a" * 8)))
    several = line("half a thought " + digest(letters("one", "two")) + " and more")
    quoted = line(frame(message("quoted"), attempt("b" * 8)), role="assistant", kind="text")
    torn = line(frame(message("torn"), attempt("c" * 8)))[:-20]
    path.write_text(single + several + quoted + torn, "utf-8")
    asked = [attempt("a" * 8), attempt("9f3a12cd01"), attempt("9f3a12cd02", len(single)), attempt("b" * 8),
             attempt("c" * 8)]  # fmt: skip
    assert proven_among(path, asked) == {"a" * 8, "9f3a12cd01", "9f3a12cd02"}
    assert proven_among(path, [attempt("a" * 8, len(single))]) == set()
    assert proven_among(tmp_path / "none.jsonl", asked) == set()


def test_a_program_is_offered_what_its_rules_say_it_can(tmp_path: Path) -> None:
    plain = capabilities(RULES, transcript=False, fetches=False)
    assert (plain.boundaries, plain.digest, plain.fetches) == ({Mode.ON_IDLE}, 1, False)
    rules = RULES.model_copy(update={"interrupt": "Escape", "while_working": "next-tool-call"})
    can = capabilities(rules, transcript=True, fetches=True)
    assert can.boundaries == {Mode.ON_IDLE, Mode.IMMEDIATE, Mode.NEXT_TOOL_CALL}
    assert can.digest > 1
    blind = RULES.model_copy(update={"input": None})
    assert capabilities(blind, transcript=True, fetches=False).digest == 1
