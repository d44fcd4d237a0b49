"""Why a delivery stands where it does: what was heard when, the rule that decided, what would change it, and one next
action. Pure; the screen and the command line say the same."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import field

from relay_tui.core.delivery.ringing import UNABLE, UNREADABLE
from relay_tui.core.delivery.standing import is_handed_over, is_rung
from relay_tui.core.model import (
    ENDED,
    SEEN,
    Agent,
    Delivery,
    Disposition,
    Evidence,
    Message,
    Mode,
    Reached,
    Session,
    State,
)
from relay_tui.core.model_delivery import Attempt, Hold
from relay_tui.core.record import record

GONE = frozenset({State.EXITED, State.LOST})


@record
class Signal:
    """One thing that was heard. `at` in milliseconds, UTC."""

    at: int
    source: str
    words: str


@record
class NextAction:
    """What a person can do now. `verb`: its id, the same on the screen and behind `relay-tui`; empty: nothing to do."""

    verb: str
    words: str
    command: str = ""
    """To be typed behind `relay-tui`; empty: it is done elsewhere."""


@record
class Why:
    word: str
    """The state as it is shown."""
    sentence: str
    rule: str
    """Which rule decided, by its name in DESIGN's vocabulary: `boundary on-idle`, `gate dialog`, `hold`."""
    changes: str
    """What would move it on; empty: nothing needs to."""
    next: NextAction
    signals: list[Signal] = field(default_factory=list[Signal])
    attempts: Sequence[Attempt] = ()


_OVER_ALL = frozenset({"hold", "no session", "session gone"})
"""Rules that keep an agent from getting anything at all."""
_DOORBELL = "doorbell: words of other agents are not typed"
_NOTHING = NextAction("", "nothing to do")
_GATES = (
    ("its deadline is not known", "deadlines: a file that cannot be used", "delivery.toml being mended"),
    ("dialog", "gate: dialog", "an answer to the dialog in its pane"),
    ("copy mode", "gate: copy mode", "leaving copy mode in its pane"),
    ("draft", "gate: draft", "the draft in its input box being sent or cleared"),
    ("foreground", "gate: foreground process", "its program being in the foreground again"),
    ("pressed a key", "gate: human key", "a few seconds without a key in its pane"),
    ("input box is not", "gate: input box", "its input box being on the screen again"),
    ("cannot be read", "gate: pane", "its pane being readable again"),
    ("has ended", "gate: pane alive", "a restart of its program"),
)


def why(
    message: Message,
    delivery: Delivery,
    to: Agent,
    session: Session | None,
    hold: Hold | None = None,
    attempts: Sequence[Attempt] = (),
    held_by: str = "",
    before: Delivery | None = None,
    sender: str = "",
    unable: bool = False,
) -> Why:
    """`held_by`: who placed the hold, by name. `before`: what the same sender said earlier and is not there yet.
    `sender`: by name. `unable`: the program that runs now cannot read a message by itself."""
    answer = _answer(message, delivery, to, session, hold, held_by)
    if (unable and answer.rule == _DOORBELL) or (delivery.disposition in ENDED and delivery.reason == UNREADABLE):
        answer = _unreadable(answer, sender or message.sender_id, to.name, delivery)
    if before is not None and (answer.rule == "queue" or _is_in_doubt(before, delivery, answer)):
        answer = _behind(before, to.name, answer.word)
    answer.signals = _signals(message, delivery, session, hold, held_by)
    answer.attempts = attempts
    return answer


