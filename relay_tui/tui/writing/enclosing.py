"""What goes along with a message, before it is sent: a file, or something that was pasted, as an `Enclosure`.

Functions that touch the disk say so; they are called in threads.
"""

from __future__ import annotations

import os
import re
import stat
from pathlib import Path
from urllib.parse import unquote, urlsplit

import orjson

from relay_tui.core.commands import MAX_FILE
from relay_tui.core.commands_talk import MAX_ATTACHMENTS
from relay_tui.core.content import SCHEMES
from relay_tui.core.errors import Refused
from relay_tui.core.files import HEAD, kind_of
from relay_tui.tui.view.letter import Enclosure
from relay_tui.tui.words.enclosed import diff_counts, kind_word, size_words

LARGE_PASTE = 32 * 1024
"""Characters from which on what is pasted goes beside the text: more would stop the screen while it is laid out."""
MOST_WRITTEN = 256 * 1024
"""Characters of a message that are taken back from an editor as its text."""
MOST_INLINE = 200 * 1024
"""Bytes of a diff or of JSON that go along in the message itself; more has to be a file."""
LISTED = 500
"""Entries of one folder that are looked through for proposals."""
PASTED = "paste"
_PLACE = re.compile(r"(?P<path>.+?):(?P<line>[1-9][0-9]{0,8})(?::[0-9]+)?")
_WRITTEN = re.compile(r"(?:^|(?<=\s))\+(?P<path>\S*[./]\S*)(?=\s|$)", re.MULTILINE)
_COMMANDED = re.compile(r"^/attach +(?P<path>.+?) *$\n?", re.MULTILINE)
_HUNK = re.compile(r"^@@ .* @@", re.MULTILINE)


def enclose_path(given: str, folder: Path) -> Enclosure:
    """The file, or with `:line` the place in it, that `given` names, seen from `folder`. Touches the disk.

    Raises `Refused` (file_not_found, file_too_large).
    """
    path = resolved(given, folder)
    place = _PLACE.fullmatch(given)
    if place is not None and not path.exists():
        path, line = resolved(place["path"], folder), int(place["line"])
        _regular(path, given)
        said = _as_agents_see(path, folder)
        return Enclosure("path", f"{said}:{line}", note="a place", content={"kind": "path", "path": said, "line": line})
    found = _regular(path, given)
    if found.st_size > MAX_FILE:
        words = f"{path.name} has {size_words(found.st_size)}; a file has at most {MAX_FILE // 2**20} MiB."
        raise Refused("file_too_large", words)
    try:
        with path.open("rb") as file:
            head = file.read(HEAD)
    except OSError as error:
        raise Refused("file_not_found", f"{given} cannot be read: {error.strerror}.", "Check its rights.") from error
    return Enclosure("file", path.name, found.st_size, kind_word(kind_of(head, path.name)), str(path))


def resolved(given: str, folder: Path) -> Path:
    """The path that is meant, seen from `folder`; no link is followed."""
    return Path(os.path.normpath(folder / Path(given).expanduser()))


def _regular(path: Path, given: str) -> os.stat_result:
    try:
        found = path.stat()
    except (OSError, ValueError) as error:
        words = error.strerror if isinstance(error, OSError) and error.strerror else "no such name"
        raise Refused("file_not_found", f"{given} cannot be attached: {words}.", "Check the path.") from error
    if not stat.S_ISREG(found.st_mode):
        kind = "a folder" if stat.S_ISDIR(found.st_mode) else "no file"
        raise Refused("file_not_found", f"{given} cannot be attached: it is {kind}.", "Name a file.")
    return found


def _as_agents_see(path: Path, folder: Path) -> str:
    """Agents stand in the workspace's folder."""
    return str(path.relative_to(folder)) if path.is_relative_to(folder) else str(path)


def is_stored(enclosure: Enclosure) -> bool:
    """It is bytes that are stored before the message is sent."""
    return bool(enclosure.path) or enclosure.kind == PASTED


def read_file(enclosure: Enclosure) -> bytes:
    """The bytes of a file that is about to be stored. Touches the disk. Raises `Refused`."""
    path = Path(enclosure.path)
    try:
        found = _regular(path, enclosure.label)
        if found.st_size > MAX_FILE:
            raise Refused("file_too_large", f"{enclosure.label} has grown to {size_words(found.st_size)}.")
        with path.open("rb") as file:
            return file.read(MAX_FILE + 1)
    except OSError as error:
        raise Refused("file_not_found", f"{enclosure.label} cannot be read: {error.strerror}.") from error


