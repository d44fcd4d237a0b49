"""What goes along with a message that a script sends: `FILE` is stored, `FILE:LINE` names a place, a URL is a link;
blocks, and data for programs."""

from __future__ import annotations

import argparse
import asyncio
import json
import mimetypes
import os
from pathlib import Path
from typing import TYPE_CHECKING, Any

from relay_tui.core.errors import Refused

if TYPE_CHECKING:
    from relay_tui.client.http import Http
    from relay_tui.tui.view.letter import Enclosure

Json = dict[str, Any]


def add_attach(parser: argparse.ArgumentParser) -> None:
    parser.add_argument(
        "--attach",
        action="append",
        default=[],
        metavar="WHAT",
        help="store and attach a file; FILE:LINE is a place in it, a URL a link",
    )
    parser.add_argument("--blocks", type=Path, metavar="FILE", help="JSON: a list of blocks, drawn under the text")
    parser.add_argument(
        "--data", action="append", default=[], metavar="KEY=VALUE", help="for programs; KEY:=JSON for anything but text"
    )


async def along(http: Http, args: argparse.Namespace) -> Json:
    """The fields of a message for what goes along with it; its files are stored. Raises `Refused`."""
    from relay_tui.core import metadata

    body: Json = {}
    if args.blocks is not None:
        body["blocks"] = await asyncio.to_thread(_blocks, args.blocks)
    if args.data:
        body["data"] = metadata.typed(args.data)
    if args.attach:
        body["attachments"] = [await attached(http, given, args.workspace) for given in args.attach]
    return body


def _blocks(path: Path) -> list[Json]:
    try:
        found = json.loads(path.read_bytes())
    except OSError as error:
        raise Refused("file_not_found", f"{path} cannot be read: {error.strerror}.", "Check the path.") from error
    except (ValueError, RecursionError) as error:
        raise Refused("invalid_blocks", f"{path} is not JSON.", "Give a list of blocks.") from error
    if not isinstance(found, list):
        raise Refused("invalid_blocks", f"{path} is no list.", "Give a list of blocks.")
    return found


async def attached(http: Http, given: str, workspace: Path) -> str | Json:
    """The id of the file that was stored, or an attachment as `core/content.py` has it.

    Paths are seen from where the command runs; agents are told them from the workspace's folder. Raises `Refused`
    (file_not_found, file_too_large).
    """
    from relay_tui.core.content import SCHEMES
    from relay_tui.tui.writing.enclosing import read_file

    if given.partition("://")[0] in SCHEMES:
        return {"kind": "link", "url": given}
    found = await asyncio.to_thread(_found, given, workspace)
    if found.content is not None:
        return found.content
    raw = await asyncio.to_thread(read_file, found)
    kind = mimetypes.guess_type(found.label)[0] or ""
    begun = await http.write(
        "POST", "/v1/files/upload", {"filename": found.label, "content_type": kind, "size_bytes": len(raw)}
    )
    await http.put(f"/v1/files/{begun['id']}/content", raw)
    return (await http.write("POST", f"/v1/files/{begun['id']}/complete"))["id"]


def _found(given: str, workspace: Path) -> Enclosure:
    """As the composer of the deck takes it, but seen from here. Touches the disk. Raises `Refused`."""
    from relay_tui.tui.writing.enclosing import enclose_path

    return enclose_path(given if given.startswith("~") else os.path.abspath(given), workspace.resolve())
