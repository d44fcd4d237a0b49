"""Select Graphic Rendition, the one escape sequence that a captured screen needs: parameters in, a style out."""

from __future__ import annotations

from dataclasses import dataclass, replace
from functools import lru_cache

Colour = str | int
"""`#rrggbb`, or an index of the terminal's own palette, 0 to 255."""


@dataclass(frozen=True, slots=True)
class Style:
    """How a run of cells is drawn. None is the terminal's own colour."""

    fg: Colour | None = None
    bg: Colour | None = None
    bold: bool = False
    dim: bool = False
    italic: bool = False
    underline: bool = False
    reverse: bool = False
    strike: bool = False


PLAIN = Style()

_FLAGS: dict[int, dict[str, bool]] = {
    1: {"bold": True},
    2: {"dim": True},
    3: {"italic": True},
    4: {"underline": True},
    7: {"reverse": True},
    9: {"strike": True},
    21: {"underline": True},
    22: {"bold": False, "dim": False},
    23: {"italic": False},
    24: {"underline": False},
    27: {"reverse": False},
    29: {"strike": False},
}


@lru_cache(maxsize=4096)
def apply_sgr(style: Style, parameters: str) -> Style:
    """Return `style` changed by the parameters of one SGR sequence, `1;38;5;9` or `4:3`; unknown ones change nothing.

    Concealed text is drawn like any other: what is on the screen is to be seen.
    """
    fields = parameters.split(";")
    at = 0
    while at < len(fields):
        field = fields[at]
        code = _number(field.partition(":")[0])
        if code in (38, 48, 58):
            colour, taken = _long_colour(fields, at)
            at += taken
            if colour is not None and code != 58:
                style = replace(style, fg=colour) if code == 38 else replace(style, bg=colour)
            continue
        style = _underline_kind(style, field) if ":" in field else _simple(style, code)
        at += 1
    return style


def _simple(style: Style, code: int) -> Style:
    if code == 0:
        return PLAIN
    if code in _FLAGS:
        return replace(style, **_FLAGS[code])
    if 30 <= code <= 37 or 90 <= code <= 97:
        return replace(style, fg=code - 30 if code < 90 else code - 82)
    if 40 <= code <= 47 or 100 <= code <= 107:
        return replace(style, bg=code - 40 if code < 100 else code - 92)
    if code == 39:
        return replace(style, fg=None)
    if code == 49:
        return replace(style, bg=None)
    return style


def _underline_kind(style: Style, field: str) -> Style:
    """`4:0` is no underline, `4:3` a curly one, which is drawn as any."""
    code, _, kind = field.partition(":")
    return replace(style, underline=_number(kind) != 0) if code == "4" else style


def _long_colour(fields: list[str], at: int) -> tuple[Colour | None, int]:
    """The colour that begins at `fields[at]`, and how many fields it took."""
    if ":" in fields[at]:
        parts = fields[at].split(":")[1:]
        # 38:2::r:g:b has a colour space before the red; 38:2:r:g:b does not.
        values = [parts[0], *parts[-3:]] if parts[0] == "2" and len(parts) >= 4 else parts[:2]
        return _colour(values), 1
    if fields[at + 1 : at + 2] == ["2"]:
        return _colour(fields[at + 1 : at + 5]), 5
    if fields[at + 1 : at + 2] == ["5"]:
        return _colour(fields[at + 1 : at + 3]), 3
    return None, 1


def _colour(values: list[str]) -> Colour | None:
    numbers = [_number(value) for value in values]
    if any(not 0 <= number <= 255 for number in numbers):
        return None
    if numbers[0] == 5 and len(numbers) == 2:
        return numbers[1]
    if numbers[0] == 2 and len(numbers) == 4:
        return f"#{numbers[1]:02x}{numbers[2]:02x}{numbers[3]:02x}"
    return None


def _number(text: str) -> int:
    """A parameter's value; missing is 0, and what no terminal would send is -1."""
    if not text:
        return 0
    return int(text) if len(text) <= 4 and text.isascii() and text.isdigit() else -1
