from __future__ import annotations

import hashlib
import json
from collections.abc import Iterator
from pathlib import Path

import pytest
import rfc8785

from relay_tui.core import commands as c
from relay_tui.core.decide.actions import APPROVAL_TTL_MS
from relay_tui.core.model import Approval, Caller, Invocation, InvocationStatus, State
from relay_tui.core.policy.rules import Policy, Rule

from ..conftest import START, Desk, Hands, refused

RULES = (
    Rule(name="reads are free", action="read.*", verdict="allow"),
    Rule(name="no force", action="push.force", verdict="deny", reason="history is shared"),
    Rule(name="previews", action="deploy.*", caller="builder", verdict="ask", reason="it is visible outside"),
)
PREVIEW = {"branch": "main", "count": 2}


class Office:
    def __init__(self, desk: Desk) -> None:
        self.desk = desk
        self.ada = desk.join("ada", "human")
        self.agent = desk.join("builder")
        for name in ("read.file", "push.force", "deploy.preview"):
            desk.do(c.RegisterAction(name=name, description="", input_schema={}))

    def invoke(self, action: str, by: Caller | None = None, **arguments: object) -> Invocation:
        return self.desk.do(c.InvokeAction(action=action, input=arguments or PREVIEW), by or self.agent)

    def ask(self) -> Approval:
        invocation = self.invoke("deploy.preview")
        return self.desk.state.approval(invocation.approval_id)

    def decide(self, approval: Approval, approve: bool = True, words: str = "", by: Caller | None = None) -> Approval:
        command = c.DecideApproval(
            approval_id=approval.id, request_hash=approval.request_hash, approve=approve, words=words
        )
        return self.desk.do(command, by or self.ada)

    def invocation(self, invocation_id: str) -> Invocation:
        return self.desk.state.invocation(invocation_id)


@pytest.fixture
def office(tmp_path: Path, hands: Hands) -> Iterator[Office]:
    desk = Desk(tmp_path / "log.db", hands, Policy(RULES))
    yield Office(desk)
    desk.db.close()


def test_the_same_registration_twice_is_no_news_and_another_replaces_it(office: Office) -> None:
    again = c.RegisterAction(name="read.file", description="", input_schema={})
    assert office.desk.events(again) == []
    assert office.desk.do(again.model_copy(update={"description": "reads"})).description == "reads"


def test_an_action_that_is_not_there_comes_with_the_nearest(office: Office) -> None:
    with pytest.raises(Exception, match=r"Did you mean deploy\.preview"):
        office.invoke("deploy.preveiw")


def test_what_policy_allows_is_approved_at_once(office: Office) -> None:
    invocation = office.invoke("read.file")
    assert (invocation.status, invocation.verdict, invocation.rule) == ("approved", "allow", "reads are free")
    assert invocation.approval_id is None


def test_what_policy_denies_ends_with_the_rule_and_the_reason(office: Office) -> None:
    invocation = office.invoke("push.force")
    assert (invocation.status, invocation.rule, invocation.error_code, invocation.error) == (
        "denied",
        "no force",
        "action_denied",
        "history is shared",
    )
    assert invocation.finished_at == START


def test_what_no_rule_names_is_asked(office: Office) -> None:
    invocation = office.invoke("deploy.preview", office.desk.join("tester"))
    assert (invocation.status, invocation.rule) == ("awaiting_approval", "default")


def test_an_approval_binds_exactly_what_was_asked(office: Office) -> None:
    address = {"pane": "%1", "cwd": "/srv/app"}
    office.desk.do(c.StartSession(agent_id=office.agent.agent_id, harness="test", address=address))
    approval = office.ask()
    assert approval.request == {
        "schema_version": 1,
        "invocation_id": approval.invocation_id,
        "action": "deploy.preview",
        "caller": "builder",
        "generation": 1,
        "cwd": "/srv/app",
        "arguments": PREVIEW,
        "expires_at": START + APPROVAL_TTL_MS,
    }
    canonical = rfc8785.dumps(json.loads(json.dumps(approval.request)))
    assert approval.request_hash == hashlib.sha256(canonical).hexdigest()
    assert (approval.rule, approval.reason) == ("previews", "it is visible outside")


def test_two_requests_alike_have_two_hashes(office: Office) -> None:
    assert office.ask().request_hash != office.ask().request_hash


@pytest.mark.parametrize("value", [2**60, float("nan"), float("inf")])
def test_a_request_that_cannot_be_hashed_faithfully_is_refused(office: Office, value: object) -> None:
    with refused("invalid_request"):
        office.invoke("deploy.preview", count=value)


