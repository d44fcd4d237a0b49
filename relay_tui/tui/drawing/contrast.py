"""Whether a colour can be read on another one. Ours are chosen so; those of agents' programs are theirs, made for a
terminal that may be dark where ours is light."""

from __future__ import annotations

from textual.color import Color

READABLE = 3.0
"""The least contrast at which words of a program's own colour are left as they are."""
_STEPS = (0.25, 0.5, 0.75)


def contrast(one: Color, other: Color) -> float:
    """From 1, the same, to 21, black on white, as WCAG 2 has it."""
    dark, light = sorted((_luminance(one), _luminance(other)))
    return (light + 0.05) / (dark + 0.05)


def readable(ink: Color, ground: Color, text: Color) -> Color:
    """`ink`, drawn as far towards `text` as it must be to be read on `ground`, where `text` can be."""
    shades = (ink, *(ink.blend(text, step) for step in _STEPS))
    return next((shade for shade in shades if contrast(shade, ground) >= READABLE), text)


def _luminance(colour: Color) -> float:
    red, green, blue = (
        part / 12.92 if part <= 0.03928 else ((part + 0.055) / 1.055) ** 2.4 for part in colour.normalized
    )
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue
