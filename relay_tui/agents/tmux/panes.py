"""What is known of a pane: the identity that proves it is still the same one, and its status at one moment."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import asdict, dataclass
from typing import Any, Literal

LABEL_OPTION = "@relay-label"
"""Pane option with the label that a launch was given; it outlives us, so panes are found again by it."""

PaneState = Literal["alive", "dead", "gone"]


@dataclass(frozen=True, slots=True)
class PaneIdentity:
    """One pane of one life of one server. Pane ids restart at %0 in a new server, so the id alone proves nothing."""

    socket: str
    """`tmux -L` name, or the path of its socket."""
    server_pid: int
    server_start: int
    """Seconds since the epoch."""
    pane_id: str
    """`%5`"""
    window_id: str
    """`@5`"""
    pane_pid: int
    """Process id of the program that the pane was opened with."""
    label: str = ""

    def to_json(self) -> dict[str, Any]:
        """Return plain values that `from_json` reads back."""
        return asdict(self)

    @classmethod
    def from_json(cls, data: dict[str, Any]) -> PaneIdentity:
        """Read what `to_json` wrote; unknown keys are left out. Raises KeyError or ValueError when it is not one."""
        return cls(
            socket=str(data["socket"]),
            server_pid=int(data["server_pid"]),
            server_start=int(data["server_start"]),
            pane_id=str(data["pane_id"]),
            window_id=str(data["window_id"]),
            pane_pid=int(data["pane_pid"]),
            label=str(data.get("label", "")),
        )


@dataclass(frozen=True, slots=True)
class PaneStatus:
    """A pane at one moment."""

    pane_id: str
    window_id: str = ""
    pane_pid: int = 0
    """0 when the pane is gone."""
    state: PaneState = "gone"
    """`dead`: the program ended and its screen is still there. `gone`: there is no such pane."""
    exit_code: int | None = None
    """None while alive, when a signal ended it, and in the moment before tmux knows."""
    exit_signal: int | None = None
    in_mode: bool = False
    """Copy mode or another one that takes the keys."""
    alternate_on: bool = False
    width: int = 0
    height: int = 0
    command: str = ""
    """Name of the foreground process. Programs choose it, so it is a guard against accidents, not against malice."""
    title: str = ""
    path: str = ""
    """Working directory of the foreground process."""
    label: str = ""

    @property
    def exit_known(self) -> bool:
        """Whether the program ended and tmux knows how."""
        return self.state == "dead" and (self.exit_code is not None or self.exit_signal is not None)


def _free_text(name: str) -> str:
    """A format for text that a program chose: the separator inside it is replaced."""
    return f"#{{s/[|]/¦/:{name}}}"


_STATE = (
    "pane_dead",
    "pane_dead_status",
    "pane_dead_signal",
    "pane_in_mode",
    "alternate_on",
    "pane_width",
    "pane_height",
)
STATUS_FORMAT = "|".join(
    [
        *(f"#{{{name}}}" for name in ("pane_id", "window_id", "pane_pid", *_STATE)),
        *map(_free_text, ("pane_current_command", "pane_title", "pane_current_path", LABEL_OPTION, "window_name")),
    ]
)
"""tmux format of one line that `parse_status` reads."""

WATCH_FORMAT = "|".join(f"#{{{name}}}" for name in (*_STATE, "pane_current_command", "pane_title"))
"""What a subscription watches. Its value is never read: that it changed is the news."""


def parse_status(line: str) -> PaneStatus | None:
    """Read one line of STATUS_FORMAT; None when it is something else."""
    parts = line.split("|")
    if len(parts) != 15 or not parts[0].startswith("%"):
        return None
    numbers = [int(part) if part.isdigit() else None for part in parts[2:10]]
    pid, dead, code, signal_number, in_mode, alternate, width, height = numbers
    return PaneStatus(
        pane_id=parts[0],
        window_id=parts[1],
        pane_pid=pid or 0,
        state="dead" if dead else "alive",
        exit_code=code if dead and not signal_number else None,
        exit_signal=(signal_number or None) if dead else None,
        in_mode=bool(in_mode),
        alternate_on=bool(alternate),
        width=width or 0,
        height=height or 0,
        command=parts[10],
        title=parts[11],
        path=parts[12],
        label=parts[13] or parts[14],
    )


def parse_statuses(lines: Iterable[str]) -> dict[str, PaneStatus]:
    """Read the lines of one `list-panes`, by pane id."""
    statuses = (parse_status(line) for line in lines)
    return {status.pane_id: status for status in statuses if status is not None}
