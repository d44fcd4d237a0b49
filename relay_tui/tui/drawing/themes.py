"""The two looks of the deck, dark and light, as Textual themes; and what another theme gives our roles."""

from __future__ import annotations

from textual.theme import Theme

ROLES = ("text", "muted", "faint", "line", "accent", "need", "fault", "ok", "motion")
"""What ink means. `need`: a person must act, or not proven; `ok`: proven; `motion`: working now."""
GROUNDS = ("base", "rail", "panel", "cursor")

_DARK = {
    "base": "#11141a",
    "rail": "#0c0f14",
    "panel": "#181d25",
    "cursor": "#232c3a",
    "line": "#39434f",
    "text": "#d6dce5",
    "muted": "#97a2b0",
    "faint": "#78838f",
    "accent": "#8ab0ff",
    "need": "#ecbc68",
    "fault": "#f28b82",
    "ok": "#8fca9b",
    "motion": "#7cc5cf",
}
_LIGHT = {
    "base": "#fbfaf7",
    "rail": "#f1efea",
    "panel": "#e9e6df",
    "cursor": "#dbe3f2",
    "line": "#bdb8ad",
    "text": "#22272e",
    "muted": "#59616b",
    "faint": "#6a7179",
    "accent": "#2456b8",
    "need": "#8f5600",
    "fault": "#b3261e",
    "ok": "#25703a",
    "motion": "#0f6c7a",
}


def _theme(name: str, colours: dict[str, str], dark: bool) -> Theme:
    return Theme(
        name=name,
        primary=colours["accent"],
        secondary=colours["motion"],
        accent=colours["accent"],
        warning=colours["need"],
        error=colours["fault"],
        success=colours["ok"],
        foreground=colours["text"],
        background=colours["base"],
        surface=colours["panel"],
        panel=colours["panel"],
        dark=dark,
        variables={f"relay-{role}": value for role, value in colours.items()},
    )


DARK = _theme("relay-dark", _DARK, True)
LIGHT = _theme("relay-light", _LIGHT, False)


def role_defaults(theme: Theme) -> dict[str, str]:
    """Our roles in the colours of any Textual theme, so that those themes work too. Names are CSS variables."""
    plain = _DARK if theme.dark else _LIGHT
    background = theme.background or plain["base"]
    foreground = theme.foreground or plain["text"]
    surface = theme.surface or background
    panel = theme.panel or surface
    colours = {
        "base": background,
        "rail": surface,
        "panel": panel,
        "cursor": panel,
        "text": foreground,
        "accent": theme.accent or theme.primary,
        "need": theme.warning or plain["need"],
        "fault": theme.error or plain["fault"],
        "ok": theme.success or plain["ok"],
        "motion": theme.secondary or plain["motion"],
    }
    return {f"relay-{role}": value for role, value in {**plain, **colours}.items()}
