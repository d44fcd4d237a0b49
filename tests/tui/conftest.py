"""One place for determinism: no colour variables from outside, one time zone, a cursor that does not blink."""

from __future__ import annotations

import os
import time

for name in ("NO_COLOR", "TEXTUAL_THEME", "TEXTUAL_COLOR_SYSTEM"):
    os.environ.pop(name, None)
os.environ["TZ"] = "UTC"
time.tzset()

import pytest  # noqa: E402
from textual.widgets import Input, TextArea  # noqa: E402


@pytest.fixture(autouse=True)
def still(monkeypatch: pytest.MonkeyPatch) -> None:
    """Nothing blinks."""
    monkeypatch.setattr(TextArea, "_toggle_cursor_blink_visible", lambda self: None)
    monkeypatch.setattr(Input, "_toggle_cursor", lambda self: None)
