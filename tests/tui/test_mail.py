"""The list of deliveries over a real relay: it follows the log, keeps its order, and says what the command says."""

from __future__ import annotations

from dataclasses import asdict
from pathlib import Path

from relay_tui.cli.deliveries import in_words
from relay_tui.core import commands as c
from relay_tui.core.delivery.desk import Desk
from relay_tui.core.model import Disposition, Evidence, Message, Reached, State
from relay_tui.core.views.queries.mail import FAULTS, MailFilter
from relay_tui.tui.facts import mail as module
from relay_tui.tui.facts.mail import recalled
from relay_tui.tui.screens.narrowing import narrowed

from .test_store import World, world


async def say(w: World, to: str, text: str = "hello", by: str = "sam") -> Message:
    return await w.relay.execute(c.SendMessage(to=to, text=text), w.caller(by))


async def dispatched(w: World, message: Message, name: str) -> dict[str, str]:
    about = {"message_id": message.id, "agent_id": w.agents[name].id}
    await w.relay.execute(c.DispatchDelivery(**about, route="typed", generation=1))
    return about


async def again(w: World) -> None:
    w.store._mail_at = 0
    await w.store.refresh()
    await w.store.mail.refresh(w.store.clock() + 10_000)
    w.store.mail._asked_at = 0


async def test_the_screen_says_of_each_delivery_what_the_command_says(tmp_path: Path) -> None:
    async with world(tmp_path, "one", "two", "gone") as w:
        await w.state("one", State.IDLE)
        await w.state("two", State.WORKING)
        await w.state("gone", State.EXITED, "exit 1")
        proven = await dispatched(w, await say(w, "@one"), "one")
        await w.relay.execute(
            c.RaiseDelivery(**proven, reached=Reached.DELIVERED, evidence=Evidence.TRANSCRIPT, how="entry 3")
        )
        failed = await dispatched(w, await say(w, "@two", by="one"), "two")
        await w.relay.execute(c.SettleDelivery(**failed, disposition=Disposition.FAILED, reason="no box"))
        claimed = await dispatched(w, await say(w, "@two"), "two")
        await w.relay.execute(c.RaiseDelivery(**claimed, reached=Reached.DELIVERED, evidence=Evidence.ECHO))
        await say(w, "@gone")
        await w.relay.execute(c.HoldDeliveries(agent_id=w.agents["one"].id), w.caller("sam"))
        await say(w, "@one", "later")
        await w.store.refresh()
        desk = Desk(w.relay, w.caller("sam"))
        me = {w.agents["sam"].name: "you"}
        for wanted, asked in (
            (MailFilter(), {"every": True}),
            (MailFilter(FAULTS), {"faults": True}),
            (MailFilter(agent_id=w.agents["two"].id), {"agent": "two", "every": True}),
        ):
            await w.store.mail.open(wanted)
            shown = [
                (r.message_id, r.sender, r.name, r.word, r.attempts, r.route, r.next) for r in w.store.mail.view.rows
            ]
            told = [
                (
                    r["message"],
                    me.get(r["from"], r["from"]),
                    r["to"],
                    r["state"],
                    r["attempts"],
                    r["route"],
                    r["next_try"],
                )
                for r in await desk.deliveries(**asked)
            ]
            assert shown == told
            assert shown
        for row in w.store.mail.view.rows:
            (said,) = await desk.why(row.message_id, row.agent_id)
            view = await w.store.ladder(row.message_id, row.agent_id)
            assert view is not None
            assert view.state.startswith(said["word"])
            assert (view.why[0][1], view.why[1][1]) == (said["sentence"], said["rule"])
            assert view.next_words == said["next"]["words"]
            assert [(a.n, a.outcome, len(a.steps)) for a in view.attempts] == [
                (a["number"], a["outcome"] or "under way", len(a["steps"])) for a in said["attempts"]
            ]


async def test_what_waits_behind_what_its_sender_said_before_says_after_which_wherever_it_is_shown(
    tmp_path: Path,
) -> None:
    async with world(tmp_path, "one") as w:
        await w.state("one", State.IDLE)
        first, second = await say(w, "@one", "first"), await say(w, "@one", "second")
        await say(w, "@sam", "to a person", by="one")
        about = await dispatched(w, first, "one")
        await w.relay.execute(c.SettleDelivery(**about, disposition=Disposition.UNCERTAIN, reason="half typed"))
        await w.store.refresh()
        await w.store.mail.open(MailFilter())
        (_, row) = w.store.mail.view.rows
        (_, told) = await Desk(w.relay, w.caller("sam")).deliveries(every=True)
        assert row.next == told["next_try"] == f"after message {first.id}"
        assert in_words(told)[0].endswith(f"next try after message {first.id}")
        assert (await Desk(w.relay, w.caller("sam")).why(second.id))[0]["next"]["command"] == f"why {first.id} one"
        view = await w.store.ladder(second.id, w.agents["one"].id)
        assert view is not None
        assert view.next_words == f"see to message {first.id} first: relay-tui why {first.id} one"
        await w.store.reins.drop(first.id, w.agents["one"].id)
        await again(w)
        (_, row) = w.store.mail.view.rows
        assert row.next == "now"


