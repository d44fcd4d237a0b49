"""The ladder of a delivery and the answer to why, from what the relay has recorded. Pure."""

from __future__ import annotations

from collections.abc import Sequence

from relay_tui.core import events as e
from relay_tui.core.events import Entry
from relay_tui.core.model import Delivery, Disposition, Json, Message, Reached, Session, State
from relay_tui.tui.need import Need
from relay_tui.tui.people import People, joins_by_itself, state_sentence, state_words
from relay_tui.tui.rows import delivery_row, is_faulty
from relay_tui.tui.viewmodel import AttemptRow, CardView, LadderView, Rung, WhyView
from relay_tui.tui.when import age, delta, precise

_STEP_ROLES = {"delivered": "ok", "accepted": "text", "deferred": "need", "uncertain": "need", "failed": "fault"}


def ladder_view(
    message: Message, delivery: Delivery, others: Sequence[Delivery], entries: Sequence[Entry], people: People, now: int
) -> LadderView:
    """`entries`: what the log says of this delivery, oldest first."""
    row = delivery_row(delivery, people, now)
    return LadderView(
        message.id,
        delivery.agent_id,
        precise(message.created_at)[:5],
        people.name(message.sender_id),
        message.sender_id == people.operator_id,
        row.name,
        message.text,
        f"{row.word} {age(now - delivery.queued_at) if row.role != 'ok' else row.when}",
        row.role,
        _rungs(message, delivery, entries, row.cells),
        _why(delivery, people, row.reason),
        _attempts(entries),
        [(other.agent_id, people.name(other.agent_id)) for other in others],
    )


def _rungs(message: Message, delivery: Delivery, entries: Sequence[Entry], cells: str) -> list[Rung]:
    raised = {entry.event.reached: entry for entry in entries if isinstance(entry.event, e.DeliveryRaised)}
    times = (delivery.accepted_at, delivery.delivered_at, delivery.acknowledged_at, delivery.answered_at)
    rungs = [
        Rung(
            "#", "queued", "text", precise(message.created_at), "", "stored and flushed to disk", f"log {message.seq:,}"
        )
    ]
    before = message.created_at
    for reached, at, cell in zip(list(Reached)[1:], times, cells, strict=True):
        event = raised[reached].event if reached in raised else None
        how = event.how if isinstance(event, e.DeliveryRaised) else ""
        evidence = event.evidence.value if isinstance(event, e.DeliveryRaised) else ""
        if cell == "#":
            stamp = precise(at) if at is not None else ""
            step = delta(at - before) if at is not None else ""
            if event is None:
                passed = any(other > reached for other in raised)
                step, how = "", "passed together with the next one" if passed else "its record was not found"
            rungs.append(Rung("#", reached.word, "text", stamp, step, how, evidence))
            before = at if at is not None else before
        elif cell == ".":
            rungs.append(Rung(".", reached.word, "faint"))
        else:
            role = {"x": "fault", "~": "need", "=": "muted"}[cell]
            said = delivery.how if delivery.unverified else delivery.reason or how
            rungs.append(Rung(cell, reached.word, role, "not proven" if cell == "~" else "not yet", "", said, evidence))
    return rungs


def _why(delivery: Delivery, people: People, reason: str) -> list[tuple[str, str]]:
    name = people.name(delivery.agent_id)
    session = people.sessions.get(delivery.agent_id)
    if delivery.unverified:
        first = f"The text was handed to {name}, and nothing that it wrote shows that it has read it."
        changes = "a line in its transcript that carries this attempt's mark, or an answer"
    elif delivery.reached >= Reached.DELIVERED:
        first = f"{name} has it: {(delivery.how or delivery.evidence.value).rstrip('.')}."
        changes = "" if delivery.reached is Reached.ANSWERED else "an answer of its own raises it further"
    elif is_faulty(delivery, people):
        first = f"{state_sentence(name, session)}. The message is stored, and goes when the program is back."
        changes = "its program reconnecting" if joins_by_itself(session) else "a restart of its program"
    elif delivery.disposition is Disposition.FAILED:
        first, changes = f"The attempt failed: {reason.rstrip('.')}.", "another attempt"
    else:
        first, changes = f"It waits: {reason.rstrip('.')}.", "its boundary: the moment when it may be shown this"
    out = [("", first)]
    if session is not None:
        how = "exact" if session.exact else "inferred"
        out.append(("state", f"{state_words(session)}; said by the {session.evidence or 'host'}, {how}"))
    if delivery.route:
        out.append(("route", delivery.route))
    if changes:
        out.append(("changes", changes))
    return out


