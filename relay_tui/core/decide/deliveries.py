"""How far a message has come to each recipient. What was reached only rises, also by evidence that comes late."""

from __future__ import annotations

from relay_tui.core import commands as c
from relay_tui.core import events as e
from relay_tui.core.decide.context import Asked, Decision, Ref, agent_or_refuse, message_or_refuse
from relay_tui.core.errors import Refused
from relay_tui.core.model import ENDED, SEEN, UNPROVEN, Delivery, Disposition, Evidence, Json, Message, Reached
from relay_tui.core.model_delivery import EVERYONE, holding
from relay_tui.core.views.state import State

_UNDER_WAY = frozenset({Disposition.ACTIVE, Disposition.UNCERTAIN})


def dispatch(state: State, asked: Asked) -> Decision:
    command: c.DispatchDelivery = asked.command
    agent = agent_or_refuse(state, command.agent_id)
    message = message_or_refuse(state, command.message_id)
    session = state.sessions.get(agent.id)
    if session is None or session.generation != command.generation:
        raise Refused("stale_generation", f"{agent.name} has another program behind it now.")
    if holding(state.holds.get(agent.id), state.holds.get(EVERYONE)) is not None:
        # Its queue looked a moment ago; here is where it is known.
        raise Refused("on_hold", f"What is due to {agent.name} is on hold.")
    delivery = recipient_or_refuse(state, message, agent.id)
    if message.deleted_at is not None:
        raise Refused("delivery_ended", "That message was taken back.")
    if delivery is not None and not delivery.open:
        raise Refused("delivery_ended", f"That message is {delivery.word} already.")
    wire_seq = delivery.wire_seq if delivery is not None and delivery.wire_seq else agent.wire_seq + 1
    event = e.DeliveryDispatched(
        message.id,
        agent.id,
        message.channel_id,
        wire_seq,
        command.route,
        command.generation,
        command.nonce,
        command.offset,
        message.created_at,
        _cursor_after(state, message, agent.id),
    )
    return Decision([event], Ref("dispatch", (message.id, agent.id)))


def raise_(state: State, asked: Asked) -> Decision:
    command: c.RaiseDelivery = asked.command
    agent = agent_or_refuse(state, command.agent_id)
    message = message_or_refuse(state, command.message_id)
    delivery = recipient_or_refuse(state, message, agent.id)
    events: list[e.Event] = []
    if delivery is None and command.reached < Reached.DELIVERED and message.deleted_at is not None:
        return Decision(events, _answer(message, agent.id))
    if delivery is None or _is_news(delivery, command.reached, command.evidence):
        event = raised(state, message, agent.id, command.reached, command.evidence, command.how)
        event.steps = command.steps
        events.append(event)
    elif command.steps:
        events.append(_recorded(state, message, delivery, command.steps))
    if delivery is not None and _ends_doubt(delivery, command.reached, command.evidence):
        events.append(settled(state, message, agent.id, Disposition.ACTIVE, ""))
    return Decision(events, _answer(message, agent.id))


def settle(state: State, asked: Asked) -> Decision:
    command: c.SettleDelivery = asked.command
    agent = agent_or_refuse(state, command.agent_id)
    message = message_or_refuse(state, command.message_id)
    delivery = recipient_or_refuse(state, message, agent.id)
    events: list[e.Event] = []
    flushed = delivery is not None and delivery.disposition == Disposition.ACTIVE and delivery.until is not None
    if command.unless_flushed and flushed:
        return Decision(events, _answer(message, agent.id))
    under_way = delivery is not None and delivery.attempts > 0 and delivery.disposition in _UNDER_WAY
    if command.disposition == Disposition.EXPIRED and under_way:
        return Decision(events, _answer(message, agent.id))
    # Whoever asks may have seen it before it was taken back. Nobody is owed it any more.
    over = message.deleted_at is not None and command.disposition not in ENDED
    if over or (delivery is not None and not may_become(delivery, command.disposition)):
        if command.steps and delivery is not None:
            events.append(_recorded(state, message, delivery, command.steps))
        return Decision(events, _answer(message, agent.id))
    said = (command.disposition, command.reason, command.until)
    if delivery is None or said != (delivery.disposition, delivery.reason, delivery.until):
        disposition = Disposition(command.disposition)
        event = settled(state, message, agent.id, disposition, command.reason, command.until)
        event.steps = command.steps
        events.append(event)
    elif command.steps:
        events.append(_recorded(state, message, delivery, command.steps))
    return Decision(events, _answer(message, agent.id))


def withdraw(state: State, asked: Asked) -> Decision:
    command: c.WithdrawClaim = asked.command
    agent = agent_or_refuse(state, command.agent_id)
    message = message_or_refuse(state, command.message_id)
    delivery = recipient_or_refuse(state, message, agent.id)
    events: list[e.Event] = []
    if delivery is not None and delivery.unverified:
        events = taken_back(delivery, command.reason)
        if message.deleted_at is not None:  # it did not arrive, and nobody is owed it any more
            events.append(settled(state, message, agent.id, Disposition.CANCELLED, "the message was deleted"))
    return Decision(events, _answer(message, agent.id))


def taken_back(delivery: Delivery, reason: str, until: int | None = None) -> list[e.Event]:
    """The claim goes, and the delivery is due again. `until`: since when a person says that it may go."""
    about = (delivery.message_id, delivery.agent_id, delivery.channel_id)
    return [
        e.ClaimWithdrawn(*about, reason),
        e.DeliverySettled(*about, Disposition.ACTIVE, reason, until, delivery.queued_at, None),
    ]


