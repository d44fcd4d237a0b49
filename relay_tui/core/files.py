"""The bytes that messages carry, kept once under their SHA-256. Written whole or not at all; what they are is read
from them, not from what somebody says."""

from __future__ import annotations

import asyncio
import codecs
import hashlib
import mimetypes
import os
import secrets
from collections.abc import AsyncIterable
from dataclasses import dataclass
from pathlib import Path

from relay_tui.core import commands as c
from relay_tui.core.delivery.recipient import Door
from relay_tui.core.disk import sync
from relay_tui.core.errors import Refused, RelayError
from relay_tui.core.model import Caller
from relay_tui.core.model_talk import StoredFile

HEAD = 8_192
"""Bytes that the kind of a file is read from."""
UNKNOWN = "application/octet-stream"
_TEXT_KINDS = frozenset(
    {"text/markdown", "text/csv", "application/json", "text/x-python", "text/x-diff", "text/x-sh", "application/toml"}
)
"""What a text may be called by its name's ending. Nothing that a browser would run."""


@dataclass(slots=True)
class Kept:
    sha256: str
    size_bytes: int
    content_type: str


class Files:
    """`folder`: `ab/ab12…`, one file per content, 0600. All methods run on the loop; the disk is touched in threads."""

    def __init__(self, folder: Path, door: Door) -> None:
        self._folder = folder
        self._door = door
        self._settling = asyncio.Lock()
        """Held while bytes and the log are brought in step, so that none are removed that are just being named."""

    async def upload(self, filename: str, content: bytes, by: Caller) -> StoredFile:
        """Store a file in one go. Raises `Refused` (file_too_large, invalid_filename)."""
        if len(content) > c.MAX_FILE:
            raise Refused("file_too_large", f"A file has at most {c.MAX_FILE // 2**20} MiB.")
        begun = await self._door.execute(c.BeginUpload(filename=filename, size_bytes=len(content)), by)
        assert isinstance(begun, StoredFile)
        return await self.receive(begun.id, _once(content), by)

    async def receive(self, file_id: str, chunks: AsyncIterable[bytes], by: Caller) -> StoredFile:
        """Take the bytes of an upload that was begun. Raises `Refused` (file_not_found, file_too_large, forbidden)."""
        begun = await self._door.queries.file(file_id)
        if begun is None or begun.removed_at is not None:
            raise Refused("file_not_found", f"There is no file with the id {file_id}.")
        partial = self._folder / "incoming" / secrets.token_hex(8)
        try:
            kept = await self._write(partial, chunks, begun.filename)
            async with self._settling:
                await asyncio.to_thread(_move, partial, self.path(kept.sha256))
                command = c.CompleteUpload(
                    file_id=file_id, sha256=kept.sha256, size_bytes=kept.size_bytes, content_type=kept.content_type
                )
                stored = await self._door.execute(command, by)
        finally:
            await asyncio.to_thread(partial.unlink, True)
        assert isinstance(stored, StoredFile)
        return stored

    async def remove(self, file_id: str, by: Caller) -> StoredFile:
        """Remove a file; its bytes go when no other file has the same."""
        async with self._settling:
            removed = await self._door.execute(c.RemoveFile(file_id=file_id), by)
            assert isinstance(removed, StoredFile)
            if removed.sha256 and not await self._door.queries.file_hash_used(removed.sha256):
                await asyncio.to_thread(self.path(removed.sha256).unlink, True)
        return removed

    async def read(self, stored: StoredFile) -> bytes:
        """Raises `Refused` (file_not_found) when there are no bytes, or no longer."""
        try:
            if not stored.sha256 or stored.removed_at is not None:
                raise FileNotFoundError
            return await asyncio.to_thread(self.path(stored.sha256).read_bytes)
        except FileNotFoundError:
            raise Refused("file_not_found", f"{stored.filename} has no content here.") from None

    def path(self, sha256: str) -> Path:
        """Where these bytes lie, if they do."""
        return self._folder / sha256[:2] / sha256

    async def sweep(self) -> None:
        """Remove what a relay that was killed left half written."""
        await asyncio.to_thread(_sweep, self._folder / "incoming")

    async def _write(self, partial: Path, chunks: AsyncIterable[bytes], filename: str) -> Kept:
        digest, size, head = hashlib.sha256(), 0, b""
        try:
            file = await asyncio.to_thread(_create, partial)
            try:
                async for chunk in chunks:
                    size += len(chunk)
                    if size > c.MAX_FILE:
                        raise Refused("file_too_large", f"A file has at most {c.MAX_FILE // 2**20} MiB.")
                    digest.update(chunk)
                    head += chunk[: HEAD - len(head)] if len(head) < HEAD else b""
                    await asyncio.to_thread(_write_all, file, chunk)
                await asyncio.to_thread(os.fsync, file)
            finally:
                os.close(file)
        except OSError as error:
            words = f"The file could not be stored: {error.strerror}."
            raise RelayError("storage_failed", words, "Check the disk.") from error
        return Kept(digest.hexdigest(), size, kind_of(head, filename))


def kind_of(head: bytes, filename: str = "") -> str:
    """The MIME type of a file that begins with `head`. Text is `text/plain` unless its name says better."""
    if _is_text(head):
        guessed, _ = mimetypes.guess_type(filename, strict=False)
        return guessed if guessed in _TEXT_KINDS else "text/plain"
    import puremagic  # 3 ms, for those who upload

    try:
        return puremagic.from_string(head, mime=True) or UNKNOWN  # pyright: ignore[reportUnknownMemberType]
    except (puremagic.PureError, ValueError):
        return UNKNOWN


def _is_text(head: bytes) -> bool:
    """UTF-8 without control characters; its last character may be cut off."""
    try:
        text = codecs.getincrementaldecoder("utf-8")().decode(head)
    except UnicodeDecodeError:
        return False
    return all(char >= " " or char in "\t\n\r\f\x1b" for char in text)


def _create(path: Path) -> int:
    path.parent.mkdir(0o700, True, True)
    return os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC, 0o600)


def _write_all(file: int, chunk: bytes) -> None:
    view = memoryview(chunk)
    while view:
        view = view[os.write(file, view) :]


def _move(partial: Path, target: Path) -> None:
    target.parent.mkdir(0o700, True, True)
    os.replace(partial, target)
    sync(target.parent)


def _sweep(folder: Path) -> None:
    for partial in folder.glob("*"):
        partial.unlink(missing_ok=True)


async def _once(content: bytes) -> AsyncIterable[bytes]:
    yield content
