from __future__ import annotations

import hashlib
from pathlib import Path

import pytest

from relay_tui.core import commands as c
from relay_tui.core.files import kind_of
from relay_tui.core.relay import Relay

from .conftest import Join, refused

PNG = bytes.fromhex("89504e470d0a1a0a0000000d4948445200000001000000010806000000")


@pytest.mark.parametrize(
    ("head", "name", "kind"),
    [
        (PNG, "a.txt", "image/png"),
        (b"%PDF-1.7\n\xff\xfe\x00", "a.png", "application/pdf"),
        ("grüße\n".encode(), "a", "text/plain"),
        ("grüße".encode()[:-2], "a", "text/plain"),
        (b"# hi", "a.md", "text/markdown"),
        (b'{"a": 1}', "a.json", "application/json"),
        (b"<script>alert(1)</script>", "a.html", "text/plain"),
        (b"", "a", "text/plain"),
        (b"\x00\x01\x02\xff", "a.txt", "application/octet-stream"),
    ],
)
def test_what_a_file_is_is_read_from_its_bytes(head: bytes, name: str, kind: str) -> None:
    assert kind_of(head, name) == kind


async def test_a_file_lies_under_its_hash_and_is_there_after_a_restart(folder: Path) -> None:
    async with Relay.open(folder) as relay:
        stored = await relay.files.upload("plot.png", PNG, relay.system)
    assert (stored.sha256, stored.content_type) == (hashlib.sha256(PNG).hexdigest(), "image/png")
    path = folder / "files" / stored.sha256[:2] / stored.sha256
    assert path.stat().st_mode & 0o777 == 0o600
    async with Relay.open(folder) as relay:
        found = await relay.queries.file(stored.id)
        assert found is not None
        assert await relay.files.read(found) == PNG


async def test_the_same_bytes_are_kept_once_and_go_with_the_last_file(relay: Relay, join: Join) -> None:
    one = await join("one")
    first = await relay.files.upload("a", b"same", one)
    second = await relay.files.upload("b", b"same", one)
    path = relay.files.path(first.sha256)
    assert [f.id for f in await relay.queries.files()] == [second.id, first.id]
    await relay.files.remove(first.id, one)
    assert path.exists()
    await relay.files.remove(second.id, one)
    assert not path.exists()
    with refused("file_not_found"):
        await relay.files.read(first)
    assert await relay.queries.files() == []


async def test_a_file_that_is_too_large_leaves_nothing(relay: Relay, join: Join, folder: Path) -> None:
    one = await join("one")
    with refused("file_too_large"):
        await relay.files.upload("a", b"x" * (c.MAX_FILE + 1), one)
    begun = await relay.execute(c.BeginUpload(filename="a"), one)

    async def endless() -> object:
        while True:
            yield b"x" * 1_000_000

    with refused("file_too_large"):
        await relay.files.receive(begun.id, endless(), one)  # pyright: ignore[reportArgumentType]
    assert list((folder / "files" / "incoming").glob("*")) == []


async def test_what_a_killed_relay_left_half_written_is_swept_away(folder: Path) -> None:
    incoming = folder / "files" / "incoming"
    incoming.mkdir(parents=True)
    (incoming / "half").write_bytes(b"x")
    async with Relay.open(folder):
        assert list(incoming.glob("*")) == []
