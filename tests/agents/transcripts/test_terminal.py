from __future__ import annotations

import json
from pathlib import Path

from hypothesis import given
from hypothesis import strategies as st

from relay_tui.agents.transcripts.terminal import TranscriptReader, parse, taken_inputs, turn_in


def line(n: int, kind: str = "got", role: str = "user", text: str = "hello") -> str:
    entry = {"v": 1, "n": n, "at": "2026-11-20T14:00:00.250Z", "role": role, "kind": kind, "text": text, "detail": {}}
    return json.dumps(entry) + "\n"


def test_each_reading_gives_what_was_appended_since(tmp_path: Path) -> None:
    path = tmp_path / "t.jsonl"
    reader = TranscriptReader(path)
    assert reader.read() == []
    path.write_text(line(0))
    assert [entry.n for entry in reader.read()] == [0]
    with path.open("a") as file:
        file.write(line(1) + line(2))
    assert [entry.n for entry in reader.read()] == [1, 2]
    assert reader.read() == []


def test_half_a_line_waits_for_its_end(tmp_path: Path) -> None:
    path = tmp_path / "t.jsonl"
    reader = TranscriptReader(path)
    whole = line(0)
    path.write_text(whole[:20])
    assert reader.read() == []
    path.write_text(whole)
    assert [entry.n for entry in reader.read()] == [0]


def test_times_are_milliseconds_and_offsets_are_behind_the_line(tmp_path: Path) -> None:
    data = line(0).encode()
    (entry,) = parse(data, offset=100)
    assert entry.at == 1_795_183_200_250
    assert entry.end_offset == 100 + len(data)


def test_malformed_lines_are_passed_over_and_the_rest_is_read() -> None:
    data = (
        line(0) + "not json\n" + '{"n": "x"}\n' + '{"n":1,"at":0,"role":"root","kind":"got","text":""}\n' + line(2)
    ).encode()
    assert [entry.n for entry in parse(data)] == [0, 2]


def test_a_file_that_shrank_is_read_again_from_its_beginning(tmp_path: Path) -> None:
    path = tmp_path / "t.jsonl"
    path.write_text(line(0) + line(1))
    reader = TranscriptReader(path)
    reader.read()
    path.write_text(line(7))
    assert [entry.n for entry in reader.read()] == [7]


def test_only_inputs_behind_the_offset_count_as_taken(tmp_path: Path) -> None:
    path = tmp_path / "t.jsonl"
    early = line(0, text="early")
    path.write_text(early + line(1, role="assistant", kind="text", text="quoting") + line(2, text="late"))
    assert [entry.text for entry in taken_inputs(path, len(early.encode()))] == ["late"]


@given(st.binary())
def test_no_content_of_a_transcript_breaks_its_reader(data: bytes) -> None:
    for entry in parse(data):
        assert entry.end_offset <= len(data)


def test_a_turn_of_long_ago_is_found_with_what_stands_around_it(tmp_path: Path) -> None:
    path = tmp_path / "t.jsonl"
    path.write_text("".join(line(n, text=f"text {n} {'x' * 90}") for n in range(20_000)) + line(20_000)[:30])

    def around(n: int, offset: int = 0) -> list[int]:
        return [entry.n for entry in turn_in(path, offset, lambda entry: entry.text.startswith(f"text {n} "))]

    found = around(12_000)
    assert found == list(range(found[0], found[-1] + 1))
    assert found[0] < 12_000 < found[-1]
    assert len(found) < 5_000
    assert around(0)[0] == 0
    assert around(19_999)[-1] == 19_999
    assert around(20_000) == [], "half a line is no entry"
    assert around(5, offset=path.stat().st_size) == []
    assert turn_in(tmp_path / "none.jsonl", 0, lambda entry: True) == []
