"""What came along with a message, as plain records."""

from __future__ import annotations

from relay_tui.core.record import record


@record(frozen=True)
class EnclosedRow:
    """One attachment on a line: `report.md  4.1 KB  text`."""

    label: str
    size: str
    kind: str


@record(frozen=True)
class BlockRow:
    """One row of a message's blocks."""

    kind: str
    """`header`, `text`, `field`, `actions`, `divider`, or `other` with the name of what is not known."""
    text: str = ""
    value: str = ""


@record
class ContentView:
    """One attachment, opened."""

    label: str
    size: str
    kind: str
    how: str
    """`text`, `diff`, `json`: `text` is shown; `image`, `file`: only what it is; `link`, `place`: it is elsewhere;
    `gone`: its bytes are not kept any more."""
    text: str = ""
    cut: bool = False
    """Only the beginning is in `text`."""
    data: bytes = b""
    content_type: str = ""
    filename: str = ""
    url: str = ""
    path: str = ""
    """Of a place: a file on this machine, whole."""
    line: int = 0
