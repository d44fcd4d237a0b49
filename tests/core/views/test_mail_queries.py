"""Paging through deliveries: every filter finds what a look at each of them finds, in order, and each one once."""

from __future__ import annotations

import random
from itertools import product
from pathlib import Path

import pytest

from relay_tui.core import commands as c
from relay_tui.core.events import MessageCreated
from relay_tui.core.model import Caller, Delivery, Disposition, Evidence, Message, Reached, State
from relay_tui.core.relay import Relay
from relay_tui.core.views.queries import mail
from relay_tui.core.views.queries.mail import FAULTS, OPEN, WORDS, MailFilter, MailPlace

from ..conftest import newcomer

Found = list[tuple[str, str]]


async def busy(relay: Relay) -> tuple[list[Caller], list[Message]]:
    """Three agents, two channels, threads and DMs; deliveries in every state, some without a row."""
    chance = random.Random(7)
    agents = [await newcomer(relay, name) for name in ("one", "two", "three")]
    for agent in agents:
        await relay.execute(c.StartSession(agent_id=agent.agent_id, harness="test"))
    side = await relay.execute(c.CreateChannel(name="side"), agents[0])
    await relay.execute(c.JoinChannel(channel_id=side.id), agents[1])
    said: list[Message] = []
    for n in range(60):
        by = chance.choice(agents[:2])
        to = chance.choice(["#general", "#side", f"@{'two' if by is agents[0] else 'one'}"])
        if said and n % 7 == 0:
            said.append(await relay.execute(c.Reply(message_id=said[-1].id, text=f"re {n}"), by))
        else:
            said.append(await relay.execute(c.SendMessage(to=to, text=f"{n}"), by))
    known = await relay.queries.deliveries([message.id for message in said])
    for delivery in [d for of_message in known.values() for d in of_message]:
        about = {"message_id": delivery.message_id, "agent_id": delivery.agent_id}
        fate = chance.choice([*WORDS, "rowless"])
        if fate == "rowless" or not delivery.open:
            continue
        if fate != "expired":  # what is under way does not expire
            await relay.execute(c.DispatchDelivery(**about, route="typed", generation=1))
        if fate == "unverified":
            await relay.execute(c.RaiseDelivery(**about, reached=Reached.DELIVERED, evidence=Evidence.ECHO))
        elif fate.upper() in Reached.__members__:
            reached = Reached[fate.upper()]
            await relay.execute(c.RaiseDelivery(**about, reached=reached, evidence=Evidence.HOOK))
        else:
            await relay.execute(c.SettleDelivery(**about, disposition=Disposition(fate), reason="so"))
    # Nobody is told of a failure any more, and what was on its way to be told is written before this is answered.
    await relay.sessions.close()
    await relay.execute(c.JoinChannel(channel_id=side.id), agents[1])
    return agents, said


async def everything(relay: Relay) -> list[tuple[Message, Delivery]]:
    """Notices of failure to the senders are messages, too."""
    created = [entry.event for entry in await relay.entries(1, 10_000)]
    ids = [event.message_id for event in created if isinstance(event, MessageCreated)]
    said = [await relay.queries.message(message_id) for message_id in ids]
    known = await relay.queries.deliveries([message.id for message in said if message])
    found = [
        (message, d) for message in said if message for d in sorted(known[message.id], key=lambda d: int(d.agent_id))
    ]
    return sorted(found, key=lambda pair: (int(pair[1].message_id), int(pair[1].agent_id)))


async def paged(relay: Relay, wanted: MailFilter, limit: int) -> Found:
    """All pages, oldest first."""
    found: Found = []
    place: MailPlace | None = None
    while True:
        page = await relay.queries.mail(wanted, place, limit)
        found = [(d.message_id, d.agent_id) for _, d in page.rows] + found
        if page.older is None:
            return found
        assert place is None or page.older < place
        place = page.older


async def test_every_filter_finds_what_a_look_at_each_delivery_finds(
    relay: Relay, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(mail, "STRETCH", 7)
    monkeypatch.setattr(mail, "STRETCHES", 2)
    agents, said = await busy(relay)
    every = await everything(relay)
    gone = agents[0].agent_id
    ended = c.RecordState(agent_id=gone, generation=1, state=State.EXITED, evidence="pane")
    await relay.execute(ended)
    assert {d.word for _, d in every} >= set(WORDS)
    for word, agent in product(("", OPEN, FAULTS, *WORDS), ("", agents[1].agent_id)):
        wanted = MailFilter(word, agent)
        right = [(d.message_id, d.agent_id) for m, d in every if wanted.takes(m, d, stuck=d.agent_id == gone)]
        assert await paged(relay, wanted, 5) == right, wanted
    for wanted in (
        MailFilter(channel_id=said[0].channel_id),
        MailFilter(sender_id=agents[0].agent_id),
        MailFilter(OPEN, channel_id=said[1].channel_id, sender_id=agents[1].agent_id),
        MailFilter(FAULTS, agents[1].agent_id, sender_id=agents[0].agent_id),
    ):
        right = [(d.message_id, d.agent_id) for m, d in every if wanted.takes(m, d, stuck=d.agent_id == gone)]
        assert await paged(relay, wanted, 3) == right, wanted


async def test_a_page_that_found_little_says_how_far_back_it_looked(
    relay: Relay, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(mail, "STRETCH", 5)
    monkeypatch.setattr(mail, "STRETCHES", 2)
    agent = await newcomer(relay, "one")
    ada = await newcomer(relay, "ada", "human")
    said = [await relay.execute(c.SendMessage(to="@one", text=f"{n}"), ada) for n in range(25)]
    page = await relay.queries.mail(MailFilter("answered", agent.agent_id))
    assert (page.rows, page.looked_to) == ([], said[15].created_at)
    assert page.older == MailPlace(int(said[15].id), 0)


async def test_an_empty_workspace_has_an_empty_page(folder: Path) -> None:
    async with Relay.open(folder) as relay:
        for word in ("", OPEN, FAULTS, "answered"):
            page = await relay.queries.mail(MailFilter(word))
            assert (page.rows, page.older) == ([], None)
