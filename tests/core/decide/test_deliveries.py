from __future__ import annotations

from typing import Any

import pytest

from relay_tui.core import commands as c
from relay_tui.core.model import Caller, Delivery, Disposition, Evidence, Message, Reached

from ..conftest import START, Desk, Hands, refused


class Mail:
    """One message from a person to one agent in #general, and what can happen to it."""

    def __init__(self, desk: Desk) -> None:
        self.desk = desk
        self.ada = desk.join("ada", "human")
        self.agent = desk.join("builder")
        self.generation = self.start()
        self.message = self.say("hello")

    def start(self) -> int:
        return self.desk.do(c.StartSession(agent_id=self.agent.agent_id, harness="test")).generation

    def say(self, text: str, by: Caller | None = None) -> Message:
        return self.desk.do(c.SendMessage(to="#general", text=text), by or self.ada)

    def _about(self, message: Message | None) -> dict[str, Any]:
        return {"message_id": (message or self.message).id, "agent_id": self.agent.agent_id}

    def dispatch(self, message: Message | None = None, nonce: str = "n1", generation: int = 0) -> Delivery:
        generation = generation or self.generation
        command = c.DispatchDelivery(**self._about(message), route="typed", generation=generation, nonce=nonce)
        return self.desk.do(command).delivery

    def raise_(self, reached: Reached, evidence: Evidence, message: Message | None = None) -> Delivery:
        return self.desk.do(c.RaiseDelivery(**self._about(message), reached=reached, evidence=evidence, how="so"))

    def settle(self, disposition: Disposition, reason: str = "", message: Message | None = None) -> Delivery:
        return self.desk.do(c.SettleDelivery(**self._about(message), disposition=disposition, reason=reason))

    @property
    def cursor(self) -> int:
        return self.desk.state.members(self.desk.general)[self.agent.agent_id].dispatched_seq


@pytest.fixture
def mail(desk: Desk) -> Mail:
    return Mail(desk)


def test_a_dispatch_makes_the_row_counts_the_attempt_and_moves_the_cursor(mail: Mail) -> None:
    delivery = mail.dispatch()
    assert (delivery.attempts, delivery.wire_seq, delivery.nonce, delivery.word) == (1, 1, "n1", "queued")
    assert delivery.queued_at == mail.message.created_at
    assert mail.cursor == 1


def test_a_second_attempt_keeps_the_wire_number(mail: Mail) -> None:
    mail.dispatch()
    mail.dispatch(mail.say("other"))
    again = mail.dispatch(nonce="n2")
    assert (again.attempts, again.wire_seq, again.nonce) == (2, 1, "n2")


def test_the_cursor_never_passes_a_message_without_a_row(mail: Mail) -> None:
    second, third = mail.say("two"), mail.say("three")
    mail.dispatch(third)
    assert mail.cursor == 0
    mail.dispatch()
    assert mail.cursor == 1
    mail.dispatch(second)
    assert mail.cursor == 2
    mail.dispatch(mail.say("four"))
    assert mail.cursor == 4


def test_the_cursor_passes_what_the_recipient_said_itself(mail: Mail) -> None:
    mail.say("my own", mail.agent)
    third = mail.say("three")
    mail.dispatch()
    mail.dispatch(third)
    assert mail.cursor == 3


def test_a_program_of_another_generation_attempts_nothing(mail: Mail) -> None:
    old = mail.generation
    mail.start()
    with refused("stale_generation"):
        mail.dispatch(generation=old)
    with refused("stale_generation"):
        mail.dispatch(generation=old + 2)


def test_an_agent_without_a_program_is_attempted_nothing(desk: Desk) -> None:
    ada, two = desk.join("ada", "human"), desk.join("two")
    message = desk.do(c.SendMessage(to="#general", text="hello"), ada)
    with refused("stale_generation"):
        desk.do(c.DispatchDelivery(message_id=message.id, agent_id=two.agent_id, route="typed", generation=1))