async def test_what_happens_shows_without_a_row_changing_its_place(tmp_path: Path) -> None:
    async with world(tmp_path, "one", "two") as w:
        first, second = await say(w, "@one", "first"), await say(w, "@two", "second")
        mail = w.store.mail
        await mail.open(MailFilter())
        assert [row.text for row in mail.view.rows] == ["first", "second"]
        await w.state("two", State.IDLE)
        await w.state("one", State.IDLE)
        about = await dispatched(w, first, "one")
        await w.relay.execute(c.RaiseDelivery(**about, reached=Reached.DELIVERED, evidence=Evidence.HOOK, how="read"))
        third = await say(w, "@two", "third")
        await again(w)
        assert [(row.message_id, row.word) for row in mail.view.rows] == [
            (first.id, "delivered"), (second.id, "queued"), (third.id, "queued"),
        ]  # fmt: skip
        assert mail.view.rows[0].reason == "read"


async def test_a_row_that_does_not_fit_any_more_leaves_but_not_from_under_the_cursor(tmp_path: Path) -> None:
    async with world(tmp_path, "one") as w:
        await w.state("one", State.IDLE)
        messages = [await say(w, "@one", text) for text in ("a", "b")]
        for message in messages:
            about = await dispatched(w, message, "one")
            await w.relay.execute(c.SettleDelivery(**about, disposition=Disposition.FAILED, reason="so"))
        mail = w.store.mail
        await mail.open(narrowed(MailFilter(), "state", FAULTS))
        mine = [row for row in mail.view.rows if row.mine]
        assert [row.word for row in mine] == ["failed", "failed"]
        mail.kept = {mine[0].key}
        for message in messages:
            await w.store.reins.retry(message.id, w.agents["one"].id)
        await again(w)
        assert [(row.text, row.word) for row in mail.view.rows if row.mine] == [("a", "queued")]
        mail.kept = ()
        await again(w)
        assert [row for row in mail.view.rows if row.mine] == []


async def test_what_waits_behind_a_program_that_is_gone_is_a_fault_until_one_is_back(tmp_path: Path) -> None:
    async with world(tmp_path, "one") as w:
        await w.state("one", State.WORKING)
        await say(w, "@one", "first")
        mail = w.store.mail
        await w.store.refresh()
        await mail.open(MailFilter(FAULTS))
        assert mail.view.rows == []
        ended = c.RecordState(
            agent_id=w.agents["one"].id, generation=1, state=State.EXITED, evidence="pane", detail="exit 9"
        )
        await w.relay.execute(ended)
        await again(w)
        assert [(row.text, row.word, row.role) for row in mail.view.rows] == [("first", "queued", "fault")]
        assert [row["preview"] for row in await Desk(w.relay, w.caller("sam")).deliveries(faults=True)] == ["first"]
        await say(w, "@one", "second")
        await again(w)
        assert [row.text for row in mail.view.rows] == ["first", "second"]
        await w.relay.execute(c.StartSession(agent_id=w.agents["one"].id, harness="terminal", state=State.IDLE))
        await again(w)
        assert mail.view.rows == []


async def test_a_page_at_a_time_is_in_memory_and_a_list_that_is_followed_forgets_its_beginning(
    tmp_path: Path, monkeypatch
) -> None:
    monkeypatch.setattr(module, "PAGE", 5)
    monkeypatch.setattr(module, "KEPT", 6)
    async with world(tmp_path, "one") as w:
        for n in range(12):
            await say(w, "@one", str(n))
        mail = w.store.mail
        await mail.open(MailFilter())
        assert [row.text for row in mail.view.rows] == ["7", "8", "9", "10", "11"]
        mail.following = False
        assert await mail.older()
        assert [row.text for row in mail.view.rows] == [str(n) for n in range(2, 12)]
        assert await mail.older()
        assert not mail.view.older
        assert not await mail.older()
        mail.following = True
        await say(w, "@one", "12")
        await again(w)
        assert [row.text for row in mail.view.rows] == [str(n) for n in range(7, 13)]
        assert await mail.older()
        assert mail.view.rows[0].text == "2"


async def test_nothing_is_asked_while_nobody_looks(tmp_path: Path) -> None:
    async with world(tmp_path, "one") as w:
        await w.store.mail.open(MailFilter())
        w.store.mail.close()
        await say(w, "@one")
        assert w.store.mail._changed == {}
        assert not await w.store.mail.refresh(w.store.clock() + 10_000)


async def test_how_deliveries_went_is_shown_for_all_and_for_each(tmp_path: Path) -> None:
    async with world(tmp_path, "one", "two") as w:
        await w.state("one", State.IDLE)
        about = await dispatched(w, await say(w, "@one"), "one")
        await w.relay.execute(c.RaiseDelivery(**about, reached=Reached.DELIVERED, evidence=Evidence.HOOK))
        await say(w, "@two")
        await w.store.mail.open(MailFilter())
        tracks = w.store.mail.view.tracks
        assert [(t.name, t.total, t.delivered) for t in tracks] == [("everyone", 2, 1), ("one", 1, 1), ("two", 1, 0)]
        assert tracks[1].p50.endswith("ms")
        await w.store.mail.open(MailFilter(agent_id=w.agents["two"].id))
        assert [t.name for t in w.store.mail.view.tracks] == ["everyone", "two"]


def test_a_filter_is_kept_over_restarts_and_what_is_none_is_not() -> None:
    assert recalled(asdict(MailFilter("held", "7"))) == MailFilter("held", "7")
    for broken in ({"word": "lost"}, {"agent_id": "1; DROP TABLE log"}, {"channel_id": "\u0663"}, {}):
        assert recalled(broken) == MailFilter()
