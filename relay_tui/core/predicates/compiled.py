"""What predicates mean: each becomes a pure function over happenings, and a question about how things stand."""

from __future__ import annotations

from collections.abc import Callable
from fnmatch import fnmatchcase

from relay_tui.core import events as e
from relay_tui.core.model import FINISHED, Delivery, Invocation, Reached, Session
from relay_tui.core.predicates import model as p
from relay_tui.core.predicates.happening import Happening, ToolCall

Test = Callable[[Happening], bool]
_ABOUT = ("agent_id", "sender_id", "caller_id")
_DECIDED = {"deny": "rejected", "expire": "expired"}


def compiled(predicate: p.Predicate) -> Test:
    """The predicate over one happening. Agents and channels in it are ids. Pure: same happening, same answer."""
    match predicate:
        case p.AnyOf():
            tests = [compiled(part) for part in predicate.of]
            return lambda happening: any(test(happening) for test in tests)
        case p.AllOf():
            tests = [compiled(part) for part in predicate.of]
            return lambda happening: all(test(happening) for test in tests)
        case p.NotOf():
            inner = compiled(predicate.of)
            return lambda happening: not inner(happening)
        case p.ToolCalled():
            return _tool(predicate)
        case _:
            of_entry = _of_entry(predicate)
            return lambda happening: isinstance(happening, e.Entry) and of_entry(happening)


def _of_entry(predicate: p.Predicate) -> Callable[[e.Entry], bool]:
    match predicate:
        case p.Happens():
            return lambda entry: _happens(predicate, entry)
        case p.Status():
            states = frozenset(predicate.becomes or predicate.is_)
            return lambda entry: _changed(entry.event, predicate.agent) and _enters(entry.event, states)
        case p.Mentioned():
            return lambda entry: _mentioned(predicate, entry.event)
        case p.Said():
            words = predicate.contains.casefold()
            return lambda entry: _said(predicate, words, entry.event)
        case p.ActionInvoked():
            return lambda entry: _invoked(predicate, entry)
        case p.ActionEnded():
            return lambda entry: _ended(predicate, entry)
        case p.DeliveryReached():
            rung = Reached[predicate.reached.upper()]
            return lambda entry: _reached(predicate, rung, entry.event)
        case _:
            raise AssertionError(f"{predicate.kind} is not about one entry")


def _happens(predicate: p.Happens, entry: e.Entry) -> bool:
    event = entry.event
    wanted = predicate.type
    if wanted.endswith(".*"):
        if not event.type.startswith(wanted[:-1]):
            return False
    elif wanted not in ("*", event.type):
        return False
    if predicate.agent is not None:
        about = {entry.actor, *(getattr(event, name, None) for name in _ABOUT)}
        if predicate.agent not in about:
            return False
    return predicate.channel in (None, getattr(event, "channel_id", None))


def _changed(event: e.Event, agent: str) -> bool:
    return isinstance(event, e.StateRecorded | e.SessionStarted) and agent in ("*", event.agent_id)


def _enters(event: e.Event, states: frozenset[str]) -> bool:
    """From outside these states into one of them; said again, or with other evidence, is no change."""
    assert isinstance(event, e.StateRecorded | e.SessionStarted)
    return event.state in states and event.was not in states


def _mentioned(predicate: p.Mentioned, event: e.Event) -> bool:
    return (
        isinstance(event, e.MessageCreated)
        and bool(event.mentions)
        and (predicate.agent == "*" or predicate.agent in event.mentions)
        and predicate.channel in (None, event.channel_id)
        and predicate.sender in (None, event.sender_id)
    )


def _said(predicate: p.Said, words: str, event: e.Event) -> bool:
    return (
        isinstance(event, e.MessageCreated)
        and predicate.channel in (None, event.channel_id)
        and predicate.sender in (None, event.sender_id)
        and (predicate.replies or event.thread_id is None)
        and (not words or words in event.text.casefold())
    )


def _tool(predicate: p.ToolCalled) -> Test:
    words = predicate.contains.casefold()

    def called(happening: Happening) -> bool:
        return (
            isinstance(happening, ToolCall)
            and predicate.agent in ("*", happening.agent_id)
            and (fnmatchcase(happening.tool, predicate.tool) or fnmatchcase(happening.kind, predicate.tool))
            and (not words or words in happening.text.casefold())
        )

    return called


def _invoked(predicate: p.ActionInvoked, entry: e.Entry) -> bool:
    event = entry.event
    return (
        isinstance(event, e.ActionInvoked)
        and fnmatchcase(event.action, predicate.action)
        and predicate.caller in (None, entry.actor)
    )


def _ended(predicate: p.ActionEnded, entry: e.Entry) -> bool:
    event = entry.event
    if isinstance(event, e.InvocationFinished):
        end, action, caller = event.status, event.action, event.caller_id
    elif isinstance(event, e.ActionInvoked):
        end, action, caller = event.status, event.action, entry.actor
    elif isinstance(event, e.ApprovalDecided):
        end, action, caller = _DECIDED.get(event.decision, ""), event.action, event.caller_id
    else:
        return False
    if end not in predicate.ends or predicate.invocation_id not in (None, event.invocation_id):
        return False
    return fnmatchcase(action, predicate.action) and predicate.caller in (None, caller)


def _reached(predicate: p.DeliveryReached, rung: Reached, event: e.Event) -> bool:
    """The step onto the rung or over it; what stood there already has taken it."""
    return (
        isinstance(event, e.DeliveryRaised)
        and event.was < rung <= event.reached
        and predicate.agent in ("*", event.agent_id)
        and predicate.message_id in (None, event.message_id)
        and predicate.channel in (None, event.channel_id)
    )


def session_stands(part: p.Status, session: Session | None) -> bool:
    return session is not None and session.state in part.is_


def delivery_stands(part: p.DeliveryReached, delivery: Delivery | None) -> bool:
    if delivery is None or part.channel not in (None, delivery.channel_id):
        return False
    return delivery.reached >= Reached[part.reached.upper()]


def invocation_stands(part: p.ActionEnded, invocation: Invocation | None) -> bool:
    if invocation is None or invocation.status not in FINISHED:
        return False
    named = fnmatchcase(invocation.action, part.action) and part.caller in (None, invocation.caller_id)
    return named and invocation.status.value in part.ends
