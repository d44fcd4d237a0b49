"""Stored rules: keeping them free of cycles, and deciding a run of one together with what it does."""

from __future__ import annotations

from pydantic import ValidationError

from relay_tui.core import commands as c
from relay_tui.core import events as e
from relay_tui.core.decide import actions, messages
from relay_tui.core.decide.context import Asked, Decision, Ref, is_person, shown
from relay_tui.core.errors import Refused
from relay_tui.core.model import Agent, Json, Source
from relay_tui.core.predicates.compiled import compiled
from relay_tui.core.predicates.model import dump, parse_predicate
from relay_tui.core.predicates.resolve import resolved_in
from relay_tui.core.rules.model import Deed, Invoke, Rule, Send, filled, parse_deed
from relay_tui.core.views.fold_rules import MINUTE
from relay_tui.core.views.state import State

MAX_RULES = 100
MAX_CHAIN = 8
"""Rules that may set each other off, one after the other."""


def create(state: State, asked: Asked) -> Decision:
    command: c.CreateRule = asked.command
    _person_or_refuse(asked)
    if len(state.rules) >= MAX_RULES:
        raise Refused("too_many_rules", f"There are {MAX_RULES} rules already.", "Remove some.")
    rule = _checked(state, asked, asked.new_id(), asked.actor, command.when, command.then, command.enabled)
    event = e.RuleCreated(rule.id, command.name, rule.when, rule.then, command.enabled, command.per_minute)
    return Decision([event], Ref("rule", (rule.id,)))


def change(state: State, asked: Asked) -> Decision:
    command: c.ChangeRule = asked.command
    _person_or_refuse(asked)
    known = rule_or_refuse(state, command.rule_id)
    when = known.when if command.when is None else command.when
    then = known.then if command.then is None else command.then
    rule = _checked(state, asked, known.id, state.agents[known.owner_id], when, then, known.enabled)
    said = (command.name or known.name, rule.when, rule.then, command.per_minute or known.per_minute)
    events: list[e.Event] = []
    if said != (known.name, known.when, known.then, known.per_minute):
        events.append(e.RuleChanged(known.id, *said))
    return Decision(events, Ref("rule", (known.id,)))


def switch(state: State, asked: Asked) -> Decision:
    command: c.SwitchRule = asked.command
    _person_or_refuse(asked)
    rule = rule_or_refuse(state, command.rule_id)
    events: list[e.Event] = []
    if rule.enabled != command.enabled:
        if command.enabled:
            _checked(state, asked, rule.id, state.agents[rule.owner_id], rule.when, rule.then, True)
        events.append(e.RuleSwitched(rule.id, command.enabled, command.reason))
    return Decision(events, Ref("rule", (rule.id,)))


def remove(state: State, asked: Asked) -> Decision:
    _person_or_refuse(asked)
    rule = rule_or_refuse(state, asked.command.rule_id)
    return Decision([e.RuleRemoved(rule.id)], Ref("rule", (rule.id,)))


def run(state: State, asked: Asked) -> Decision:
    command: c.RunRule = asked.command
    rule = rule_or_refuse(state, command.rule_id)
    if asked.actor.id != rule.owner_id:
        raise Refused("forbidden", "A rule runs in its owner's name only.")
    answer = Ref("rule_run", (rule.id, command.cause))
    if state.rule_run(*answer.key) is not None:
        return Decision([], answer)
    if not rule.enabled:
        raise Refused("rule_off", f"The rule {shown(rule.name)} is switched off.")
    ran = e.RuleRan(rule.id, command.cause, "stopped", "", "", _chain(state, command.parent), command.after_seq)
    if rule.id in ran.chain or len(ran.chain) >= MAX_CHAIN:
        ran.reason = f"it was set off by what rules did: {_named(state, [*ran.chain, rule.id])}"
        return Decision([ran], answer)
    if asked.at - rule.window_at < MINUTE and rule.window_runs >= rule.per_minute:
        ran.reason = f"it ran {rule.window_runs} times within a minute, so it was switched off"
        return Decision([ran, e.RuleSwitched(rule.id, False, ran.reason)], answer)
    try:
        done = _deed(state, asked, rule.id, parse_deed(rule.then), {**command.about, "rule": rule.name})
    except Refused as refusal:
        ran.outcome, ran.reason = "refused", str(refusal)[:2_000]
        return Decision([ran], answer)
    ran.outcome, ran.result = "done", ":".join((done.answer.kind, *done.answer.key))
    return Decision([*done.events, ran], answer)


def rule_or_refuse(state: State, rule_id: str) -> Rule:
    rule = state.rules.get(rule_id)
    if rule is None:
        raise Refused("rule_not_found", f"There is no rule with the id {rule_id}.")
    return rule


