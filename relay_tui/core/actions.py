"""Running what was approved: handlers in this process, each invocation at most once."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass
from typing import Any, TypeVar, cast

import orjson
from pydantic import BaseModel, ValidationError

from relay_tui.core import commands as c
from relay_tui.core import events as e
from relay_tui.core.delivery.recipient import Door
from relay_tui.core.errors import Refused, RelayError
from relay_tui.core.events import Entry
from relay_tui.core.model import FINISHED, Action, Agent, Caller, Invocation, InvocationStatus, Json

In = TypeVar("In", bound=BaseModel)
HANDLER_GRACE = 10.0
"""Seconds that an approved action waits for its handler: a program that starts registers one after the other."""
logger = logging.getLogger(__name__)


@dataclass(slots=True)
class InvocationContext:
    """Who asked, for the handler."""

    invocation_id: str
    caller: Agent


class ActionError(Exception):
    """Raised by a handler: the invocation fails with this code and these words, which the caller gets."""

    def __init__(self, code: str, message: str) -> None:
        super().__init__(message)
        self.code = code


@dataclass(slots=True)
class _Handler:
    input_model: type[BaseModel]
    output_model: type[BaseModel] | None
    run: Callable[[Any, InvocationContext], Awaitable[BaseModel | Json]]


class ActionRunner:
    def __init__(self, door: Door, system: Caller) -> None:
        self._door = door
        self._system = system
        self._handlers: dict[str, _Handler] = {}
        self._tasks: set[asyncio.Task[None]] = set()
        self._expiries: dict[str, asyncio.TimerHandle] = {}
        self._waiting: dict[str, list[asyncio.Event]] = {}
        self._closed = False

    async def register(
        self,
        name: str,
        description: str,
        input_model: type[In],
        handler: Callable[[In, InvocationContext], Awaitable[BaseModel | Json]],
        output_model: type[BaseModel] | None = None,
    ) -> Action:
        """Offer an action. What was approved for it before this process began runs now."""
        self._handlers[name] = _Handler(input_model, output_model, handler)
        command = c.RegisterAction(
            name=name,
            description=description,
            input_schema=input_model.model_json_schema(),
            output_schema=output_model.model_json_schema() if output_model else {},
        )
        action = await self._door.execute(command, self._system)
        for invocation in await self._door.queries.invocations(status=InvocationStatus.APPROVED):
            if invocation.action == name:
                self._begin(invocation.id)
        assert isinstance(action, Action)
        return action

    async def invoke(self, action: str, arguments: Json, by: Caller, client_id: str | None = None) -> Invocation:
        """Check the input against the action's schema, then ask policy. Raises `Refused` (invalid_input, …)."""
        handler = self._handlers.get(action)
        if handler is not None:
            try:
                handler.input_model.model_validate(arguments)
            except ValidationError as error:
                first = error.errors()[0]
                place = ".".join(str(part) for part in first["loc"]) or "input"
                raise Refused("invalid_input", f"{place}: {first['msg']}.", "See the action's input schema.") from error
        command = c.InvokeAction(action=action, input=arguments, client_id=client_id)
        found = await self._door.execute(command, by)
        assert isinstance(found, Invocation)
        return found

    async def finished(self, invocation_id: str) -> Invocation:
        """Waits until the invocation has ended, however it ends."""
        ended = asyncio.Event()
        self._waiting.setdefault(invocation_id, []).append(ended)
        try:
            while True:
                if self._closed:
                    raise RelayError("relay_closed", "The relay is closing.", "Ask its successor.")
                found = await self._door.queries.invocation(invocation_id)
                if found is None:
                    raise Refused("invocation_not_found", f"There is no invocation with the id {invocation_id}.")
                if found.status in FINISHED:
                    return found
                await ended.wait()
                ended.clear()
        finally:
            self._waiting[invocation_id].remove(ended)
            if not self._waiting[invocation_id]:
                del self._waiting[invocation_id]

    async def recover(self) -> None:
        """After a restart: what was running is failed (it is not run twice), open approvals expire in time."""
        for invocation in await self._door.queries.invocations(status=InvocationStatus.RUNNING):
            words = "the relay stopped while it ran; whether it took effect is not known, and it is not run again"
            await self._finish(invocation.id, None, "interrupted", words)
        for invocation in await self._door.queries.invocations(status=InvocationStatus.APPROVED):
            self._begin(invocation.id)
        for approval in await self._door.queries.approvals():
            self._expire_at(approval.id, approval.expires_at)

    async def close(self) -> None:
        self._closed = True
        for invocation_id in tuple(self._waiting):
            self._tell(invocation_id)
        for handle in self._expiries.values():
            handle.cancel()
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)

    HEARD = frozenset({e.ActionInvoked, e.ApprovalRequested, e.ApprovalDecided, e.InvocationFinished})
    """What `committed` listens to."""

    def committed(self, entries: Sequence[Entry]) -> None:
        for entry in entries:
            event = entry.event
            match event:
                case e.ActionInvoked():
                    if event.status == InvocationStatus.APPROVED:
                        self._begin(event.invocation_id)
                    self._tell(event.invocation_id)
                case e.ApprovalRequested():
                    self._expire_at(event.approval_id, event.expires_at)
                case e.ApprovalDecided():
                    if (expiry := self._expiries.pop(event.approval_id, None)) is not None:
                        expiry.cancel()
                    if event.decision == "approve":
                        self._begin(event.invocation_id)
                    self._tell(event.invocation_id)
                case e.InvocationFinished():
                    self._tell(event.invocation_id)
                case _:
                    pass

    def _tell(self, invocation_id: str) -> None:
        for ended in self._waiting.get(invocation_id, ()):
            ended.set()

    def _begin(self, invocation_id: str) -> None:
        self._spawn(self._run(invocation_id))

    async def _run(self, invocation_id: str) -> None:
        invocation = await self._door.queries.invocation(invocation_id)
        if invocation is None:
            return
        if invocation.action not in self._handlers:
            await asyncio.sleep(HANDLER_GRACE)
        handler = self._handlers.get(invocation.action)
        caller = await self._door.queries.agent(invocation.caller_id)
        assert caller is not None, "an invocation has a caller"
        try:
            await self._door.execute(c.StartInvocation(invocation_id=invocation_id), self._system)
        except Refused:  # it runs or ran already
            return
        if handler is None:
            words = f"nothing here can run {invocation.action}"
            await self._finish(invocation_id, None, "no_handler", words)
            return
        output: Json | None = None
        code = words = ""
        try:
            arguments = handler.input_model.model_validate(invocation.input)
            result = await handler.run(arguments, InvocationContext(invocation_id, caller))
            if handler.output_model is not None:
                result = handler.output_model.model_validate(result)
            output = _output(result)
        except ActionError as error:
            code, words = error.code, str(error)
        except ValidationError as error:
            code, words = "invalid_output", str(error)
        except Exception as error:  # a handler's fault is the invocation's outcome, and the log's to keep
            logger.exception("the handler of %s failed", invocation.action)
            code, words = "handler_failed", f"{type(error).__name__}: {error}"
        await self._finish(invocation_id, output, code, words)

    async def _finish(self, invocation_id: str, output: Json | None, code: str, words: str) -> None:
        command = c.FinishInvocation(invocation_id=invocation_id, output=output, error_code=code, error=words[:10_000])
        await self._door.execute(command, self._system)

    def _expire_at(self, approval_id: str, at: int) -> None:
        delay = max(0.0, (at - self._door.clock()) / 1000)
        loop = asyncio.get_running_loop()
        self._expiries[approval_id] = loop.call_later(delay, lambda: self._spawn(self._expire(approval_id, at)))

    async def _expire(self, approval_id: str, at: int) -> None:
        self._expiries.pop(approval_id, None)
        if self._door.clock() < at:
            self._expire_at(approval_id, at)
            return
        try:
            await self._door.execute(c.ExpireApproval(approval_id=approval_id), self._system)
        except RelayError as error:
            logger.info("approval %s not expired: %s", approval_id, error)

    def _spawn(self, work: Any) -> None:
        task: asyncio.Task[None] = asyncio.create_task(work)
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)


def _output(result: object) -> Json:
    """A handler's result as the log keeps it. Raises `ActionError` (invalid_output)."""
    output: Any = result.model_dump(mode="json") if isinstance(result, BaseModel) else result
    if not isinstance(output, dict):
        raise ActionError("invalid_output", f"the handler gave {type(result).__name__}, not an object")
    try:
        orjson.dumps(output)
    except TypeError as error:
        raise ActionError("invalid_output", f"the output cannot be written as JSON: {error}") from error
    return cast("Json", output)