def enclose_pasted(text: str, folder: Path) -> Enclosure | None:
    """What a pasted text is besides text: a file, a link, a diff, JSON; None: only text. Touches the disk."""
    one = text.strip()
    if not one or len(one) > MOST_INLINE:
        return None
    if "\n" not in one and len(one) < 4_000:
        return _link(one) or _dropped(one, folder) or _json(one)
    if one.startswith("diff --git ") or (_HUNK.search(one) and "--- " in one and "+++ " in one):
        plus, minus = diff_counts(one.splitlines())
        patch = text if text.endswith("\n") else f"{text}\n"
        return Enclosure("diff", "diff", len(patch), f"+{plus} −{minus}", content={"kind": "diff", "patch": patch})
    return _json(one)


def _link(one: str) -> Enclosure | None:
    if " " in one:
        return None
    try:
        parts = urlsplit(one)
    except ValueError:
        return None
    if parts.scheme not in SCHEMES or not parts.netloc:
        return None
    return Enclosure("link", one, note="link", content={"kind": "link", "url": one})


def _dropped(one: str, folder: Path) -> Enclosure | None:
    """A file that was dragged onto the terminal arrives as its path, quoted as for a shell, or as an address."""
    if one.startswith("file://"):
        one = unquote(urlsplit(one).path)
    elif len(one) > 1 and one[0] == one[-1] and one[0] in "'\"":
        one = one[1:-1]
    else:
        one = re.sub(r"\\(.)", r"\1", one)
    if not one.startswith(("/", "~/", "./", "../")):
        return None
    try:
        return enclose_path(one, folder)
    except Refused:
        return None


def _json(one: str) -> Enclosure | None:
    if one[0] not in "{[":
        return None
    try:
        value = orjson.loads(one)
    except orjson.JSONDecodeError:
        return None
    what = f"{len(value)} {'fields' if isinstance(value, dict) else 'items'}"
    return Enclosure("json", "JSON", len(one), what, content={"kind": "json", "value": value})


def enclose_large(text: str) -> Enclosure:
    """What is too much to be written into the text."""
    lines = text.removesuffix("\n").count("\n") + 1
    note = f"{lines:,} lines" if lines > 1 else "one line"
    return Enclosure(PASTED, "pasted.txt", len(text.encode("utf-8", "replace")), note, content={"text": text})


def check_room(enclosed: tuple[Enclosure, ...]) -> None:
    """Raises `Refused` (invalid_attachment): no more goes along with one message."""
    if len(enclosed) >= MAX_ATTACHMENTS:
        raise Refused("invalid_attachment", f"At most {MAX_ATTACHMENTS} things go along with one message.")


def take_written(text: str, folder: Path) -> tuple[str, list[Enclosure]]:
    """A text without the `+path` and `/attach path` in it, and what these name. Touches the disk. Raises `Refused`.

    What follows a plus and is no file that is there is text.
    """
    found: list[Enclosure] = []

    def commanded(match: re.Match[str]) -> str:
        found.append(enclose_path(match["path"], folder))
        return ""

    def written(match: re.Match[str]) -> str:
        try:
            found.append(enclose_path(match["path"], folder))
        except Refused as refusal:
            if refusal.code != "file_not_found":
                raise
            return match[0]
        return ""

    rest = _WRITTEN.sub(written, _COMMANDED.sub(commanded, text))
    return (re.sub(r" +$", "", rest, flags=re.MULTILINE).strip() if found else text), found


def list_paths(word: str, folder: Path) -> list[tuple[str, str]]:
    """(path as it continues `word`, what it is) of what is there; folders end in `/`. Touches the disk."""
    head, _, start = word.rpartition("/")
    written = word[: len(word) - len(start)]
    base = resolved(written or ".", folder) if head or written else folder
    out: list[tuple[str, str]] = []
    try:
        with os.scandir(base) as entries:
            for _, entry in zip(range(LISTED), entries, strict=False):
                if entry.name.startswith(".") and not start.startswith("."):
                    continue
                if not entry.name.casefold().startswith(start.casefold()) or not entry.name.isprintable():
                    continue
                if entry.is_dir():
                    out.append((f"{written}{entry.name}/", "folder"))
                elif entry.is_file():
                    out.append((written + entry.name, size_words(entry.stat().st_size)))
    except OSError:
        return []  # a folder that is not there, or not to be read, has nothing to propose
    return sorted(out, key=lambda found: (not found[0].endswith("/"), found[0].casefold()))
