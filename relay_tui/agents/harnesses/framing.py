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
    r"\[relay msg=(?P<message_id>\d+)(?: thread=(?P<thread_id>\d+))? from=(?P<sender>[A-Za-z0-9._-]+)"
    r" to=(?P<target>[#@][A-Za-z0-9._-]+) key=(?P<nonce>[0-9a-f]{8,64})\](?P<sep>[\n ])"
)
LINE_END = " \u23ce "
"""Stands for a line end in a frame that must be one line."""


@dataclass(slots=True, frozen=True)
class Framed:
    """What a recipient reads off a typed message."""

    message_id: str
    thread_id: str | None
    sender: str
    target: str
    nonce: str
    text: str


def frame(message: DeliverableMessage, ctx: MessageContext, *, one_line: bool = False) -> str:
    """The text to be typed: nothing in it but what may be typed (`core.text.visible`).

    `one_line`: for a pane with a shell behind the program: a shell that comes to the front while the text is on its way
    runs every line but the last without any Enter.
    """
    thread = f" thread={message.thread_id}" if message.thread_id else ""
    # Control pictures and the like stand for what was there, so that nothing arrives hidden and nothing is dropped.
    body = visible(message.text).replace("\t", "    ")
    header = (
        f"[relay msg={message.message_id}{thread} from={message.sender} to={_word(message.target)} key={ctx.nonce}]"
    )
    if one_line:
        return f"{header} {body.replace(chr(10), LINE_END)} {fence(ctx.nonce)}"
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
    found = match.groupdict()
    separator = found.pop("sep")
    end = f"{separator}{fence(match['nonce'])}"
    if not body.endswith(end):
        return None
    return Framed(text=body[: -len(end)], **found)


def key_of(text: str) -> str:
    """The key of the attempt that an input came of, or empty: a frame, or one that a person's words stand before.

    An input that begins with a header is that message and no other, whatever it quotes.
    """
    if _HEADER.match(text):
        framed = parse(text)
        return framed.nonce if framed else ""
    match = _HEADER.search(text)
    return match["nonce"] if match and text.endswith(fence(match["nonce"])) else ""


def _word(target: str) -> str:
    """A target as one word; conversations without a name of that kind go to the reader."""
    return target if re.fullmatch(r"[#@][A-Za-z0-9._-]+", target) else "@you"
