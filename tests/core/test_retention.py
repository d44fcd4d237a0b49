"""What is withheld is gone from everywhere; that it was there, and that it is gone, stays; everything still agrees."""

# ruff: noqa: ASYNC240 -- files are what is tested here
from __future__ import annotations

import asyncio
import sqlite3
from contextlib import closing
from pathlib import Path
from unittest.mock import patch

import pytest

from relay_tui.core import commands as c
from relay_tui.core.errors import WorkspaceError
from relay_tui.core.log.chain import verify
from relay_tui.core.log.skeleton import ACTIONS
from relay_tui.core.model import Caller, Evidence, Reached
from relay_tui.core.relay import Relay
from relay_tui.core.retention import DAY_MS, STEPS
from relay_tui.core.views import history
from relay_tui.core.views.past import open_past
from relay_tui.core.views.refold import refold

from .conftest import PATIENCE, Desk, Hands, newcomer, refused, until
from .views.test_past import content

SECRET = "xyzzysecretword"


async def test_what_is_withheld_is_gone_from_every_file_and_the_rest_agrees(folder: Path, tmp_path: Path) -> None:
    hands = Hands()
    async with Relay.open(folder, clock=hands) as relay:
        by = await newcomer(relay, "builder")
        await newcomer(relay, "other")
        first = await relay.execute(c.SendMessage(to="#general", text=f"{SECRET} one", data={"k": SECRET}), by)
        root = await relay.execute(c.SendMessage(to="#general", text=f"{SECRET} two @other"), by)
        await relay.execute(c.Reply(message_id=root.id, text=f"{SECRET} three"), by)
        await relay.execute(c.EditMessage(message_id=first.id, text=f"{SECRET} edited"), by)
        for n in range(1_100):  # past a keyframe, so that older texts are kept for the past
            await relay.execute(c.SendMessage(to="#general", text=f"filler {n}"), by)
        await relay.execute(c.EditMessage(message_id=root.id, text=f"{SECRET} edited"), by)
        hands.now += 5 * DAY_MS
        late = await relay.execute(c.SendMessage(to="#general", text="kept", client_id="kept"), by)
        await relay.execute(c.EditMessage(message_id=first.id, text="kept edit"), by)
        assert await relay.withhold(hands.now - DAY_MS, "a test") == 1_105
        assert await relay.withhold(hands.now - DAY_MS, "a test") == 0
        general = first.channel_id
        texts = {m.id: m.text for m in await relay.queries.messages(general, limit=2_000)}
        assert texts[first.id] == "kept edit"
        assert texts[root.id] == ""
        assert texts[late.id] == "kept"
        assert (await relay.queries.message(first.id)).data is None  # pyright: ignore[reportOptionalMemberAccess]
        assert len(texts) == 1_103
        async with relay.at(600) as past:
            assert {m.text for m in await past.messages(general)} == {""}
    log = folder / "log.db"
    assert verify(log).ok
    assert verify(log).withheld == 1_105
    with closing(sqlite3.connect(log, isolation_level=None)) as db:
        db.execute("PRAGMA wal_checkpoint(TRUNCATE)")
        refold(log, tmp_path / "again.db")
        with closing(sqlite3.connect(tmp_path / "again.db")) as again:
            assert content(again) == content(db)
        for seq in (8, 700, 1_050, 1_112):
            refold(log, tmp_path / f"{seq}.db", up_to=seq)
            with closing(sqlite3.connect(tmp_path / f"{seq}.db")) as told, closing(open_past(log, seq)) as past:
                assert content(past) == content(told)
    for file in folder.rglob("*"):
        assert not file.is_file() or SECRET.encode() not in file.read_bytes(), file.name


async def test_what_is_left_cannot_be_changed_unseen(folder: Path) -> None:
    async with Relay.open(folder) as relay:
        by = await newcomer(relay, "builder")
        said = await relay.execute(c.SendMessage(to="#general", text="one"), by)
        await relay.withhold(relay.clock() + 1, "")
    log = folder / "log.db"
    with closing(sqlite3.connect(log, isolation_level=None)) as db:
        db.execute('UPDATE log SET data = replace(data, \'"text":""\', \'"text":"lie"\') WHERE seq = ?', (said.seq,))
    assert verify(log).bad_seq == said.seq


