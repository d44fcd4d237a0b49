"""What is done to whole files: copies of a log in use, rebuilding, older schemas, and deaths on the way."""

# ruff: noqa: ASYNC240 -- files are what is tested here
from __future__ import annotations

import asyncio
import shutil
import sqlite3
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest

from relay_tui.core import commands as c
from relay_tui.core.errors import WorkspaceError
from relay_tui.core.log import codec, upkeep
from relay_tui.core.log.chain import verify
from relay_tui.core.log.store import SCHEMA_VERSION, open_store
from relay_tui.core.model import Caller
from relay_tui.core.relay import Relay

from ..conftest import newcomer
from ..views.test_past import content

V1_SCHEMA = Path(__file__).with_name("v1.sql")


async def talked(folder: Path, messages: int = 30) -> Path:
    async with Relay.open(folder) as relay:
        by = await newcomer(relay, "builder")
        await newcomer(relay, "other")
        for n in range(messages):
            await relay.execute(c.SendMessage(to="#general", text=f"{n} @other", client_id=f"key{n}"), by)
    return folder / "log.db"


def as_version_1(log: Path) -> None:
    """The same facts in a file as the first release wrote it; its views are left empty, as only the log counts."""
    old = log.with_name("old.db")
    with closing(sqlite3.connect(old, isolation_level=None)) as db:
        db.executescript(V1_SCHEMA.read_text("utf-8"))
        db.execute("PRAGMA application_id = 0x52544C59")
        db.execute("PRAGMA user_version = 1")
        db.execute("PRAGMA journal_mode = WAL")
        db.execute("ATTACH ? AS new", (str(log),))
        db.execute(f"INSERT INTO main.log ({codec.COLUMNS}) SELECT {codec.COLUMNS} FROM new.log")
        db.execute("INSERT INTO main.idempotency SELECT * FROM new.idempotency")
    for suffix in ("-wal", "-shm"):
        Path(f"{log}{suffix}").unlink(missing_ok=True)
    old.replace(log)


def tables(path: Path) -> dict[str, list[tuple[Any, ...]]]:
    with closing(sqlite3.connect(path)) as db:
        return content(db)


async def test_a_log_of_the_first_release_opens_with_everything_in_it_and_a_backup_beside_it(folder: Path) -> None:
    log = await talked(folder)
    before = tables(log)
    as_version_1(log)
    async with Relay.open(folder) as relay:
        general = await relay.queries.channel("general")
        assert general is not None
        assert len(await relay.queries.messages(general.id)) == 30
        builder = await relay.queries.agent("builder")
        assert builder is not None
        async with relay.at(10) as past:
            assert len(await past.messages(general.id)) == 3
    assert tables(log) == before
    assert verify(log).ok
    with closing(sqlite3.connect(folder / "log.v1.db")) as backup:
        assert backup.execute("PRAGMA user_version").fetchone()[0] == 1
        assert backup.execute("SELECT count(*) FROM log").fetchone()[0] == len(before["log"])
    assert {p.name for p in folder.glob("log*") if p.suffix in {".db", ".lock"}} == {"log.db", "log.lock", "log.v1.db"}


async def test_a_log_whose_past_was_kept_by_triggers_opens_without_them_and_with_its_past(folder: Path) -> None:
    log = await talked(folder)
    before = tables(log)
    with closing(sqlite3.connect(log, isolation_level=None)) as db:
        db.execute("PRAGMA user_version = 5")
        db.execute("CREATE TRIGGER members_update BEFORE UPDATE ON members BEGIN SELECT RAISE(ABORT, 'kept'); END")
        db.execute("DELETE FROM members_past")
    async with Relay.open(folder) as relay:
        general = await relay.queries.channel("general")
        assert general is not None
        async with relay.at(10) as past:
            assert len(await past.messages(general.id)) == 3
    assert tables(log) == before
    with closing(sqlite3.connect(log)) as db:
        assert db.execute("SELECT name FROM sqlite_master WHERE type = 'trigger'").fetchall() == []
    with closing(sqlite3.connect(folder / "log.v5.db")) as backup:
        assert backup.execute("PRAGMA user_version").fetchone() == (5,)


async def test_a_key_of_the_first_release_still_answers_a_repeat(folder: Path) -> None:
    log = await talked(folder, 1)
    as_version_1(log)
    async with Relay.open(folder) as relay:
        builder = await relay.queries.agent("builder")
        assert builder is not None
        said = await relay.execute(c.SendMessage(to="#general", text="0 @other", client_id="key0"), Caller(builder.id))
        assert said.channel_seq == 1


