"""Rules, their runs and what was waited for, as lines for a person."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

from relay_tui.cli.wording import NOTHING, WIDTH, time
from relay_tui.core.text import preview

Json = dict[str, Any]


def rules(answer: list[Json]) -> Iterator[str]:
    for one in answer:
        state = "removed" if one.get("removed") else "on" if one["enabled"] else "off"
        last = f"  last {time(one['last_run_at'])}" if one["last_run_at"] else ""
        yield f"{one['id']}  {state:<3}  {one['runs']} runs{last}  {one['name']}"
        yield f"    when {one['when_words']}"
        yield f"    then {one['then_words']}"
        if one["reason"]:
            yield f"    {state} because {one['reason']}"
    if not answer:
        yield NOTHING


def rule(answer: Json) -> Iterator[str]:
    yield from rules([answer])
    yield f"    in the name of {answer['owner']}; off by itself above {answer['per_minute']} runs a minute"
    yield from (f"    {line}" for line in runs(answer["newest_runs"]))


def runs(answer: list[Json]) -> Iterator[str]:
    for one in answer:
        said = one["reason"] or one["result"] or ""
        yield f"{time(one['at'])}  {one['outcome']}  by {one['cause']}  {said}".rstrip()
    if not answer:
        yield "It never ran."


def trial(answer: Json) -> Iterator[str]:
    for one in answer["newest"]:
        yield f"{one['seq']:>8}  {time(one['at'])}  {one['type']}  {preview(one['does'], WIDTH)}".rstrip()
    yield f"{answer['matches']} of the newest {answer['looked']} entries would have set it off."
    if answer["now"]:
        yield "It is so now: the rule runs as soon as it is on."
    if answer["signals"]:
        yield "Tool calls are not in the log, so they are not counted."


def happening(answer: Json) -> Iterator[str]:
    found = answer["happening"]
    if not answer["found"]:
        return
    if found is None:
        yield "It is so already."
        return
    data = json.dumps(found["data"], ensure_ascii=False, separators=(",", ":"))
    yield f"{found['seq'] or '-'}  {time(found['at'])}  {found['type']}  {preview(data, WIDTH)}"
