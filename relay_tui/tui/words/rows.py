"""Messages and deliveries of the relay as rows of the deck. Pure: what is known in, a picture out."""

from __future__ import annotations

from collections.abc import Sequence

from relay_tui.core.model import Channel, Delivery, Disposition, Message, Reached, State
from relay_tui.tui.view.deck import DeliveryRow, MessageRow, OpenMine
from relay_tui.tui.words.enclosed import block_rows, enclosed_rows
from relay_tui.tui.words.people import People, joins_by_itself, state_words
from relay_tui.tui.words.track import SHOWN_ROWS, cells_of
from relay_tui.tui.words.when import age, hhmm

GRACE_MS = 4_000
"""A message younger than this is not in trouble for being under way."""
_ENDED_BADLY = frozenset({Disposition.FAILED, Disposition.EXPIRED, Disposition.DEAD})


def is_faulty(delivery: Delivery, people: People) -> bool:
    """It waits, and its recipient cannot take it without somebody's help."""
    return delivery.open and not people.reachable(delivery.agent_id)


def in_trouble(delivery: Delivery, people: People, now: int, mine: bool) -> bool:
    """Short of delivered past its boundary, or not proven. A deferral is shown to the one who waits for it."""
    if delivery.unverified or delivery.disposition in (*_ENDED_BADLY, Disposition.UNCERTAIN, Disposition.HELD):
        return delivery.unverified or delivery.reached < Reached.DELIVERED
    if delivery.reached >= Reached.DELIVERED or delivery.disposition is Disposition.CANCELLED:
        return False
    if is_faulty(delivery, people):
        return True
    if delivery.disposition is Disposition.DEFERRED:
        return mine
    return now - delivery.queued_at > GRACE_MS and people.look(delivery.agent_id).word not in ("working", "starting")


def role_of(delivery: Delivery, people: People) -> str:
    if delivery.unverified or delivery.disposition is Disposition.UNCERTAIN:
        return "need"
    if delivery.reached >= Reached.DELIVERED:
        return "ok"
    if delivery.disposition in _ENDED_BADLY or is_faulty(delivery, people):
        return "fault"
    if delivery.disposition is Disposition.HELD:
        return "need"
    return "muted"


def delivery_row(delivery: Delivery, people: People, now: int, trouble: bool = False) -> DeliveryRow:
    faulty = is_faulty(delivery, people)
    if delivery.reached >= Reached.DELIVERED and not delivery.unverified:
        when = hhmm(last_rung_at(delivery))
        reason = delivery.how or delivery.evidence.value
    else:
        when = age(now - delivery.queued_at)
        reason = reason_of(delivery, people, faulty)
    return DeliveryRow(
        delivery.agent_id,
        people.name(delivery.agent_id),
        cells_of(delivery, faulty),
        role_of(delivery, people),
        delivery.word,
        when,
        reason,
        trouble,
    )


def last_rung_at(delivery: Delivery) -> int:
    rungs = (delivery.answered_at, delivery.acknowledged_at, delivery.delivered_at, delivery.accepted_at)
    return next((at for at in rungs if at is not None), delivery.queued_at)


def reason_of(delivery: Delivery, people: People, faulty: bool) -> str:
    if delivery.unverified:
        return delivery.how or "nothing has proven it yet"
    if faulty:
        session = people.sessions.get(delivery.agent_id)
        if session is not None and session.state is State.UNKNOWN:
            return "in a state no rule knows; needs a look"
        if session is None:
            return "no program runs; goes when one does"
        return f"{state_words(session)}; goes when it {'reconnects' if joins_by_itself(session) else 'restarts'}"
    return delivery.reason or delivery.how or "on its way"


def message_row(
    message: Message, deliveries: Sequence[Delivery], channel: Channel, people: People, now: int, whole: bool = False
) -> MessageRow:
    """`whole`: as it stands in its own thread, without the count of its replies."""
    mine = message.sender_id == people.operator_id
    row = MessageRow(
        message.id,
        message.created_at,
        hhmm(message.created_at),
        people.name(message.sender_id),
        mine,
        _addressed(message, channel, people),
        message.text,
        _links(message, people),
        thread_id=message.thread_id or "",
        sender_id=message.sender_id,
        blocks=block_rows(message.blocks),
        enclosed=enclosed_rows(message.attachments),
    )
    if message.reply_count and not whole:
        row.replies = message.reply_count
        who = people.name(message.last_reply_by) if message.last_reply_by else ""
        row.replied = f"{who} {hhmm(message.last_reply_at)}" if message.last_reply_at else who
    known = [delivery for delivery in deliveries if delivery.disposition is not Disposition.CANCELLED]
    if known:
        _summarise(row, message, known, people, now)
    return row