def cause_of(rule_id: str, cause: str) -> str:
    """The causation of what a run does; what it leads to is recognised by it."""
    return f"rule:{rule_id}:{cause}"


def _chain(state: State, parent: str) -> list[str]:
    """The rules that led here, by the causation of what set the rule off."""
    kind, _, rest = parent.partition(":")
    rule_id, _, cause = rest.partition(":")
    if kind != "rule" or not rule_id.isdecimal():
        return []
    before = state.rule_run(rule_id, cause)
    return [*(before.chain if before is not None else ()), rule_id]


def _deed(state: State, asked: Asked, rule_id: str, deed: Deed, about: dict[str, str]) -> Decision:
    """What the deed makes happen, decided as its owner's own. Raises `Refused`."""
    try:
        if isinstance(deed, Send):
            text = filled(deed.text, about) if about else deed.text
            given = c.SendMessage(to=deed.to, text=text, mode=deed.mode)
            return messages.send(state, _as(asked, asked.actor, given))
        if isinstance(deed, Invoke):
            texts: Json = {k: filled(v, about) if isinstance(v, str) and about else v for k, v in deed.input.items()}
            return actions.invoke(state, _as(asked, asked.actor, c.InvokeAction(action=deed.action, input=texts)))
    except ValidationError as error:
        raise Refused("invalid_request", f"What it would do makes no sense: {error.errors()[0]['msg']}.") from error
    text = filled(deed.text, about) if about else deed.text
    return Decision([e.RuleNotified(rule_id, asked.actor.id, text[:2_000])], Ref("rule", (rule_id,)))


def _checked(state: State, asked: Asked, rule_id: str, owner: Agent, when: Json, then: Json, enabled: bool) -> Rule:
    """The rule as it will be stored. Raises `Refused`, also for what it would do if it ran now, and for a cycle."""
    if owner.removed_at is not None:
        raise Refused("agent_not_found", f"{owner.name}, whose rule it is, was removed.")
    predicate = resolved_in(parse_predicate(when), state)
    deed = parse_deed(then)
    rule = Rule(rule_id, "this rule", owner.id, dump(predicate), deed.model_dump(mode="json"), 0, enabled, 0, 0, 0, 1)
    # What would be refused now is refused now, while there is somebody to tell.
    _deed(state, _as(asked, owner, None), rule_id, deed, {})
    if enabled:
        _acyclic_or_refuse(state, asked, rule)
    return rule


def _acyclic_or_refuse(state: State, asked: Asked, rule: Rule) -> None:
    """Follow what the rule does to the rules that this sets off, and so on: it must not come back."""
    rules = {r.id: r for r in state.rules.values() if r.enabled} | {rule.id: rule}
    tests = {r.id: compiled(parse_predicate(r.when)) for r in rules.values()}
    seen: set[str] = set()
    paths: list[list[str]] = [[rule.id]]
    while paths:
        path = paths.pop()
        entries = _consequences(state, asked, rules[path[-1]])
        for rule_id, test in tests.items():
            if not any(test(entry) for entry in entries):
                continue
            if rule_id == rule.id:
                through = [shown(rules[i].name) for i in path[1:]]
                over = f" through {', '.join(through)}" if through else ""
                raise Refused(
                    "rule_cycle",
                    f"That rule would set itself off{over}, again and again.",
                    "Let it wait for something that it does not do itself, or send elsewhere.",
                )
            if rule_id not in seen:
                seen.add(rule_id)
                paths.append([*path, rule_id])


def _consequences(state: State, asked: Asked, rule: Rule) -> list[e.Entry]:
    """What a run of the rule would write now, as far as it can be known; nothing where it would be refused."""
    owner = state.agents[rule.owner_id]
    try:
        events = list(_deed(state, _as(asked, owner, None), rule.id, parse_deed(rule.then), {}).events)
    except Refused:
        return []
    for event in tuple(events):
        if isinstance(event, e.ActionInvoked):
            end = (event.action, owner.id)
            events.append(e.InvocationFinished(event.invocation_id, "completed", None, "", "", *end))
            events.append(e.InvocationFinished(event.invocation_id, "failed", None, "x", "", *end))
    return [e.Entry(0, "", asked.at, owner.id, Source.RULE, "", event) for event in events if is_cause(event)]


def is_cause(event: e.Event) -> bool:
    """Rules do not hear of rules."""
    return not event.type.startswith("rule.")


def _as(asked: Asked, actor: Agent, command: c.Command | None) -> Asked:
    return Asked(command, actor, asked.at, asked.ids, asked.policy)


def _named(state: State, chain: list[str]) -> str:
    return " → ".join(shown(state.rules[i].name) if i in state.rules else "a removed rule" for i in chain)


def _person_or_refuse(asked: Asked) -> None:
    if not is_person(asked.actor):
        raise Refused("forbidden", "Only a person stores rules.", "An agent can wait and listen for itself.")