@pytest.mark.parametrize("open_again", [Disposition.ACTIVE, Disposition.DEFERRED, Disposition.HELD])
def test_what_was_taken_back_before_a_person_had_a_row_becomes_due_to_nobody(
    desk: Desk, open_again: Disposition
) -> None:
    ada, eve = desk.join("ada", "human"), desk.join("eve", "human")
    message = desk.do(c.SendMessage(to="#general", text="hello"), ada)
    desk.do(c.DeleteMessage(message_id=message.id), ada)
    about: dict[str, Any] = {"message_id": message.id, "agent_id": eve.agent_id}
    desk.do(c.SettleDelivery(**about, disposition=open_again))
    desk.do(c.RaiseDelivery(**about, reached=Reached.ACCEPTED, evidence=Evidence.ECHO))
    assert desk.rows("SELECT count(*) FROM deliveries WHERE open = 1") == [(0,)]


def test_a_claim_that_is_withdrawn_from_a_deleted_message_leaves_it_due_to_nobody(mail: Mail) -> None:
    mail.dispatch()
    mail.raise_(Reached.DELIVERED, Evidence.ECHO)
    mail.desk.do(c.DeleteMessage(message_id=mail.message.id), mail.ada)
    about: dict[str, Any] = {"message_id": mail.message.id, "agent_id": mail.agent.agent_id}
    delivery = mail.desk.do(c.WithdrawClaim(**about, reason="its program is gone"))
    assert (delivery.word, delivery.reason, delivery.open) == ("cancelled", "the message was deleted", False)


@pytest.mark.parametrize("unproven", [True, False])
def test_what_was_deleted_is_neither_tried_again_nor_sent_to_somebody_else_but_dropped(
    mail: Mail, unproven: bool
) -> None:
    mail.desk.join("other")
    if unproven:
        mail.raise_(Reached.DELIVERED, Evidence.NONE)
    else:
        mail.settle(Disposition.FAILED, "so it is")
    mail.desk.do(c.DeleteMessage(message_id=mail.message.id), mail.ada)
    about: dict[str, Any] = {"message_id": mail.message.id, "agent_id": mail.agent.agent_id}
    with refused("message_deleted"):
        mail.desk.do(c.RetryDelivery(**about), mail.ada)
    with refused("already_delivered" if unproven else "message_deleted"):
        mail.desk.do(c.RedirectDelivery(**about, to="other"), mail.ada)
    if not unproven:
        assert mail.desk.do(c.DropDelivery(**about), mail.ada).word == "cancelled"


def test_what_is_tried_again_is_found_by_whoever_asks_what_is_open(mail: Mail) -> None:
    """Also where it was asked before, and the answer kept: by a flush, a removal, an acknowledgement of the wire."""
    mail.desk.do(c.HoldDeliveries(agent_id=mail.agent.agent_id), mail.ada)
    mail.desk.do(c.FlushDeliveries(agent_id=mail.agent.agent_id), mail.ada)
    mail.settle(Disposition.FAILED, "so it is")
    mail.desk.do(c.RetryDelivery(message_id=mail.message.id, agent_id=mail.agent.agent_id), mail.ada)
    assert [d.message_id for d in mail.desk.state.open_deliveries(mail.agent.agent_id)] == [mail.message.id]
    mail.desk.do(c.RemoveAgent(agent_id=mail.agent.agent_id), mail.ada)
    assert mail.desk.rows("SELECT disposition, open FROM deliveries") == [("cancelled", 0)]


@pytest.mark.parametrize("reached", [Reached.DELIVERED, Reached.ACKNOWLEDGED, Reached.ANSWERED])
def test_what_arrived_is_not_attempted_again(mail: Mail, reached: Reached) -> None:
    mail.raise_(reached, Evidence.TRANSCRIPT)
    with refused("delivery_ended"):
        mail.dispatch()


@pytest.mark.parametrize("ended", [Disposition.FAILED, Disposition.EXPIRED, Disposition.CANCELLED, Disposition.DEAD])
def test_what_ended_is_not_attempted_again(mail: Mail, ended: Disposition) -> None:
    mail.settle(ended, "so it is")
    with refused("delivery_ended"):
        mail.dispatch()