@pytest.mark.parametrize("moment", ["refold", "_rest", "os.replace"])
async def test_a_death_while_a_log_is_brought_up_to_date_loses_nothing(
    folder: Path, monkeypatch: pytest.MonkeyPatch, moment: str
) -> None:
    log = await talked(folder)
    before = tables(log)
    as_version_1(log)

    def die(*_: object) -> None:
        raise KeyboardInterrupt

    with monkeypatch.context() as patch:
        patch.setattr(upkeep, "_remove", lambda _: None)  # nothing is tidied up by a process that is gone
        if moment == "os.replace":
            patch.setattr(upkeep.os, "replace", _only_for_backups(upkeep.os.replace))
        else:
            patch.setattr(upkeep, moment, die)
        with pytest.raises(KeyboardInterrupt):
            upkeep.bring_up_to_date(log)
    async with Relay.open(folder):
        pass
    assert tables(log) == before


def _only_for_backups(replace: Any) -> Any:
    def instead(source: Path, target: Path) -> None:
        if str(source).endswith(".rebuilding"):
            raise KeyboardInterrupt
        replace(source, target)

    return instead


async def test_rebuilding_mends_views_that_are_wrong(folder: Path) -> None:
    log = await talked(folder)
    before = tables(log)
    with closing(sqlite3.connect(log, isolation_level=None)) as db:
        db.execute("UPDATE messages SET text = 'wrong'")
        db.execute("DELETE FROM members")
        db.execute("UPDATE channels SET last_seq = 7")
    assert upkeep.rebuild(log) == len(before["log"])
    assert tables(log) == before
    assert verify(log).ok
    assert not [p for p in folder.iterdir() if "rebuilding" in p.name]


async def test_a_log_with_a_gap_is_not_rebuilt_and_stays_as_it_is(folder: Path) -> None:
    log = await talked(folder)
    with closing(sqlite3.connect(log, isolation_level=None)) as db:
        db.execute("DELETE FROM log WHERE seq = 9")
    before = log.read_bytes()
    with pytest.raises(WorkspaceError, match="no entry 9"):
        upkeep.rebuild(log)
    assert log.read_bytes() == before


async def test_a_backup_of_a_log_in_use_is_a_workspace_of_one_moment(folder: Path, tmp_path: Path) -> None:
    copies = tmp_path / "copies"
    async with Relay.open(folder) as relay:
        by = await newcomer(relay, "builder")
        stop = asyncio.Event()

        async def talk() -> None:
            n = 0
            while not stop.is_set():
                n += 1
                await relay.execute(c.SendMessage(to="#general", text=f"{n} " * 300), by)

        talking = asyncio.create_task(talk())
        seqs: list[int] = []
        for n in range(4):
            copies.mkdir(exist_ok=True)
            seqs.append(await relay.backup(copies / f"{n}.db"))
        stop.set()
        await talking
        assert seqs == sorted(seqs)
        with pytest.raises(WorkspaceError) as caught:
            await relay.backup(copies / "0.db")
        assert caught.value.code == "target_exists"
        with pytest.raises(WorkspaceError):
            await relay.backup(tmp_path / "nowhere" / "x.db")
    for n, seq in enumerate(seqs):
        verdict = verify(copies / f"{n}.db")
        assert verdict.ok
        assert verdict.entries == seq
        assert (copies / f"{n}.db").stat().st_mode & 0o777 == 0o600
    elsewhere = tmp_path / "elsewhere"
    elsewhere.mkdir()
    shutil.copy(copies / "3.db", elsewhere / "log.db")
    async with Relay.open(elsewhere) as relay:
        assert relay.last_seq == seqs[3]


async def test_a_sound_file_has_nothing_wrong_with_it_and_a_damaged_one_does(folder: Path) -> None:
    log = await talked(folder, 400)
    assert upkeep.quick_check(log) == []
    with log.open("r+b") as file:
        file.seek(log.stat().st_size // 2)
        file.write(b"\xff" * 20_000)
    assert upkeep.quick_check(log)


def test_the_schema_version_is_that_of_the_file(tmp_path: Path) -> None:
    with closing(open_store(tmp_path / "log.db")) as db:
        assert db.execute("PRAGMA user_version").fetchone()[0] == SCHEMA_VERSION
    assert upkeep.bring_up_to_date(tmp_path / "log.db") is None
    assert upkeep.bring_up_to_date(tmp_path / "none.db") is None
