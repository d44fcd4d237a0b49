"""Every verb that works now and every place to go, found by a few letters. From the action registry."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from textual import events, getters
from textual.app import ComposeResult
from textual.containers import Vertical
from textual.fuzzy import Matcher
from textual.widgets import Input

from relay_tui.tui.actions import ACTS, BY_ID, ON_CHANNEL, ON_MESSAGE, KeyMode, Now, key_word
from relay_tui.tui.drawing.ink import Line, Span, crop, said, spread, width_of
from relay_tui.tui.screens.modal import Modal
from relay_tui.tui.view.deck import DeckView
from relay_tui.tui.view.entry import Entry
from relay_tui.tui.widgets.lineview import Block, LineView


class _Hits(LineView):
    CURSOR_STAYS = True
    leads = True

    def draw(self, block: Block, width: int) -> list[Line]:
        entry = block.data
        if not isinstance(entry, Entry):
            return [Line([Span("  nothing is called that", "muted")])]
        noun, _, verb = entry.title.partition(": ")
        name = [Span(f"  {noun}: ", "muted"), said(verb)] if verb else [Span("  "), said(noun)]
        key, more = [Span("  "), Span(entry.key, "accent!"), Span(" ")], self.glyphs.more
        room = max(width // 3, width - width_of(name) - 1) - width_of(key)
        return [Line(spread(name, [*crop([said(entry.note, "faint")], room, more), *key], width, more))]


def _score(text: str) -> Callable[[str], float]:
    """How well a line fits what was typed; 0: not at all. Words in another order count less than in this one."""
    whole, words = Matcher(text), [Matcher(word) for word in text.split()]

    def score(line: str) -> float:
        in_order = whole.match(line)
        return 1 + in_order if in_order else 1 - 1 / (1 + min(word.match(line) for word in words))

    return score


class Palette(Modal[str]):
    """Answers with the id of what was chosen, or with an empty one."""

    hits = getters.query_one(_Hits)

    def __init__(self, entries: Sequence[Entry], prompt: str = "a verb, a channel, an agent", begun: str = "") -> None:
        """`begun`: what is typed in it already."""
        super().__init__()
        self.entries = entries
        self.prompt = prompt
        self._begun = begun

    def compose(self) -> ComposeResult:
        with Vertical(id="palette"):
            yield Input(self._begun, placeholder=self.prompt, compact=True, select_on_focus=False)
            yield _Hits()

    def on_mount(self) -> None:
        self.set_focus(self.query_one(Input))
        self._find(self._begun.strip())

    def on_input_changed(self, event: Input.Changed) -> None:
        event.stop()
        self._find(event.value.strip())

    def _find(self, text: str) -> None:
        found = list(self.entries)
        if text:
            score = _score(text)
            scored = [(score(f"{entry.title} {entry.note}"), index, entry) for index, entry in enumerate(self.entries)]
            scored = sorted((row for row in scored if row[0] > 0), key=lambda row: (-row[0], row[1]))
            found = [entry for _, _, entry in scored]
        blocks = [Block(entry.id, entry) for entry in found] or [Block("none", None, selectable=False)]
        self.hits.cursor = found[0].id if found else ""
        self.hits.set_blocks(blocks)
        self.hits.move_end(last=False)

    def on_key(self, event: events.Key) -> None:
        moves = {"down": 1, "up": -1, "ctrl+n": 1, "ctrl+j": 1, "ctrl+k": -1, "pagedown": 8, "pageup": -8}
        if event.key in moves:
            self.hits.move(moves[event.key])
        elif event.key in ("escape", "ctrl+p", "ctrl+c"):
            self.dismiss("")
        elif event.key == "ctrl+q":
            self.quit()
        else:
            return
        event.stop()
        event.prevent_default()

    def on_input_submitted(self, event: Input.Submitted) -> None:
        event.stop()
        self.dismiss(self.hits.cursor)

    def on_line_view_cursor_moved(self, event: LineView.CursorMoved) -> None:
        event.stop()

    def on_line_view_opened(self, event: LineView.Opened) -> None:
        event.stop()
        self.dismiss(event.key)


def palette_entries(now: Now, view: DeckView, agent_id: str) -> list[Entry]:
    """Where to go, then every verb that works now; verbs about an agent, a message or a channel say about which."""
    out = [Entry(f"go:{row.id}", f"go: #{row.name}", note="channel") for row in view.channels]
    out += [Entry(f"go:agent:{row.id}", f"go: @{row.name}", note=row.word) for row in view.agents]
    out += [Entry(f"go:{row.id}", f"go: @{row.title}", note="group") for row in view.direct if len(row.agent_ids) > 1]
    name = next((row.name for row in view.agents if row.id == agent_id), "")
    for act in ACTS:
        if act.palette and act.check(now):
            key = act.key(KeyMode.LISTS)
            about = name if act.agent else now.talk.message if act.id in ON_MESSAGE else ""
            about = about or (now.talk.place if act.id in ON_CHANNEL else "")
            out.append(Entry(f"act:{act.id}", act.title, key_word(key) if key else "", about))
    for row in view.agents:
        if row.role == "fault" and row.id != agent_id:
            out.append(Entry(f"restart:{row.id}", BY_ID["restart"].title, note=row.name))
    return out
