"""Where the style sheets are: beside the package in a checkout, inside it in a wheel."""

from __future__ import annotations

from pathlib import Path

SHEETS = ("ink.tcss", "deck.tcss", "screens.tcss", "forms.tcss", "mail.tcss", "find.tcss")


def style_paths() -> list[Path]:
    """The style sheets in the order in which they apply. Raises FileNotFoundError naming both places."""
    package = Path(__file__).resolve().parents[2]
    for folder in (package / "styles", package.parent / "styles"):
        if (folder / SHEETS[0]).is_file():
            return [folder / sheet for sheet in SHEETS]
    raise FileNotFoundError(f"no style sheets in {package / 'styles'} nor in {package.parent / 'styles'}")
