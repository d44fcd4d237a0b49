from __future__ import annotations

from typing import Any

import pytest

from relay_tui.core import commands as c
from relay_tui.core.content import described
from relay_tui.core.model import Caller

from ..conftest import Desk, refused
from .test_marks import say


def upload(desk: Desk, by: Caller, name: str = "a.txt") -> str:
    begun = desk.do(c.BeginUpload(filename=name), by)
    done = {"file_id": begun.id, "sha256": "a" * 64, "size_bytes": 3, "content_type": "text/plain"}
    return desk.do(c.CompleteUpload.model_validate(done), by).id


GOOD: list[dict[str, Any]] = [
    {"kind": "text", "text": "log", "label": "stderr"},
    {"kind": "image", "url": "https://example.org/a.png", "alt": "a plot"},
    {"kind": "link", "url": "http://example.org", "title": "docs"},
    {"kind": "path", "path": "src/a.py", "line": 12},
    {"kind": "json", "value": {"a": [1, None]}},
    {"kind": "diff", "patch": "--- a\n+++ b\n"},
]


def test_attachments_are_kept_as_they_came_and_described_in_a_line(desk: Desk) -> None:
    one = desk.join("one")
    message = say(desk, one, "see", attachments=GOOD)
    assert message.attachments == GOOD
    assert [described(one).split("\n")[0] for one in GOOD] == [
        "text stderr: log",
        "image https://example.org/a.png a plot",
        "link http://example.org docs",
        "src/a.py:12",
        'json: {"a":[1,null]}',
        "diff:",
    ]


def test_a_stored_file_is_attached_with_its_name_kind_and_size(desk: Desk) -> None:
    one = desk.join("one")
    file_id = upload(desk, one, "../../etc/passwd")
    (kept,) = say(desk, one, "see", attachments=[{"kind": "file", "file_id": file_id}]).attachments or ()
    assert kept == {
        "kind": "file",
        "file_id": file_id,
        "filename": "passwd",
        "content_type": "text/plain",
        "size_bytes": 3,
    }
    assert described(kept) == f"file passwd (text/plain, 3 bytes), id {file_id}"
    desk.do(c.RemoveFile(file_id=file_id), one)
    for gone in (file_id, desk.do(c.BeginUpload(filename="b"), one).id, "999", "x"):
        with refused("file_not_found"):
            say(desk, one, "see", attachments=[{"kind": "file", "file_id": gone}])


@pytest.mark.parametrize(
    "bad",
    [
        {"kind": "virus"},
        {},
        {"kind": "link", "url": "javascript:alert(1)"},
        {"kind": "link", "url": "http://[broken"},
        {"kind": "image"},
        {"kind": "image", "url": "http://a/b", "file_id": "1"},
        {"kind": "path", "path": "a", "line": 0},
        {"kind": "text", "text": ""},
        {"kind": "text", "text": "x", "more": 1},
        {"kind": "text", "text": "x" * 300_000},
    ],
)
def test_an_attachment_that_makes_no_sense_is_refused(desk: Desk, bad: dict[str, Any]) -> None:
    one = desk.join("one")
    with refused("invalid_attachment"):
        say(desk, one, "see", attachments=[bad])
    assert desk.rows("SELECT 1 FROM messages") == []


def test_blocks_are_kept_as_they_came(desk: Desk) -> None:
    one = desk.join("one")
    blocks: list[dict[str, Any]] = [
        {"type": "header", "text": "Release", "extra": 1},
        {"type": "fields", "fields": [{"label": "a", "value": "b"}]},
        {"type": "actions", "elements": [{"text": "Go", "action_id": "go", "style": "primary"}]},
        {"type": "divider"},
        {"type": "from the future", "x": {"y": 1}},
    ]
    assert say(desk, one, "see", blocks=blocks).blocks == blocks
    assert say(desk, one, "see", blocks=[]).blocks is None


@pytest.mark.parametrize(
    "bad",
    [
        [{}],
        [{"type": 3}],
        [{"type": "header"}],
        [{"type": "fields", "fields": [{"label": "a"}]}],
        [{"type": "divider"}] * 51,
        [{"type": "text", "text": "x" * 70_000}],
    ],
)
def test_blocks_that_make_no_sense_are_refused(desk: Desk, bad: list[dict[str, Any]]) -> None:
    one = desk.join("one")
    with refused("invalid_blocks"):
        say(desk, one, "see", blocks=bad)


def test_an_upload_belongs_to_who_began_it_and_gets_its_bytes_once(desk: Desk) -> None:
    one, two = desk.join("one"), desk.join("two")
    begun = desk.do(c.BeginUpload(filename="a"), one)
    done: dict[str, Any] = {"file_id": begun.id, "size_bytes": 3, "content_type": "text/plain"}
    with refused("forbidden"):
        desk.do(c.CompleteUpload(**done, sha256="a" * 64), two)
    desk.do(c.CompleteUpload(**done, sha256="a" * 64), one)
    assert desk.events(c.CompleteUpload(**done, sha256="a" * 64), one) == []
    with refused("upload_ended"):
        desk.do(c.CompleteUpload(**done, sha256="b" * 64), one)
    with refused("forbidden"):
        desk.do(c.RemoveFile(file_id=begun.id), two)
    with refused("file_too_large"):
        desk.do(c.BeginUpload(filename="a", size_bytes=c.MAX_FILE + 1), one)
    for name in ("..", "/", "a\0b"):
        with refused("invalid_filename"):
            desk.do(c.BeginUpload(filename=name), one)
    with refused("file_not_found"):
        desk.do(c.RemoveFile(file_id="999"), one)
