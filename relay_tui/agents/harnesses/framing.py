"""How a message looks when it is typed: a header that names it, the text made safe, and a fence that ends it.

    [relay msg=7203 thread=7201 from=planner to=#release key=9f3a12cd]
    @builder please build 0.9.1
    [/relay key=9f3a12cd]

The key is random and new for each attempt: a transcript that shows it after the attempt began proves the delivery, and
no text that was written before can hold it. The first character keeps agent programs from taking the input for a
command of their own (`/`, `!`, `@`, `#`).
"""

from __future__ import annotations

import re
from dataclasses import dataclass

from relay_tui.core.session import DeliverableMessage, MessageContext
from relay_tui.core.text import visible

_HEADER = re.compile(
    r"\A\[relay msg=(?P<message_id>\d+)(?: thread=(?P<thread_id>\d+))? from=(?P<sender>[A-Za-z0-9._-]+)"
    r" to=(?P<target>[#@][A-Za-z0-9._-]+) key=(?P<nonce>[0-9a-f]{8,64})\]\n"
)


@dataclass(slots=True, frozen=True)
class Framed:
    """What a recipient reads off a typed message."""

    message_id: str
    thread_id: str | None
    sender: str
    target: str
    nonce: str
    text: str


def frame(message: DeliverableMessage, ctx: MessageContext) -> str:
    """The text to be typed: nothing in it but what may be typed (`core.text.visible`)."""
    thread = f" thread={message.thread_id}" if message.thread_id else ""
    # Control pictures and the like stand for what was there, so that nothing arrives hidden and nothing is dropped.
    body = visible(message.text).replace("\t", "    ")
    header = (
        f"[relay msg={message.message_id}{thread} from={message.sender} to={_word(message.target)} key={ctx.nonce}]"
    )
    return f"{header}\n{body}\n{fence(ctx.nonce)}"


def fence(nonce: str) -> str:
    """The last line of what is typed; seen on the screen, everything before it has arrived."""
    return f"[/relay key={nonce}]"


def parse(text: str) -> Framed | None:
    """Read a frame, or None when it is none. Only a header at the very beginning counts: a body can quote one."""
    match = _HEADER.match(text)
    if match is None:
        return None
    body = text[match.end() :]
    end = f"\n{fence(match['nonce'])}"
    if not body.endswith(end):
        return None
    found = match.groupdict()
    return Framed(text=body[: -len(end)], **found)


def _word(target: str) -> str:
    """A target as one word; conversations without a name of that kind go to the reader."""
    return target if re.fullmatch(r"[#@][A-Za-z0-9._-]+", target) else "@you"
