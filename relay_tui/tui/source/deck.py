"""What the deck needs of the world behind it. The store gives it from a relay; tests from a fixture."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Protocol

from relay_tui.core.clock import Clock
from relay_tui.tui.source.adopting import Adopting
from relay_tui.tui.source.describing import Describing
from relay_tui.tui.source.mail import MailList
from relay_tui.tui.source.messages import MessageSource
from relay_tui.tui.source.places import PlaceSource
from relay_tui.tui.source.programs import ProgramSource
from relay_tui.tui.source.reins import Holder
from relay_tui.tui.source.rules import RulesSource
from relay_tui.tui.view.deck import Arrival, CardView, ComposerView, DeckView, LadderView, ScheduledRow, WhyView
from relay_tui.tui.view.enclosed import ContentView
from relay_tui.tui.view.hits import Found
from relay_tui.tui.view.kept import Kept
from relay_tui.tui.view.letter import Letter
from relay_tui.tui.view.news import News


class Source(Protocol):
    """Everything that is shown, and every verb. Verbs raise `RelayError` with a sentence for the operator."""

    view: DeckView
    clock: Clock

    @property
    def mail(self) -> MailList: ...

    @property
    def reins(self) -> Holder: ...

    @property
    def programs(self) -> ProgramSource: ...

    @property
    def talk(self) -> MessageSource: ...

    @property
    def places(self) -> PlaceSource: ...

    @property
    def ruling(self) -> RulesSource: ...

    @property
    def adopting(self) -> Adopting: ...

    @property
    def describing(self) -> Describing: ...

    @property
    def me(self) -> str:
        """The operator's id."""
        ...

    async def open(self) -> None:
        """Fill `view` for the first time."""
        ...

    def settle(self) -> None:
        """The first picture is there: do what it did not need."""
        ...

    async def close(self) -> None: ...

    async def refresh(self) -> bool:
        """Bring `view` up to date; False: nothing has changed. Called on every tick; must cost nothing when idle."""
        ...

    async def changed(self, timeout: float) -> None:
        """Wait until there may be something to refresh, at most so many seconds."""
        ...

    async def show(self, conversation_id: str) -> None:
        """Open a channel, a DM, `agent:<id>` (its DM, made on the first message) or `thread:<message id>`."""
        ...

    async def older(self) -> bool:
        """Load what is before the first message; False: there is nothing."""
        ...

    async def show_message(self, message_id: str) -> None:
        """Open its conversation, of a reply its thread, with the message in it."""
        ...

    async def newer(self) -> bool:
        """Load what is behind the last message; False: there is nothing."""
        ...

    async def newest(self) -> None:
        """Back from around a message to what is said now."""
        ...

    async def find(self, text: str, before_seq: int | None = None) -> Found:
        """Messages by their words, with the operators of `core/search/query.py`. Raises `Refused`."""
        ...

    async def inbox(self) -> Found: ...

    async def activity(self, before_seq: int | None = None) -> Found: ...

    async def select_need(self, key: str) -> None:
        """The card shows this need; empty: the most urgent one."""
        ...

    def news(self) -> list[News]:
        """What the operator has not been told of yet; each is given once."""
        ...

    async def waive(self, message_id: str) -> None:
        """No reply to it is waited for any more."""
        ...

    def snooze(self, key: str) -> bool:
        """False: what was only a notice, and does not come back."""
        ...

    def unsnooze(self, key: str = "") -> None:
        """Take it back, or everything that is snoozed."""
        ...

    def watch(self, slots: int) -> None:
        """How many transcripts can be seen now."""
        ...

    def pin(self, agent_id: str) -> None:
        """Pin its transcript, or let it go."""
        ...

    def toggle_raw(self, agent_id: str) -> None: ...

    def at_end(self, reading: bool) -> None:
        """The operator sees the end of the conversation: what is in it counts as read."""
        ...

    def composer_for(self, message_id: str = "") -> ComposerView:
        """Where a message goes now; with an id, a reply to it."""
        ...

    def composer_to(self, agent_ids: Sequence[str]) -> ComposerView:
        """To these agents: one, or several. None of them there: as `composer_for`."""
        ...

    def composer_into(self, conversation_id: str) -> ComposerView:
        """Into a channel or conversation, open or not."""
        ...

    def arrivals(self, view: ComposerView, letter: Letter) -> tuple[Arrival, ...]:
        """When each recipient would be shown it, were it sent now; who cannot get it by himself first."""
        ...

    def remember(self, kept: Kept) -> None:
        """Write down what the next start is to find: the open conversation, pins, snoozes."""
        ...

    def stay(self) -> None:
        """The operator has begun something here: the deck does not go anywhere by itself any more."""
        ...

    def names(self, sign: str) -> list[tuple[str, str]]:
        """(name, note) of what `@` or `#` may name, best first."""
        ...

    async def send(self, view: ComposerView, letter: Letter) -> None:
        """The same letter that is sent again is stored once."""
        ...

    async def scheduled(self) -> list[ScheduledRow]:
        """What the operator has waiting to be said, the next one first."""
        ...

    async def cancel_scheduled(self, scheduled_id: str) -> None: ...

    async def content(self, message_id: str, index: int) -> ContentView:
        """What one attachment of a message holds. Raises `RelayError`: the message is gone."""
        ...

    async def decide(self, card: CardView, approve: bool, words: str) -> None: ...

    async def ladder(self, message_id: str, agent_id: str = "") -> LadderView | None:
        """The ladder of one recipient; without an agent the one in most trouble. None: nobody to deliver to."""
        ...

    async def why(self, subject: str) -> WhyView | None:
        """`need:…`, `agent:<id>`, `message:<id>`."""
        ...
