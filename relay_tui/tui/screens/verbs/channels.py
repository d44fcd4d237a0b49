"""What the verbs on a channel do: topic, mute, archive, members, roles. About the one under the rail's cursor, else the
one that is open."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Sequence
from typing import TYPE_CHECKING

from relay_tui.tui import screens
from relay_tui.tui.drawing.ink import said
from relay_tui.tui.screens.parts import place_name as _name
from relay_tui.tui.screens.verbs.topic import Topic
from relay_tui.tui.view.entry import Entry
from relay_tui.tui.view.talk import MemberRow

if TYPE_CHECKING:
    from relay_tui.tui.screens.deck import Deck


class Channels(Topic):
    def __init__(self, deck: Deck) -> None:
        super().__init__(deck)
        self.places = deck.source.places

    async def do_new_channel(self) -> None:
        made: list[str] = []

        async def make(values: Sequence[str]) -> None:
            name, topic = values
            made.append(await self.places.create_channel(name.removeprefix("#"), topic))

        async def answered(yes: bool | None) -> None:
            if yes and made:
                await self.source.refresh()
                await self.deck.going.to(made[0])

        fields = [screens.Field("name, for example release"), screens.Field("topic; may be empty", needed=False)]
        await self.show(screens.Form("Make a channel", fields, make, "makes it"), answered)

    async def do_topic(self) -> None:
        place = self.deck.place()
        if place is None:
            return
        before = place.topic

        async def take(values: Sequence[str]) -> None:
            await self.places.set_topic(place.id, values[0])

        async def answered(yes: bool | None) -> None:
            if yes:
                self.deck.undo.can(f"the topic of {_name(place)}", lambda: self.places.set_topic(place.id, before))
                await self.source.refresh()
                self.deck.apply()

        field = screens.Field("topic; empty takes it away", before, needed=False)
        await self.show(screens.Form(f"Topic of {_name(place)}", [field], take, "sets it"), answered)

    async def do_metadata(self) -> None:
        place = self.deck.place()
        if place is None:
            return
        before = self.source.describing.metadata(place.id)

        async def take(values: Sequence[str]) -> None:
            await self.source.describing.set_metadata(place.id, values[0])

        async def answered(yes: bool | None) -> None:
            if yes:
                what = f"what is known of {_name(place)}"
                self.deck.undo.can(what, lambda: self.source.describing.set_metadata(place.id, before))
                await self.source.refresh()
                self.deck.apply()

        field = screens.Field('key=value, key:=JSON, "key=two words"', before, needed=False)
        title = f"What is to be known of {_name(place)}"
        await self.show(screens.Form(title, [field], take, "sets it"), answered)

    async def _either_way(self, turn: Callable[[str, bool], Awaitable[None]], on: bool, words: str, what: str) -> None:
        place = self.deck.place()
        if place is not None:
            id = place.id
            await self.deck.done(
                turn(id, on), f"{_name(place)} {words}", f"{what} of {_name(place)}", lambda: turn(id, not on)
            )

    async def do_mute(self) -> None:
        await self._either_way(self.places.mute, True, "is muted: only mentions count", "the mute")

    async def do_unmute(self) -> None:
        await self._either_way(self.places.mute, False, "is muted no longer", "the unmuting")

    async def do_archive(self) -> None:
        place = self.deck.place()
        if place is None:
            return

        async def answered(yes: bool | None) -> None:
            if yes:
                await self.deck.done(
                    self.places.archive(place.id, True),
                    f"{_name(place)} is archived",
                    f"the archiving of {_name(place)}",
                    lambda: self.places.archive(place.id, False),
                )

        sentences = ["It takes nothing new, and leaves the rail. What was said in it stays, and can be searched."]
        await self.show(screens.Ask(f"Archive {_name(place)}?", sentences, "archives"), answered)

    async def do_unarchive(self) -> None:
        places = await self.places.archived()
        if not places:
            self.flash("no channel is archived", "muted")
            return

        async def chosen(id: str | None) -> None:
            if id:
                await self.deck.done(
                    self.places.archive(id, False),
                    "it is back",
                    "that",
                    lambda: self.places.archive(id, True),
                )
                await self.deck.going.to(id)

        entries = [Entry(place.id, _name(place), note=place.topic) for place in places]
        await self.show(screens.Pick("a channel to bring back", entries), chosen)

    async def do_join(self) -> None:
        place = self.deck.place()
        if place is not None:
            id = place.id
            words = f"you are in {_name(place)}"
            await self.deck.done(self.places.join(id), words, f"joining {_name(place)}", lambda: self.places.leave(id))

    async def do_leave(self) -> None:
        place = self.deck.place()
        if place is None:
            return

        async def answered(yes: bool | None) -> None:
            if yes:
                await self.deck.done(
                    self.places.leave(place.id),
                    f"you have left {_name(place)}",
                    f"leaving {_name(place)}",
                    lambda: self.places.join(place.id),
                )

        sentences = ["You are told nothing of it any more, not even after a restart. It can be read, and joined again."]
        await self.show(screens.Ask(f"Leave {_name(place)}?", sentences, "leaves"), answered)

    # Members

    async def do_members(self) -> None:
        """Who is in it; the one that is chosen is written to."""
        place = self.deck.place()
        rows = [row for row in await self.places.members(place.id) if row.role] if place is not None else []
        if place is None or not rows:
            return

        async def chosen(id: str | None) -> None:
            if id and any(agent.id == id for agent in self.source.view.agents):
                await self.deck.going.to(f"agent:{id}")

        entries = [Entry(row.agent_id, row.name, note=f"{row.word}  {row.role}") for row in rows]
        await self.show(screens.Pick(f"who is in {_name(place)}", entries), chosen)

    async def do_invite(self) -> None:
        await self._member(
            "who is to come into",
            lambda row: not row.role,
            self.places.join,
            "is in",
            self.places.leave,
            "everybody is a member already",
        )

    async def do_remove_member(self) -> None:
        await self._member(
            "who is to leave",
            lambda row: bool(row.role),
            self.places.leave,
            "is out of",
            self.places.join,
            "nobody is a member",
        )

    async def _member(
        self,
        title: str,
        wanted: Callable[[MemberRow], bool],
        turn: Callable[[str, str], Awaitable[None]],
        words: str,
        back: Callable[[str, str], Awaitable[None]],
        nobody: str,
    ) -> None:
        place = self.deck.place()
        rows = [row for row in await self.places.members(place.id) if wanted(row)] if place is not None else []
        if place is None or not rows:
            self.flash(nobody, "muted")
            return
        names = {row.agent_id: said(row.name).text for row in rows}

        async def chosen(id: str | None) -> None:
            if id:
                await self.deck.done(
                    turn(place.id, id),
                    f"{names[id]} {words} {_name(place)}",
                    f"{names[id]} {words} {_name(place)}",
                    lambda: back(place.id, id),
                )

        entries = [Entry(row.agent_id, row.name, note=row.word) for row in rows]
        await self.show(screens.Pick(f"{title} {_name(place)}", entries), chosen)

    async def do_role(self) -> None:
        """Make a member an owner, or an owner a member."""
        place = self.deck.place()
        rows = [row for row in await self.places.members(place.id) if row.role] if place is not None else []
        if place is None or not rows:
            self.flash("nobody is a member", "muted")
            return
        roles = {row.agent_id: row.role for row in rows}

        async def chosen(id: str | None) -> None:
            if id:
                before, after = roles[id], "member" if roles[id] == "owner" else "owner"
                await self.deck.done(
                    self.places.set_role(place.id, id, after),
                    f"now {'an' if after == 'owner' else 'a'} {after} of {_name(place)}",
                    "that",
                    lambda: self.places.set_role(place.id, id, before),
                )

        entries = [
            Entry(row.agent_id, row.name, note="owner; enter makes a member" if row.role == "owner" else "member")
            for row in rows
        ]
        await self.show(screens.Pick(f"owners and members of {_name(place)}", entries), chosen)
