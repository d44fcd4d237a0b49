"""What is stopped, or would be, as plain records: for the header's red line and the stop panel."""

from __future__ import annotations

from relay_tui.core.record import record


@record(frozen=True)
class Stopped:
    """One agent, as the stop panel shows it."""

    agent_id: str
    name: str
    held: bool
    word: str
    """Its state."""
    role: str
    proof: str = ""
    """What became of its interrupt, or that it works on; empty: neither."""
    seen: bool = True
    """False: nothing shows that it stopped."""
    told: bool = False
    """A person told it to stop."""


@record(frozen=True)
class StopView:
    on: bool = False
    """Deliveries to everyone are held, or approvals are frozen."""
    who: str = ""
    at: str = ""
    what: str = ""
    """`7 agents held, 2 interrupted, approvals frozen`."""
    brief: str = ""
    """The same for a narrow screen."""
    held: bool = False
    """The hold on everyone is there."""
    frozen: bool = False
    agents: tuple[Stopped, ...] = ()
    working: tuple[str, ...] = ()
    """Names of those who would be interrupted now."""
    waiting: int = 0
    """Messages that are due to somebody now."""
    approvals: int = 0
    """Requests that wait for a decision."""