async def test_a_withheld_entry_that_no_entry_names_is_named(folder: Path) -> None:
    from relay_tui.core.log.chain import digest

    async with Relay.open(folder) as relay:
        by = await newcomer(relay, "builder")
        said = await relay.execute(c.SendMessage(to="#general", text="one"), by)
    log = folder / "log.db"
    with closing(sqlite3.connect(log, isolation_level=None)) as db:
        data = db.execute("SELECT data FROM log WHERE seq = ?", (said.seq,)).fetchone()[0]
        db.execute("UPDATE log SET data = '{}', withheld = ? WHERE seq = ?", (digest(data), said.seq))
    assert verify(log).bad_seq == said.seq


async def test_an_agent_cannot_take_anything_out_of_the_log(relay: Relay) -> None:
    by = await newcomer(relay, "builder")
    before = relay.last_seq
    with refused("forbidden"):
        await relay.execute(c.WithholdEntries(seqs=[1]), by)
    await relay.execute(c.WithholdEntries(seqs=[1, 2, 10_000_000]))
    assert relay.last_seq == before


async def test_what_was_scheduled_asked_and_tried_is_forgotten_once_it_has_ended(folder: Path, tmp_path: Path) -> None:
    hands = Hands()
    async with Relay.open(folder, clock=hands) as relay:
        by, other = await newcomer(relay, "builder"), await newcomer(relay, "other")
        ada = Caller((await relay.execute(c.RegisterAgent(name="ada", type="human"))).id)
        over, waiting = [
            await relay.execute(c.ScheduleMessage(to="#general", text=SECRET, at=hands.now + DAY_MS), by) for _ in "ab"
        ]
        await relay.execute(c.CancelScheduled(scheduled_id=over.id), by)
        await relay.execute(c.RegisterAction(name="deploy", description="", input_schema={}))
        denied, open_one = [await relay.execute(c.InvokeAction(action="deploy", input={"k": SECRET}), by) for _ in "ab"]
        asked = next(a for a in await relay.queries.approvals() if a.invocation_id == denied.id)
        decision = c.DecideApproval(
            approval_id=asked.id, request_hash=asked.request_hash, approve=False, words=f"no {SECRET}"
        )
        await relay.execute(decision, ada)
        said = await relay.execute(c.SendMessage(to="@other", text="kept"), by)
        step = {"name": "typed", "at": hands.now, "ok": True, "detail": SECRET}
        await relay.execute(
            c.RaiseDelivery(
                message_id=said.id,
                agent_id=other.agent_id,
                reached=Reached.DELIVERED,
                evidence=Evidence.HOOK,
                steps=[step],
            )
        )
        hands.now += 5 * DAY_MS
        assert await relay.keeper.withhold(hands.now - DAY_MS, "a test", STEPS) == 1
        assert await relay.keeper.withhold(hands.now - DAY_MS, "a test", tuple(ACTIONS)) == 3
        assert await relay.withhold(hands.now - DAY_MS, "a test") == 2
        after = {one.id: one for one in await relay.queries.scheduled(waiting=False)}
        assert after[over.id].content == {"text": ""}
        assert after[waiting.id].content["text"] == SECRET
        known, still = [await relay.queries.invocation(one.id) for one in (denied, open_one)]
        assert known is not None
        assert (known.input, known.error, known.error_code) == ({}, "", "approval_denied")
        assert still is not None
        assert still.input == {"k": SECRET}
        approval = await relay.queries.approval(asked.id)
        assert approval is not None
        assert (approval.request, approval.words, approval.request_hash) == ({}, "", asked.request_hash)
        delivery = await relay.queries.delivery(said.id, other.agent_id)
        assert delivery is not None
        assert delivery.reached == Reached.DELIVERED
    log = folder / "log.db"
    assert verify(log).ok
    refold(log, tmp_path / "again.db")
    with closing(sqlite3.connect(tmp_path / "again.db")) as again, closing(sqlite3.connect(log)) as db:
        assert content(again) == content(db)


