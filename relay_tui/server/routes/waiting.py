"""Our own: how far a message has come, answered when it has come that far or when the time is over."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence

from starlette.routing import Route

from relay_tui.core.events import AgentRemoved, Entry, MessageCreated, ReadMarked
from relay_tui.core.events_talk import ThreadReadMarked
from relay_tui.core.model import Delivery, Json, Message, Reached
from relay_tui.server import wire
from relay_tui.server.endpoint import Call, Reply, endpoint
from relay_tui.server.envelope import ApiError
from relay_tui.server.routes.messages import visible

LONGEST = 20
"""Seconds that one request may wait."""
_RUNGS = {rung.word: rung for rung in Reached}


@endpoint("workspace", "agent")
async def deliveries(call: Call) -> Reply:
    """`until`: answer once every recipient has proof of this rung or will not get there; at the latest after `wait`
    seconds. Without `until`: at once."""
    message, _ = await visible(call)
    rung, seconds = _asked(call)
    changed = asyncio.Event()

    def committed(entries: Sequence[Entry]) -> None:
        if any(_concerns(entry, message) for entry in entries):
            changed.set()

    unsubscribe = call.service.relay.on_commit(committed)
    end = asyncio.get_running_loop().time() + seconds
    try:
        while True:
            changed.clear()
            found = (await call.queries.deliveries([message.id])).get(message.id, [])
            left = end - asyncio.get_running_loop().time()
            settled = rung is None or all(_there(one, rung) or _over(one) for one in found)
            if settled or left <= 0 or call.service.closing.is_set():
                break
            await _first(left, changed, call.service.closing)
    finally:
        unsubscribe()
    who = await call.service.who(one.agent_id for one in found)
    return Reply([_shape(one, who[one.agent_id].name, rung) for one in found])


def _asked(call: Call) -> tuple[Reached | None, int]:
    asked = call.request.query_params
    word, seconds = asked.get("until"), asked.get("wait", "0")
    if word is not None and word not in _RUNGS:
        raise ApiError(400, "invalid_request", f"until: must be one of {', '.join(_RUNGS)}.")
    if not seconds.isascii() or not seconds.isdecimal() or int(seconds[:9]) > LONGEST:
        raise ApiError(400, "invalid_request", f"wait: must be a number of seconds, {LONGEST} at most.")
    return (_RUNGS[word] if word else None), int(seconds)


def _concerns(entry: Entry, message: Message) -> bool:
    """Whether an entry may have moved a delivery of this message: it names it, answers it, or marks it read."""
    event = entry.event
    if getattr(event, "message_id", None) == message.id or isinstance(event, AgentRemoved | ThreadReadMarked):
        return True
    return isinstance(event, MessageCreated | ReadMarked) and event.channel_id == message.channel_id


async def _first(seconds: float, *events: asyncio.Event) -> None:
    """Until one of `events` is set, or the time is over."""
    waiting = [asyncio.ensure_future(event.wait()) for event in events]
    try:
        await asyncio.wait(waiting, timeout=seconds, return_when=asyncio.FIRST_COMPLETED)
    finally:
        for one in waiting:
            one.cancel()


def _there(found: Delivery, rung: Reached) -> bool:
    """What is only assumed is not there yet: its proof can still come."""
    return found.reached >= rung and not (rung == Reached.DELIVERED and found.unverified)


def _over(found: Delivery) -> bool:
    return not found.open and found.reached < Reached.DELIVERED


def _shape(found: Delivery, name: str, rung: Reached | None) -> Json:
    return {
        "message_id": found.message_id,
        "agent_id": found.agent_id,
        "agent_name": name,
        "state": found.word,
        "reached": found.reached.word,
        "there": None if rung is None else _there(found, rung),
        "over": _over(found),
        "reason": found.reason,
        "how": found.how,
        "updated_at": wire.iso_or_none(found.updated_at or None),
    }


routes = [Route("/v1/x/messages/{message_id}/deliveries", deliveries, methods=["GET"])]
