from __future__ import annotations

import asyncio
from pathlib import Path
from typing import Any

import pytest
from pydantic import BaseModel

from relay_tui.core import actions
from relay_tui.core import commands as c
from relay_tui.core.actions import ActionError, InvocationContext
from relay_tui.core.decide.actions import APPROVAL_TTL_MS
from relay_tui.core.errors import RelayError
from relay_tui.core.model import Approval, Caller, InvocationStatus
from relay_tui.core.policy.rules import Policy, Rule
from relay_tui.core.relay import Relay

from .conftest import Hands, newcomer, refused, until

FREE = Policy((Rule(name="free", verdict="allow"),))
ASK = Policy((Rule(name="ask", verdict="ask"),))


class Preview(BaseModel):
    branch: str
    count: int = 1


class Url(BaseModel):
    url: str


class Deployer:
    """A handler that keeps what it was asked, and can be held up."""

    def __init__(self) -> None:
        self.ran: list[tuple[str, str]] = []
        self.answer: Any = Url(url="https://preview")
        self.gate: asyncio.Event | None = None
        self.started = asyncio.Event()

    async def __call__(self, preview: Preview, ctx: InvocationContext) -> Any:
        self.ran.append((ctx.caller.name, preview.branch))
        self.started.set()
        if self.gate is not None:
            await self.gate.wait()
        if isinstance(self.answer, Exception):
            raise self.answer
        return self.answer

    async def offer(self, relay: Relay, output: type[BaseModel] | None = Url) -> None:
        await relay.actions.register("deploy.preview", "shows a branch", Preview, self, output)


async def ask(relay: Relay, by: Caller, branch: str = "main") -> Approval:
    invocation = await relay.actions.invoke("deploy.preview", {"branch": branch}, by)
    assert invocation.approval_id is not None
    approval = await relay.queries.approval(invocation.approval_id)
    assert approval is not None
    return approval


async def decide(relay: Relay, approval: Approval, by: Caller, approve: bool = True, words: str = "") -> None:
    command = c.DecideApproval(
        approval_id=approval.id, request_hash=approval.request_hash, approve=approve, words=words
    )
    await relay.execute(command, by)


async def test_what_is_allowed_runs_once_and_gives_its_output(folder: Path) -> None:
    deployer = Deployer()
    async with Relay.open(folder, policy=FREE) as relay:
        await deployer.offer(relay)
        by = await newcomer(relay, "builder")
        invocation = await relay.actions.invoke("deploy.preview", {"branch": "main"}, by)
        done = await relay.actions.finished(invocation.id)
        assert (done.status, done.output) == (InvocationStatus.COMPLETED, {"url": "https://preview"})
        assert deployer.ran == [("builder", "main")]


async def test_what_is_asked_runs_once_after_the_approval(folder: Path) -> None:
    deployer = Deployer()
    async with Relay.open(folder, policy=ASK) as relay:
        await deployer.offer(relay)
        ada, by = await newcomer(relay, "ada", "human"), await newcomer(relay, "builder")
        approval = await ask(relay, by)
        assert deployer.ran == []
        assert [a.id for a in await relay.queries.approvals()] == [approval.id]
        await decide(relay, approval, ada)
        done = await relay.actions.finished(approval.invocation_id)
        with refused("approval_taken"):
            await decide(relay, approval, ada)
        assert done.status == InvocationStatus.COMPLETED
        assert len(deployer.ran) == 1
        assert await relay.queries.approvals() == []


async def test_a_denial_gives_its_words_to_whoever_waits(folder: Path) -> None:
    deployer = Deployer()
    async with Relay.open(folder, policy=ASK) as relay:
        await deployer.offer(relay)
        ada, by = await newcomer(relay, "ada", "human"), await newcomer(relay, "builder")
        approval = await ask(relay, by)
        waiting = asyncio.create_task(relay.actions.finished(approval.invocation_id))
        await asyncio.sleep(0)
        await decide(relay, approval, ada, approve=False, words="not on a friday")
        done = await waiting
        assert (done.status, done.error_code, done.error) == ("rejected", "approval_denied", "not on a friday")
        assert deployer.ran == []


