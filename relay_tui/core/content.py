"""What a message may carry beside its text: blocks and attachments. Checked, bounded, and then kept as they came.

An attachment is one of:
    {"kind": "file", "file_id"}                      bytes that were uploaded before; name, type and size are added
    {"kind": "text", "text", "label"?}
    {"kind": "image", "url" or "file_id", "alt"?}
    {"kind": "link", "url", "title"?}
    {"kind": "path", "path", "line"?}                a place in a file of the agents' machine: `src/a.py:12`
    {"kind": "json", "value"}
    {"kind": "diff", "patch"}

A block has a `type`; those that are known (header, text, fields, actions, divider) must have their fields.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Annotated, Any, Literal
from urllib.parse import urlsplit

import orjson
from pydantic import BaseModel, ConfigDict, Field, TypeAdapter, ValidationError

from relay_tui.core import text
from relay_tui.core.errors import Refused
from relay_tui.core.model import Json
from relay_tui.core.views.state import State

MAX_ATTACHMENT_BYTES = 256 * 1024
"""Of one message's attachments as JSON, stored files aside."""
MAX_BLOCK_BYTES = 64 * 1024
MAX_BLOCKS = 50
SCHEMES = ("http", "https")


class _Part(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True, defer_build=True)


class _File(_Part):
    kind: Literal["file"]
    file_id: str


class _Text(_Part):
    kind: Literal["text"]
    text: str = Field(min_length=1)
    label: str = Field(default="", max_length=200)


class _Image(_Part):
    kind: Literal["image"]
    url: str = Field(default="", max_length=4_000)
    file_id: str = ""
    alt: str = Field(default="", max_length=1_000)


class _Link(_Part):
    kind: Literal["link"]
    url: str = Field(min_length=1, max_length=4_000)
    title: str = Field(default="", max_length=500)


class _Path(_Part):
    kind: Literal["path"]
    path: str = Field(min_length=1, max_length=4_000)
    line: int | None = Field(default=None, ge=1)


class _Value(_Part):
    kind: Literal["json"]
    value: Any


class _Diff(_Part):
    kind: Literal["diff"]
    patch: str = Field(min_length=1)


_attachment: TypeAdapter[Any] = TypeAdapter(
    Annotated[_File | _Text | _Image | _Link | _Path | _Value | _Diff, Field(discriminator="kind")],
    config=ConfigDict(defer_build=True),
)


class _Block(BaseModel):
    """Unknown fields are kept: a block is stored as it came."""

    model_config = ConfigDict(extra="allow", frozen=True, defer_build=True)


class _Header(_Block):
    text: str


class _Field(_Block):
    label: str
    value: str


class _Fields(_Block):
    fields: list[_Field]


class _Button(_Block):
    text: str
    action_id: str


class _Actions(_Block):
    elements: list[_Button] = Field(default_factory=list["_Button"])
    actions: list[_Button] = Field(default_factory=list["_Button"])
    buttons: list[_Button] = Field(default_factory=list["_Button"])


_KNOWN: dict[str, type[_Block]] = {
    "header": _Header,
    "text": _Header,
    "fields": _Fields,
    "actions": _Actions,
    "divider": _Block,
}


def checked_blocks(blocks: Sequence[Json] | None) -> list[Json] | None:
    """The blocks as they came. Raises `Refused` (invalid_blocks)."""
    if not blocks:
        return None
    if len(blocks) > MAX_BLOCKS:
        raise Refused("invalid_blocks", f"A message has at most {MAX_BLOCKS} blocks.")
    _bounded(blocks, MAX_BLOCK_BYTES, "invalid_blocks", "Its blocks")
    for number, block in enumerate(blocks, 1):
        kind = block.get("type")
        if not isinstance(kind, str) or not 0 < len(kind) <= 50:
            raise Refused("invalid_blocks", f"Block {number} names no type.", f"Known: {', '.join(_KNOWN)}.")
        try:
            _KNOWN.get(kind, _Block).model_validate(block)
        except ValidationError as error:
            raise Refused("invalid_blocks", f"Block {number} ({text.preview(kind, 20)}): {_first(error)}.") from error
    return list(blocks)


