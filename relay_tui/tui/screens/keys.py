"""Every key, from the action registry."""

from __future__ import annotations

from relay_tui.tui.actions import ACTS, GROUPS, Act, KeyMode, key_word
from relay_tui.tui.drawing.ink import Line, Span, columns, crop, spread
from relay_tui.tui.screens.sheet import Sheet

KEY_WIDTH = 14
NOUN_WIDTH = 12
COLUMN = 52


class KeysScreen(Sheet):
    NAME = "KEYS"

    def lines(self, width: int) -> list[Line]:
        keyed = {act.group for act in ACTS if act.keys}
        blocks = [self._group(group, title) for group, title in GROUPS.items() if group in keyed]
        if width < 2 * COLUMN:
            return [Line(), *(line for block in blocks for line in block)]
        left, right = _in_two(blocks)
        rows = max(len(left), len(right))
        left += [Line() for _ in range(rows - len(left))]
        right += [Line() for _ in range(rows - len(right))]
        half = width // 2
        return [
            Line(),
            *(Line([*spread(a.spans, [], half), *crop(b.spans, half - 1)]) for a, b in zip(left, right, strict=True)),
        ]

    def _group(self, group: str, title: str) -> list[Line]:
        out = [Line([Span(" "), Span(title.upper(), "muted!")])]
        for act in ACTS:
            if act.group == group and act.keys:
                out.append(Line([Span(" "), *columns([(Span(self._keys(act), "text!"), KEY_WIDTH)]), *_words(act)]))
        return [*out, Line()]

    def _keys(self, act: Act) -> str:
        plain = self.app.has_class("-ascii")
        lists = [key_word(key, plain) for mode, key in act.keys if mode is KeyMode.LISTS]
        typing = [key_word(key, plain) for mode, key in act.keys if mode is KeyMode.TYPING]
        return " ".join(lists or typing)

    def do_keys(self) -> None:
        self.dismiss()


def _in_two(blocks: list[list[Line]]) -> tuple[list[Line], list[Line]]:
    """Two columns of about the same height, in order."""
    total = sum(len(block) for block in blocks)
    left: list[Line] = []
    right: list[Line] = []
    for block in blocks:
        fits = not right and len(left) + len(block) <= (total + 1) // 2
        (left if fits or not left else right).extend(block)
    return left, right


def _words(act: Act) -> list[Span]:
    noun, _, verb = act.title.partition(": ")
    return [*columns([(Span(noun if verb else "", "faint"), NOUN_WIDTH)]), Span(verb or noun, "text")]
