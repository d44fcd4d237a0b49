"""`deploy.preview`, the one action of the demo that a person decides on."""

from __future__ import annotations

import asyncio

from pydantic import BaseModel, Field

from relay_tui.core.actions import InvocationContext
from relay_tui.core.policy.rules import Policy, Rule
from relay_tui.core.relay import Relay
from relay_tui.demo.facts import preview_url
from relay_tui.demo.release import PREVIEW

SECONDS = 1.0
POLICY = Policy(
    (
        Rule(
            name="previews",
            action="deploy.*",
            verdict="ask",
            reason="everybody on the team sees it, so a person decides",
        ),
    )
)


class PreviewInput(BaseModel):
    """What is put up, and for what."""

    environment: str = Field(pattern=r"^[a-z]{1,20}$")
    commit: str = Field(pattern=r"^[0-9a-f]{7,40}$")


class Preview(BaseModel):
    """Where it can be seen."""

    url: str
    environment: str
    commit: str


async def offer_preview(relay: Relay) -> None:
    """Register the action. It deploys nothing: it takes its time and names a place."""
    await relay.actions.register(
        PREVIEW, "Put a commit up where everybody on the team can see it.", PreviewInput, _deploy, Preview
    )


async def _deploy(asked: PreviewInput, _: InvocationContext) -> Preview:
    await asyncio.sleep(SECONDS)
    return Preview(url=preview_url(asked.commit), environment=asked.environment, commit=asked.commit)
