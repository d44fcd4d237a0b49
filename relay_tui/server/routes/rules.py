"""Our own: stored rules for the holder of the workspace key, and waiting for a predicate for everybody."""

from __future__ import annotations

import asyncio

from pydantic import Field
from starlette.routing import Route, WebSocketRoute

from relay_tui.core.commands import ChangeRule, CreateRule, RemoveRule, SwitchRule
from relay_tui.core.events import Entry
from relay_tui.core.model import Json
from relay_tui.core.rules.model import Rule, RuleRun
from relay_tui.core.rules.trial import tried
from relay_tui.server import wire
from relay_tui.server.endpoint import Body, Call, Reply, endpoint
from relay_tui.server.envelope import ApiError
from relay_tui.server.log_socket import log_socket
from relay_tui.server.visible import shape, visible

LONGEST = 45.0
"""Seconds that one request waits; the client asks again from where it was."""


class NewRule(Body):
    name: str = Field(min_length=1, max_length=80)
    when: Json
    then: Json
    enabled: bool = True
    per_minute: int = Field(default=30, ge=1, le=600)


class RuleChange(Body):
    name: str | None = Field(default=None, min_length=1, max_length=80)
    when: Json | None = None
    then: Json | None = None
    per_minute: int | None = Field(default=None, ge=1, le=600)
    enabled: bool | None = None


class Trying(Body):
    when: Json
    then: Json | None = None
    last: int = Field(default=1_000, ge=1, le=100_000)
    """How many of the newest entries are looked at."""


class Wait(Body):
    when: Json
    from_seq: int | None = Field(default=None, ge=0, le=2**53)
    timeout: float = Field(default=LONGEST, ge=0, le=LONGEST)


@endpoint("workspace")
async def create(call: Call) -> Reply:
    asked = await call.body(NewRule)
    return Reply(_shape(await call.execute(CreateRule(client_id=call.client_id(), **asked.model_dump()))), 201)


@endpoint("workspace")
async def listing(call: Call) -> Reply:
    return Reply([_shape(rule) for rule in await call.queries.rules()])


@endpoint("workspace")
async def show(call: Call) -> Reply:
    found = await call.queries.rule(call.path_id("rule_id", "rule_not_found"))
    if found is None or found.removed_at is not None:
        raise ApiError(404, "rule_not_found", "There is no rule of this id.")
    return Reply(_shape(found))


@endpoint("workspace")
async def attempt(call: Call) -> Reply:
    """What would have set a rule off; nothing is stored and nothing is done."""
    asked = await call.body(Trying)
    found = await tried(call.service.relay, asked.when, asked.then, asked.last)
    return Reply(
        {
            "looked": found.looked,
            "matches": found.matches,
            "now": found.now,
            "signals": found.signals,
            "newest": [{**shape(one.entry), "does": one.does} for one in found.newest],
        }
    )


@endpoint("workspace")
async def change(call: Call) -> Reply:
    asked = await call.body(RuleChange)
    rule_id = call.path_id("rule_id", "rule_not_found")
    fields = asked.model_dump(exclude={"enabled"})
    found = await call.execute(ChangeRule(rule_id=rule_id, **fields))
    if asked.enabled is not None:
        found = await call.execute(SwitchRule(rule_id=rule_id, enabled=asked.enabled))
    return Reply(_shape(found))


@endpoint("workspace")
async def remove(call: Call) -> Reply:
    return Reply(_shape(await call.execute(RemoveRule(rule_id=call.path_id("rule_id", "rule_not_found")))))


@endpoint("workspace")
async def runs(call: Call) -> Reply:
    rule_id = call.path_id("rule_id", "rule_not_found")
    if await call.queries.rule(rule_id) is None:
        raise ApiError(404, "rule_not_found", "There is no rule of this id.")
    return Reply([_run(run) for run in await call.queries.rule_runs(rule_id, limit=call.limit())])


@endpoint("workspace", "agent")
async def wait(call: Call) -> Reply:
    """`{found, seq, happening}`: going on from `seq` + 1 misses nothing. `happening` null: it was so already."""
    asked = await call.body(Wait)
    async with call.service.relay.watch(asked.when, asked.from_seq) as watch:
        try:
            async with asyncio.timeout(asked.timeout):
                async for found in watch:
                    happening = found.happening
                    if isinstance(happening, Entry) and not await visible(call.service, call.principal, happening):
                        continue
                    told = None if happening is None else shape(happening)
                    return Reply({"found": True, "seq": found.seq, "happening": told})
        except TimeoutError:
            pass
        return Reply({"found": False, "seq": watch.seq, "happening": None})


def _shape(rule: Rule) -> Json:
    return {
        "id": rule.id,
        "name": rule.name,
        "owner_id": rule.owner_id,
        "when": rule.when,
        "then": rule.then,
        "enabled": rule.enabled,
        "per_minute": rule.per_minute,
        "reason": rule.reason,
        "runs": rule.runs,
        "last_run_at": wire.iso_or_none(rule.last_run_at),
        "created_at": wire.iso_or_none(rule.created_at),
    }


def _run(run: RuleRun) -> Json:
    return {
        "cause": run.cause,
        "seq": run.seq,
        "at": wire.iso_or_none(run.at),
        "outcome": run.outcome,
        "result": run.result or None,
        "reason": run.reason,
        "chain": run.chain,
    }


routes = [
    WebSocketRoute("/v1/x/log", log_socket),
    Route("/v1/x/wait", wait, methods=["POST"]),
    Route("/v1/x/rules", create, methods=["POST"]),
    Route("/v1/x/rules", listing, methods=["GET"]),
    Route("/v1/x/rules/try", attempt, methods=["POST"]),
    Route("/v1/x/rules/{rule_id}", show, methods=["GET"]),
    Route("/v1/x/rules/{rule_id}", change, methods=["PATCH"]),
    Route("/v1/x/rules/{rule_id}", remove, methods=["DELETE"]),
    Route("/v1/x/rules/{rule_id}/runs", runs, methods=["GET"]),
]
