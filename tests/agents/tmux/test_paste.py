from __future__ import annotations

import asyncio
import signal
from dataclasses import replace

import pytest

from relay_tui.agents.tmux.errors import TmuxGone, UnsafeText
from relay_tui.agents.tmux.paste import leave_mode, paste, press_enter, press_key
from relay_tui.agents.tmux.process import ProcessHandle
from relay_tui.agents.tmux.server import TmuxServer

from .conftest import Heard, StartSink

pytestmark = pytest.mark.tmux

FAMILY = "👨‍👩‍👧 né ṩ 日本 ﷽ "
TEXTS = {
    "one word": "hello",
    "a key name": "Enter",
    "a control key name": "C-c",
    "a semicolon at the end": "ls;",
    "a backslash and a semicolon at the end": "ls\\;",
    "only a semicolon": ";",
    "a leading dash": "-l --help",
    "formats": "#{pid} #S #(touch x) ##",
    "a tilde first": "~root ~ $HOME ${HOME} `id` $(id)",
    "quotes and backslashes": "a\"b'c\\d\\n\\e\\033 {x} %if",
    "tabs and trailing newlines": "\ta\tb\n\n\n",
    "emoji and marks": FAMILY,
    "100 KB in one line": "0123456789abcdef" * 6400,
    "1500 lines": "\n".join(f"line {n} of text" for n in range(1500)),
    "100 KB of emoji": FAMILY * 2800,
}


@pytest.mark.parametrize("text", TEXTS.values(), ids=TEXTS.keys())
async def test_a_paste_arrives_byte_for_byte_in_brackets_and_enter_apart(
    server: TmuxServer, way: str, start_sink: StartSink, text: str
) -> None:
    sink = await start_sink()
    assert server.link.kind == way
    assert (await paste(server, sink.pane, text)).done
    await sink.expect(b"\x1b[200~" + text.encode() + b"\x1b[201~")
    assert (await press_enter(server, sink.pane)).done
    await sink.expect(b"\r")


@pytest.mark.parametrize("text", ["", "a\x1b[201~b", "a\rb", "\x00", "\x7f", "\x9b31m", "\ud800", "\x0e"])
async def test_text_that_a_terminal_would_obey_is_refused_before_anything_is_typed(
    server: TmuxServer, start_sink: StartSink, text: str
) -> None:
    sink = await start_sink()
    with pytest.raises(UnsafeText):
        await paste(server, sink.pane, text)
    assert (await press_key(server, sink.pane, "x")).done
    await sink.expect(b"x")


@pytest.mark.parametrize(
    ("key", "data"), [("Escape", b"\x1b"), ("C-c", b"\x03"), ("Up", b"\x1b[A"), (";", b";"), ("-", b"-"), ("~", b"~")]
)
async def test_keys_are_pressed_by_name(
    server: TmuxServer, way: str, start_sink: StartSink, key: str, data: bytes
) -> None:
    sink = await start_sink()
    assert (await press_key(server, sink.pane, key)).done
    await sink.expect(data)


@pytest.mark.parametrize("key", ["", "Enter x", "two", "C-", "é", "\r", "S-EnterX"])
async def test_what_is_not_a_key_is_refused(server: TmuxServer, start_sink: StartSink, key: str) -> None:
    sink = await start_sink()
    with pytest.raises(UnsafeText):
        await press_key(server, sink.pane, key)


async def test_nothing_reaches_a_dead_pane_and_the_server_survives(
    server: TmuxServer, way: str, start_sink: StartSink
) -> None:
    sink = await start_sink()
    sink.exit(3)
    assert (await server.wait_ended(sink.pane, timeout=10)).exit_code == 3
    for act in (paste(server, sink.pane, "x"), press_enter(server, sink.pane)):
        assert (await act).guard == "dead"
    assert (await server.status(sink.pane)).state == "dead"


async def test_a_pane_in_copy_mode_is_left_alone_until_it_leaves_it(
    server: TmuxServer, way: str, start_sink: StartSink
) -> None:
    sink = await start_sink()
    await server.link.run("copy-mode", "-t", sink.pane.pane_id)
    assert (await paste(server, sink.pane, "lost")).guard == "in_mode"
    assert (await press_enter(server, sink.pane)).guard == "in_mode"
    assert (await leave_mode(server, sink.pane)).done
    assert (await paste(server, sink.pane, "kept")).done
    await sink.expect(b"\x1b[200~kept\x1b[201~")


async def test_only_the_expected_foreground_process_is_typed_into(
    server: TmuxServer, way: str, start_sink: StartSink
) -> None:
    sink = await start_sink()
    running = (await server.status(sink.pane)).command
    refused = await paste(server, sink.pane, "x", command="cla,u}de#")
    assert refused.guard == "other_command"
    assert running in refused.found
    assert (await paste(server, sink.pane, "y", command=running)).done
    await sink.expect(b"\x1b[200~y\x1b[201~")


async def test_a_handle_of_another_process_or_pane_is_refused(
    server: TmuxServer, way: str, start_sink: StartSink
) -> None:
    sink = await start_sink()
    assert (await paste(server, replace(sink.pane, pane_pid=1), "x")).guard == "other_process"
    assert (await paste(server, replace(sink.pane, pane_id="%77"), "x")).guard == "gone"
    assert (await press_enter(server, replace(sink.pane, server_start=1))).guard == "stale"
    await server.kill(sink.pane)
    assert (await paste(server, sink.pane, "x")).guard == "gone"


async def test_a_refused_paste_leaves_no_text_behind_in_tmux(
    server: TmuxServer, way: str, start_sink: StartSink
) -> None:
    sink = await start_sink()
    assert not (await paste(server, sink.pane, "private", command="nobody")).done
    assert await server.link.run("list-buffers") == []


async def test_after_a_restart_of_the_server_old_handles_type_into_nobody(
    server: TmuxServer, start_sink: StartSink
) -> None:
    old = await start_sink()
    heard = Heard(server)
    process = ProcessHandle(server.identity[0])
    process.send(signal.SIGKILL)
    await heard.until(lambda change: change.kind == "server_gone")
    process.close()
    with pytest.raises(TmuxGone):
        await paste(server, old.pane, "x")
    again = await TmuxServer.start(server.socket_name)
    try:
        new = await start_sink(on=again)
        assert new.pane.pane_id == old.pane.pane_id
        assert (await paste(again, old.pane, "for the dead")).guard == "stale"
        assert (await press_enter(again, old.pane)).guard == "stale"
        assert (await again.status(old.pane)).state == "gone"
        assert (await paste(again, new.pane, "for the living")).done
        await new.expect(b"\x1b[200~for the living\x1b[201~")
    finally:
        await again.kill()


async def test_two_pastes_at_once_do_not_mix(server: TmuxServer, start_sink: StartSink) -> None:
    sink = await start_sink()
    texts = ["a" * 50_000, "b" * 50_000]
    await asyncio.gather(*(paste(server, sink.pane, text) for text in texts))
    got = await sink.got(2 * (50_000 + 12))
    assert sorted(got.replace(b"\x1b[200~", b"").split(b"\x1b[201~")) == [b"", *(text.encode() for text in texts)]


async def test_the_bracket_is_left_out_for_a_program_that_did_not_ask_and_newlines_stay(
    server: TmuxServer, start_sink: StartSink
) -> None:
    sink = await start_sink()
    await sink.show("\\x1b[?2004l")
    assert (await paste(server, sink.pane, "one\ntwo")).done
    await sink.expect(b"one\ntwo")
