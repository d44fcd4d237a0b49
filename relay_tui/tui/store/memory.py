"""What the screen remembers over restarts: drafts, what was sent, the open conversation, pins, snoozes, the theme.

One JSON file in the workspace's state folder, 0600, replaced whole. It is a convenience: what cannot be read is put
aside with a notice, and nothing depends on it.
"""

from __future__ import annotations

import asyncio
import logging
import os
import secrets
from dataclasses import replace
from pathlib import Path

import msgspec

from relay_tui.tui.view.kept import Kept
from relay_tui.tui.view.letter import Draft, Drafts

MEMORY_NAME = "screen.json"
MOST_READ = 32 * 2**20
"""Bytes; a larger file is none of ours."""
KEPT_PLACES = 200
"""Conversations whose history is kept, those written to last."""
log = logging.getLogger(__name__)


class Memory:
    """Made by `Memory.read`. `notice`: what the operator is told once; empty: nothing."""

    def __init__(self, path: Path, kept: Kept, notice: str = "") -> None:
        self.kept = kept
        self.notice = notice
        self._path = path
        self._written = b""
        self._writing = asyncio.Lock()

    @classmethod
    async def read(cls, path: Path) -> Memory:
        try:
            raw = await asyncio.to_thread(_read, path)
        except FileNotFoundError:
            return cls(path, Kept())
        except OSError as error:
            log.warning("%s cannot be read: %s", path, error)
            return cls(path, Kept(), f"What the screen remembered cannot be read: {error.strerror}.")
        try:
            return cls(path, msgspec.json.decode(raw, type=Kept))
        except (msgspec.DecodeError, UnicodeDecodeError) as error:
            log.warning("%s holds what this version does not know: %s", path, error)
            aside = await asyncio.to_thread(_put_aside, path)
            return cls(path, Kept(), f"What the screen remembered cannot be read; it lies in {aside} now.")

    async def write(self, kept: Kept) -> None:
        """Replace the file, unless it says this already. A disk that refuses is only logged."""
        raw = msgspec.json.encode(_lean(kept))
        if raw == self._written:
            return
        async with self._writing:
            try:
                await asyncio.to_thread(_replace, self._path, raw)
            except OSError as error:
                log.warning("%s cannot be written: %s", self._path, error)
            self._written = raw


def _lean(kept: Kept) -> Kept:
    """Without what need not be kept: empty drafts, refusals, histories of long ago."""
    drafts = {target: replace(d, refused=None) for target, d in kept.drafts.by_target.items() if d != Draft()}
    sent = dict(list(kept.drafts.sent.items())[-KEPT_PLACES:])
    return replace(kept, drafts=Drafts(drafts, sent))


def _read(path: Path) -> bytes:
    with path.open("rb") as file:
        return file.read(MOST_READ)


def _put_aside(path: Path) -> Path:
    aside = path.with_suffix(".broken")
    os.replace(path, aside)
    return aside


def _replace(path: Path, raw: bytes) -> None:
    fresh = path.with_name(f".{path.name}.{secrets.token_hex(4)}")
    try:
        handle = os.open(fresh, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC, 0o600)
        with os.fdopen(handle, "wb") as file:
            file.write(raw)
            file.flush()
            os.fsync(handle)
        os.replace(fresh, path)
    finally:
        fresh.unlink(missing_ok=True)
