"""What came along with a message, as rows of the screen, with its size and kind in words. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any

import orjson

from relay_tui.core.model import Json
from relay_tui.core.text import preview
from relay_tui.tui.view.enclosed import BlockRow, EnclosedRow

LABEL = 60
"""Characters of a name that are shown."""


def enclosed_rows(attachments: Sequence[Json] | None) -> tuple[EnclosedRow, ...]:
    return tuple(_row(attachment) for attachment in attachments or ())


def _row(one: Json) -> EnclosedRow:
    size = size_words(one["size_bytes"]) if isinstance(one.get("size_bytes"), int) else ""
    kind = kind_word(str(one.get("content_type", "")))
    match one.get("kind"):
        case "file":
            return EnclosedRow(preview(str(one.get("filename", "file")), LABEL), size, kind)
        case "image":
            name = one.get("alt") or one.get("filename") or one.get("url") or "image"
            return EnclosedRow(preview(str(name), LABEL), size, kind or "image")
        case "link":
            return EnclosedRow(preview(str(one.get("title") or one["url"]), LABEL), "", "link")
        case "path":
            return EnclosedRow(preview(place_of(one), LABEL), "", "place")
        case "text":
            text = str(one["text"])
            return EnclosedRow(preview(one.get("label") or text, LABEL), size_words(len(text.encode())), "text")
        case "diff":
            patch = str(one["patch"])
            plus, minus = diff_counts(patch.splitlines())
            return EnclosedRow("diff", size_words(len(patch.encode())), f"+{plus} −{minus}")
        case "json":
            return EnclosedRow("JSON", size_words(len(orjson.dumps(one.get("value")))), "json")
        case other:
            return EnclosedRow(preview(str(other or "something"), LABEL), size, "not known here")


def place_of(one: Json) -> str:
    """`src/a.py:12`."""
    return f"{one['path']}:{one['line']}" if one.get("line") else str(one["path"])


def block_rows(blocks: Sequence[Json] | None) -> tuple[BlockRow, ...]:
    return tuple(row for block in blocks or () for row in _block(block))


def _block(block: Json) -> list[BlockRow]:
    match block.get("type"):
        case "header" | "text" as kind:
            return [BlockRow(kind, str(block.get("text", "")))]
        case "fields":
            return [BlockRow("field", _word(field, "label"), _word(field, "value")) for field in block["fields"]]
        case "actions":
            found: list[Any] = [*block.get("elements", ()), *block.get("actions", ()), *block.get("buttons", ())]
            return [BlockRow("actions", "  ".join(f"[{_word(button, 'text')}]" for button in found))]
        case "divider":
            return [BlockRow("divider")]
        case other:
            text = block.get("text")
            return [BlockRow("other", str(other), text if isinstance(text, str) else "")]


def _word(given: Any, key: str) -> str:
    return str(given.get(key, "")) if isinstance(given, dict) else ""


def size_words(size: int) -> str:
    """`812 B`, `4.1 KB`, `12 MB`."""
    if size < 1000:
        return f"{size} B"
    scale, unit = (1e3, "KB") if size < 1e6 else (1e6, "MB") if size < 1e9 else (1e9, "GB")
    in_unit = size / scale
    return f"{in_unit:.1f} {unit}" if in_unit < 10 else f"{in_unit:.0f} {unit}"


def kind_word(content_type: str) -> str:
    """A kind as the screen says it: `text`, `markdown`, `image/png`."""
    kind, _, sub = content_type.partition("/")
    return ("text" if sub == "plain" else sub.removeprefix("x-")) if kind == "text" else content_type


def diff_counts(rows: Iterable[str]) -> tuple[int, int]:
    plus = minus = 0
    for row in rows:
        plus += row.startswith("+") and not row.startswith("+++ ")
        minus += row.startswith("-") and not row.startswith("--- ")
    return plus, minus