def test_a_message_is_nothing_to_whom_it_did_not_go(mail: Mail) -> None:
    stranger = mail.desk.join("late")
    about: dict[str, Any] = {"message_id": mail.message.id, "agent_id": stranger.agent_id}
    own: dict[str, Any] = {"message_id": mail.say("mine", mail.agent).id, "agent_id": mail.agent.agent_id}
    for command in (
        c.RaiseDelivery(**about, reached=Reached.DELIVERED, evidence=Evidence.HOOK),
        c.SettleDelivery(**about, disposition=Disposition.FAILED),
        c.RaiseDelivery(**own, reached=Reached.DELIVERED, evidence=Evidence.HOOK),
    ):
        with refused("delivery_not_found"):
            mail.desk.do(command)
    with refused("message_not_found"):
        mail.desk.do(c.SettleDelivery(message_id="999", agent_id=stranger.agent_id, disposition=Disposition.FAILED))


def test_somebody_who_left_is_still_a_recipient_of_what_was_said_before(mail: Mail) -> None:
    mail.desk.do(c.LeaveChannel(channel_id=mail.desk.general), mail.agent)
    after = mail.say("after")
    assert mail.dispatch().attempts == 1
    with refused("delivery_not_found"):
        mail.dispatch(after)


def test_leaving_and_dispatching_in_one_batch_agree(mail: Mail) -> None:
    command = c.DispatchDelivery(
        message_id=mail.message.id, agent_id=mail.agent.agent_id, route="typed", generation=mail.generation
    )
    left, dispatched = mail.desk.together(
        (c.LeaveChannel(channel_id=mail.desk.general), mail.agent), (command, mail.desk.system)
    )
    assert (left.error, dispatched.error) == (None, None)


def test_what_was_reached_only_rises(mail: Mail) -> None:
    assert mail.raise_(Reached.ACKNOWLEDGED, Evidence.REACTION).word == "acknowledged"
    seq = mail.desk.writer.last_seq
    for lower in (Reached.QUEUED, Reached.ACCEPTED, Reached.DELIVERED, Reached.ACKNOWLEDGED):
        assert mail.raise_(lower, Evidence.TRANSCRIPT).reached == Reached.ACKNOWLEDGED
    assert mail.desk.writer.last_seq == seq


def test_a_claim_is_unverified_until_it_is_proven_and_never_again_after(mail: Mail) -> None:
    assert mail.raise_(Reached.DELIVERED, Evidence.ECHO).word == "unverified"
    proven = mail.raise_(Reached.DELIVERED, Evidence.TRANSCRIPT)
    assert (proven.word, proven.evidence) == ("delivered", Evidence.TRANSCRIPT)
    assert mail.raise_(Reached.DELIVERED, Evidence.ECHO).evidence == Evidence.TRANSCRIPT


def test_a_claim_is_not_mended_by_another_claim(mail: Mail) -> None:
    mail.raise_(Reached.DELIVERED, Evidence.ECHO)
    seq = mail.desk.writer.last_seq
    assert mail.raise_(Reached.DELIVERED, Evidence.NONE).word == "unverified"
    assert mail.desk.writer.last_seq == seq


def test_each_rung_has_the_time_it_was_first_known(mail: Mail, hands: Hands) -> None:
    hands.now = START + 10
    mail.raise_(Reached.ACCEPTED, Evidence.ADAPTER)
    hands.now = START + 20
    mail.raise_(Reached.DELIVERED, Evidence.ECHO)
    hands.now = START + 30
    mail.raise_(Reached.DELIVERED, Evidence.TRANSCRIPT)
    hands.now = START + 40
    d = mail.raise_(Reached.ANSWERED, Evidence.REPLY)
    rungs = (d.queued_at, d.accepted_at, d.delivered_at, d.acknowledged_at, d.answered_at, d.updated_at)
    assert rungs == tuple(START + ms for ms in (0, 10, 20, 40, 40, 40))


