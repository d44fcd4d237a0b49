from __future__ import annotations

import os
import stat
from pathlib import Path

import pytest

from relay_tui.core.errors import WorkspaceError
from relay_tui.core.text import visible
from relay_tui.host.workspace import FILE, find, find_or_make


def test_the_first_use_makes_the_workspace_and_says_so(tmp_path: Path) -> None:
    project = tmp_path / 'a "strange" name'
    project.mkdir()
    made = find_or_make(project, state_home=tmp_path / "state")
    assert made.made
    assert made.name == project.name
    again = find_or_make(project, state_home=tmp_path / "state")
    assert not again.made
    assert (again.id, again.state_dir) == (made.id, made.state_dir)


def test_log_and_keys_lie_outside_the_project_for_the_user_alone(tmp_path: Path) -> None:
    found = find_or_make(tmp_path, state_home=tmp_path.parent / "elsewhere")
    assert tmp_path not in found.state_dir.parents
    assert stat.S_IMODE(found.state_dir.stat().st_mode) == 0o700


@pytest.mark.parametrize(
    ("content", "code"),
    [
        (b"version = 2\nid = 'abcdefgh'\nname = 'x'\n", "workspace_newer"),
        (b"version = 'one'\nid = 'abcdefgh'\nname = 'x'\n", "not_a_workspace"),
        (b"version = 1\nid = '../../etc'\nname = 'x'\n", "not_a_workspace"),
        (b"version = 1\n", "not_a_workspace"),
        (b"", "not_a_workspace"),
        (b"[[[", "not_a_workspace"),
        (b"\xff\xfe\x00", "not_a_workspace"),
    ],
    ids=["newer", "no number", "id that leads out", "no id", "empty", "no toml", "no text"],
)
def test_a_file_that_cannot_be_used_is_refused_and_left_alone(tmp_path: Path, content: bytes, code: str) -> None:
    path = tmp_path / FILE
    path.parent.mkdir()
    path.write_bytes(content)
    with pytest.raises(WorkspaceError) as caught:
        find_or_make(tmp_path, state_home=tmp_path / "state")
    assert caught.value.code == code
    assert caught.value.hint
    assert path.read_bytes() == content


def test_a_directory_that_is_not_there_is_a_sentence(tmp_path: Path) -> None:
    with pytest.raises(WorkspaceError) as caught:
        find_or_make(tmp_path / "nowhere", state_home=tmp_path / "state")
    assert caught.value.code == "not_a_workspace"


@pytest.mark.parametrize(
    "name",
    [b"\x07 and \x1b]52;c;eA==\x07", b"two\nlines", b"n\xf6t utf-8", b"quote\"and\\back", b"x" * 250, b"\xe2\x80\xae"],
    ids=["controls", "lines", "not UTF-8", "quotes", "long", "bidi"],
)  # fmt: skip
def test_a_directory_of_any_name_has_a_workspace_that_opens_again(tmp_path: Path, name: bytes) -> None:
    project = Path(os.fsdecode(os.fsencode(tmp_path) + b"/" + name))
    project.mkdir()
    made = find_or_make(project, state_home=tmp_path / "state")
    again = find_or_make(project, state_home=tmp_path / "state")
    assert (again.id, again.name, again.made) == (made.id, made.name, False)
    assert visible(again.name, keep="") == again.name


def test_looking_for_a_workspace_makes_none(tmp_path: Path) -> None:
    assert find(tmp_path, state_home=tmp_path / "state") is None
    assert list(tmp_path.iterdir()) == []
    made = find_or_make(tmp_path, state_home=tmp_path / "state")
    made.state_dir.rmdir()
    found = find(tmp_path, state_home=tmp_path / "state")
    assert found is not None
    assert (found.id, found.state_dir) == (made.id, made.state_dir)
    assert not made.state_dir.exists()


def test_a_demo_is_found_in_its_own_folder_and_no_other_folder_is_trusted_so(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("XDG_STATE_HOME", str(tmp_path / "home"))
    for name, beside in (("relay-demo-x", True), ("project", False)):
        folder = tmp_path / name / "tagger"
        folder.mkdir(parents=True)
        made = find_or_make(folder, state_home=tmp_path / name / "state")
        found = find(folder)
        assert found is not None
        assert (found.state_dir == made.state_dir) is beside