def _answer(
    message: Message, delivery: Delivery, to: Agent, session: Session | None, hold: Hold | None, held_by: str
) -> Why:
    name, word, target = to.name, delivery.word, f"{message.id} {to.name}"
    if delivery.unverified:
        sentence = f"The text was handed to {name}, and nothing that it wrote shows that it has read it."
        changes = "a line in its transcript with this attempt's key, or an answer; or a retry (it may arrive twice)"
        look = NextAction("pane", f"look into the pane of {name}; then retry if it is not there")
        return Why(word, sentence, "proof", changes, look)
    if delivery.reached >= Reached.DELIVERED:
        how = delivery.how or delivery.evidence.value
        changes = "" if delivery.reached == Reached.ANSWERED else "an answer of its own raises it further"
        return Why(word, f"{name} has it: {how}.", "proof", changes, _NOTHING)
    match delivery.disposition:
        case Disposition.FAILED | Disposition.DEAD:
            sentence = f"The last attempt failed: {delivery.reason}."
            return Why(word, sentence, "outcome of the attempt", "another attempt", _retry(target))
        case Disposition.EXPIRED:
            return Why(word, f"It was not handed over: {delivery.reason}.", "expiry", "a retry", _retry(target))
        case Disposition.CANCELLED:
            return Why(word, f"It will not go: {delivery.reason or 'cancelled'}.", "a person", "", _NOTHING)
        case Disposition.UNCERTAIN:
            sentence = f"An attempt was made and it is not known whether {name} took it: {delivery.reason}."
            words = "look into its pane; then retry (it may arrive twice) or drop"
            return Why(word, sentence, "never typed twice without proof of absence", "proof, or your decision",
                       NextAction("retry", words, f"dead retry {target}"))  # fmt: skip
        case _ if is_handed_over(delivery):
            return _handed_over(delivery, name, session)
        case _ if is_rung(delivery) and hold is None and session is not None and session.state not in GONE:
            return _rung(delivery, name)
        case _:
            return _waiting(message, delivery, to, session, hold, held_by)


def _handed_over(delivery: Delivery, name: str, session: Session | None) -> Why:
    if session is None or session.state in GONE:
        sentence = f"The program of {name} was handed it and is gone since; nothing shows that it has read it."
        changes = "the next program: what the record of this one does not have goes again, or is left to you"
        restart = NextAction("restart", f"restart {name}", f"agent restart {name}")
        return Why(delivery.word, sentence, "session gone", changes, restart)
    sentence = f"It was handed to {name}; proof that it has read it is awaited."
    changes = "a line in its transcript with this attempt's key, or an answer; without either it becomes unverified"
    look = NextAction("pane", f"wait, or look into the pane of {name}")
    return Why(delivery.word, sentence, "proof", changes, look)


def _is_in_doubt(before: Delivery, delivery: Delivery, answer: Why) -> bool:
    """Is what goes before it uncertain? Then that is what it waits for, whatever it was put off for once."""
    put_off = delivery.disposition == Disposition.DEFERRED and answer.rule not in _OVER_ALL
    return put_off and before.disposition == Disposition.UNCERTAIN


def _behind(before: Delivery, name: str, word: str) -> Why:
    sentence = (
        f"It waits for what its sender said to {name} before, message {before.message_id}: that is {before.word}"
        f"{', until it is proven or you decide' if before.disposition == Disposition.UNCERTAIN else ''}."
    )
    first = NextAction("", f"see to message {before.message_id} first", f"why {before.message_id} {name}")
    return Why(word, sentence, "order: each sender's messages in theirs", "the one before it arriving or ending", first)


def _unreadable(answer: Why, sender: str, name: str, delivery: Delivery) -> Why:
    sentence = f"By a rule {name} is only rung for what {sender} says, and {UNABLE}."
    changes = f"a rule that what {sender} says to {name} is typed whole; or a program that fetches"
    retry = f", then retry message {delivery.message_id}" if delivery.disposition in ENDED else ""
    whole = NextAction("", f"have it typed whole{retry}", f"doorbell set {sender} {name} whole")
    return Why(answer.word, sentence, _DOORBELL, changes, whole)


def _rung(delivery: Delivery, name: str) -> Why:
    seen = delivery.evidence in SEEN
    sentence = f"A doorbell was rung: {name} was told that it waits, and has not read it yet."
    changes = "it reading the message" if seen else "it reading the message; nothing shows yet that it saw the doorbell"
    whole = NextAction("pane", f"wait, or look into the pane of {name}")
    return Why(delivery.word, sentence, _DOORBELL, changes, whole)