async def test_a_file_goes_when_nothing_that_is_kept_refers_to_it(folder: Path) -> None:
    hands = Hands()
    async with Relay.open(folder, clock=hands) as relay:
        by = await newcomer(relay, "builder")
        old, kept, planned = [
            await relay.files.upload(f"{name}.txt", name.encode(), by) for name in ("old", "kept", "planned")
        ]
        await relay.execute(
            c.SendMessage(to="#general", text="old", attachments=[{"kind": "file", "file_id": old.id}]), by
        )
        later = hands.now + 99 * DAY_MS
        attached = [{"kind": "file", "file_id": planned.id}]
        await relay.execute(c.ScheduleMessage(to="#general", text="later", attachments=attached, at=later), by)
        hands.now += 5 * DAY_MS
        await relay.execute(
            c.SendMessage(to="#general", text="new", attachments=[{"kind": "file", "file_id": kept.id}]), by
        )
        young = await relay.files.upload("young.txt", b"young", by)
        await relay.withhold(hands.now - DAY_MS, "a test")
        assert {file.id for file in await relay.queries.files()} == {kept.id, planned.id, young.id}
        assert not relay.files.path(old.sha256).exists()
        assert relay.files.path(kept.sha256).exists()
        assert [e.event.type for e in await relay.entries(relay.last_seq)] == ["file.removed"]


def test_what_a_message_said_before_an_edit_stays_when_only_the_edit_is_withheld(desk: Desk) -> None:
    by = desk.join("builder")
    said = desk.do(c.SendMessage(to="#general", text="one"), by)
    with patch.object(history, "EVERY", 1):
        again = Desk(desk.path, desk.clock)
        again.do(c.SendMessage(to="#general", text="a keyframe"), by)
        before = again.writer.last_seq
        again.do(c.EditMessage(message_id=said.id, text="two"), by)
        edit = again.writer.last_seq
        again.do(c.WithholdEntries(seqs=[edit]))
        again.db.close()
    for seq, text in ((before, "one"), (edit, "")):
        with closing(open_past(desk.path, seq)) as past:
            assert past.execute("SELECT text FROM messages WHERE id = ?", (said.id,)).fetchall() == [(text,)]


async def test_one_entry_is_withheld_once_also_by_two_commands_of_one_batch(desk: Desk) -> None:
    by = desk.join("builder")
    said = desk.do(c.SendMessage(to="#general", text="one"), by)
    command = c.WithholdEntries(seqs=[said.seq])
    desk.together((command, desk.system), (command, desk.system))
    assert desk.rows("SELECT count(*) FROM log WHERE type = 'log.withheld'") == [(1,)]
    assert verify(desk.path).ok


async def test_the_policy_of_a_workspace_is_applied_when_it_is_opened(folder: Path) -> None:
    hands = Hands()
    async with Relay.open(folder, clock=hands) as relay:
        by = await newcomer(relay, "builder")
        old = await relay.execute(c.SendMessage(to="#general", text="old"), by)
        hands.now += 40 * DAY_MS
        new = await relay.execute(c.SendMessage(to="#general", text="new"), by)
    (folder / "retention.toml").write_text("keep_messages_days = 30\n")
    async with Relay.open(folder, clock=hands) as relay:

        async def gone() -> bool:
            found = await relay.queries.message(old.id)
            return found is not None and found.text == ""

        async with asyncio.timeout(PATIENCE):
            await until(relay, gone)
        kept = await relay.queries.message(new.id)
        assert kept is not None
        assert kept.text == "new"


@pytest.mark.parametrize("text", ["keep_messages_days = 0", "keep = 3", "keep_messages_days = ", "\x00", "x"])
async def test_a_policy_that_cannot_be_read_is_never_guessed(folder: Path, text: str) -> None:
    folder.mkdir()
    (folder / "retention.toml").write_text(text)
    with pytest.raises(WorkspaceError) as caught:
        async with Relay.open(folder):
            pass
    assert caught.value.code == "retention_invalid"
