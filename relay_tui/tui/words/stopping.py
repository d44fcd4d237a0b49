"""What is held, frozen and interrupted, in the deck's words. Pure."""

from __future__ import annotations

from relay_tui.core.model import Agent, State
from relay_tui.core.model_delivery import APPROVALS, EVERYONE, Interrupt, hold_over, stopped_at
from relay_tui.tui.view.stopped import Stopped, StopView
from relay_tui.tui.words.people import People
from relay_tui.tui.words.when import age, hhmm


def stop_view(people: People, approvals: int, waiting: int, now: int) -> StopView:
    """`approvals`: how many requests are open; `waiting`: how many messages are due."""
    standing = [
        hold for id in (EVERYONE, APPROVALS) if (hold := people.holds.get(id)) is not None and hold.lifted_at is None
    ]
    workers = people.workers()
    working = tuple(a.name for a in workers if (s := people.sessions.get(a.id)) and s.state is State.WORKING)
    since = min((hold.since for hold in standing), default=None)
    agents = tuple(_stopped(agent, people, since, now) for agent in workers)
    if since is None:
        return StopView(agents=agents, working=working, waiting=waiting, approvals=approvals)
    first = min(standing, key=lambda hold: hold.since)
    held = any(hold.agent_id == EVERYONE for hold in standing)
    frozen = any(hold.agent_id == APPROVALS for hold in standing)
    return StopView(
        True,
        f"by {people.name(first.held_by)}",
        hhmm(first.since),
        _what(agents, held, frozen, brief=False),
        _what(agents, held, frozen, brief=True),
        held,
        frozen,
        agents,
        working,
        waiting,
        approvals,
    )


def _what(agents: tuple[Stopped, ...], held: bool, frozen: bool, brief: bool) -> str:
    count = sum(agent.held for agent in agents)
    told = [agent for agent in agents if agent.told]
    unseen = sum(not agent.seen for agent in told)
    seen = len(told) - unseen
    on = sum(not agent.seen and not agent.told for agent in agents)
    parts: list[str] = []
    if held:
        parts.append(f"{count} held" if brief else f"{count} {'agent' if count == 1 else 'agents'} held")
    if seen:
        parts.append(f"{seen} interrupted")
    if unseen:
        parts.append(f"{unseen} not stopped" if brief else f"{unseen} told to stop and not seen to")
    if on:
        parts.append(f"{on} still at work")
    if frozen:
        parts.append("frozen" if brief else "approvals frozen")
    return ", ".join(parts)


def _stopped(agent: Agent, people: People, since: int | None, now: int) -> Stopped:
    session = people.sessions.get(agent.id)
    hold = hold_over(agent.id, people.holds)
    asked = people.interrupts.get(agent.id)
    look = people.state_look(agent.id)
    proof, seen = "", True
    if asked is not None and since is not None and asked.asked_at >= since:
        proof, seen = _proof(asked, stopped_at(asked, session), now)
        return Stopped(agent.id, agent.name, hold is not None, look.word, look.role, proof, seen, told=True)
    if since is not None and session is not None and session.state is State.WORKING:
        proof, seen = "at work: nobody told it to stop, or nothing here can", False
    return Stopped(agent.id, agent.name, hold is not None, look.word, look.role, proof, seen)


def _proof(asked: Interrupt, at: int | None, now: int) -> tuple[str, bool]:
    if at is None:
        return f"told to stop {age(now - asked.asked_at)} ago, not seen to yet", False
    return f"interrupted {hhmm(at)}, seen to stop", True


def hold_words(agent_id: str, people: People, now: int) -> str:
    """`held by you 5m: lunch`; empty: nothing holds it."""
    hold = hold_over(agent_id, people.holds)
    if hold is None:
        return ""
    reason = f": {hold.reason}" if hold.reason else ""
    return f"held by {people.name(hold.held_by)} {age(now - hold.since)}{reason}"