def test_approving_lets_it_run_once(office: Office) -> None:
    approval = office.ask()
    decided = office.decide(approval)
    assert (decided.decision, decided.decided_by) == ("approve", office.ada.agent_id)
    start = c.StartInvocation(invocation_id=approval.invocation_id)
    assert office.desk.do(start).status == InvocationStatus.RUNNING
    with refused("not_approved"):
        office.desk.do(start)
    done = office.desk.do(c.FinishInvocation(invocation_id=approval.invocation_id, output={"url": "x"}))
    assert (done.status, done.output) == ("completed", {"url": "x"})
    with refused("not_approved"):
        office.desk.do(start)
    with refused("not_running"):
        office.desk.do(c.FinishInvocation(invocation_id=approval.invocation_id))


def test_denying_ends_it_with_the_words_for_the_agent(office: Office) -> None:
    approval = office.ask()
    office.decide(approval, approve=False, words="not on a friday")
    row = "SELECT status, error_code, error, finished_at FROM invocations WHERE id = ?"
    assert office.desk.rows(row, approval.invocation_id) == [("rejected", "approval_denied", "not on a friday", START)]
    with refused("not_approved"):
        office.desk.do(c.StartInvocation(invocation_id=approval.invocation_id))


@pytest.mark.parametrize("first", [True, False])
@pytest.mark.parametrize("second", [True, False])
def test_a_second_decision_is_refused_and_names_the_first(office: Office, first: bool, second: bool) -> None:
    approval = office.ask()
    office.decide(approval, approve=first)
    with refused("approval_taken"):
        office.decide(approval, approve=second)
    with pytest.raises(Exception, match=r"(approve|deny) by ada"):
        office.decide(approval, approve=second)


def test_two_decisions_in_one_batch_are_one(office: Office) -> None:
    approval = office.ask()
    command = c.DecideApproval(approval_id=approval.id, request_hash=approval.request_hash, approve=True)
    one, two = office.desk.together((command, office.ada), (command, office.ada))
    assert one.error is None
    assert getattr(two.error, "code", "") == "approval_taken"


def test_a_decision_on_another_request_than_was_shown_is_refused(office: Office) -> None:
    approval, other = office.ask(), office.ask()
    for shown in (other.request_hash, "", approval.request_hash.upper()):
        with refused("approval_changed"):
            office.desk.do(c.DecideApproval(approval_id=approval.id, request_hash=shown, approve=True), office.ada)


def test_a_decision_at_or_after_the_expiry_is_refused(office: Office, hands: Hands) -> None:
    approval, other = office.ask(), office.ask()
    hands.now = approval.expires_at - 1
    assert office.decide(other).decision == "approve"
    hands.now = approval.expires_at
    with refused("approval_expired"):
        office.decide(approval)


def start_session(office: Office, harness: str = "terminal", **more: object) -> int:
    command = c.StartSession(agent_id=office.agent.agent_id, harness=harness, **more)
    return office.desk.do(command).generation


def record(office: Office, state: State, generation: int = 1) -> None:
    office.desk.do(c.RecordState(agent_id=office.agent.agent_id, generation=generation, state=state, evidence="pane"))


def closed(office: Office, approval: Approval, words: str) -> bool:
    row = office.desk.rows("SELECT decision, words FROM approvals WHERE id = ?", approval.id)
    status = office.invocation(approval.invocation_id).status
    return (row, status) == ([("expire", words)], InvocationStatus.EXPIRED)


def test_a_program_that_ends_takes_what_it_asked_for_with_it(office: Office) -> None:
    start_session(office)
    approval, decided, other = office.ask(), office.ask(), office.invoke("deploy.preview", office.ada)
    office.decide(decided, approve=False, words="no")
    record(office, State.WORKING)
    record(office, State.EXITED)
    assert closed(office, approval, "the program that asked has ended")
    with refused("approval_taken"):
        office.decide(approval)
    assert office.desk.state.approval(decided.id).decision == "deny"
    if other.approval_id:
        assert office.desk.state.approval(other.approval_id).decision == ""
    assert office.desk.events(c.StartSession(agent_id=office.agent.agent_id, harness="terminal"))[1:] == []


def test_a_pane_that_is_lost_does_too_and_a_socket_may_come_back(office: Office) -> None:
    start_session(office)
    approval = office.ask()
    record(office, State.LOST)
    assert closed(office, approval, "the program that asked has ended")
    start_session(office, "callback")
    approval = office.ask()
    record(office, State.LOST, 2)
    with refused("approval_stale"):
        office.decide(approval)
    start_session(office, "callback", same_program=True)
    assert office.decide(approval).decision == "approve"


def test_what_a_lost_program_asked_for_can_be_denied(office: Office) -> None:
    start_session(office, "callback")
    approval = office.ask()
    record(office, State.LOST)
    assert office.decide(approval, approve=False).decision == "deny"


