from __future__ import annotations

import json
import re
from pathlib import Path

from relay_tui.demo.program.transcript import Entry, TranscriptFile


def lines(path: Path) -> list[dict[str, object]]:
    return [json.loads(line) for line in path.read_text().splitlines()]


def test_an_entry_is_one_line_with_all_fields(tmp_path: Path) -> None:
    path = tmp_path / "new" / "t.jsonl"
    file = TranscriptFile(path)
    file.append(Entry("user", "got", "a\nb\x1b‮", {"queued": False}))
    (entry,) = lines(path)
    assert re.fullmatch(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z", str(entry.pop("at")))
    assert entry == {
        "v": 1,
        "n": 0,
        "role": "user",
        "kind": "got",
        "text": "a\nb\x1b‮",
        "detail": {"queued": False},
    }
    assert path.stat().st_mode & 0o777 == 0o600


def test_a_later_run_goes_on_where_an_earlier_one_was_cut_off(tmp_path: Path) -> None:
    path = tmp_path / "t.jsonl"
    path.write_text('{"n": 0}\n{"n": 1, "te')
    file = TranscriptFile(path)
    file.append(Entry("assistant", "text", "back"))
    file.close()
    file.append(Entry("assistant", "text", "dropped"))
    whole, torn, new = path.read_text().splitlines()
    assert (json.loads(whole)["n"], torn, json.loads(new)["n"]) == (0, '{"n": 1, "te', 2)
