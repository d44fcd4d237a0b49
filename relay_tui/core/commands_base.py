"""What every command shares, and the shapes of names and ids that come from outside."""

from __future__ import annotations

from typing import Annotated

from pydantic import BaseModel, ConfigDict, Field

from relay_tui.core.model import Json

AGENT_NAME = r"^[A-Za-z0-9][A-Za-z0-9._-]{0,63}$"
CHANNEL_NAME = r"^[A-Za-z0-9][A-Za-z0-9._-]{0,79}$"
MAX_TEXT = 1_000_000
"""Characters in one message."""

Id = Annotated[str, Field(pattern=r"^[0-9]{1,20}$")]
AgentName = Annotated[str, Field(pattern=AGENT_NAME)]
Moment = Annotated[int, Field(ge=0, le=253_402_300_799_999)]
"""Milliseconds since 1970, UTC, up to the end of the year 9999."""
ChannelName = Annotated[str, Field(pattern=CHANNEL_NAME)]


def empty() -> Json:
    return {}


class Command(BaseModel):
    # Built when first asked for: all at once they would take a fifth of the time to the first paint.
    model_config = ConfigDict(frozen=True, extra="forbid", defer_build=True)

    client_id: Annotated[str, Field(min_length=1, max_length=255, pattern=r"^[\x21-\x7e]+$")] | None = None
    """Names this request, so that a repeat is recognised. None: every call is a new one."""
