"""Files that are not as they should be: each is a sentence with a code, and nothing in it is changed."""

# ruff: noqa: ASYNC240, ASYNC221 -- files are what is tested here
from __future__ import annotations

import os
import sqlite3
import subprocess
import sys
from pathlib import Path

import pytest

from relay_tui.core import commands as c
from relay_tui.core.errors import RelayError, WorkspaceError
from relay_tui.core.log.store import SCHEMA_VERSION, open_store, read_only
from relay_tui.core.relay import Relay

from ..conftest import newcomer


async def filled(folder: Path, messages: int = 200) -> Path:
    """A workspace with something in it; the path of its log."""
    async with Relay.open(folder) as relay:
        by = await newcomer(relay, "builder")
        for n in range(messages):
            await relay.execute(c.SendMessage(to="#general", text=f"{n} " * 200), by)
    return folder / "log.db"


async def read_all(folder: Path) -> None:
    async with Relay.open(folder) as relay:
        await relay.entries(1, 10_000)
        await relay.queries.agents()


async def error_of(folder: Path) -> WorkspaceError:
    with pytest.raises(WorkspaceError) as caught:
        async with Relay.open(folder):
            pass
    assert caught.value.message.endswith(".")
    assert caught.value.hint
    return caught.value


async def test_a_log_that_was_closed_opens_again_as_it_was(folder: Path) -> None:
    await filled(folder, 3)
    async with Relay.open(folder, name="another") as relay:
        assert relay.workspace.name == "workspace"
        general = await relay.queries.channel("general")
        assert general is not None
        assert len(await relay.queries.messages(general.id)) == 3


async def test_the_folder_the_log_and_the_key_are_for_the_owner_only(folder: Path) -> None:
    log = await filled(folder, 1)
    assert folder.stat().st_mode & 0o777 == 0o700
    assert {(folder / name).stat().st_mode & 0o777 for name in ("log.db", "log.lock", "key")} == {0o600}
    assert (folder / "key").read_text().startswith("rk_live_")
    assert (folder / "key").read_text().strip().encode() not in log.read_bytes()


async def test_a_newer_schema_is_refused_and_left_alone(folder: Path) -> None:
    log = await filled(folder, 1)
    db = sqlite3.connect(log)
    db.execute(f"PRAGMA user_version = {SCHEMA_VERSION + 1}")
    db.close()
    before = log.read_bytes()
    assert (await error_of(folder)).code == "workspace_newer"
    assert log.read_bytes() == before


@pytest.mark.parametrize("change", ["v = 99", "type = 'agent.dreamed'"])
async def test_a_newer_event_is_refused_when_the_log_is_opened(folder: Path, change: str) -> None:
    log = await filled(folder, 1)
    db = sqlite3.connect(log)
    db.execute(f"UPDATE log SET {change} WHERE seq = (SELECT max(seq) FROM log)")
    db.commit()
    db.close()
    error = await error_of(folder)
    assert error.code == "workspace_newer"


async def test_a_newer_event_within_the_log_is_refused_when_it_is_read(folder: Path) -> None:
    log = await filled(folder, 3)
    db = sqlite3.connect(log)
    db.execute("UPDATE log SET v = 99 WHERE seq = 5")
    db.commit()
    db.close()
    async with Relay.open(folder) as relay:
        with pytest.raises(WorkspaceError, match="Entry 5 of the log"):
            await anext(relay.subscribe(1))


@pytest.mark.parametrize("content", [b"not a database at all\n" * 200, b"x", b"SQLite format 3\0" + b"\xff" * 5000])
async def test_a_file_that_is_no_database_is_refused_and_left_alone(folder: Path, content: bytes) -> None:
    folder.mkdir()
    (folder / "log.db").write_bytes(content)
    assert (await error_of(folder)).code == "not_a_workspace"
    assert (folder / "log.db").read_bytes() == content


async def test_somebody_elses_database_is_refused_and_left_alone(folder: Path) -> None:
    folder.mkdir()
    db = sqlite3.connect(folder / "log.db")
    db.execute("CREATE TABLE notes (text)")
    db.close()
    before = (folder / "log.db").read_bytes()
    assert (await error_of(folder)).code == "not_a_workspace"
    assert (folder / "log.db").read_bytes() == before


@pytest.mark.parametrize("part", [0.02, 0.3, 0.6, 0.95])
async def test_a_truncated_log_is_a_sentence_and_never_a_traceback(folder: Path, part: float) -> None:
    log = await filled(folder)
    os.truncate(log, int(log.stat().st_size * part))
    before = log.read_bytes()
    with pytest.raises(RelayError) as caught:
        await read_all(folder)
    assert caught.value.code in {"not_a_workspace", "storage_failed", "workspace_unreadable"}
    assert log.read_bytes() == before


async def test_an_empty_file_is_a_workspace_that_was_never_begun(folder: Path) -> None:
    folder.mkdir()
    (folder / "log.db").touch()
    async with Relay.open(folder) as relay:
        assert relay.last_seq == 3


async def test_a_folder_where_the_log_should_be_is_a_sentence(folder: Path) -> None:
    (folder / "log.db").mkdir(parents=True)
    assert (await error_of(folder)).code == "workspace_unreadable"


async def test_a_file_where_the_folder_should_be_is_a_sentence(folder: Path) -> None:
    folder.write_text("I was here first")
    assert (await error_of(folder)).code == "workspace_unreadable"


OPEN = """
import asyncio, os, sys
from pathlib import Path
from relay_tui.core.errors import WorkspaceError
from relay_tui.core.relay import Relay
async def main():
    async with Relay.open(Path(sys.argv[2])):
        pass  # so that everything is imported while it may be
    if os.getuid() == 0:
        os.setuid(65534)
    try:
        async with Relay.open(Path(sys.argv[1])):
            print("opened")
    except WorkspaceError as error:
        print(error.code)
asyncio.run(main())
"""


async def test_without_the_right_to_write_it_is_a_sentence(tmp_path: Path) -> None:
    readable = Path("/tmp") if os.getuid() == 0 else tmp_path  # the folder that pytest makes shuts everybody else out
    folder = readable / f"relay-unwritable-{os.getpid()}"
    try:
        await filled(folder, 1)
        folder.chmod(0o555)
        for file in folder.iterdir():
            file.chmod(0o444)
        done = subprocess.run(
            [sys.executable, "-c", OPEN, str(folder), str(tmp_path / "own")], capture_output=True, text=True, timeout=30
        )
        assert (done.stdout.strip(), done.stderr) == ("workspace_unreadable", "")
    finally:
        folder.chmod(0o755)
        for file in folder.iterdir():
            file.unlink()
        folder.rmdir()


def test_a_log_on_a_disk_that_is_read_only_is_read(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = tmp_path / "log.db"
    open_store(path).close()
    monkeypatch.setattr(os, "access", lambda given, mode: False)
    db = sqlite3.connect(read_only(path), uri=True)
    assert db.execute("SELECT count(*) FROM log").fetchone() == (0,)
    assert sorted(one.name for one in tmp_path.iterdir()) == ["log.db"]
    db.close()
    path.with_name("log.db-wal").touch()
    assert "immutable" not in read_only(path)


def test_a_new_log_is_written_through_to_the_disk(tmp_path: Path) -> None:
    db = open_store(tmp_path / "log.db")
    assert db.execute("PRAGMA journal_mode").fetchone() == ("wal",)
    assert db.execute("PRAGMA synchronous").fetchone() == (2,)
    db.close()