@pytest.mark.parametrize("ended", [Disposition.FAILED, Disposition.DEAD, Disposition.CANCELLED, Disposition.UNCERTAIN])
def test_late_proof_raises_it_whatever_was_said_of_it(mail: Mail, ended: Disposition) -> None:
    mail.dispatch()
    assert mail.settle(ended, "given up").word == ended.value
    delivery = mail.raise_(Reached.DELIVERED, Evidence.TRANSCRIPT)
    assert (delivery.word, delivery.reason) == ("delivered", "")


def test_nothing_is_said_of_what_arrived(mail: Mail) -> None:
    mail.raise_(Reached.DELIVERED, Evidence.HOOK)
    assert mail.settle(Disposition.FAILED, "too late").word == "delivered"


def test_the_same_reason_twice_is_no_news(mail: Mail) -> None:
    mail.settle(Disposition.DEFERRED, "working")
    seq = mail.desk.writer.last_seq
    assert mail.settle(Disposition.DEFERRED, "working").reason == "working"
    assert mail.desk.writer.last_seq == seq
    assert mail.settle(Disposition.DEFERRED, "a dialog is open").reason == "a dialog is open"


def test_a_failed_one_is_taken_up_again_on_purpose_only(mail: Mail) -> None:
    mail.settle(Disposition.FAILED, "the pane is dead")
    for engine in (Disposition.DEFERRED, Disposition.UNCERTAIN, Disposition.HELD):
        assert mail.settle(engine, "meanwhile").word == "failed"
    assert mail.settle(Disposition.ACTIVE).word == "queued"
    assert mail.dispatch().attempts == 1


def test_a_cancelled_one_is_never_taken_up_again(mail: Mail) -> None:
    mail.settle(Disposition.CANCELLED, "taken back")
    for disposition in Disposition:
        assert mail.settle(disposition).word == "cancelled"


def test_a_wire_acknowledgement_proves_acceptance_up_to_its_number_only(mail: Mail) -> None:
    second, third = mail.say("two"), mail.say("three")
    for message in (None, second, third):
        mail.dispatch(message)
    agent = mail.desk.do(c.AckWire(agent_id=mail.agent.agent_id, up_to_seq=2))
    assert agent.acked_wire_seq == 2
    words = [mail.desk.state.delivery(m.id, mail.agent.agent_id).word for m in (mail.message, second, third)]
    assert words == ["accepted", "accepted", "queued"]


def test_a_wire_acknowledgement_of_what_was_never_sent_is_refused(mail: Mail) -> None:
    mail.dispatch()
    with refused("invalid_request"):
        mail.desk.do(c.AckWire(agent_id=mail.agent.agent_id, up_to_seq=2))


def test_an_old_wire_acknowledgement_is_no_news(mail: Mail) -> None:
    mail.dispatch()
    ack = c.AckWire(agent_id=mail.agent.agent_id, up_to_seq=1)
    assert len(mail.desk.events(ack)) == 2
    assert mail.desk.events(ack) == []


def test_a_wire_acknowledgement_does_not_lower_what_is_proven(mail: Mail) -> None:
    mail.dispatch()
    mail.raise_(Reached.DELIVERED, Evidence.TRANSCRIPT)
    mail.desk.do(c.AckWire(agent_id=mail.agent.agent_id, up_to_seq=1))
    delivery = mail.desk.state.delivery(mail.message.id, mail.agent.agent_id)
    assert (delivery.word, delivery.evidence) == ("delivered", Evidence.TRANSCRIPT)


def test_what_was_taken_back_is_dispatched_to_nobody_not_even_to_a_person_with_a_program(mail: Mail) -> None:
    person = mail.desk.join("bob", "human")
    generation = mail.desk.do(c.StartSession(agent_id=person.agent_id, harness="test")).generation
    said = mail.say("to both of them")
    mail.desk.do(c.DeleteMessage(message_id=said.id), mail.ada)
    for agent_id in (person.agent_id, mail.agent.agent_id):
        about = {"message_id": said.id, "agent_id": agent_id}
        with refused("delivery_ended"):
            mail.desk.do(c.DispatchDelivery(**about, route="typed", generation=generation))
