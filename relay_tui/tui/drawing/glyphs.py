"""The screen's own signs, each one cell wide, in two sets: the usual one and ASCII.

Agent text is never translated: only what this program draws around it. A terminal that draws the usual signs
two cells wide gets the ASCII set.
"""

from __future__ import annotations

from relay_tui.core.record import record


@record(frozen=True)
class Glyphs:
    working: str
    idle: str
    starting: str
    approve: str
    asks: str
    unknown: str
    held: str
    blocked: str
    gone: str
    mark: str
    enclosed: str
    cursor: str
    card: str
    arrow: str
    replies: str
    dot: str
    rule: str
    wrap: str
    more: str
    down: str
    pin: str
    track: dict[str, str]
    """From a track's cells `# ~ . x =` to what is drawn."""
    upright: dict[str, str]
    """The same for a track that stands, one rung per line."""
    spark: str
    """Bars from nothing to full height."""
    emoji: bool = False
    """Emoji are drawn as such, in two cells; else by their names."""

    def state(self, name: str) -> str:
        """The sign of a state by its field name; an unknown name is drawn as unknown."""
        return getattr(self, name, self.unknown)


UNICODE = Glyphs(
    working="●",
    idle="○",
    starting="◇",
    approve="▲",
    asks="◆",
    unknown="?",
    held="‖",
    blocked="■",
    gone="×",
    mark="▪",
    enclosed="▤",
    cursor="▎",
    card="▌",
    arrow="→",
    replies="╰",
    dot="·",
    rule="─",
    wrap="↪",
    more="…",
    down="↓",
    pin="⚑",
    emoji=True,
    track={"#": "━", "~": "╍", ".": "─", "x": "×", "=": "‖"},
    upright={"#": "┃", "~": "┇", ".": "│", "x": "×", "=": "‖"},
    spark="▁▁▂▃▄▅▆▇█",
)

ASCII = Glyphs(
    working="*",
    idle=".",
    starting="+",
    approve="!",
    asks="Q",
    unknown="?",
    held="=",
    blocked="#",
    gone="x",
    mark="+",
    enclosed="&",
    cursor="|",
    card="|",
    arrow=">",
    replies="`",
    dot="-",
    rule="-",
    wrap="\\",
    more="~",
    down="v",
    pin="^",
    track={"#": "#", "~": "~", ".": ".", "x": "x", "=": "="},
    upright={"#": "#", "~": "~", ".": ".", "x": "x", "=": "="},
    spark="_.,:;|IH#",
)
