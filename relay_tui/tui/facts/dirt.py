"""What has changed since the view was last brought up to date: marked on each commit, asked for on the tick."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

from relay_tui.core import events as e
from relay_tui.core.events import Entry
from relay_tui.core.signals import Signal
from relay_tui.tui.facts.talk_dirt import TalkDirt


@dataclass(slots=True)
class Dirt:
    """Marking must be cheap: it runs inside the commit, for every entry."""

    people: bool = True
    places: bool = True
    """Channels, members, unread counts."""
    approvals: bool = True
    mail: bool = True
    """Which deliveries are open, anywhere."""
    speech: set[str] = field(default_factory=set[str])
    """Channels in which something was said."""
    messages: set[str] = field(default_factory=set[str])
    """Messages whose deliveries have changed."""
    threads: set[str] = field(default_factory=set[str])
    """Messages that were replied to."""
    transcripts: bool = True
    talk: TalkDirt = field(default_factory=TalkDirt)

    @classmethod
    def none(cls) -> Dirt:
        return cls(people=False, places=False, approvals=False, mail=False, transcripts=False)

    def again(self, since: Dirt) -> Dirt:
        """What was to be asked for and was not: all of it, and what came since."""
        return Dirt(
            speech=self.speech | since.speech,
            messages=self.messages | since.messages,
            threads=self.threads | since.threads,
            talk=self.talk.again(since.talk),
        )

    @property
    def clean(self) -> bool:
        return not (
            self.people
            or self.places
            or self.approvals
            or self.mail
            or self.speech
            or self.messages
            or self.threads
            or self.transcripts
            or not self.talk.clean
        )

    def committed(self, entries: Sequence[Entry]) -> None:
        for entry in entries:
            event = entry.event
            match event:
                case e.MessageCreated():
                    self.speech.add(event.channel_id)
                    self.mail = True
                    if event.thread_id is None:
                        self.places = True
                    else:
                        self.threads.add(event.thread_id)
                case e.DeliveryDispatched() | e.DeliveryRaised() | e.DeliverySettled():
                    self.messages.add(event.message_id)
                    self.mail = True
                case e.SessionStarted() | e.StateRecorded():
                    self.people = True
                case e.HoldPlaced() | e.HoldLifted() | e.ApprovalsFrozen() | e.ApprovalsThawed() | e.AgentInterrupted():
                    self.people = True
                case e.AgentRegistered() | e.AgentUpdated() | e.AgentRemoved():
                    self.people = self.places = True
                case e.ChannelCreated() | e.ChannelUpdated() | e.ChannelArchived() | e.MemberJoined() | e.MemberLeft():
                    self.places = True
                case e.ReadMarked():
                    self.places = True
                case e.ApprovalRequested() | e.ApprovalDecided() | e.ActionInvoked() | e.InvocationFinished():
                    self.approvals = True
                case _:
                    self.places = self.talk.note(event) or self.places

    def signalled(self, signal: Signal) -> None:
        self.transcripts = True