def checked_attachments(state: State, attachments: Sequence[Json] | None) -> list[Json] | None:
    """The attachments as they are stored. Raises `Refused` (invalid_attachment, file_not_found)."""
    if not attachments:
        return None
    _bounded(attachments, MAX_ATTACHMENT_BYTES, "invalid_attachment", "Its attachments")
    return [_checked(state, number, given) for number, given in enumerate(attachments, 1)]


def _checked(state: State, number: int, given: Json) -> Json:
    try:
        part = _attachment.validate_python(given)
    except ValidationError as error:
        raise Refused("invalid_attachment", f"Attachment {number}: {_first(error)}.") from error
    said: Json = part.model_dump(mode="python", exclude_defaults=True) | {"kind": part.kind}
    match part:
        case _File():
            return said | _stored(state, part.file_id)
        case _Image():
            if bool(part.url) == bool(part.file_id):
                raise Refused("invalid_attachment", f"Attachment {number}: an image has a url or a file_id.")
            if part.file_id:
                return said | _stored(state, part.file_id)
            _address(number, part.url)
        case _Link():
            _address(number, part.url)
        case _:
            pass
    return said


def _address(number: int, url: str) -> None:
    try:
        parts = urlsplit(url)
    except ValueError:
        parts = None
    if parts is None or parts.scheme not in SCHEMES or not parts.netloc:
        raise Refused("invalid_attachment", f"Attachment {number}: its url must begin with http:// or https://.")


def _stored(state: State, file_id: str) -> Json:
    found = state.file(file_id) if file_id.isdecimal() and len(file_id) <= 20 else None
    if found is None or found.removed_at is not None or not found.sha256:
        raise Refused("file_not_found", "There is no stored file with that id.", "Upload it first.")
    return {"filename": found.filename, "content_type": found.content_type, "size_bytes": found.size_bytes}


def _bounded(value: Any, limit: int, code: str, what: str) -> None:
    try:
        size = len(orjson.dumps(value))
    except TypeError as error:
        raise Refused("invalid_request", f"The content cannot be written as JSON: {error}.") from error
    if size > limit:
        raise Refused(code, f"{what} take {size // 1024} KiB of at most {limit // 1024}.", "Upload a file instead.")


def _first(error: ValidationError) -> str:
    first = error.errors(include_url=False, include_input=False, include_context=False)[0]
    place = ".".join(str(part) for part in first["loc"])
    return f"{place}: {first['msg']}" if place else first["msg"]


def said_in(blocks: Sequence[Json] | None) -> list[str]:
    """What blocks say, as lines for where only text goes."""
    lines: list[str] = []
    for block in blocks or ():
        match block.get("type"):
            case "fields":
                lines += [f"{field['label']}: {field['value']}" for field in block["fields"]]
            case "actions":
                found = [*block.get("elements", ()), *block.get("actions", ()), *block.get("buttons", ())]
                lines.append("  ".join(f"[{button['text']}]" for button in found))
            case _:
                said = block.get("text")
                lines += [said] if isinstance(said, str) else []
    return [line for line in lines if line]


def described(attachment: Json) -> str:
    """One line that stands for an attachment where only text goes."""
    match attachment["kind"]:
        case "file":
            kind = f"{attachment['content_type']}, {attachment['size_bytes']} bytes"
            return f"file {attachment['filename']} ({kind}), id {attachment['file_id']}"
        case "image":
            return (
                f"image {attachment.get('url') or 'id ' + attachment['file_id']} {attachment.get('alt', '')}".rstrip()
            )
        case "link":
            return f"link {attachment['url']} {attachment.get('title', '')}".rstrip()
        case "path":
            return attachment["path"] + (f":{attachment['line']}" if "line" in attachment else "")
        case "text":
            return f"text {attachment.get('label', '')}: {attachment['text']}"
        case "diff":
            return f"diff:\n{attachment['patch']}"
        case _:
            return f"json: {orjson.dumps(attachment['value']).decode()}"
