"""Saying, reading and organising from a script, against a relay that runs."""

from __future__ import annotations

import asyncio
import json
import re
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from pathlib import Path

import pytest

from relay_tui.client import Incoming, RelayClient
from relay_tui.core.text import visible
from tests.cli.conftest import Ended, Inside, Place, Up, asked


@pytest.fixture
def place(running: tuple[Place, Up], inside: Callable[[Place], Inside]) -> Place:
    """Asked in this process; those that need an agent besides start the program itself.

    One relay for all of these: each test keeps to a channel and agents of its own.
    """
    return inside(running[0])


@pytest.fixture
def channel(place: Place, request: pytest.FixtureRequest) -> str:
    name = re.sub(r"[^a-z0-9]+", "-", request.node.name.lower())[:60].strip("-")
    asked(place, "channel", "create", name)
    return name


@asynccontextmanager
async def agent(running: tuple[Place, Up], name: str, *, replies: bool = False) -> AsyncIterator[list[str]]:
    """An agent that takes messages while this is open; gives what it took."""
    taken: list[str] = []
    async with await RelayClient.join(running[1].url, running[1].key, name) as relay:

        async def handle(message: Incoming) -> None:
            taken.append(message.text)
            if replies:
                await relay.reply(message.reply_to, "on it")

        await relay.start(handle)
        yield taken


def test_what_is_said_in_a_channel_can_be_read_there(place: Place, channel: str) -> None:
    sent = asked(place, "send", channel, "one", "thing")
    assert (sent["text"], sent["channel_name"], sent["agent_name"]) == ("one thing", channel, "operator")
    assert asked(place, "send", f"#{channel}", "another")["channel_id"] == sent["channel_id"]
    assert asked(place, "send", sent["channel_id"], "a third")["channel_id"] == sent["channel_id"]
    assert [one["text"] for one in asked(place, "read", channel)] == ["one thing", "another", "a third"]
    assert [one["text"] for one in asked(place, "read", channel, "--limit", "1")] == ["a third"]
    assert [one["text"] for one in asked(place, "read", channel, "--after", sent["id"])] == ["another", "a third"]
    printed = place.run("read", channel).out.splitlines()
    assert printed[0].startswith(f"{sent['id']}  ")
    assert printed[1] == "    one thing"


def test_a_text_comes_whole_from_standard_input(place: Place, channel: str) -> None:
    text = "first line\n\n  second: ünï ✓ --json\n"
    assert asked(place, "send", channel, "-", given=text)["text"] == text.rstrip("\n")
    refused = place.run("send", channel, "-", given="not \udcff UTF-8")
    assert refused.code == 1
    assert "not UTF-8" in refused.sentence
    refused = place.run("send", channel, "not \udcff UTF-8")
    assert refused.code == 1
    assert "not UTF-8" in refused.sentence
    assert len(asked(place, "read", channel)) == 1


def test_a_message_is_answered_changed_marked_and_taken_back(place: Place, channel: str) -> None:
    sent = asked(place, "send", channel, "teh plan")["id"]
    reply = asked(place, "reply", sent, "what", "plan?")
    assert reply["thread_id"] == sent
    assert [one["text"] for one in asked(place, "read", sent)] == ["teh plan", "what plan?"]
    assert asked(place, "edit", sent, "the plan")["text"] == "the plan"
    assert [one["text"] for one in asked(place, "history", sent)] == ["teh plan"]
    assert asked(place, "react", sent, "👍")["emoji"] == "👍"
    [shown] = asked(place, "read", channel)
    assert [(one["emoji"], one["count"]) for one in shown["reactions"]] == [("👍", 1)]
    assert "edited" in place.run("read", channel).out
    assert asked(place, "react", sent, "👍", "--remove")["removed"]
    assert asked(place, "pin", sent)["pinned"]
    assert [one["message"]["id"] for one in asked(place, "channel", "pins", channel)] == [sent]
    assert not asked(place, "pin", sent, "--remove")["pinned"]
    assert asked(place, "delete", sent)["deleted"]
    assert asked(place, "read", channel)[0]["text"] == ""


