"""Ten thousand repeats with used keys, by their owners and by others: exact counts, and no other payload gets by."""

from __future__ import annotations

import random

from relay_tui.core import commands as c
from relay_tui.core.errors import Refused
from relay_tui.core.log.chain import verify

from ..conftest import Desk

SENDERS = 10
KEYS = 200
RESENDS = 10_000


def test_ten_thousand_resends_are_counted_exactly(desk: Desk) -> None:
    chance = random.Random(3)
    senders = [desk.join(f"sender{n}") for n in range(SENDERS)]
    said: dict[tuple[int, int], str] = {}
    answered = refused = 0
    for _ in range(RESENDS // 50):
        batch: list[tuple[int, int, bool]] = []
        for _ in range(50):
            batch.append((chance.randrange(SENDERS), chance.randrange(KEYS), chance.random() < 0.1))
        given = [
            (c.SendMessage(to="#general", text=f"{s} says {k}{' twisted' if t else ''}", client_id=f"k{k}"), senders[s])
            for s, k, t in batch
        ]
        for (sender, key, _), item in zip(batch, desk.together(*given), strict=True):
            if isinstance(item.error, Refused):
                assert item.error.code == "idempotency_key_reused"
                refused += 1
                continue
            assert item.error is None
            first = said.setdefault((sender, key), item.answer.id)
            assert item.answer.id == first, "a repeat got another answer"
            assert item.answer.sender_id == senders[sender].agent_id, "somebody got another's answer"
            answered += 1
    assert answered + refused == RESENDS
    assert refused > 500
    assert desk.rows("SELECT count(*) FROM messages")[0][0] == len(said)
    assert desk.rows("SELECT count(*) FROM idempotency WHERE client_id LIKE 'k%'")[0][0] == len(said)
    assert desk.rows("SELECT count(*) FROM log WHERE type = 'message.created'")[0][0] == len(said)
    texts = [text for (text,) in desk.rows("SELECT text FROM messages")]
    assert len({text.removesuffix(" twisted") for text in texts}) == len(texts) == len(said)
    assert verify(desk.path).ok


def test_a_repeat_after_a_restart_is_still_a_repeat(desk: Desk) -> None:
    by, other = desk.join("one"), desk.join("two")
    command = c.SendMessage(to="#general", text="hello", client_id="k")
    first = desk.do(command, by)
    again = Desk(desk.path, desk.clock)
    assert again.do(command, by).id == first.id
    assert again.do(command, other).id != first.id
    again.db.close()
