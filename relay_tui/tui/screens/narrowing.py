"""What the list of deliveries can be narrowed to, as lines of a palette: `<what>:<id>`, an empty id takes it away."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from relay_tui.core.views.queries.mail import FAULTS, OPEN, WORDS, MailFilter
from relay_tui.tui.view.entry import Entry
from relay_tui.tui.view.mail import MailRow

if TYPE_CHECKING:
    from relay_tui.tui.source.deck import Source


def choices(source: Source, row: MailRow | None) -> list[Entry]:
    """What is on first, to be taken away; then what the row under the cursor is about; then everything else."""
    view = source.view
    out = [Entry(f"{one.kind}:", f"everything again, not only {one.words}") for one in source.mail.view.narrowed]
    if row is not None:
        out.append(Entry(f"in:{row.channel_id}", "in: where this message was said"))
        out.append(Entry(f"to:{row.agent_id}", f"to: {row.name}", note="the recipient here"))
    out += [Entry(f"state:{word}", f"state: {word}") for word in (OPEN, FAULTS, *WORDS)]
    out += [Entry(f"to:{agent.id}", f"to: {agent.name}", note=agent.word) for agent in view.agents]
    out += [Entry(f"from:{agent.id}", f"from: {agent.name}") for agent in view.agents]
    out.append(Entry(f"from:{source.me}", "from: you"))
    return [*out, *(Entry(f"in:{channel.id}", f"in: #{channel.name}") for channel in view.channels)]


def narrowed(wanted: MailFilter, kind: str, id: str) -> MailFilter:
    """The filter with one thing changed; an empty id takes it away."""
    field = {"state": "word", "to": "agent_id", "in": "channel_id", "from": "sender_id"}[kind]
    return replace(wanted, **{field: id})
