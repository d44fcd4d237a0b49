"""What a program in a pane can be handed, by its rules, and what its transcript proves that it took."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from relay_tui.agents.harnesses import framing
from relay_tui.agents.harnesses.spec import ScreenRules
from relay_tui.agents.transcripts.terminal import taken_inputs
from relay_tui.core.model import Mode
from relay_tui.core.session import Capabilities, MessageContext

DIGEST = 20
"""Messages that are typed as one at most."""


def capabilities(rules: ScreenRules, *, transcript: bool, fetches: bool) -> Capabilities:
    """What a program in a pane can do, by its rules. Without a view of its input box no digest is typed: of several
    messages that cannot be seen to stand there, too much would be in doubt at once."""
    boundaries = {Mode.ON_IDLE} | ({Mode.IMMEDIATE} if rules.interrupt else set())
    if rules.while_working:
        boundaries.add(Mode(rules.while_working))
    digest = DIGEST if rules.input is not None and transcript else 1
    return Capabilities(
        "typed", frozenset(boundaries), transcript=transcript, pane=True, digest=digest, fetches=fetches
    )


def proven_among(path: Path, attempts: Sequence[MessageContext]) -> frozenset[str]:
    """Nonces of the attempts whose input stands in the transcript behind where it ended when they began."""
    begun = {ctx.nonce: ctx.offset for ctx in attempts}
    return frozenset(
        framed.nonce
        for entry in taken_inputs(path, min(begun.values()))
        for framed in framing.messages_in(entry.text)
        if framed.nonce in begun and entry.end_offset > begun[framed.nonce]
    )
