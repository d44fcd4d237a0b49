"""Who is calling: a bearer token becomes a `Principal`, or the wire's own 401 or 403."""

from __future__ import annotations

import hmac
from collections.abc import Sequence
from dataclasses import dataclass

from relay_tui.core.events import AgentRemoved, Entry, TokenSet
from relay_tui.core.ids import TOKEN_PREFIX, TokenKind, token_hash
from relay_tui.core.model import Agent, Caller, Source
from relay_tui.core.relay import Relay
from relay_tui.server.envelope import ApiError

_INVALID = {
    "at_live_": ("agent_token_invalid", "This agent token is not known here, or was replaced."),
    "nt_live_": ("node_token_invalid", "This node token is not known here, or was replaced."),
    "ot_live_": ("observer_token_invalid", "This observer token is not known here."),
}


@dataclass(slots=True, frozen=True)
class Principal:
    """Whom a token speaks for. `agent` None: the holder of the workspace key, unless acting as the operator."""

    kind: TokenKind
    caller: Caller
    agent: Agent | None = None
    """As it was when the token was first seen: for its id, name and type, which never change."""


class Authenticator:
    """Tokens to principals. Known tokens are kept by hash until any token of the workspace changes."""

    def __init__(self, relay: Relay, operator: Caller) -> None:
        self._relay = relay
        self._workspace = Principal("workspace", Caller(operator.agent_id, Source.HTTP))
        self._known: dict[str, Principal] = {}
        self._changes = 0
        self._unsubscribe = relay.on_commit(self._on_commit)

    def close(self) -> None:
        self._unsubscribe()

    def forget(self) -> None:
        self._changes += 1
        self._known.clear()

    async def principal(self, authorization: str | None, *kinds: TokenKind, operator: bool = False) -> Principal:
        """The caller behind an `Authorization` header, who must hold a token of one of `kinds`.

        `operator`: the workspace key will do too, for the operator's own agent.
        """
        scheme, _, token = (authorization or "").partition(" ")
        token = token.strip()
        if scheme.lower() != "bearer" or not token:
            raise ApiError(401, "unauthorized", "A token is missing.", "Send it as `Authorization: Bearer …`.")
        found = await self.identify(token)
        if operator and found.kind == "workspace":
            agent = await self._relay.queries.agent(found.caller.agent_id)
            return Principal("workspace", found.caller, agent)
        return require(found, *kinds)

    async def identify(self, token: str) -> Principal:
        """The principal of a bare token; 401 when it is nobody's."""
        hashed = token_hash(token)
        if token.startswith(TOKEN_PREFIX["workspace"]):
            expected = self._relay.workspace.key_hash
            if expected and hmac.compare_digest(hashed, expected):
                return self._workspace
            raise ApiError(401, "unauthorized", "This is not the key of this workspace.")
        known = self._known.get(hashed)
        if known is None:
            known = await self._look_up(token, hashed)
        return known

    async def _look_up(self, token: str, hashed: str) -> Principal:
        changes = self._changes
        found = await self._relay.queries.agent_by_token(hashed)
        if found is None or found[0].removed_at is not None or not token.startswith(TOKEN_PREFIX[found[1]]):
            code, sentence = _INVALID.get(token[:8], ("unauthorized", "This token is not known here."))
            raise ApiError(401, code, sentence)
        agent, kind = found
        stored = agent.token_hash if kind == "agent" else agent.node_token_hash
        if not hmac.compare_digest(hashed, stored):
            raise ApiError(401, "unauthorized", "This token is not known here.")
        principal = Principal(kind, Caller(agent.id, Source.HTTP), agent)
        if changes == self._changes:
            self._known[hashed] = principal
        return principal

    def _on_commit(self, entries: Sequence[Entry]) -> None:
        if any(isinstance(entry.event, TokenSet | AgentRemoved) for entry in entries):
            self.forget()


def require(principal: Principal, *kinds: TokenKind) -> Principal:
    """`principal`, when it holds one of `kinds`; else the wire's 403."""
    if principal.kind in kinds:
        return principal
    if "agent" in kinds and principal.kind == "workspace":
        raise ApiError(403, "agent_token_required", "This needs the token of an agent, not the workspace key.")
    if "workspace" in kinds:
        raise ApiError(403, "forbidden", "This needs the workspace key.")
    raise ApiError(403, "forbidden", f"A {principal.kind} token cannot do this.")