def _addressed(message: Message, channel: Channel, people: People) -> str:
    """Whom it speaks to: the mentioned, else the channel, else the others in the conversation."""
    if message.mentions:
        return ", ".join(people.name(agent_id) for agent_id in message.mentions)
    if channel.kind == "channel":
        return "thread" if message.thread_id else f"#{channel.name}"
    others = [agent_id for agent_id in channel.name.split(":") if agent_id != message.sender_id]
    if channel.kind == "dm":
        return ", ".join(people.name(agent_id) for agent_id in others)
    return channel.name or "the group"


def _links(message: Message, people: People) -> frozenset[str]:
    return frozenset(f"@{people.agents[id].name}" for id in message.mentions if id in people.agents)


def _summarise(row: MessageRow, message: Message, known: list[Delivery], people: People, now: int) -> None:
    """Fold the deliveries into a word and a track, or open them where one is in trouble."""
    known.sort(key=lambda delivery: people.name(delivery.agent_id).casefold())
    if message.mentions:
        order = {agent_id: index for index, agent_id in enumerate(message.mentions)}
        known.sort(key=lambda delivery: order.get(delivery.agent_id, len(order)))
    bad = {d.agent_id for d in known if in_trouble(d, people, now, row.mine)}
    proven = {d.agent_id for d in known if d.reached >= Reached.DELIVERED and not d.unverified}
    if not bad:
        addressed = [d for d in known if d.agent_id in message.mentions] or known
        _fold(row, addressed)
        return
    lowest = _lowest(known)
    one = len(known) == 1
    row.summary = lowest.word if one else f"{len(proven)} of {len(known)} delivered"
    faults = any(role_of(d, people) == "fault" for d in known if d.agent_id in bad)
    row.role = "need" if not one or not faults else "fault"
    if one and lowest.reached < Reached.DELIVERED and role_of(lowest, people) == "muted":
        row.role = "muted"
    shown = [d for d in known if d.agent_id in bad or d.agent_id in message.mentions]
    if not message.mentions and len(known) <= SHOWN_ROWS:
        shown = known
    shown = shown[: SHOWN_ROWS + 2]
    row.deliveries = tuple(delivery_row(d, people, now, d.agent_id in bad) for d in shown)
    hidden = {d.agent_id for d in known} - {d.agent_id for d in shown}
    rest = len(hidden)
    if rest:
        done = len(hidden & proven)
        words = "delivered or better" if done == rest else f"{done} of them delivered" if done else "not delivered yet"
        row.rest = f"{rest} {'other' if rest == 1 else 'others'}, {words}"


def worth_a_look(message: Message, known: Sequence[Delivery], people: People, now: int) -> list[Delivery]:
    """Those in trouble first, then those whom it is addressed to, then the others; in each the least reached first."""
    mine = message.sender_id == people.operator_id
    order = {
        d.agent_id: (
            not in_trouble(d, people, now, mine),
            d.agent_id not in message.mentions,
            d.reached,
            people.name(d.agent_id).casefold(),
        )
        for d in known
    }
    return sorted(known, key=lambda d: order[d.agent_id])


def _lowest(known: Sequence[Delivery]) -> Delivery:
    return min(known, key=lambda delivery: (delivery.reached, not delivery.unverified))


def _fold(row: MessageRow, addressed: Sequence[Delivery]) -> None:
    """One track: the lowest rung of those whom it is addressed to."""
    lowest = _lowest(addressed)
    row.cells, row.role = cells_of(lowest), "muted"
    done = sum(delivery.reached >= Reached.DELIVERED for delivery in addressed)
    if len(addressed) == 1:
        row.summary = lowest.word
    elif done == len(addressed):
        row.summary = f"{done} {lowest.word}"
    else:
        row.summary = f"{done} of {len(addressed)} delivered"


def open_mine(found: Sequence[tuple[Message, Delivery]], people: People, now: int) -> list[OpenMine]:
    """The operator's messages that are not proven yet, worst first as they were found; a send to several is one row."""
    out: list[OpenMine] = []
    sends: dict[str, OpenMine] = {}
    for message, delivery in found:
        if now - delivery.queued_at < GRACE_MS and not is_faulty(delivery, people):
            continue
        row = delivery_row(delivery, people, now)
        role = row.role if row.role in ("need", "fault") else "text"
        id, of = batch_in(message)
        if not id:
            out.append(OpenMine(message.id, row.name, row.word, row.when, role))
        elif id in sends:
            sends[id].open += 1
        else:
            sends[id] = OpenMine(message.id, "several", row.word, row.when, role, open=1, of=of)
            out.append(sends[id])
    return out


def batch_in(message: Message) -> tuple[str, int]:
    """The send to several that a message is part of, and how many it goes to; empty: none."""
    match message.data:
        case {"batch": {"id": str(id), "of": int(of)}} if of > 1:
            return id, of
        case _:
            return "", 0
