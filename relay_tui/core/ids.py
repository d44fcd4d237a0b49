"""Identifiers: ordered snowflakes for what people and the wire name, UUIDv7 for events, tokens for secrets."""

from __future__ import annotations

import hashlib
import os
import random
import secrets
from typing import Literal

EPOCH_MS = 1_735_689_600_000
"""2025-01-01. A snowflake is milliseconds since then, shifted by SEQUENCE_BITS, plus a counter."""
SEQUENCE_BITS = 22

TokenKind = Literal["workspace", "agent", "node"]
TOKEN_PREFIX: dict[TokenKind, str] = {"workspace": "rk_live_", "agent": "at_live_", "node": "nt_live_"}
ACT_AS, OPERATOR = "Relay-Act-As", "operator"
"""Header and value with which the holder of the workspace key acts as the operator where else only agents may."""


# Seeded by the system once: asking it for each event costs more than all the rest of an id.
_chance = random.Random(os.urandom(32)).getrandbits


class Snowflakes:
    """Decimal ids that only grow, also when the clock goes back: the last one given is never passed below."""

    def __init__(self, last: int = 0) -> None:
        self.last = last

    def next(self, at: int) -> str:
        candidate = (at - EPOCH_MS) << SEQUENCE_BITS
        self.last = candidate if candidate > self.last else self.last + 1
        return str(self.last)


def event_id(at: int) -> str:
    """A UUIDv7 (RFC 9562): 48 bits of milliseconds, then random bits. No secret: it need only be unique."""
    chance = _chance(74)
    fixed = (at & 0xFFFF_FFFF_FFFF) << 80 | 0x7 << 76 | 0b10 << 62
    written = f"{fixed | chance >> 62 << 64 | chance & 0x3FFF_FFFF_FFFF_FFFF:032x}"
    return f"{written[:8]}-{written[8:12]}-{written[12:16]}-{written[16:20]}-{written[20:]}"


def new_token(kind: TokenKind) -> str:
    """A secret of 256 random bits. Only its hash is ever stored."""
    return TOKEN_PREFIX[kind] + secrets.token_hex(32)


def token_hash(token: str) -> str:
    """Lower-case hex SHA-256, as the wire's `expected_token_hash` has it."""
    return hashlib.sha256(token.encode("utf-8", "surrogateescape")).hexdigest()


def delivery_id(message_id: str, agent_id: str) -> str:
    """One delivery per message and recipient, so that the id is known before there is a row for it."""
    return f"dlv_{message_id}_{agent_id}"


def parse_delivery_id(value: str) -> tuple[str, str] | None:
    """(message id, agent id), or None when `value` is not a delivery id."""
    parts = value.split("_")
    if len(parts) == 3 and parts[0] == "dlv" and parts[1].isdecimal() and parts[2].isdecimal():
        return parts[1], parts[2]
    return None