async def test_an_agent_is_written_to_and_what_it_says_is_in_the_inbox(running: tuple[Place, Up]) -> None:
    place = running[0]
    async with agent(running, "writer", replies=True) as taken:
        sent = await asyncio.to_thread(asked, place, "dm", "@writer", "hello", "--wait", "answered", "--timeout", "15")
        assert [(row["agent_name"], row["state"]) for row in sent["deliveries"]] == [("writer", "answered")]
        assert taken == ["hello"]
    inbox = await asyncio.to_thread(asked, place, "inbox")
    assert [one["root_id"] for one in inbox["unread_threads"]] == [sent["id"]]
    assert [one["text"] for one in await asyncio.to_thread(asked, place, "read", "@writer")] == ["hello"]
    again = await asyncio.to_thread(asked, place, "send", sent["conversation_id"], "and again")
    assert again["conversation_id"] == sent["conversation_id"]
    [talk] = await asyncio.to_thread(asked, place, "conversations")
    assert talk["id"] == sent["conversation_id"]


async def test_waiting_ends_without_proof_in_exit_code_1_and_a_sentence(running: tuple[Place, Up]) -> None:
    place, up = running
    async with await RelayClient.join(up.url, up.key, "absent"):
        pass

    def wait(*words: str) -> Ended:
        return place.run("send", *words, "--wait", "delivered", "--timeout", "0.5", "--json")

    ended = await asyncio.to_thread(wait, "@absent", "are you there?")
    assert ended.code == 1
    assert "Not delivered: absent." in ended.sentence
    answer = json.loads(ended.out)
    assert answer["deliveries"][0]["state"] == "queued"
    assert f"relay-tui why {answer['id']}" in ended.sentence


def test_where_nobody_can_be_waited_for_it_says_so(place: Place, channel: str) -> None:
    ended = place.run("send", channel, "anybody?", "--wait", "delivered", "--json")
    assert ended.code == 1
    assert "nothing to wait for" in ended.sentence
    assert json.loads(ended.out)["deliveries"] == []
    assert len(asked(place, "read", channel)) == 1


async def test_several_are_written_to_in_one_conversation(running: tuple[Place, Up]) -> None:
    place = running[0]
    async with agent(running, "ann") as ann, agent(running, "ben") as ben:
        words = ("dm", "ann,@ben", "both of you", "--wait", "delivered", "--timeout", "15")
        sent = await asyncio.to_thread(asked, place, *words)
        assert {row["agent_name"] for row in sent["deliveries"]} == {"ann", "ben"}
        assert (ann, ben) == (["both of you"], ["both of you"])


def test_the_same_key_is_the_same_message(place: Place, channel: str) -> None:
    first = asked(place, "send", channel, "once", "--key", "k1")
    assert asked(place, "send", channel, "once", "--key", "k1")["id"] == first["id"]
    ended = place.run("send", channel, "twice", "--key", "k1", "--json")
    assert ended.code == 1
    assert json.loads(ended.out)["error"]["code"] == "idempotency_key_reused"
    assert len(asked(place, "read", channel)) == 1


def test_files_go_with_a_message(place: Place, channel: str, tmp_path: Path) -> None:
    path = tmp_path / "notes.txt"
    path.write_text("what we know\n")
    sent = asked(place, "send", channel, "see this", "--attach", str(path))
    [attached] = sent["attachments"]
    assert (attached["kind"], attached["filename"]) == ("file", "notes.txt")
    assert "notes.txt" in place.run("read", channel).out
    ended = place.run("send", channel, "and this", "--attach", str(tmp_path / "none"))
    assert ended.code == 1
    assert "cannot be attached" in ended.sentence
    assert len(asked(place, "read", channel)) == 1


def test_places_in_files_and_links_go_with_a_message(place: Place, channel: str, tmp_path: Path) -> None:
    path = tmp_path / "notes.txt"
    path.write_text("one\ntwo\n")
    sent = asked(place, "send", channel, "see", "--attach", f"{path}:2", "--attach", "https://example.org/a")
    assert sent["attachments"] == [
        {"kind": "path", "path": str(path), "line": 2},
        {"kind": "link", "url": "https://example.org/a"},
    ]