def ack_wire(state: State, asked: Asked) -> Decision:
    command: c.AckWire = asked.command
    agent = agent_or_refuse(state, command.agent_id)
    events: list[e.Event] = []
    if command.up_to_seq > agent.acked_wire_seq:
        if command.up_to_seq > agent.wire_seq:
            raise Refused("invalid_request", f"{agent.name} was never sent number {command.up_to_seq}.")
        events.append(e.WireAcked(agent.id, command.up_to_seq))
        events += [
            _raised_from(d, Reached.ACCEPTED, Evidence.SOCKET_ACK, "acknowledged by its client")
            for d in state.open_deliveries(agent.id)
            if 0 < d.wire_seq <= command.up_to_seq and d.reached < Reached.ACCEPTED
        ]
    return Decision(events, Ref("agent", (agent.id,)))


def raised(
    state: State, message: Message, agent_id: str, reached: Reached, evidence: Evidence, how: str
) -> e.DeliveryRaised:
    known = state.delivery(message.id, agent_id)
    return e.DeliveryRaised(
        message.id,
        agent_id,
        message.channel_id,
        reached,
        evidence,
        how,
        message.created_at,
        _cursor_after(state, message, agent_id),
        was=known.reached if known is not None else Reached.QUEUED,
    )


def settled(
    state: State, message: Message, agent_id: str, disposition: Disposition, reason: str, until: int | None = None
) -> e.DeliverySettled:
    cursor = _cursor_after(state, message, agent_id)
    return e.DeliverySettled(
        message.id, agent_id, message.channel_id, disposition, reason, until, message.created_at, cursor
    )


def is_recipient(state: State, message: Message, agent_id: str) -> bool:
    """Was the message addressed to that agent, by a row or by membership at its time?"""
    return state.delivery(message.id, agent_id) is not None or _is_implied(state, message, agent_id)


def _is_implied(state: State, message: Message, agent_id: str) -> bool:
    if message.sender_id == agent_id:
        return False
    stay = state.stay(message.channel_id, agent_id, message.channel_seq)
    return stay is not None and not stay.muted


def recipient_or_refuse(state: State, message: Message, agent_id: str) -> Delivery | None:
    """The delivery's row, or None when it is implied. Refused when the message never went to that agent."""
    known = state.delivery(message.id, agent_id)
    if known is None and not _is_implied(state, message, agent_id):
        raise Refused("delivery_not_found", "That message was not addressed to that agent.")
    return known


def _raised_from(delivery: Delivery, reached: Reached, evidence: Evidence, how: str) -> e.DeliveryRaised:
    return e.DeliveryRaised(
        delivery.message_id,
        delivery.agent_id,
        delivery.channel_id,
        reached,
        evidence,
        how,
        delivery.queued_at,
        None,
        was=delivery.reached,
    )


def _recorded(state: State, message: Message, delivery: Delivery, steps: list[Json]) -> e.DeliveryRaised:
    """The steps of an attempt whose outcome is known better already: kept, and nothing else changes."""
    event = raised(state, message, delivery.agent_id, delivery.reached, delivery.evidence, delivery.how)
    event.steps = steps
    return event


def _is_news(delivery: Delivery, reached: Reached, evidence: Evidence) -> bool:
    """A higher rung, proof of one that was only claimed, or that the doorbell of one was seen."""
    proof_of_claim = delivery.unverified and reached == Reached.DELIVERED and evidence not in UNPROVEN
    seen = reached == delivery.reached == Reached.ACCEPTED and evidence in SEEN and delivery.evidence not in SEEN
    return reached > delivery.reached or proof_of_claim or seen


def _ends_doubt(delivery: Delivery, reached: Reached, evidence: Evidence) -> bool:
    """Was the agent seen to have been told, of an attempt that nobody knew the end of? Short of delivered, that has to
    be said: what is uncertain keeps all that comes after it from the same sender waiting."""
    return delivery.disposition == Disposition.UNCERTAIN and reached == Reached.ACCEPTED and evidence in SEEN


def may_become(delivery: Delivery, disposition: Disposition) -> bool:
    """What arrived stays so. What ended is taken up again on purpose only, and never what was cancelled: a queue that
    defers what it saw a moment ago must not undo that."""
    if delivery.reached >= Reached.DELIVERED or delivery.disposition == Disposition.CANCELLED:
        return False
    return delivery.disposition not in ENDED or disposition in ENDED or disposition == Disposition.ACTIVE


def _cursor_after(state: State, message: Message, agent_id: str) -> int | None:
    """How far the member's cursor gets when this message has a row; None: no further than it is. It never passes a
    message without one."""
    if message.channel_seq == 0:
        return None
    stay = state.stay(message.channel_id, agent_id, message.channel_seq)
    if stay is None or stay.muted or message.channel_seq <= stay.dispatched_seq:
        return None
    cursor = stay.dispatched_seq
    for earlier in state.channel_messages(message.channel_id, cursor, message.channel_seq):
        if earlier.sender_id != agent_id and state.delivery(earlier.id, agent_id) is None:
            return cursor if cursor > stay.dispatched_seq else None
        cursor = earlier.channel_seq
    return message.channel_seq


def _answer(message: Message, agent_id: str) -> Ref:
    return Ref("delivery", (message.id, agent_id))