def _waiting(
    message: Message, delivery: Delivery, to: Agent, session: Session | None, hold: Hold | None, held_by: str
) -> Why:
    name, word = to.name, delivery.word
    if hold is not None:
        sentence = f"{held_by or 'Somebody'} put what is due to {name} on hold{_because(hold.reason)}."
        return Why(word, sentence, "hold", "a flush", NextAction("flush", f"flush {name}", f"flush {name}"))
    if message.mode == Mode.MANUAL and delivery.disposition == Disposition.HELD:
        flush = NextAction("flush", f"flush {name}", f"flush {name}")
        return Why(word, "It was sent to wait until somebody flushes it.", "boundary: manual", "a flush", flush)
    if session is None:
        sentence = f"No program has run behind {name} here; what is sent to it waits for one."
        start = NextAction("start", f"start a program behind {name}")
        return Why(word, sentence, "no session", "a program that joins as it", start)
    if session.state in GONE:
        became = "has exited" if session.state == State.EXITED else "is lost"
        sentence = f"The program of {name} {became}{_because(session.detail)}; the message is stored and waits."
        if session.harness == Evidence.CALLBACK.value:  # it comes in over a socket: nothing here could start it
            joins = NextAction("", f"start the program of {name} where it runs: it must reconnect")
            return Why(word, sentence, "session gone", "its program reconnecting", joins)
        restart = NextAction("restart", f"restart {name}", f"agent restart {name}")
        return Why(word, sentence, "session gone", "a restart of its program", restart)
    if delivery.attempts and delivery.disposition == Disposition.ACTIVE and delivery.until is None:
        waits = NextAction("", "wait; it is being handed over")
        return Why(word, f"It is being handed to {name} now.", "attempt", "the end of the attempt", waits)
    if delivery.disposition != Disposition.DEFERRED:
        waits = NextAction("", "wait; it is due now")
        return Why(word, f"It is due to {name} and about to go.", "queue", "its turn in the queue", waits)
    for mark, rule, changes in _GATES:
        if mark in delivery.reason:
            pane = NextAction("pane", f"look into the pane of {name}")
            return Why(word, f"{name}: {delivery.reason}.", rule, changes, pane)
    boundary = f"boundary: {message.mode.value}"
    if session.state == State.WAITING:
        answer = NextAction("pane", f"answer what {name} asks")
        return Why(word, f"{name} {delivery.reason}.", boundary, "an answer to what it asks", answer)
    if session.state == State.WORKING:
        wait = NextAction("interrupt", f"wait, or interrupt {name}", f"agent interrupt {name}")
        return Why(word, f"{name} is {delivery.reason}.", boundary, "the end of its turn", wait)
    look = NextAction("pane", f"look into the pane of {name}")
    return Why(word, f"{name}: {delivery.reason}.", boundary, "its boundary", look)


def _retry(target: str) -> NextAction:
    return NextAction("retry", "retry, redirect or drop it", f"dead retry {target}")


def _because(reason: str) -> str:
    return f" ({reason})" if reason else ""


def _signals(
    message: Message, delivery: Delivery, session: Session | None, hold: Hold | None, held_by: str
) -> list[Signal]:
    heard = [Signal(message.created_at, "log", "stored and flushed to disk")]
    rungs = (
        (Reached.ACCEPTED, delivery.accepted_at),
        (Reached.DELIVERED, delivery.delivered_at),
        (Reached.ACKNOWLEDGED, delivery.acknowledged_at),
        (Reached.ANSWERED, delivery.answered_at),
    )
    for rung, at in rungs:
        if at is not None:
            word = "unverified" if delivery.unverified and rung == delivery.reached else rung.word
            said = f"{word}: {delivery.how}" if rung == delivery.reached and delivery.how else word
            heard.append(Signal(at, delivery.evidence.value if rung == delivery.reached else "engine", said))
    if delivery.reason:
        heard.append(Signal(delivery.updated_at, "engine", f"{delivery.disposition.value}: {delivery.reason}"))
    if session is not None:
        how = "exact" if session.exact else "inferred"
        said = f"{session.state.value}{_because(session.detail)}, {how}"
        heard.append(Signal(session.since, session.evidence or "host", said))
    if hold is not None:
        heard.append(Signal(hold.since, held_by or "operator", f"hold placed{_because(hold.reason)}"))
    return sorted(heard, key=lambda one: one.at)