@pytest.mark.parametrize("what", ["/dev/zero", "/etc"])
def test_what_has_no_end_or_is_no_file_is_not_read(place: Place, channel: str, what: str) -> None:
    ended = place.run("send", channel, "and this", "--attach", what)
    assert (ended.code, "cannot be attached" in ended.sentence) == (1, True)


def test_messages_wait_for_their_time_and_can_be_called_back(place: Place, channel: str) -> None:
    later = asked(place, "schedule", "new", channel, "good morning", "--at", "+1h")
    assert (later["status"], later["to"]) == ("waiting", f"#{channel}")
    assert later["id"] in {one["id"] for one in asked(place, "schedule", "list")}
    assert asked(place, "schedule", "cancel", later["id"])["status"] == "cancelled"
    assert later["id"] not in {one["id"] for one in asked(place, "schedule", "list")}
    assert later["id"] in {one["id"] for one in asked(place, "schedule", "list", "--all")}
    assert asked(place, "read", channel) == []
    ended = place.run("schedule", "new", channel, "too late", "--at", "2020-01-01T00:00")
    assert ended.code == 1


def test_an_answer_that_is_expected_can_be_looked_up_and_waived(place: Place, channel: str) -> None:
    sent = asked(place, "send", channel, "when?", "--reply-by", "+1h")
    assert sent["id"] in {one["message_id"] for one in asked(place, "expected")}
    assert sent["id"] not in {one["message_id"] for one in asked(place, "expected", "--overdue")}
    asked(place, "waive", sent["id"])
    assert sent["id"] not in {one["message_id"] for one in asked(place, "expected")}


def test_what_was_said_is_found_by_words(place: Place, channel: str) -> None:
    sent = asked(place, "send", channel, "a pomegranate is not an apple")
    assert [one["id"] for one in asked(place, "search", "pomegranate", f"in:#{channel}")] == [sent["id"]]
    assert asked(place, "activity", "--limit", "1")[0]["id"] == sent["id"]
    assert place.run("search", "pomegranate").out.startswith(sent["id"])
    assert place.run("search", "nosuchword").out == "Nothing.\n"


async def test_channels_are_made_joined_changed_and_put_away(running: tuple[Place, Up], place: Place) -> None:
    def work() -> None:
        made = asked(place, "channel", "create", "#workshop", "--topic", "tools")
        assert (made["name"], made["topic"]) == ("workshop", "tools")
        assert place.run("channel", "create", "workshop").code == 1
        assert asked(place, "channel", "topic", "workshop", "sharp", "tools")["topic"] == "sharp tools"
        assert asked(place, "channel", "invite", "workshop", "@joiner")["agent"] == "joiner"
        assert asked(place, "channel", "role", "workshop", "joiner", "owner")["role"] == "owner"
        assert {one["agent_name"] for one in asked(place, "channel", "members", "workshop")} == {"operator", "joiner"}
        asked(place, "channel", "remove", "workshop", "joiner")
        asked(place, "channel", "leave", "workshop")
        assert asked(place, "channel", "members", "workshop") == []
        assert asked(place, "channel", "join", "workshop")["channel"] == "workshop"
        assert asked(place, "channel", "mute", "workshop")["muted"]
        assert not asked(place, "channel", "mute", "workshop", "--off")["muted"]
        assert asked(place, "channel", "archive", "workshop")["is_archived"]
        assert place.run("send", "workshop", "hello?").code == 1
        assert "workshop" not in {one["name"] for one in asked(place, "channel", "list")}
        assert "workshop" in {one["name"] for one in asked(place, "channel", "list", "--archived")}
        assert not asked(place, "channel", "archive", "workshop", "--undo")["is_archived"]

    async with agent(running, "joiner"):
        await asyncio.to_thread(work)


def test_reading_marks_nothing_unless_it_is_told_to(place: Place, channel: str) -> None:
    sent = asked(place, "send", channel, "mine")
    asked(place, "read", channel)
    asked(place, "read", channel, "--mark")
    assert isinstance(asked(place, "readers", sent["id"]), list)
    assert isinstance(asked(place, "threads", "--all"), list)


