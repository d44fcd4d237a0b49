"""A relay that is killed and started again on its port loses nothing and doubles nothing."""

from __future__ import annotations

import asyncio

from relay_tui.client import Incoming, RelayClient

from .conftest import KillableRelay

ROUNDS = 5
PER_ROUND = 20


async def test_every_message_arrives_exactly_once_over_kills(killable: KillableRelay) -> None:
    alice = await RelayClient.join(killable.url, killable.key, "alice")
    bob = await RelayClient.join(killable.url, killable.key, "bob")
    got: list[str] = []
    complete = asyncio.Event()

    async def hear(message: Incoming) -> None:
        got.append(message.text)
        if len(got) >= ROUNDS * PER_ROUND:
            complete.set()

    async with alice, bob:
        await bob.start(hear)
        for number in range(ROUNDS):
            sending = asyncio.create_task(say(alice, number))
            await half_way(bob, number)
            await killable.kill()
            await killable.start()
            await sending
        async with asyncio.timeout(30):
            await complete.wait()
        stored = [one.text for one in await bob.messages("general", limit=200)]
    expected = [f"{number}.{n}" for number in range(ROUNDS) for n in range(PER_ROUND)]
    assert stored == expected
    assert sorted(got) == sorted(expected)
    assert got == expected


async def say(client: RelayClient, number: int) -> None:
    for n in range(PER_ROUND):
        await client.send("#general", f"{number}.{n}")


async def half_way(client: RelayClient, number: int) -> None:
    """Until some of the round's messages are stored."""
    while True:
        newest = await client.messages("general", limit=1)
        if newest and newest[0].text.startswith(f"{number}.") and int(newest[0].text.split(".")[1]) >= 5:
            return
