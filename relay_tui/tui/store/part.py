"""What the parts of the store have in common."""

from __future__ import annotations

from relay_tui.tui.facts.facts import Facts


class Part:
    """Verbs that belong together, as commands of the operator's own, over what is known of the relay."""

    def __init__(self, facts: Facts) -> None:
        self.facts = facts
        self.host, self.relay = facts.host, facts.relay
        self.people, self.clock = facts.people, facts.clock
