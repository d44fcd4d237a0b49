from __future__ import annotations

import random
from pathlib import Path

import pytest

from relay_tui.demo.faults import FAULTS_ENV, NAMES, RECORD_ENV, SEED_ENV, USUAL, Faults, chances
from relay_tui.demo.program.mischief import Record


def test_every_fault_has_a_usual_chance() -> None:
    assert set(USUAL) == set(NAMES)


def test_chances_are_read_by_name_alone_or_all_at_once() -> None:
    assert chances("eats-enter=0.5, dies") == {"eats-enter": 0.5, "dies": USUAL["dies"]}
    assert chances("all=0.5,dies=0")["draft"] == USUAL["draft"] / 2
    assert chances("all=0.5,dies=0")["dies"] == 0


@pytest.mark.parametrize("spec", ["eats", "dies=2", "dies=-1", "dies=often", "all=x"])
def test_what_cannot_be_read_is_a_sentence(spec: str) -> None:
    with pytest.raises(ValueError, match=r"\.$"):
        chances(spec)


def test_the_same_seed_and_name_throw_the_same_dice_until_the_program_is_started_again(tmp_path: Path) -> None:
    env = {FAULTS_ENV: "all", SEED_ENV: "7", "RELAY_TRANSCRIPT": str(tmp_path / "t.jsonl")}

    def throw() -> list[float]:
        faults = Faults.from_environment("echo", env)
        assert faults is not None
        return [faults.rng.random() for _ in range(5)]

    first = throw()
    assert throw() == first
    (tmp_path / "t.jsonl").write_text("{}\n", "utf-8")
    assert throw() != first
    second = throw()
    env[RECORD_ENV] = str(tmp_path / "record")  # what it dies of may come before its transcript says anything
    Record(tmp_path / "record").write("started", "echo")
    assert throw() != second
    assert Faults.from_environment("echo", {}) is None


def test_at_most_one_of_several_strikes() -> None:
    faults = Faults(chances("dialog=0.5,draft=0.5"), random.Random(1))
    struck = [faults.one_of("dialog", "draft", "dies") for _ in range(1_000)]
    assert set(struck) == {"dialog", "draft"}
    assert 400 < struck.count("dialog") < 600