async def test_input_that_does_not_fit_the_schema_never_reaches_policy(folder: Path) -> None:
    async with Relay.open(folder, policy=ASK) as relay:
        await Deployer().offer(relay)
        by = await newcomer(relay, "builder")
        for wrong in ({}, {"branch": 3}, {"branch": "main", "count": "many"}):
            with refused("invalid_input"):
                await relay.actions.invoke("deploy.preview", wrong, by)
        assert await relay.queries.approvals(open_only=False) == []


@pytest.mark.parametrize(
    ("answer", "code"),
    [
        (ActionError("no_branch", "there is no such branch"), "no_branch"),
        (OSError("no route"), "handler_failed"),
        ({"wrong": 1}, "invalid_output"),
        ("nonsense", "invalid_output"),
    ],
)
async def test_a_handler_that_fails_is_the_invocations_outcome(folder: Path, answer: Any, code: str) -> None:
    deployer = Deployer()
    deployer.answer = answer
    async with Relay.open(folder, policy=FREE) as relay:
        await deployer.offer(relay)
        by = await newcomer(relay, "builder")
        invocation = await relay.actions.invoke("deploy.preview", {"branch": "main"}, by)
        done = await relay.actions.finished(invocation.id)
        assert (done.status, done.error_code, done.output) == ("failed", code, None)
        assert done.error


@pytest.mark.parametrize("answer", [{"opaque": object()}, {"much": 2**80}, {"lone": "\ud800"}, "nonsense", [1], None])
async def test_output_that_json_cannot_carry_fails_and_ends(folder: Path, answer: Any) -> None:
    deployer = Deployer()
    deployer.answer = answer
    async with Relay.open(folder, policy=FREE) as relay:
        await deployer.offer(relay, output=None)
        by = await newcomer(relay, "builder")
        invocation = await relay.actions.invoke("deploy.preview", {"branch": "main"}, by)
        done = await asyncio.wait_for(relay.actions.finished(invocation.id), 5)
        assert (done.status, done.error_code) == ("failed", "invalid_output")


async def test_what_ran_when_the_relay_stopped_is_interrupted_and_not_run_again(folder: Path) -> None:
    deployer = Deployer()
    deployer.gate = asyncio.Event()
    async with Relay.open(folder, policy=FREE) as relay:
        await deployer.offer(relay)
        by = await newcomer(relay, "builder")
        invocation = await relay.actions.invoke("deploy.preview", {"branch": "main"}, by)
        await asyncio.wait_for(deployer.started.wait(), 5)
    deployer.gate.set()
    async with Relay.open(folder, policy=FREE) as relay:
        await deployer.offer(relay)
        done = await relay.actions.finished(invocation.id)
        assert (done.status, done.error_code) == ("failed", "interrupted")
        assert "not known" in done.error
        assert len(deployer.ran) == 1


async def test_what_was_approved_while_nobody_could_run_it_runs_once_somebody_can(folder: Path) -> None:
    deployer = Deployer()
    async with Relay.open(folder, policy=ASK) as relay:
        await deployer.offer(relay)
        ada, by = await newcomer(relay, "ada", "human"), await newcomer(relay, "builder")
        approval = await ask(relay, by)
    async with Relay.open(folder, policy=ASK) as relay:
        await decide(relay, approval, ada)
        await deployer.offer(relay)
        await deployer.offer(relay)
        done = await relay.actions.finished(approval.invocation_id)
        assert done.status == InvocationStatus.COMPLETED
        assert len(deployer.ran) == 1


