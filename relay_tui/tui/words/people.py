"""Who takes part and how they are, as the deck says it: names, signs, state words. Pure."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from relay_tui.core.model import ENDED_STATES, Agent, Session, State
from relay_tui.core.model_delivery import APPROVALS, Hold, Interrupt, hold_over
from relay_tui.tui.view.deck import AgentRow
from relay_tui.tui.words.when import age

YOU = "you"


@dataclass(slots=True, frozen=True)
class Look:
    """Sign, word and role of a state."""

    glyph: str
    word: str
    role: str


_LOOKS = {
    State.STARTING: Look("starting", "starting", "muted"),
    State.READY: Look("starting", "ready", "muted"),
    State.WORKING: Look("working", "working", "motion"),
    State.IDLE: Look("idle", "idle", "muted"),
    State.BLOCKED: Look("blocked", "blocked", "need"),
    State.EXITED: Look("gone", "exited", "fault"),
    State.LOST: Look("gone", "lost", "fault"),
    State.UNKNOWN: Look("unknown", "unknown", "need"),
}
_ASKS = Look("asks", "asks", "need")
_APPROVE = Look("approve", "approve", "need")
_AUTH = Look("asks", "sign in", "need")
_NO_SESSION = Look("idle", "away", "faint")
_HELD = Look("held", "held", "need")
_CALM = ("motion", "muted", "faint")


@dataclass(slots=True)
class People:
    """A snapshot of agents and their sessions, by agent id."""

    operator_id: str = ""
    agents: dict[str, Agent] = field(default_factory=dict[str, Agent])
    sessions: dict[str, Session] = field(default_factory=dict[str, Session])
    asking: frozenset[str] = frozenset()
    """Agents whose request waits for the operator's approval."""
    holds: Mapping[str, Hold] = field(default_factory=dict[str, Hold])
    """Every hold that was ever placed, also those that were taken off."""
    interrupts: Mapping[str, Interrupt] = field(default_factory=dict[str, Interrupt])
    doubtful: Mapping[str, int] = field(default_factory=dict[str, int])
    """By agent: when the oldest was said of what the operator sent it and nobody knows whether it arrived."""
    held: Mapping[str, int] = field(default_factory=dict[str, int])
    """How many messages are held for each agent."""
    gone: Mapping[str, str] = field(default_factory=dict[str, str])
    """Names of those who were removed: what they said stays theirs."""

    def name(self, agent_id: str) -> str:
        if agent_id == self.operator_id:
            return YOU
        agent = self.agents.get(agent_id)
        return agent.name if agent is not None else self.gone.get(agent_id, "someone who left")

    def id_of(self, name: str) -> str:
        return next((agent.id for agent in self.agents.values() if agent.name == name), "")

    def workers(self) -> list[Agent]:
        """Agents that can be written to, by name."""
        found = (agent for agent in self.agents.values() if agent.type == "agent" and agent.removed_at is None)
        return sorted(found, key=lambda agent: agent.name.casefold())

    def look(self, agent_id: str) -> Look:
        """Its state, or that it is held where nothing about its state is more urgent."""
        look = self.state_look(agent_id)
        return _HELD if look.role in _CALM and hold_over(agent_id, self.holds) is not None else look

    def state_look(self, agent_id: str) -> Look:
        return _APPROVE if agent_id in self.asking else self.program_look(agent_id)

    def program_look(self, agent_id: str) -> Look:
        """What its program does. One that has asked for an action may go on meanwhile, or stand there and wait."""
        session = self.sessions.get(agent_id)
        if session is None:
            return _NO_SESSION
        if session.state is State.WAITING:
            if session.detail.startswith("approval"):
                return _APPROVE
            return _AUTH if session.detail.startswith("auth") else _ASKS
        return _LOOKS[session.state]

    def reachable(self, agent_id: str) -> bool:
        """Something runs there that may take a message sooner or later without anybody's help."""
        session = self.sessions.get(agent_id)
        return session is not None and session.state not in ENDED_STATES and session.state is not State.UNKNOWN

    @property
    def frozen(self) -> bool:
        """No approval is decided now."""
        hold = self.holds.get(APPROVALS)
        return hold is not None and hold.lifted_at is None

    def held_since(self, agent_id: str) -> int:
        """0: nothing holds it."""
        hold = hold_over(agent_id, self.holds)
        return hold.since if hold is not None else 0

    def row(self, agent: Agent, now: int) -> AgentRow:
        look = self.look(agent.id)
        session = self.sessions.get(agent.id)
        context = str(agent.metadata.get("context", "")) if agent.metadata else ""
        since = session.since if session is not None else None
        hold, held = hold_over(agent.id, self.holds), self.held.get(agent.id, 0)
        if look is _HELD and hold is not None:
            since = hold.since
        return AgentRow(
            agent.id,
            agent.name,
            look.glyph,
            f"held {held}" if look is _HELD and held else look.word,
            look.role,
            age(now - since) if since is not None else "",
            context[:4],
            bright=look.role not in ("muted", "faint"),
        )


def joins_by_itself(session: Session | None) -> bool:
    """Its program runs elsewhere and comes in over a socket: there is no pane, and nothing here that could start it."""
    return session is not None and session.harness == "callback"


def state_words(session: Session | None) -> str:
    """`exited 1`, `lost: its pane is gone`, `idle`: a state with its detail, in a few words."""
    if session is None:
        return "no program runs"
    detail = session.detail.rstrip(".")
    if session.state is State.EXITED and detail.startswith("exit "):
        return f"exited {detail[5:]}"
    return f"{session.state.value}: {detail}" if detail else session.state.value


def state_sentence(name: str, session: Session | None) -> str:
    """The same as a sentence about the agent, without its full stop."""
    if session is None:
        return f"No program runs behind {name}"
    if session.state is not State.EXITED:
        return f"{name} is {state_words(session)}"
    detail = session.detail.rstrip(".")
    if detail.startswith("exit "):
        return f"{name} has exited, with status {detail[5:]}"
    return f"{name} has exited: {detail}" if detail else f"{name} has exited"
