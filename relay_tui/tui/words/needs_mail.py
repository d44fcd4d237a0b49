"""Mail that needs a person: dead letters, what is uncertain or unproven, what lies before an idle agent. Pure."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from relay_tui.core.model import Delivery, Disposition, Message, Mode, State
from relay_tui.core.text import preview
from relay_tui.tui.words.need import LINE, Need
from relay_tui.tui.words.people import YOU, People

Mail = Sequence[tuple[Message, Delivery]]
UNPROVEN_FOR_MS = 30_000
"""A message of the operator that is not proven for so long needs a look."""
LIES_FOR_MS = 30_000
"""An idle agent takes what is due at once; what lies there for so long is stuck."""
_ENDED = frozenset({Disposition.FAILED, Disposition.DEAD, Disposition.EXPIRED})
_IDLE = frozenset({State.IDLE, State.READY})


def mail_needs(mail: Mail, people: People, gone: frozenset[str], now: int) -> Iterator[Need]:
    """`mail`: open, ended and unproven deliveries of all messages. `gone`: agents whose end is a need itself."""
    letters: dict[str, list[tuple[Message, Delivery]]] = {}
    lying: dict[str, list[tuple[Message, Delivery]]] = {}
    unproven: dict[str, list[tuple[Message, Delivery]]] = {}
    for message, delivery in mail:
        mine = message.sender_id == people.operator_id
        if delivery.agent_id in gone:
            continue  # when its program is back it is seen what becomes of them
        if delivery.disposition in _ENDED and not delivery.unverified:
            letters.setdefault(delivery.agent_id, []).append((message, delivery))
        elif delivery.disposition is Disposition.UNCERTAIN and not delivery.unverified:
            yield _uncertain(message, delivery, people)
        elif mine and delivery.unverified and now - delivery.queued_at >= UNPROVEN_FOR_MS:
            if delivery.agent_id in people.gone:
                continue  # it was removed: nothing is left that could prove it
            unproven.setdefault(delivery.agent_id, []).append((message, delivery))
        elif _lies(message, delivery, people, now):
            lying.setdefault(delivery.agent_id, []).append((message, delivery))
    yield from (_dead(found, people) for found in letters.values())
    yield from (_due(found, people) for found in lying.values())
    yield from (_unproven(found, people) for found in unproven.values())


def _key(message: Message, delivery: Delivery) -> str:
    return f"delivery:{message.id}:{delivery.agent_id}"


def _dead(found: list[tuple[Message, Delivery]], people: People) -> Need:
    """The oldest letter of one recipient; the others come after it."""
    message, delivery = min(found, key=lambda one: (one[1].updated_at, one[0].seq))
    more = f", {len(found)} of them" if len(found) > 1 else ""
    sender = people.name(message.sender_id)
    return Need(
        _key(message, delivery), 3, delivery.updated_at, "gone", "fault", people.name(delivery.agent_id),
        f"{delivery.disposition.value}{more}", preview(message.text, LINE), delivery.agent_id, message.id,
        mine=message.sender_id == people.operator_id, state=delivery.word,
        does="was not given your message" if sender == YOU else f"was not given a message from {sender}",
        reason=delivery.reason or delivery.disposition.value,
        next_step="R tries it again",
    )  # fmt: skip


def _uncertain(message: Message, delivery: Delivery, people: People) -> Need:
    return Need(
        _key(message, delivery), 3, delivery.updated_at, "gone", "need", people.name(delivery.agent_id), "uncertain",
        preview(message.text, LINE), delivery.agent_id, message.id,
        mine=message.sender_id == people.operator_id, state=delivery.word,
        does="may have this message, or may not",
        reason=delivery.reason or "the attempt was interrupted before its proof",
        next_step="o opens its pane; if the message is not there, R sends it again",
    )  # fmt: skip


def _unproven(found: list[tuple[Message, Delivery]], people: People) -> Need:
    """The oldest of one recipient: whoever keeps no transcript proves none, and would push all else off the rail."""
    message, delivery = min(found, key=lambda one: (one[1].queued_at, one[0].seq))
    what = f"{len(found)} unverified" if len(found) > 1 else "unverified"
    return Need(
        _key(message, delivery), 5, delivery.queued_at, "unknown", "need", people.name(delivery.agent_id), what,
        preview(message.text, LINE), delivery.agent_id, message.id,
        mine=message.sender_id == people.operator_id, state=delivery.word,
        does="has not been proven to have your message",
        reason=delivery.how or "nothing that it wrote shows that it has read it",
        next_step="i shows each step of its delivery",
    )  # fmt: skip


def _lies(message: Message, delivery: Delivery, people: People, now: int) -> bool:
    """It is due, and its recipient has been idle for long enough to have taken it."""
    session = people.sessions.get(delivery.agent_id)
    waits = delivery.disposition in (Disposition.ACTIVE, Disposition.DEFERRED) and delivery.open
    if session is None or session.state not in _IDLE or not waits or message.mode is Mode.MANUAL:
        return False
    return now - max(session.since, delivery.queued_at) >= LIES_FOR_MS


def _due(found: list[tuple[Message, Delivery]], people: People) -> Need:
    message, delivery = min(found, key=lambda one: one[0].seq)
    session = people.sessions[delivery.agent_id]
    since = max(session.since, min(one.queued_at for _, one in found))
    count = len(found)
    many = f"{count} messages are" if count > 1 else "a message is"
    return Need(
        f"due:{delivery.agent_id}", 4, since, "unknown", "need", people.name(delivery.agent_id),
        f"idle, {count} due", preview(message.text, LINE), delivery.agent_id, message.id,
        mine=message.sender_id == people.operator_id, state=delivery.word,
        does=f"is idle, and {many} not handed over",
        reason=delivery.reason or "it is ready for it, and no attempt has come of that",
        next_step="w says what is in the way",
    )  # fmt: skip