async def test_an_open_approval_survives_a_restart_and_expires_by_the_clock(folder: Path, hands: Hands) -> None:
    deployer = Deployer()
    async with Relay.open(folder, policy=ASK, clock=hands) as relay:
        await deployer.offer(relay)
        ada, by = await newcomer(relay, "ada", "human"), await newcomer(relay, "builder")
        approval = await ask(relay, by)
    hands.now += APPROVAL_TTL_MS - 1
    async with Relay.open(folder, policy=ASK, clock=hands) as relay:
        assert [a.id for a in await relay.queries.approvals()] == [approval.id]
        hands.now += 1
        with refused("approval_expired"):
            await decide(relay, approval, ada)
        done = await asyncio.wait_for(relay.actions.finished(approval.invocation_id), 5)
        assert (done.status, done.error_code) == ("expired", "approval_expired")
        assert deployer.ran == []


async def test_an_approval_that_expired_while_nobody_ran_is_expired_at_the_start(folder: Path, hands: Hands) -> None:
    async with Relay.open(folder, policy=ASK, clock=hands) as relay:
        await Deployer().offer(relay)
        by = await newcomer(relay, "builder")
        approval = await ask(relay, by)
    hands.now += 10 * APPROVAL_TTL_MS
    async with Relay.open(folder, policy=ASK, clock=hands) as relay:
        done = await asyncio.wait_for(relay.actions.finished(approval.invocation_id), 5)
        assert done.status == "expired"


async def test_whoever_waits_for_an_end_hears_that_the_relay_closes(folder: Path) -> None:
    async with Relay.open(folder, policy=ASK) as relay:
        await Deployer().offer(relay)
        approval = await ask(relay, await newcomer(relay, "builder"))
        waiting = asyncio.create_task(relay.actions.finished(approval.invocation_id))
        await relay.queries.agents()
    with pytest.raises(RelayError) as caught:
        await asyncio.wait_for(waiting, 5)
    assert caught.value.code == "relay_closed"


async def test_waiting_for_nothing_is_refused(relay: Relay) -> None:
    with refused("invocation_not_found"):
        await relay.actions.finished("999")


async def test_an_invocation_repeated_under_its_key_runs_once(folder: Path) -> None:
    deployer = Deployer()
    async with Relay.open(folder, policy=FREE) as relay:
        await deployer.offer(relay)
        by = await newcomer(relay, "builder")
        asked = [relay.actions.invoke("deploy.preview", {"branch": "main"}, by, client_id="key") for _ in range(5)]
        found = {invocation.id for invocation in await asyncio.gather(*asked)}
        assert len(found) == 1
        await relay.actions.finished(found.pop())
        assert len(deployer.ran) == 1


async def test_many_at_once_each_run_once(folder: Path) -> None:
    deployer = Deployer()
    async with Relay.open(folder, policy=FREE) as relay:
        await deployer.offer(relay)
        by = await newcomer(relay, "builder")
        asked = [relay.actions.invoke("deploy.preview", {"branch": str(n)}, by) for n in range(50)]
        for invocation in await asyncio.gather(*asked):
            assert (await relay.actions.finished(invocation.id)).status == "completed"
        assert sorted(deployer.ran) == sorted(("builder", str(n)) for n in range(50))

        async def none_waits() -> bool:
            return not relay.actions._tasks  # pyright: ignore[reportPrivateUsage]

        await until(relay, none_waits)


async def test_an_approved_action_that_nothing_can_run_fails_instead_of_waiting_for_ever(
    folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(actions, "HANDLER_GRACE", 0.01)
    async with Relay.open(folder, policy=Policy((Rule(name="free", verdict="allow"),))) as relay:
        await relay.execute(c.RegisterAction(name="gone", description="", input_schema={}))
        invocation = await relay.execute(c.InvokeAction(action="gone"))
        ended = await relay.actions.finished(invocation.id)
        assert (ended.status, ended.error_code) == (InvocationStatus.FAILED, "no_handler")
