"""How a message looks when it is typed: a header that names it, the text made safe, and a fence that ends it.

    [relay msg=7203 thread=7201 from=planner to=#release key=9f3a12cd]
    @builder please build 0.9.1
    [/relay key=9f3a12cd]

The key is random and new for each attempt: a transcript that shows it after the attempt began proves the delivery, and
no text that was written before can hold it. The first character keeps agent programs from taking the input for a
command of their own (`/`, `!`, `@`, `#`).

A doorbell has `bell` before the key, and in place of the text how to read it. Several messages at once are a digest: a
header, the frames one after the other, a fence. Each frame has a key of its own that begins with the digest's:

    [relay digest=2 key=9f3a12cd]
    [relay msg=7203 from=planner to=#release key=9f3a12cd01]
    …
    [/relay key=9f3a12cd]
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass

from relay_tui.core.session import DeliverableMessage, MessageContext, Route
from relay_tui.core.text import visible

_HEADER = re.compile(
    r"\[relay msg=(?P<message_id>\d+)(?: thread=(?P<thread_id>\d+))? from=(?P<sender>[A-Za-z0-9._-]+)"
    r" to=(?P<target>[#@][A-Za-z0-9._-]+)(?P<bell> bell)? key=(?P<nonce>[0-9a-f]{8,64})\](?P<sep>[\n ])"
)
_DIGEST = re.compile(r"\[relay digest=(?P<count>\d{1,3}) key=(?P<nonce>[0-9a-f]{8})\](?P<sep>[\n ])")
_KEY = 8
"""Characters of the key that stands around what is typed; a message in a digest has more."""
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
    bell: bool = False
    """It says only that the message waits; `text` says how to read it."""


def frame(message: DeliverableMessage, ctx: MessageContext, *, one_line: bool = False) -> str:
    """The text to be typed: nothing in it but what may be typed (`core.text.visible`).

    `one_line`: for a pane with a shell behind the program: a shell that comes to the front while the text is on its way
    runs every line but the last without any Enter.
    """
    thread = f" thread={message.thread_id}" if message.thread_id else ""
    bell = " bell" if ctx.route == Route.DOORBELL else ""
    # Control pictures and the like stand for what was there, so that nothing arrives hidden and nothing is dropped.
    body = how_to_read(message) if bell else visible(message.text).replace("\t", "    ")
    about = f"msg={message.message_id}{thread} from={message.sender} to={_word(message.target)}"
    header = f"[relay {about}{bell} key={ctx.nonce}]"
    if one_line:
        return f"{header} {body.replace(chr(10), LINE_END)} {fence(ctx.nonce)}"
    return f"{header}\n{body}\n{fence(ctx.nonce)}"


def how_to_read(message: DeliverableMessage) -> str:
    """What a doorbell says behind its header."""
    return f"It waits for you as {message.delivery_id}; read it with: relay-tui fetch {message.message_id}"


def digest(messages: Sequence[tuple[DeliverableMessage, MessageContext]], *, one_line: bool = False) -> str:
    """Several messages as one text. Their nonces begin with the same eight characters and are longer."""
    outer = outer_key(messages[0][1].nonce)
    separator = " " if one_line else "\n"
    frames = [frame(message, ctx, one_line=one_line) for message, ctx in messages]
    return separator.join([f"[relay digest={len(frames)} key={outer}]", *frames, fence(outer)])


def outer_key(nonce: str) -> str:
    """The key around what is typed in this attempt: a single message's own, else that of its digest."""
    return nonce[:_KEY]


def fence(nonce: str) -> str:
    """The last line of what is typed; seen on the screen, everything before it has arrived."""
    return f"[/relay key={nonce}]"


def parse(text: str) -> Framed | None:
    """Read a frame, or None when it is none. Only a header at the very beginning counts: a body can quote one."""
    match = _HEADER.match(text)
    if match is None:
        return None
    end = f"{match['sep']}{fence(match['nonce'])}"
    return _framed(match, text[match.end() : -len(end)]) if text[match.end() :].endswith(end) else None


def parse_all(text: str) -> list[Framed]:
    """The messages in one input: of a frame one, of a digest each, of anything else none.

    A body cannot end its own frame nor begin another one: it was written before anybody knew the keys.
    """
    opening = _DIGEST.match(text)
    if opening is None:
        framed = parse(text)
        return [framed] if framed else []
    end = f"{opening['sep']}{fence(opening['nonce'])}"
    if not text.endswith(end):
        return []
    found: list[Framed] = []
    at = opening.end()
    while (match := _HEADER.match(text, at)) and outer_key(match["nonce"]) == opening["nonce"]:
        close = f"{match['sep']}{fence(match['nonce'])}"
        stop = text.find(close, match.end())
        if stop < 0:
            return []
        found.append(_framed(match, text[match.end() : stop]))
        at = stop + len(close) + 1
    return found if len(found) == int(opening["count"]) and at == len(text) - len(end) + 1 else []


def messages_in(text: str) -> list[Framed]:
    """What an input holds of ours: a frame or a digest, or one that a person's words stand around.

    What begins with a header is that and nothing else, whatever it quotes: nothing in it can hold its key.
    """
    opening = min((m for p in (_HEADER, _DIGEST) if (m := p.search(text))), key=re.Match.start, default=None)
    if opening is None:
        return []
    close = fence(opening["nonce"])
    end = text.rfind(close, opening.end())
    return parse_all(text[opening.start() : end + len(close)]) if end >= 0 else []


def _framed(match: re.Match[str], body: str) -> Framed:
    thread_id: str | None = match["thread_id"]
    bell = match["bell"] is not None
    return Framed(match["message_id"], thread_id, match["sender"], match["target"], match["nonce"], body, bell)


def _word(target: str) -> str:
    """A target as one word; conversations without a name of that kind go to the reader."""
    return target if re.fullmatch(r"[#@][A-Za-z0-9._-]+", target) else "@you"
