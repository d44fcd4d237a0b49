"""Starting an agent from the deck."""

from __future__ import annotations

import subprocess
from pathlib import Path

import pytest

from relay_tui.tui.words.teach import no_agents
from tests.tui.frames import desk
from tests.tui.source_sample import SampleSource


async def test_c_asks_for_a_name_and_a_command_and_starts_it() -> None:
    async with desk() as d:
        await d.at_once("c", *"helper")
        assert "Start an agent  in ~/src/tagger" in d.frame
        await d.press("enter")
        await d.type("sh -c 'exec cat'")
        await d.press("enter")
        await d.worked("form")
        assert d.source.asked == [("start", "helper", "sh", "-c", "exec cat")]
        assert "helper is started" in d.frame


async def test_the_form_stays_with_what_was_written_when_it_is_refused() -> None:
    async with desk(source=SampleSource(refusal="There is no program 'claud' on this machine.")) as d:
        await d.press("c")
        await d.type("x")
        await d.press("tab")
        await d.type("claud")
        await d.press("enter")
        await d.worked("form")
        assert "There is no program 'claud' on this machine." in d.frame
        await d.press("backspace", "enter", "escape")
        await d.settle()
        assert "Start an agent" not in d.frame


async def test_a_quote_that_is_open_is_said() -> None:
    async with desk() as d:
        await d.press("c")
        await d.type("x")
        await d.press("enter")
        await d.type("sh -c 'oops")
        await d.press("enter")
        await d.settle()
        assert "A quote in the command is not closed." in d.frame
        assert d.source.asked == []


@pytest.mark.parametrize("folder", ["s", "state of it", "a-long-name-" * 6])
def test_the_command_for_a_new_name_is_one_that_a_shell_reads_as_it_stands(tmp_path: Path, folder: str) -> None:
    key = tmp_path / folder / "key"
    key.parent.mkdir()
    key.write_text("rk_live_x\n")
    typed = [line.split("`")[1] for line in no_agents("http://127.0.0.1:1", key, "cat") if line.count("`") == 2]
    script = "\n".join(line for line in typed if not line.startswith(("relay-tui", "m", "c ")))
    read = subprocess.run(
        ["sh", "-c", f"curl() {{ printf '%s|' \"$@\"; }}\n{script}"], capture_output=True, text=True, check=True
    )
    assert read.stdout.split("|")[:-1] == [
        "http://127.0.0.1:1/v1/agents", "-d", '{"name": "helper"}', "-H", "Authorization: Bearer rk_live_x",
    ]  # fmt: skip
