"""`relay-tui status`: whether a relay runs here, and how things stand. `presence`: who is there, since when."""

from __future__ import annotations

import argparse
from collections.abc import Iterator
from datetime import datetime
from typing import TYPE_CHECKING, Any

from relay_tui.cli.relay_at import add_verb
from relay_tui.cli.wording import NOTHING

if TYPE_CHECKING:
    from relay_tui.client.http import Http

Json = dict[str, Any]
_NEEDS = {"approvals": "to approve", "undelivered": "not delivered", "overdue": "replies overdue"}


def add_parsers(commands: Any) -> None:
    add_verb(commands, "status", "whether a relay runs here, and how things stand", _status, _stands)
    add_verb(commands, "presence", "who is there, in which state, and since when", _presence, _present)


async def _status(http: Http, args: argparse.Namespace) -> Json:
    return {"url": http.base_url, **await http.get("/v1/x/status")}


async def _presence(http: Http, args: argparse.Namespace) -> list[Json]:
    return await http.get("/v1/agents/presence")


def _stands(answer: Json) -> Iterator[str]:
    behind = "a deck" if answer["screen"] else "a relay without a screen"
    who = f"{answer['name']}: {behind} (process {answer['pid']})"
    yield f"{who} answers at {answer['url']}; {answer['last_seq']} entries"
    waiting = [f"{count} {_NEEDS[kind]}" for kind, count in answer["needs"].items() if count]
    yield f"needs you: {', '.join(waiting)}" if waiting else "nothing needs you"
    for words, held in (
        ("deliveries are held", answer["stopped"]["hold"]),
        ("approvals frozen", answer["stopped"]["frozen"]),
    ):
        if held:
            yield f"STOPPED: {words} by {held['by']}; `relay-tui resume` lets them go"
    if answer["policy"]["fault"]:
        yield f"every action is denied: {answer['policy']['fault']}"
    if answer["deadlines"]["fault"]:
        yield f"deadlines: {answer['deadlines']['fault']}"
    now = datetime.fromisoformat(answer["at"])
    for one in answer["agents"]:
        guess = "" if one["exact"] else ", inferred"
        by = f"  by {one['evidence']}{guess}" if one["evidence"] else ""
        yield f"  {one['name']}  {_state(one, now)}{by}"


def _present(answer: list[Json]) -> Iterator[str]:
    now = datetime.now().astimezone()
    for one in answer:
        yield f"{one['agent_name']}  {one['status']}  {_state(one, now)}"
    if not answer:
        yield NOTHING


def _state(one: Json, now: datetime) -> str:
    """`working for 40s`; of a person nothing is known."""
    if one["state"] is None:
        return "a person" if one.get("type") == "human" else "no program was seen"
    seconds = max(0, int((now - datetime.fromisoformat(one["since"])).total_seconds()))
    size = next((size for size in ("d", "h", "m") if seconds >= _SIZES[size]), "s")
    return f"{one['state']} for {seconds // _SIZES[size]}{size}"


_SIZES = {"d": 86_400, "h": 3_600, "m": 60, "s": 1}
