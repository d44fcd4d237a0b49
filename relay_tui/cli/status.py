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
_NEEDS = {"approvals": "to approve", "undelivered": "not delivered", "overdue": "waiting for a reply that is overdue"}


def add_parsers(commands: Any) -> None:
    add_verb(commands, "status", "whether a relay runs here, and how things stand", _status, in_words)
    add_verb(commands, "presence", "who is there, in which state, and since when", _presence, _present)


async def _status(http: Http, args: argparse.Namespace) -> Json:
    return {"url": http.base_url, **await http.get("/v1/x/status")}


async def _presence(http: Http, args: argparse.Namespace) -> list[Json]:
    return await http.get("/v1/agents/presence")


def in_words(answer: Json) -> Iterator[str]:
    behind = "a deck" if answer["screen"] else "a relay without a screen"
    who = f"{answer['name']}: {behind} (process {answer['pid']})"
    yield f"{who} answers at {answer['url']}; {answer['last_seq']} entries"
    waiting = [f"{count} {_NEEDS[kind]}" for kind, count in answer["needs"].items() if count]
    # A relay that was started with an earlier version does not say.
    storage = answer.get("storage") or {"fault": "", "damage": []}
    if storage["fault"]:
        yield f"THE DISK: {storage['fault']}"
    if storage["damage"]:
        yield f"THE LOG'S FILE IS DAMAGED: {storage['damage'][0]}; `relay-tui log verify` says more"
    if waiting or not (storage["fault"] or storage["damage"]):
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
        state = _state(one, now) if one["state"] is not None else _seen(one, now)
        yield f"{one['agent_name']}  {one['status']}  {state}"
    if not answer:
        yield NOTHING


def _state(one: Json, now: datetime) -> str:
    """`working for 40s`; of a person nothing is known."""
    if one["state"] is None:
        return "a person" if one.get("type") == "human" else "no program was seen"
    return f"{one['state']} for {_age(one['since'], now)}"


def _seen(one: Json, now: datetime) -> str:
    """Of who has no program here: when it last did something itself."""
    return f"seen {_age(one['last_seen'], now)} ago" if one["last_seen"] else "never seen at work"


def _age(since: str, now: datetime) -> str:
    seconds = max(0, int((now - datetime.fromisoformat(since)).total_seconds()))
    size = next((size for size in ("d", "h", "m") if seconds >= _SIZES[size]), "s")
    return f"{seconds // _SIZES[size]}{size}"


_SIZES = {"d": 86_400, "h": 3_600, "m": 60, "s": 1}
