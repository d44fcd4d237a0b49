"""What a person makes of a message that did not arrive: again, to somebody else, or not at all."""

from __future__ import annotations

from relay_tui.core import commands as c
from relay_tui.core import events as e
from relay_tui.core.decide.context import (
    Asked,
    Decision,
    Ref,
    agent_named_or_refuse,
    agent_or_refuse,
    is_person,
    message_or_refuse,
)
from relay_tui.core.decide.deliveries import recipient_or_refuse, settled, taken_back
from relay_tui.core.errors import Refused
from relay_tui.core.model import ENDED, Agent, Delivery, Disposition, Message, Reached
from relay_tui.core.views.state import State


def retry(state: State, asked: Asked) -> Decision:
    command: c.RetryDelivery = asked.command
    message, agent, delivery = _undelivered_or_refuse(state, asked, command.message_id, command.agent_id, claimed=True)
    _said_still_or_refuse(message)
    if delivery is None or not (delivery.fault or delivery.disposition in ENDED):
        raise Refused("delivery_under_way", f"It is still on its way to {agent.name}.", "Hold or flush the agent.")
    if delivery.disposition == Disposition.CANCELLED:
        raise Refused("delivery_ended", "It was cancelled.", "Send it again.")
    if delivery.unverified:
        return Decision(
            taken_back(delivery, f"again, by {asked.actor.name}", asked.at), Ref("delivery", (message.id, agent.id))
        )
    # A time in `until` is a person's word that it may go, also where nobody knows whether it went before.
    said = f"again, by {asked.actor.name}"
    event = settled(state, message, agent.id, Disposition.ACTIVE, said, asked.at)
    return Decision([event], Ref("delivery", (message.id, agent.id)))


def redirect(state: State, asked: Asked) -> Decision:
    command: c.RedirectDelivery = asked.command
    message, agent, _ = _undelivered_or_refuse(state, asked, command.message_id, command.agent_id)
    _said_still_or_refuse(message)
    other = agent_named_or_refuse(state, command.to)
    if other.id in {agent.id, message.sender_id} or other.type != "agent":
        raise Refused("invalid_request", f"It cannot be redirected to {other.name}.", "Name another agent.")
    if state.delivery(message.id, other.id) is not None:
        raise Refused("already_addressed", f"It was sent to {other.name} already.")
    by = asked.actor.name
    events: list[e.Event] = [
        settled(state, message, agent.id, Disposition.CANCELLED, f"redirected to {other.name} by {by}"),
        settled(state, message, other.id, Disposition.ACTIVE, f"redirected from {agent.name} by {by}"),
    ]
    return Decision(events, Ref("delivery", (message.id, other.id)))


def drop(state: State, asked: Asked) -> Decision:
    command: c.DropDelivery = asked.command
    message, agent, delivery = _undelivered_or_refuse(state, asked, command.message_id, command.agent_id)
    events: list[e.Event] = []
    if delivery is None or delivery.disposition != Disposition.CANCELLED:
        reason = f"dropped by {asked.actor.name}" + (f": {command.reason}" if command.reason else "")
        events.append(settled(state, message, agent.id, Disposition.CANCELLED, reason))
    return Decision(events, Ref("delivery", (message.id, agent.id)))


def _said_still_or_refuse(message: Message) -> None:
    if message.deleted_at is not None:
        raise Refused("message_deleted", "That message was deleted: there is nothing left to send.", "Drop it.")


def _undelivered_or_refuse(
    state: State, asked: Asked, message_id: str, agent_id: str, *, claimed: bool = False
) -> tuple[Message, Agent, Delivery | None]:
    """`claimed`: also what is only claimed to have arrived."""
    agent = agent_or_refuse(state, agent_id)
    message = message_or_refuse(state, message_id)
    if not is_person(asked.actor) and asked.actor.id != message.sender_id:
        raise Refused("forbidden", "Only a person or its sender decides what becomes of a message.")
    delivery = recipient_or_refuse(state, message, agent.id)
    if delivery is not None and delivery.reached >= Reached.DELIVERED and not (claimed and delivery.unverified):
        raise Refused("already_delivered", f"{agent.name} was handed it already.", "Send it again as a new message.")
    return message, agent, delivery
