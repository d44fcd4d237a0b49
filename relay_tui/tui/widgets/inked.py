"""Widgets that draw `Line`s: roles become styles through component classes of the app, looked up once per change of
style.

The classes are the app's and not each widget's: Textual styles every component class of a widget anew whenever its
focus, size or classes change, which for thirty roles and ten widgets was a third of the time to the first paint.
"""

from __future__ import annotations

from collections.abc import Sequence

from rich.segment import Segment
from rich.style import Style
from textual.color import Color
from textual.geometry import Size
from textual.strip import Strip
from textual.widget import Widget

from relay_tui.tui.drawing.contrast import readable
from relay_tui.tui.drawing.glyphs import UNICODE, Glyphs
from relay_tui.tui.drawing.ink import Line, Span
from relay_tui.tui.drawing.themes import GROUNDS, ROLES

PILL = "pill"
"""The role of the mode's name while keys do not mean verbs."""
ALARM = "alarm"
"""The role of the word that says that everything is stopped."""
RAW = "raw:"
"""Begins a role that is a style of its own, as an agent's program drew it: `raw:bold #ff0000`."""
ANSI = range(16)
"""The terminal's own colours, of which it shows what can be read on its ground."""
INKS = (*ROLES, *(f"{role}-strong" for role in ROLES), PILL, ALARM)
CURSOR_FOCUSED, CURSOR_RESTING = "cursor", "panel"


INK_CLASSES = {f"ink--{ink}" for ink in INKS} | {f"ground--{ground}" for ground in GROUNDS}
"""Component classes of an app that shows inked widgets."""


class Inked(Widget):
    """Base of what is drawn line by line."""

    def __init__(self, *, id: str | None = None, classes: str | None = None) -> None:
        super().__init__(id=id, classes=classes)
        self._styles_by_role: dict[tuple[str, str], Style] = {}

    @property
    def glyphs(self) -> Glyphs:
        return getattr(self.app, "glyphs", UNICODE)

    def notify_style_update(self) -> None:
        super().notify_style_update()
        self._styles_by_role.clear()

    def ink(self, role: str, ground: str = "") -> Style:
        """The style of a role (`need`, `need!`) on a ground; empty ground: the widget's own."""
        found = self._styles_by_role.get((role, ground))
        if found is None:
            found = self._styles_by_role[role, ground] = self._look_up(role, ground)
        return found

    def _look_up(self, role: str, ground: str) -> Style:
        if role.startswith(RAW):
            return _drawn_by_program(Style.parse(role[len(RAW) :]), self._look_up("text", ground))
        name = f"{role[:-1]}-strong" if role.endswith("!") else role
        look_up = self.app.get_component_styles
        styles = look_up(f"ink--{name}")
        background = look_up(f"ground--{ground}").background if ground else self.background_colors[1]
        if name in (PILL, ALARM):
            background = styles.background
        ink = Style(color=styles.color.rich_color, bgcolor=background.rich_color)
        return ink + styles.text_style

    def paint(self, line: Line, width: int, ground: str = "") -> Strip:
        """`line` as exactly `width` cells. `ground` wins over the line's own."""
        ground = ground or line.ground
        segments = [Segment(span.text, self.ink(span.role, ground)) for span in line.spans if span.text]
        return Strip(segments).adjust_cell_length(width, self.ink("text", ground))


def _drawn_by_program(own: Style, text: Style) -> Style:
    """A style of a program on our ground. A colour that cannot be read there is brought nearer to that of text; where
    the program has set the ground, too, or takes a colour of the terminal's own, it is left."""
    if own.color is None or own.bgcolor is not None or own.reverse or own.color.is_default or own.color.number in ANSI:
        return text + own
    ink, ground, ours = (Color.from_rich_color(colour) for colour in (own.color, text.bgcolor, text.color))
    return text + own + Style(color=readable(ink, ground, ours).rich_color)


class Lines(Inked):
    """A few lines, drawn anew whenever they change: header, footer, titles."""

    def __init__(self, *, id: str | None = None, classes: str | None = None) -> None:
        super().__init__(id=id, classes=classes)
        self._drawn: list[Line] = []
        self._drawn_for = -1

    def draw(self, width: int) -> Sequence[Line]:
        """The lines for this many cells."""
        raise NotImplementedError

    def redraw(self) -> None:
        """To be called when `draw` would give something else."""
        self._drawn_for = -1
        self.refresh()

    def _lines(self, width: int) -> list[Line]:
        if self._drawn_for != width:
            self._drawn = list(self.draw(width))
            self._drawn_for = width
        return self._drawn

    def wanted_height(self, width: int) -> int:
        return len(self._lines(width))

    def get_content_height(self, container: Size, viewport: Size, width: int) -> int:
        return self.wanted_height(width)

    def notify_style_update(self) -> None:
        super().notify_style_update()
        self._drawn_for = -1

    def render_line(self, y: int) -> Strip:
        width = self.size.width
        lines = self._lines(width)
        line = lines[y] if y < len(lines) else Line([Span("")])
        return self.paint(line, width).apply_offsets(0, y)

    def plain(self) -> str:
        return "\n".join(line.text for line in self._lines(self.size.width))
