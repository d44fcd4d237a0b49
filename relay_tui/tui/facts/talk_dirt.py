"""What has changed about messages that were said already, part of `Dirt`."""

from __future__ import annotations

from dataclasses import dataclass, field

from relay_tui.core import events as e


@dataclass(slots=True)
class TalkDirt:
    messages: set[str] = field(default_factory=set[str])
    """Edited or deleted."""
    marks: set[str] = field(default_factory=set[str])
    """Reacted to."""
    pins: bool = False
    reads: bool = False
    """A thread was read, or has lost a reply."""

    def again(self, since: TalkDirt) -> TalkDirt:
        """What was to be asked for and was not, and what came since."""
        return TalkDirt(self.messages | since.messages, self.marks | since.marks, True, True)

    @property
    def clean(self) -> bool:
        return not (self.messages or self.marks or self.pins or self.reads)

    def note(self, event: e.Event) -> bool:
        """True: the list of channels, or how the operator stands in one, may have changed."""
        match event:
            case e.MessageEdited():
                self.messages.add(event.message_id)
            case e.MessageDeleted():
                self.messages.add(event.message_id)
                self.pins = self.reads = True
            case e.ReactionAdded() | e.ReactionRemoved():
                self.marks.add(event.message_id)
            case e.MessagePinned() | e.MessageUnpinned():
                self.pins = True
            case e.ThreadReadMarked():
                self.reads = True
            case e.ChannelUnarchived() | e.MuteSet() | e.RoleSet():
                return True
            case _:
                pass
        return False
