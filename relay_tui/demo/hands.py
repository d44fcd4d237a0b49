"""What an agent does so that it can be watched: work that shows, and messages that are sent once."""

from __future__ import annotations

from collections.abc import Sequence

from relay_tui.client import RelayClient
from relay_tui.demo.program import BrainIO
from relay_tui.demo.steps import Work


class Hands:
    """Work on the screen, messages to the relay. Each `key` names one message, however often it is sent."""

    def __init__(self, client: RelayClient) -> None:
        self._client = client

    async def toil(self, io: BrainIO, work: Sequence[Work]) -> None:
        """Do `work`, one after the other."""
        for one in work:
            if one.kind == "read":
                await io.read(one.what)
            await io.work(one.seconds)
            if one.kind == "edit":
                await io.edit(one.what, one.added, one.removed)
            elif one.kind == "run":
                await io.run(one.what, one.result)

    async def post(self, io: BrainIO, to: str, text: str, key: str) -> str:
        """Say it to `#channel` or `@agent`; the message's id. Raises `RelayClientError`."""
        sent = await self._client.send(to, text, key=key)
        await io.sent(to, text)
        return sent.id

    async def reply(self, io: BrainIO, message_id: str, text: str, key: str) -> str:
        """Say it in the thread of a message; the reply's id. Raises `RelayClientError`."""
        sent = await self._client.reply(message_id, text, key=key)
        await io.sent(f"#{sent.channel} thread" if sent.channel else "thread", text)
        return sent.id
