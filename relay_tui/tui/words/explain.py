"""Why an agent or a need stands as it does, from what the relay has recorded. Pure."""

from __future__ import annotations

from relay_tui.core.model import Session, State
from relay_tui.tui.view.deck import CardView, WhyView
from relay_tui.tui.words.need import Need
from relay_tui.tui.words.people import People, joins_by_itself, state_sentence, state_words
from relay_tui.tui.words.stopping import hold_words
from relay_tui.tui.words.when import age, precise


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
    sentence = f"{state_sentence(name, session)}. The {said} said so {age(now - session.since)} ago. {exact}"
    held = hold_words(agent_id, people, now)
    if held:
        sentence = f"{name} is {held}; nothing is handed over to it. {sentence}"
        signals.append((precise(people.held_since(agent_id)), "hold", held))
        key, action, changes = "F", "flush what is held", "a flush"
    return WhyView(
        f"{name}  {look.word}  {age(now - session.since)}",
        sentence,
        signals,
        "hold" if held else f"{session.harness}: {session.state.value}",
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
