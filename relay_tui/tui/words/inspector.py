"""One message to one recipient, whole: each rung as the log has it, why it stands there, each step of each attempt.

Why is the core's answer, the same that `relay-tui why` gives. Pure.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from relay_tui.core import events as e
from relay_tui.core.delivery.why import NextAction, Why
from relay_tui.core.events import Entry
from relay_tui.core.model import Delivery, Json, Message, Reached
from relay_tui.core.model_delivery import Attempt
from relay_tui.tui.view.deck import AttemptRow, LadderView, Rung, StepRow
from relay_tui.tui.words.people import People
from relay_tui.tui.words.rows import is_faulty, last_rung_at, role_of
from relay_tui.tui.words.track import cells_of
from relay_tui.tui.words.when import age, delta, hhmm, precise, took

_OUTCOME_ROLES = {
    **dict.fromkeys(("delivered", "acknowledged", "answered"), "ok"),
    **dict.fromkeys(("unverified", "deferred", "uncertain", "held"), "need"),
    **dict.fromkeys(("failed", "expired", "dead"), "fault"),
}
_ENGINE = frozenset({"log", "engine"})
_RUNGS = (*(rung.word for rung in Reached), "unverified")
"""Sources, and beginnings, of what the rungs say already."""


def ladder_view(
    message: Message, delivery: Delivery, others: Sequence[Delivery], entries: Sequence[Entry], answer: Why,
    people: People, now: int,
) -> LadderView:  # fmt: skip
    """`entries`: what the log says of this delivery, oldest first."""
    cells, role = cells_of(delivery, is_faulty(delivery, people)), role_of(delivery, people)
    when = hhmm(last_rung_at(delivery)) if role == "ok" else age(now - delivery.queued_at)
    return LadderView(
        message.id,
        delivery.agent_id,
        precise(message.created_at)[:5],
        people.name(message.sender_id),
        message.sender_id == people.operator_id,
        people.name(delivery.agent_id),
        message.text,
        f"{answer.word} {when}",
        role,
        _rungs(message, delivery, entries, cells),
        _why(answer),
        [_attempt(attempt) for attempt in answer.attempts],
        [(other.agent_id, people.name(other.agent_id)) for other in others],
        delivery.word,
        message.channel_id,
        _verb(answer.next),
        _next_words(answer.next),
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


def _why(answer: Why) -> list[tuple[str, str]]:
    """(label, words): the sentence, the rule, what would change it, and what else was heard, with its time."""
    out = [("", answer.sentence), ("rule", answer.rule)]
    if answer.changes:
        out.append(("changes", answer.changes))
    heard = [one for one in answer.signals if one.source not in _ENGINE and not one.words.startswith(_RUNGS)]
    return out + [("heard", f"{precise(one.at)}  {one.source}: {one.words}") for one in heard]


def _verb(action: NextAction) -> str:
    """The id of the verb on the screen; empty: there is none."""
    return {"start": "create"}.get(action.verb, action.verb)


def _next_words(action: NextAction) -> str:
    """What no verb of the screen does is done in a shell."""
    return action.words if action.verb or not action.command else f"{action.words}: relay-tui {action.command}"


def _attempt(attempt: Attempt) -> AttemptRow:
    ended_at = max((int(step.get("at") or 0) for step in attempt.steps), default=attempt.ended_at)
    ended = took(ended_at - attempt.began_at) if ended_at is not None else ""
    outcome = attempt.outcome or "under way"
    return AttemptRow(
        attempt.number,
        precise(attempt.began_at),
        attempt.route,
        outcome,
        _OUTCOME_ROLES.get(outcome, "text" if attempt.outcome else "muted"),
        attempt.how,
        ended,
        tuple(_steps(attempt.steps, attempt.began_at)),
    )


def _steps(steps: Sequence[Json], begun: int) -> list[StepRow]:
    out: list[StepRow] = []
    before = begun
    for step in steps:
        at = int(step.get("at") or before)
        out.append(StepRow(precise(at), delta(at - before), bool(step.get("ok")), *_said(step)))
        before = at
    return out


def _said(step: Mapping[str, object]) -> tuple[str, str]:
    return str(step.get("name", "")), str(step.get("detail") or "")