def test_a_new_program_does_not_inherit_what_the_one_before_it_asked_for(office: Office) -> None:
    approval = office.ask()
    start_session(office)
    assert closed(office, approval, "the program that asked is gone")


def test_an_agent_that_is_removed_wants_nothing_more(office: Office) -> None:
    approval = office.ask()
    office.desk.do(c.RemoveAgent(agent_id=office.agent.agent_id))
    assert closed(office, approval, "builder was removed")


def test_only_a_person_decides(office: Office) -> None:
    approval = office.ask()
    for by in (office.agent, office.desk.join("friend"), office.desk.system):
        with refused("forbidden"):
            office.decide(approval, by=by)


def test_an_approval_expires_not_a_moment_early(office: Office, hands: Hands) -> None:
    approval = office.ask()
    expire = c.ExpireApproval(approval_id=approval.id)
    hands.now = approval.expires_at - 1
    with refused("invalid_request"):
        office.desk.do(expire)
    hands.now = approval.expires_at
    assert office.desk.do(expire).decision == "expire"
    row = "SELECT status, error_code FROM invocations WHERE id = ?"
    assert office.desk.rows(row, approval.invocation_id) == [("expired", "approval_expired")]
    with refused("approval_taken"):
        office.desk.do(expire)


def test_what_is_not_there_is_refused(office: Office) -> None:
    with refused("approval_not_found"):
        office.desk.do(c.DecideApproval(approval_id="999", request_hash="", approve=True), office.ada)
    with refused("approval_not_found"):
        office.desk.do(c.ExpireApproval(approval_id="999"))
    for command in (c.StartInvocation(invocation_id="999"), c.FinishInvocation(invocation_id="999")):
        with refused("invocation_not_found"):
            office.desk.do(command)


def test_an_invocation_asked_twice_under_one_key_is_one(office: Office) -> None:
    command = c.InvokeAction(action="deploy.preview", input=PREVIEW, client_id="key")
    first = office.desk.do(command, office.agent)
    assert office.desk.do(command, office.agent).id == first.id
    assert office.desk.rows("SELECT count(*) FROM approvals") == [(1,)]


def test_a_broken_policy_denies_everything_and_says_why(tmp_path: Path, hands: Hands) -> None:
    office = Office(Desk(tmp_path / "log.db", hands, Policy(fault="policy.toml: line 3")))
    invocation = office.invoke("read.file")
    assert invocation.status == "denied"
    assert "policy.toml: line 3" in invocation.error
    office.desk.db.close()


def test_while_approvals_are_frozen_nothing_is_decided_and_new_requests_wait(office: Office) -> None:
    before = office.ask()
    office.desk.do(c.FreezeApprovals(reason="fire"), office.ada)
    later = office.ask()
    for approval in (before, later):
        for approve in (True, False):
            with refused("approvals_frozen"):
                office.decide(approval, approve)
    assert office.invocation(later.invocation_id).status == InvocationStatus.AWAITING_APPROVAL
    office.desk.do(c.ThawApprovals(), office.ada)
    assert office.decide(before).decision == "approve"
    assert office.decide(later, approve=False).decision == "deny"


def test_what_expires_while_frozen_is_refused_and_never_allowed(office: Office) -> None:
    approval = office.ask()
    office.desk.do(c.FreezeApprovals(), office.ada)
    office.desk.clock.now = approval.expires_at
    office.desk.do(c.ExpireApproval(approval_id=approval.id))
    assert office.invocation(approval.invocation_id).status == InvocationStatus.EXPIRED


def test_freezing_twice_is_no_news_and_keeps_who_did_it_first(office: Office) -> None:
    (placed,) = office.desk.events(c.FreezeApprovals(reason="fire"), office.ada)
    assert placed.reason == "fire"
    assert office.desk.events(c.FreezeApprovals(reason="again"), office.desk.system) == []
    kept = office.desk.do(c.ThawApprovals(), office.ada)
    assert (kept.held_by, kept.reason, kept.lifted_at) == (office.ada.agent_id, "fire", START)
    assert office.desk.events(c.ThawApprovals(), office.ada) == []


def test_agents_neither_freeze_nor_thaw_nor_interrupt_nor_have_commands_run(office: Office) -> None:
    for command in (
        c.FreezeApprovals(),
        c.ThawApprovals(),
        c.RecordInterrupt(agent_id=office.agent.agent_id, generation=1),
        c.RecordOwnCommand(agent_id=office.agent.agent_id, generation=1, text="/compact"),
    ):
        with refused("forbidden"):
            office.desk.do(command, office.agent)
