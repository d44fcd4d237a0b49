"""What needs a person, ordered by urgency and then by age. Pure.

The order of two needs never changes while both are there: urgency and the moment it began are facts of the need.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping, Sequence

from relay_tui.core.model import Approval, Session, State
from relay_tui.core.text import preview
from relay_tui.tui.view.deck import CardView
from relay_tui.tui.words.need import LINE, Need
from relay_tui.tui.words.needs_mail import Mail, mail_needs
from relay_tui.tui.words.people import People, joins_by_itself
from relay_tui.tui.words.when import age, hhmm


def find_needs(
    people: People,
    approvals: Sequence[Approval],
    mail: Mail,
    queued: Mapping[str, int],
    now: int,
    others: Iterable[Need] = (),
) -> list[Need]:
    """`mail`: deliveries of anybody's messages that are open, ended or unproven. `queued`: how many wait for each.
    `others`: what waits for a person beside agents and mail."""
    needs = [_approval(approval, people) for approval in approvals if not approval.decision]
    for agent in people.workers():
        session = people.sessions.get(agent.id)
        need = _agent(agent.name, session, queued.get(agent.id, 0)) if session is not None else None
        if need is not None:
            need.outside = joins_by_itself(session)
        if need is not None and not (agent.id in people.asking and need.what == "asks"):
            needs.append(need)
    gone = frozenset(need.agent_id for need in needs if need.what.startswith(("exited", "lost")))
    needs += mail_needs(mail, people, gone, now)
    needs += others
    return sorted(needs, key=lambda need: (need.urgency, need.since, need.key))


def _approval(approval: Approval, people: People) -> Need:
    line = preview(" ".join(line.strip() for line in literal(approval)), LINE)
    return Need(
        f"approval:{approval.id}",
        0,
        approval.requested_at,
        "approve",
        "need",
        people.name(approval.caller_id),
        "approve",
        line,
        approval.caller_id,
        approval=approval,
    )


def _agent(name: str, session: Session, queued: int) -> Need | None:
    key = f"agent:{session.agent_id}"
    mail = f"{queued} {'message' if queued == 1 else 'messages'} queued" if queued else "nothing waits for it"
    detail = session.detail
    match session.state:
        case State.WAITING:
            return Need(
                key,
                1,
                session.since,
                "asks",
                "need",
                name,
                "asks",
                detail or "it waits for an answer",
                session.agent_id,
            )
        case State.BLOCKED:
            return Need(key, 1, session.since, "blocked", "need", name, "blocked", detail or mail, session.agent_id)
        case State.EXITED if not detail.startswith("released"):
            code = detail.removeprefix("exit ") if detail.startswith("exit ") else ""
            what = f"exited {code}".strip()
            return Need(key, 2 if queued else 4, session.since, "gone", "fault", name, what, mail, session.agent_id)
        case State.LOST:
            return Need(key, 2 if queued else 4, session.since, "gone", "fault", name, "lost", mail, session.agent_id)
        case State.UNKNOWN:
            line = detail or "a state no rule knows"
            return Need(key, 3, session.since, "unknown", "need", name, "look", line, session.agent_id)
        case _:
            return None


def literal(approval: Approval) -> list[str]:
    """The request as it will run: the action, then each argument as JSON."""
    arguments = approval.request.get("arguments", {})
    named = arguments.items() if isinstance(arguments, dict) else [("arguments", arguments)]
    return [approval.action, *(f"  {name}: {json.dumps(value, ensure_ascii=False)}" for name, value in named)]


def card_of(need: Need, place: str, now: int) -> CardView:
    """The card of a need, for the place (`need 1 of 4`) that it has among them."""
    card = CardView(
        need.key,
        need.key.partition(":")[0],
        need.glyph,
        need.role,
        need.what,
        need.name,
        "",
        age(now - need.since),
        place,
        agent_id=need.agent_id,
        message_id=need.message_id,
        mine=need.mine,
        state=need.state,
    )
    if need.approval is not None:
        _fill_approval(card, need.approval)
    else:
        card.does = need.does
        card.literal = (need.line,)
        why = (("why", need.reason),) if need.reason else ()
        card.facts = (*why, ("next", need.next_step or _next_step(need)))
    return card


def _fill_approval(card: CardView, approval: Approval) -> None:
    request = approval.request
    card.head = "approve?"
    card.does = f"asks: {approval.action}"
    card.literal = tuple(literal(approval))
    where = (("in", str(request["cwd"])),) if request.get("cwd") else ()
    rule = f"{approval.rule}: {approval.reason}" if approval.reason else approval.rule
    card.facts = (*where, ("rule", rule), ("until", f"{hhmm(approval.expires_at)}, then it is refused"))
    card.request_hash = approval.request_hash
    card.digest = f"{approval.request_hash[:4]} {approval.request_hash[4:8]}"


def _next_step(need: Need) -> str:
    if need.what.startswith(("exited", "lost")):
        return "its program must reconnect" if need.outside else "ctrl+p, agent: restart"
    return "answer it where its program runs" if need.outside else "o opens its pane"
