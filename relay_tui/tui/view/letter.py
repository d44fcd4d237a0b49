"""What is being written, with all that goes with it, and what was sent before. Pure."""

from __future__ import annotations

from dataclasses import field, replace
from uuid import uuid4

from relay_tui.core.model import Json, Mode
from relay_tui.core.record import record

HISTORY = 100
"""Texts that are kept per conversation."""


@record(frozen=True)
class Enclosure:
    """Something that goes along with a message."""

    kind: str
    """`file`, or as the core names it: `text`, `link`, `path`, `json`, `diff`."""
    label: str
    size: int = 0
    """Bytes; 0: it has no size of its own, as a link."""
    note: str = ""
    """What it is, in a word or two: `text`, `image/png`, `+3 −1`."""
    path: str = ""
    """Of a file on this machine, stored when the message is sent; empty: `content` is all of it."""
    content: Json | None = field(default=None, hash=False)
    """The attachment as a command takes it."""


@record(frozen=True)
class Later:
    """When a message is said, other than now. One of the two at least."""

    at: int | None = None
    """Milliseconds, UTC."""
    idle_of: str = ""
    """Name of the agent whose idleness it waits for."""


@record(frozen=True)
class ReplyWanted:
    by: int | None = None
    """Milliseconds, UTC; None: some time."""


@record(frozen=True)
class Letter:
    """All of one message, as it leaves the composer."""

    text: str
    mode: Mode = Mode.ON_IDLE
    enclosed: tuple[Enclosure, ...] = ()
    reply: ReplyWanted | None = None
    later: Later | None = None
    group: bool = False
    """To several: one conversation of all of them. Else a message to each."""
    replaces: str = ""
    """Id of the scheduled message that this one takes the place of."""
    client_id: str = field(default="", compare=False)
    """The same message sent again under the same id is stored once."""


@record
class Draft:
    """What is being written for one target."""

    text: str = ""
    mode: Mode = Mode.ON_IDLE
    enclosed: tuple[Enclosure, ...] = ()
    reply: ReplyWanted | None = None
    later: Later | None = None
    group: bool = False
    replaces: str = ""
    refused: Letter | None = None
    """What was last refused; None: nothing was."""

    def enclose(self, enclosure: Enclosure) -> None:
        if enclosure not in self.enclosed:
            self.enclosed = (*self.enclosed, enclosure)

    @property
    def blank(self) -> bool:
        """There is nothing to keep of it."""
        return not (self.text or self.enclosed or self.reply or self.later or self.replaces)

    def letter(self, text: str = "") -> Letter:
        """As it would leave now."""
        return Letter(text, self.mode, self.enclosed, self.reply, self.later, self.group, self.replaces)

    def take(self, letter: Letter) -> None:
        """Be this letter."""
        self.text, self.mode, self.enclosed = letter.text, letter.mode, letter.enclosed
        self.reply, self.later, self.replaces = letter.reply, letter.later, letter.replaces

    def leaving(self, text: str) -> Letter:
        """As it leaves. Each has an id of its own; what is tried again as it was is the same message."""
        made = self.letter(text)
        refused, self.refused = self.refused, None
        self.text, self.enclosed, self.reply, self.later, self.replaces = "", (), None, None, ""
        return replace(made, client_id=refused.client_id if refused == made and refused else uuid4().hex)

    def come_back(self, letter: Letter) -> None:
        """It was refused: what went along with it is here again, before what was attached since. Not the text."""
        self.refused = letter
        self.enclosed = tuple(dict.fromkeys((*letter.enclosed, *self.enclosed)))
        self.reply = self.reply or letter.reply
        self.later = self.later or letter.later
        self.replaces = self.replaces or letter.replaces


@record
class Drafts:
    """Drafts and what was sent before, both by target."""

    by_target: dict[str, Draft] = field(default_factory=dict[str, Draft])
    sent: dict[str, list[str]] = field(default_factory=dict[str, list[str]])

    def of(self, target: str) -> Draft:
        return self.by_target.setdefault(target, Draft())

    def sent_to(self, target: str) -> list[str]:
        """Oldest first."""
        return self.sent.get(target, [])

    def remember(self, target: str, text: str) -> None:
        before = self.sent.pop(target, [])
        self.sent[target] = [*(old for old in before if old != text), text][-HISTORY:]

    def moved(self, old: str, new: str) -> None:
        """The same conversation is known by another name from now on."""
        if old != new and old in self.by_target:
            self.by_target[new] = self.by_target.pop(old)
        if old != new and old in self.sent:
            self.sent[new] = self.sent.pop(old)
