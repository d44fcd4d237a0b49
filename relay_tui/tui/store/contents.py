"""What an attachment holds, read back from the log and the stored files, to be looked at."""

from __future__ import annotations

import orjson

from relay_tui.core.errors import Refused
from relay_tui.core.model import Json
from relay_tui.tui.store.part import Part
from relay_tui.tui.view.enclosed import ContentView
from relay_tui.tui.words.enclosed import enclosed_rows, place_of
from relay_tui.tui.writing.enclosing import resolved

SHOWN_BYTES = 256 * 1024
"""Of a text that are shown on a sheet; an editor gets all of it."""


class Contents(Part):
    async def content(self, message_id: str, index: int) -> ContentView:
        """Raises `RelayError` (message_not_found)."""
        message = await self.relay.queries.message(message_id)
        attachments = message.attachments if message is not None else None
        if not attachments or not 0 <= index < len(attachments):
            raise Refused("message_not_found", "What was attached there is not there any more.")
        one = attachments[index]
        row = enclosed_rows([one])[0]
        view = ContentView(row.label, row.size, row.kind, str(one.get("kind", "")))
        if one.get("file_id"):
            await self._fill_from_file(view, one)
            return view
        match one.get("kind"):
            case "text":
                _fill_text(view, str(one["text"]).encode("utf-8", "replace"), "text", "text.txt")
            case "diff":
                _fill_text(view, str(one["patch"]).encode("utf-8", "replace"), "diff", "changes.diff")
            case "json":
                raw = orjson.dumps(one.get("value"), option=orjson.OPT_INDENT_2)
                _fill_text(view, raw, "json", "value.json")
            case "link" | "image":
                view.how, view.url = "link", str(one["url"])
            case "path":
                view.how, view.line = "place", int(one.get("line") or 0)
                view.label = place_of(one)
                view.path = str(resolved(str(one["path"]), self.host.workspace.path))
            case _:
                view.how = "file"
        return view

    async def _fill_from_file(self, view: ContentView, one: Json) -> None:
        stored = await self.relay.queries.file(str(one["file_id"]))
        view.content_type = str(one.get("content_type", ""))
        view.filename = str(one.get("filename", "")) or "attachment"
        try:
            if stored is None:
                raise Refused("file_not_found", "It was never stored here.")
            data = await self.relay.files.read(stored)
        except Refused:
            view.how = "gone"
            return
        if view.content_type.startswith("text/") or view.content_type in ("application/json", "application/toml"):
            shown = "diff" if view.content_type == "text/x-diff" else "text"
            _fill_text(view, data, shown, view.filename)
        else:
            view.how = "image" if view.content_type.startswith("image/") else "file"
            view.data = data


def _fill_text(view: ContentView, data: bytes, how: str, filename: str) -> None:
    view.how, view.data, view.filename = how, data, filename
    view.text = data[:SHOWN_BYTES].decode("utf-8", "replace")
    view.cut = len(data) > SHOWN_BYTES
