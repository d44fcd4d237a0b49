"""Emoji by name: the usual ones, those that begin with a few letters, and what can be drawn of one.

How wide a sequence of several code points is drawn differs from terminal to terminal, and one cell too many moves
everything behind it. So one is drawn as itself only where it is a single character; any other by its name.
"""

from __future__ import annotations

from functools import cache

from relay_tui.tui.terminal.textual_private import emoji_names

USUAL = (
    "eyes",
    "white_check_mark",
    "thumbsup",
    "thumbsdown",
    "tada",
    "rocket",
    "fire",
    "thinking_face",
    "question",
    "hourglass_flowing_sand",
    "pray",
    "x",
)
_SELECTORS = str.maketrans("", "", "\ufe0e\ufe0f")


@cache
def by_name() -> dict[str, str]:
    """Name → emoji, the usual ones first; only what is a single character."""
    known = {name: emoji.translate(_SELECTORS) for name, emoji in emoji_names().items()}
    single = {name: emoji for name, emoji in known.items() if len(emoji) == 1 and not emoji.isascii()}
    usual = {name: single[name] for name in USUAL if name in single}
    return usual | single


@cache
def _names() -> dict[str, str]:
    """Emoji → the name it is best known by: a usual one, else the shortest that is a word."""
    found: dict[str, str] = {}
    for name, emoji in by_name().items():
        known = found.get(emoji)
        if known is None or (known not in USUAL and name[0].isalpha() and len(name) < len(known)):
            found[emoji] = name
    for name, emoji in emoji_names().items():
        found.setdefault(emoji.translate(_SELECTORS), name)
    return found


def name_of(emoji: str) -> str:
    """Without colons; empty: it has none."""
    return _names().get(emoji.translate(_SELECTORS), "")


def matching(word: str, limit: int = 50) -> list[tuple[str, str]]:
    """(name, emoji) of what `word`, the beginning of a name or of a word in it, may mean: best first, each emoji once.

    With or without colons. Empty: the usual ones.
    """
    word = word.strip().strip(":").casefold().replace(" ", "_")
    if not word:
        return [(name, by_name()[name]) for name in USUAL]
    known = by_name()
    starting = [name for name in known if name.startswith(word)]
    starting.sort(key=lambda name: (name != word, name not in USUAL, len(name)))
    inside = [name for name in known if f"_{word}" in name or f"-{word}" in name]
    found: dict[str, str] = {}
    for name in (*starting, *inside):
        found.setdefault(known[name], name)
    return [(name, emoji) for emoji, name in found.items()][:limit]


def drawn(emoji: str, as_sign: bool) -> str:
    """What stands for it on the screen. `as_sign`: the terminal draws one in two cells, as it should."""
    bare = emoji.translate(_SELECTORS)
    return bare if as_sign and len(bare) == 1 else name_of(bare) or bare
