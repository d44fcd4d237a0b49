"""`relay-tui file`: the files that came along with messages."""

from __future__ import annotations

import argparse
import asyncio
import os
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any

from relay_tui.cli import arguments, wording
from relay_tui.cli.relay_at import add_verb
from relay_tui.core.errors import Refused, WorkspaceError
from relay_tui.core.text import visible

if TYPE_CHECKING:
    from relay_tui.client.http import Http

Json = dict[str, Any]
STDOUT = Path("-")


def add_parser(commands: Any) -> None:
    parser = commands.add_parser("file", help="the files that came along with messages", description=__doc__)
    verbs = parser.add_subparsers(title="verbs", metavar="VERB", required=True)
    arguments.add_limit(add_verb(verbs, "list", "files that are stored, the newest first", _list, _say))
    get = add_verb(verbs, "get", "save a file; an existing one is left alone", _get, _say_saved)
    get.add_argument("file", metavar="ID", help="as `relay-tui read` says it")
    get.add_argument(
        "target", metavar="FILE", type=Path, nargs="?", help="where to; - is standard output (default: its name, here)"
    )


async def _list(http: Http, args: argparse.Namespace) -> list[Json]:
    return await http.get("/v1/files", limit=args.limit)


async def _get(http: Http, args: argparse.Namespace) -> Json:
    from relay_tui.client.talk import part

    path = f"/v1/files/{part(args.file)}"
    found = await http.get(path)
    if args.target == STDOUT and args.json:
        raise Refused("invalid_request", "The file and the answer would both go to standard output.", "Leave one out.")
    raw = await http.read(f"{path}/content")
    if args.target == STDOUT:
        sys.stdout.buffer.write(raw)
        sys.stdout.buffer.flush()
        return {}
    # What it is called was said by whoever sent it: only the last part, and nothing that hides.
    name = visible(os.path.basename(found["filename"]), keep="").lstrip(".") or "file"
    target = args.target or Path(name)
    target = target / name if target.is_dir() else target
    await asyncio.to_thread(_save, target, raw)
    return {"file_id": found["id"], "saved": str(target), "size_bytes": len(raw)}


def _save(target: Path, raw: bytes) -> None:
    try:
        with target.open("xb") as out:
            out.write(raw)
    except FileExistsError as error:
        raise Refused("target_exists", f"{target} is there already.", "Name another file.") from error
    except OSError as error:
        raise WorkspaceError("storage_failed", f"{target} cannot be written: {error.strerror}.") from error


def _say_saved(answer: Json) -> Iterator[str]:
    if answer:
        yield f"{answer['saved']}  {answer['size_bytes']} bytes"


def _say(answer: list[Json]) -> Iterator[str]:
    for one in answer:
        yield f"{one['id']}  {one['filename']}  {one['content_type']}, {one['size_bytes']} bytes"
    if not answer:
        yield wording.NOTHING