@pytest.mark.parametrize(
    ("words", "code"),
    [
        (("send", "nowhere", "x"), "channel_not_found"),
        (("send", "@nobody", "x"), "agent_not_found"),
        (("send", "1", "x"), "conversation_not_found"),
        (("send", "general", "hi @nobodyy"), "unknown_mention"),
        (("send", "general", "-"), "invalid_request"),
        (("dm", "", "x"), "invalid_request"),
        (("dm", "nobody", "x"), "agent_not_found"),
        (("reply", "1", "x"), "message_not_found"),
        (("reply", "../agents", "x"), "not_found"),
        (("edit", "1", "x"), "message_not_found"),
        (("delete", "x"), "message_not_found"),
        (("react", "1", "👍"), "message_not_found"),
        (("pin", "1"), "message_not_found"),
        (("read", "1"), "message_not_found"),
        (("read", "nowhere"), "channel_not_found"),
        (("read", "@nobody"), "agent_not_found"),
        (("search", "before:never"), "invalid_search"),
        (("schedule", "new", "general", "x"), "invalid_schedule"),
        (("schedule", "cancel", "1"), "scheduled_not_found"),
        (("channel", "create", "two words"), "invalid_request"),
        (("channel", "invite", "general", "nobody"), "agent_not_found"),
        (("channel", "archive", "nowhere"), "channel_not_found"),
    ],
    ids=lambda value: " ".join(value) if isinstance(value, tuple) else value,
)
def test_what_is_refused_is_exit_code_1_a_sentence_and_a_code(place: Place, words: tuple[str, ...], code: str) -> None:
    ended = place.run(*words, "--json")
    assert ended.code == 1, ended.out
    assert json.loads(ended.out)["error"]["code"] == code
    assert ended.sentence.startswith("relay-tui: ")
    plain = place.run(*words)
    assert (plain.code, plain.out) == (1, "")


@pytest.mark.parametrize(
    "words",
    [
        ("send", "general"),
        ("send", "general", "x", "--wait", "stored"),
        ("send", "general", "x", "--mode", "now"),
        ("send", "general", "x", "--timeout", "0"),
        ("send", "general", "x", "--timeout", "nan"),
        ("send", "general", "x", "--reply-by", "soon"),
        ("send", "general", "x", "--as", "somebody"),
        ("read", "general", "--limit", "0"),
        ("read", "general", "--limit", "201"),
        ("expected", "--overdue", "--owed"),
        ("channel",),
        ("channel", "role", "general", "x", "king"),
    ],
    ids=" ".join,
)
def test_wrong_words_are_exit_code_2(place: Place, words: tuple[str, ...]) -> None:
    ended = place.run(*words)
    assert ended.code == 2
    assert "error:" in ended.sentence or "usage:" in ended.sentence


def test_hidden_characters_reach_no_terminal(place: Place, channel: str) -> None:
    asked(place, "send", channel, "-", given="\x1b]52;c;cHduZWQ=\x07 \u202e gnp.exe\r\x9b31m")
    for words in (("read", channel), ("search", "gnp.exe"), ("activity", "--limit", "5")):
        ended = place.run(*words)
        assert ended.code == 0
        assert visible(ended.out, keep="\n") == ended.out
        assert "gnp.exe" in ended.out


@pytest.mark.parametrize("words", [("inbox",), ("send", "general", "x"), ("channel", "list")], ids=" ".join)
def test_without_a_relay_it_is_exit_code_3_and_says_what_to_start(tmp_path: Path, words: tuple[str, ...]) -> None:
    project = tmp_path / "project"
    project.mkdir()
    place = Place(project, tmp_path / "home")
    ended = place.run(*words)
    assert ended.code == 3
    assert "There is no workspace in" in ended.sentence
    assert list(project.iterdir()) == []
    with place.up("--port", "0") as up:
        up.end()
    ended = place.run(*words, "--json")
    assert ended.code == 3
    assert "No relay runs for" in ended.sentence
    assert json.loads(ended.out)["error"]["code"] == "relay_unreachable"
