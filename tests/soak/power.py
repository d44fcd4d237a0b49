"""A power cut for one process: `forget.c` keeps on record what was not synced, and this puts it back."""

from __future__ import annotations

import shutil
import struct
import subprocess
from pathlib import Path

SOURCE = Path(__file__).with_name("forget.c")
_HEAD = struct.Struct("=QQQ")


def compile_shim(folder: Path) -> Path | None:
    """The shared object; None: there is no C compiler here."""
    compiler = shutil.which("cc") or shutil.which("gcc") or shutil.which("clang")
    if compiler is None:
        return None
    target = folder / "forget.so"
    flags = ["-shared", "-fPIC", "-O1", "-Wall", "-Werror"]
    subprocess.run([compiler, *flags, "-o", str(target), str(SOURCE), "-ldl", "-lpthread"], check=True)
    return target


def forget(state: Path, records: Path) -> int:
    """Undo the writes to the log in `state` that were not synced when its process died; gives how many they were."""
    undone = 0
    for record in records.iterdir():
        content = record.read_bytes()
        record.unlink()
        target = state / record.name
        if not target.exists():
            continue
        writes: list[tuple[int, bytes, int]] = []
        at = 0
        while at + _HEAD.size <= len(content):
            offset, count, size = _HEAD.unpack_from(content, at)
            at += _HEAD.size
            if at + count > len(content):
                break  # it died while it recorded: that write never happened
            writes.append((offset, content[at : at + count], size))
            at += count
        with target.open("r+b") as file:
            for offset, old, size in reversed(writes):
                file.seek(offset)
                file.write(old)
                file.truncate(size)
        undone += len(writes)
    return undone
