"""When a delivery is tried next, as far as that is known. Pure; the screen and the command line say the same."""

from __future__ import annotations

from relay_tui.core.delivery.standing import is_handed_over, is_rung
from relay_tui.core.model import ENDED, ENDED_STATES, Delivery, Disposition, Message, Mode, Reached, Session, State
from relay_tui.core.model_delivery import Hold

NOW = "now"
_BOUNDARIES = {
    Mode.IMMEDIATE: "now, interrupting",
    Mode.NEXT_TOOL_CALL: "at its next tool call",
    Mode.NEXT_MESSAGE: "after its message",
    Mode.ON_IDLE: "when it is idle",
    Mode.MANUAL: "after a flush",
}


def next_try(
    message: Message, delivery: Delivery, session: Session | None, hold: Hold | None, before: Delivery | None = None
) -> str:
    """In a few words; empty: none is needed, or none will be made. `Delivery.until` has the time where there is one.

    `before`: what it waits for besides, see `behind`.
    """
    if delivery.reached >= Reached.DELIVERED or delivery.disposition == Disposition.CANCELLED:
        return ""
    if delivery.disposition in ENDED:
        return "not by itself"
    if delivery.disposition == Disposition.UNCERTAIN:
        return "after proof, or your word"
    if is_handed_over(delivery):
        return "after proof"
    if is_rung(delivery):
        return "when it reads it"
    manual = message.mode == Mode.MANUAL and delivery.until is None
    if hold is not None or manual:
        return "after a flush"
    if session is None or session.state in ENDED_STATES:
        return "when its program is back"
    if session.state == State.WAITING:
        return "after its answer"
    if session.state in (State.UNKNOWN, State.BLOCKED):
        return "after a look"
    if session.state == State.WORKING:
        return _BOUNDARIES[message.mode]
    return NOW if before is None else f"after message {before.message_id}"
