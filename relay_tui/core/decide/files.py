"""Files that messages carry. The log knows their hash, size and kind; the bytes lie beside it."""

from __future__ import annotations

from relay_tui.core import commands as c
from relay_tui.core import events as e
from relay_tui.core.decide.context import Asked, Decision, Ref, is_person
from relay_tui.core.errors import Refused
from relay_tui.core.model_talk import StoredFile
from relay_tui.core.text import is_storable
from relay_tui.core.views.state import State


def begin(state: State, asked: Asked) -> Decision:
    command: c.BeginUpload = asked.command
    name = command.filename.replace("\\", "/").rsplit("/", 1)[-1]
    if name in {"", ".", ".."} or not is_storable(name):
        raise Refused("invalid_filename", "That is no name for a file.")
    _small_or_refuse(command.size_bytes)
    event = e.UploadBegun(asked.new_id(), name, command.content_type, command.size_bytes)
    return Decision([event], Ref("file", (event.file_id,)))


def complete(state: State, asked: Asked) -> Decision:
    command: c.CompleteUpload = asked.command
    stored = _own_or_refuse(state, asked, command.file_id)
    _small_or_refuse(command.size_bytes)
    if stored.sha256 and stored.sha256 != command.sha256:
        raise Refused("upload_ended", "That file has its content already.", "Upload another one.")
    events: list[e.Event] = []
    if not stored.sha256:
        events.append(e.FileStored(stored.id, command.sha256, command.size_bytes, command.content_type))
    return Decision(events, Ref("file", (stored.id,)))


def remove(state: State, asked: Asked) -> Decision:
    stored = _own_or_refuse(state, asked, asked.command.file_id)
    return Decision([e.FileRemoved(stored.id)], Ref("file", (stored.id,)))


def _own_or_refuse(state: State, asked: Asked, file_id: str) -> StoredFile:
    stored = state.file(file_id)
    if stored is None or stored.removed_at is not None:
        raise Refused("file_not_found", f"There is no file with the id {file_id}.")
    if stored.uploaded_by != asked.actor.id and not is_person(asked.actor):
        raise Refused("forbidden", "Only who uploads a file, or a person, can change it.")
    return stored


def _small_or_refuse(size: int) -> None:
    if size > c.MAX_FILE:
        raise Refused("file_too_large", f"A file has at most {c.MAX_FILE // 2**20} MiB.")
