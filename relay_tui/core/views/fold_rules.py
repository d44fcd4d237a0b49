"""Folding rules and their runs."""

from __future__ import annotations

from relay_tui.core import events as e
from relay_tui.core.rules.model import Rule, RuleRun
from relay_tui.core.views import rows
from relay_tui.core.views.fold import fold
from relay_tui.core.views.state import State

MINUTE = 60_000


def _put(state: State, rule: Rule) -> None:
    state.rules[rule.id] = rule
    state.put(rows.RULES, rule.id, rule)


@fold(e.RuleCreated)
def _rule_created(state: State, event: e.RuleCreated, entry: e.Entry) -> None:
    _put(
        state,
        Rule(
            event.rule_id,
            event.name,
            entry.actor,
            event.when,
            event.then,
            entry.at,
            event.enabled,
            entry.seq,
            entry.at,
            entry.seq,
            event.per_minute,
        ),
    )


@fold(e.RuleChanged)
def _rule_changed(state: State, event: e.RuleChanged, entry: e.Entry) -> None:
    rule = state.rules[event.rule_id]
    rule.name, rule.when, rule.then, rule.per_minute = event.name, event.when, event.then, event.per_minute
    rule.since_seq = rule.after_seq = entry.seq
    rule.since_at = entry.at
    _put(state, rule)


@fold(e.RuleSwitched)
def _rule_switched(state: State, event: e.RuleSwitched, entry: e.Entry) -> None:
    rule = state.rules[event.rule_id]
    rule.enabled, rule.reason = event.enabled, event.reason
    if event.enabled:
        rule.since_seq = rule.after_seq = entry.seq
        rule.since_at = entry.at
        rule.window_at = rule.window_runs = 0
    _put(state, rule)


@fold(e.RuleRemoved)
def _rule_removed(state: State, event: e.RuleRemoved, entry: e.Entry) -> None:
    rule = state.rules.pop(event.rule_id)
    rule.enabled, rule.removed_at = False, entry.at
    state.put(rows.RULES, rule.id, rule)


@fold(e.RuleRan)
def _rule_ran(state: State, event: e.RuleRan, entry: e.Entry) -> None:
    key = (event.rule_id, event.cause)
    run = RuleRun(*key, entry.seq, entry.at, event.outcome, event.result, event.reason, event.chain)
    state.put(rows.RULE_RUNS, key, run)
    rule = state.rules[event.rule_id]
    rule.runs += 1
    rule.last_run_at = entry.at
    if entry.at - rule.window_at >= MINUTE:
        rule.window_at, rule.window_runs = entry.at, 0
    rule.window_runs += 1
    if event.after_seq is not None:
        rule.after_seq = max(rule.after_seq, event.after_seq)
    _put(state, rule)


@fold(e.RuleNotified)
def _rule_notified(state: State, event: e.RuleNotified, entry: e.Entry) -> None:
    """A notice is shown when it comes; the log keeps it."""