def _attempts(entries: Sequence[Entry]) -> list[AttemptRow]:
    """A row per attempt: begun by a dispatch, ended by the first thing that was recorded after it."""
    rows: list[AttemptRow] = []
    begun = 0
    for entry in entries:
        event = entry.event
        if isinstance(event, e.DeliveryDispatched):
            rows.append(AttemptRow(len(rows) + 1, precise(entry.at), event.route, "under way", "muted", "", ""))
            begun = entry.at
        elif isinstance(event, e.DeliveryRaised | e.DeliverySettled) and rows and rows[-1].outcome == "under way":
            row = rows[-1]
            settled = isinstance(event, e.DeliverySettled)
            row.outcome = event.disposition.value if isinstance(event, e.DeliverySettled) else event.reached.word
            row.role = _STEP_ROLES.get(row.outcome, "text")
            row.how = _steps_in_words(event.steps) or (event.reason if settled else event.how)  # type: ignore[union-attr]
            row.took = f"{entry.at - begun} ms"
    return rows


def _steps_in_words(steps: Sequence[Json]) -> str:
    if not steps:
        return ""
    passed = sum(bool(step.get("ok")) for step in steps)
    failed = next((step for step in steps if not step.get("ok")), None)
    words = f"{passed} of {len(steps)} steps passed"
    return f"{words}; {failed.get('name', '')}: {failed.get('detail', '')}" if failed else words


def why_agent(name: str, session: Session | None, people: People, agent_id: str, now: int) -> WhyView:
    """Why an agent is shown in its state."""
    look = people.look(agent_id)
    if session is None:
        sentence = "No program has run behind this agent here; what is sent to it waits for one."
        return WhyView(f"{name}  {look.word}", sentence, [], changes="a program that joins as this agent")
    exact = "That is certain." if session.exact else "That is inferred, not certain."
    said = session.evidence or "host"
    signals = [
        (
            precise(session.started_at),
            "host",
            f"program {session.generation} of this agent started, by {session.harness}",
        ),
        (precise(session.since), said, state_words(session)),
    ]
    key, action, changes = _agent_next(session)
    return WhyView(
        f"{name}  {look.word}  {age(now - session.since)}",
        f"{state_sentence(name, session)}. The {said} said so {age(now - session.since)} ago. {exact}",
        signals,
        f"{session.harness}: {session.state.value}",
        changes,
        key,
        action,
    )


def _agent_next(session: Session) -> tuple[str, str, str]:
    outside = joins_by_itself(session)
    if outside and session.state in (State.EXITED, State.LOST):
        return "", "its program must reconnect", "its program reconnecting"
    if outside and session.state in (State.WAITING, State.UNKNOWN, State.BLOCKED):
        return "", "look where its program runs", "what it says next"
    if session.state in (State.EXITED, State.LOST):
        return "^p", "restart its program, from the palette", "a restart of its program"
    if session.state in (State.WAITING, State.UNKNOWN, State.BLOCKED):
        return "o", "open its pane and see", "an answer in its pane"
    return "m", "write to it", "what it does next"


def why_over(card: CardView) -> WhyView:
    """What became of a need that is over, whole."""
    said = [("", "request", line.strip()) for line in card.literal]
    return WhyView(f"{card.name}  {card.head}", card.outcome, said, next_key="n", next_action="go to the next need")


def why_approval(need: Need, now: int) -> WhyView:
    """Why a request waits for the operator."""
    approval = need.approval
    assert approval is not None, "an approval's need holds it"
    return WhyView(
        f"{need.name}  approve  {age(now - need.since)}",
        f"Policy asks a person before {approval.action} runs.",
        [
            (precise(approval.requested_at), "policy", approval.reason or "ask"),
            (precise(approval.expires_at), "expiry", "then it is refused by itself"),
        ],
        approval.rule,
        "your decision, or its expiry",
        "n",
        "go to it; there a approves it once, d denies it with words",
    )


def why_need(need: Need, now: int) -> WhyView:
    """Why something that is no agent and no request stands among what needs a person."""
    key, _, words = need.next_step.partition(" ")
    keyed = len(key) == 1 or key.startswith("^")
    return WhyView(
        f"{need.name}  {need.what}  {age(now - need.since)}",
        f"{need.name} {need.does}: {need.reason}." if need.does else f"{need.reason}.",
        [(precise(need.since), "since", need.line)],
        changes="what is said next, or what you do",
        next_key=key if keyed else "",
        next_action=words if keyed else need.next_step,
    )
