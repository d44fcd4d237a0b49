"""What a program sends to its terminal, taken apart: text, and control sequences by their shape."""

from __future__ import annotations

import re
import unicodedata
from dataclasses import dataclass, field

_SEQUENCE = re.compile(
    r"""
    \x1b\[(?P<csi>[\x30-\x3f]*[\x20-\x2f]*[\x40-\x7e])
    | \x1b(?P<string>[]PX^_k])(?P<content>[^\x07\x1b]*)(?P<end>\x07|\x1b\\)
    | \x1b(?P<escape>[\x20-\x2f]*[\x30-\x7e])
    """,
    re.VERBOSE,
)
_NUMBERS = re.compile(r"\d+")
_STRINGS = {"]": "OSC", "P": "DCS", "X": "SOS", "^": "PM", "_": "APC", "k": "title"}
_KEPT = {"\n", "\r", "\t", "\b"}


@dataclass
class Stream:
    """`shapes`: every control sequence, numbers that are only places or colours taken out. `text`: all the rest."""

    shapes: set[str] = field(default_factory=set[str])
    text: str = ""

    @property
    def hidden(self) -> set[str]:
        """Characters of the text that a terminal does not show as themselves."""
        return {
            char for char in self.text if unicodedata.category(char) in ("Cc", "Cf", "Co", "Cs", "Zl", "Zp")
        } - _KEPT


def parse(data: bytes) -> Stream:
    """Bytes that are not UTF-8 count as hidden text."""
    written = data.decode("utf-8", "surrogateescape")
    found = Stream()
    pieces: list[str] = []
    end = 0
    for match in _SEQUENCE.finditer(written):
        pieces.append(written[end : match.start()])
        end = match.end()
        found.shapes.add(_shape(match))
    pieces.append(written[end:])
    found.text = "".join(pieces)
    return found


def _shape(match: re.Match[str]) -> str:
    if (csi := match["csi"]) is not None:
        # What a mode is matters; where a cursor goes, or which colour it has, does not.
        return f"CSI {csi}" if csi[-1] not in "mHABCDGdXJKP" else f"CSI {_NUMBERS.sub('', csi).replace(';', '')}"
    if match["string"] is not None:
        return f"{_STRINGS[match['string']]} {match['content'][:40]}"
    return f"ESC {match['escape']}"
