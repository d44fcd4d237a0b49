"""What a socket's `node.register` comes to: whether messages go over it, and the session behind it if so."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from relay_tui.core.clock import iso
from relay_tui.core.commands import StartSession
from relay_tui.core.model import ENDED_STATES, Caller, Json, Session, Source, State
from relay_tui.server.callback import CallbackSession
from relay_tui.server.envelope import ApiError
from relay_tui.server.frames import NO_DELIVERIES, RECEIPTS, Capability, NodeRegister, Provider
from relay_tui.server.service import Service

if TYPE_CHECKING:
    from relay_tui.server.node_socket import NodeConnection

HARNESS = "callback"


@dataclass(slots=True)
class Registration:
    """`session` None: this socket carries events only."""

    service: Service
    provider: Provider
    answer: Json
    session: CallbackSession | None = None

    async def attach(self) -> None:
        """From here on the engine hands messages to the session."""
        if self.session is not None and self.service.relay.sessions.get(self.session.agent_id) is not self.session:
            await self.service.relay.sessions.attach(self.session)

    def yield_to_host(self) -> None:
        if self.session is not None:
            self.session.close("its program has a terminal of its own now")
            self.session = None

    async def end(self, detail: str, *, left: bool = False) -> None:
        """The socket is gone or, with `left`, its agent has signed off."""
        session, self.session = self.session, None
        if session is None:
            return
        session.close(detail)
        if self.service.relay.sessions.get(session.agent_id) is session:
            await self.service.relay.sessions.detach(
                session.agent_id, State.EXITED if left else State.LOST, detail, "socket"
            )


def node_id(agent_id: str) -> str:
    return f"node_direct_{agent_id}"


async def register(connection: NodeConnection, asked: NodeRegister, before: Registration | None) -> Registration:
    """Settle who delivers to the agent. Call it under the agent's lock; attach afterwards."""
    service, agent = connection.service, connection.agent
    if asked.node_id is not None and asked.node_id != node_id(agent.id):
        raise ApiError(409, "node_id_mismatch", "This token is of another node.")
    provider = asked.provider or Provider()
    wants = all(one.name != NO_DELIVERIES for one in asked.capabilities)
    recorded = (await service.queries.sessions()).get(agent.id)
    hosted = wants and _hosted(service, agent.id, recorded)
    if before is not None and (hosted or not wants):
        await before.end("takes events only now")
    if hosted or not wants:
        return Registration(service, provider, _answer(connection, asked, provider, "host" if hosted else "none"))
    answer = _answer(connection, asked, provider, "socket")
    if before is not None and before.session is not None:
        return Registration(service, provider, answer, before.session)
    await _replace_other(connection, provider)
    receipts = any(one.name == RECEIPTS for one in asked.capabilities)
    session = await _start(connection, provider, recorded, receipts)
    return Registration(service, provider, answer, session)


def _hosted(service: Service, agent_id: str, recorded: Session | None) -> bool:
    """The agent's program runs under another harness, which delivers to it."""
    live = service.relay.sessions.get(agent_id)
    if live is not None and live.harness != HARNESS and live.state.state not in ENDED_STATES:
        return True
    return recorded is not None and recorded.harness != HARNESS and recorded.state not in ENDED_STATES


async def _replace_other(connection: NodeConnection, provider: Provider) -> None:
    """The newest socket of an agent delivers; only a second live instance of a named provider is refused."""
    other = connection.service.sockets.delivering(connection.agent.id)
    if other is None or other is connection:
        return
    theirs = other.provider or Provider()
    named = theirs.instance_id and provider.instance_id and theirs.name == provider.name
    if named and theirs.instance_id != provider.instance_id:
        raise ApiError(409, "provider_instance_conflict", "Another instance of this provider is connected.")
    await other.displace("replaced by a newer connection")


async def _start(
    connection: NodeConnection, provider: Provider, recorded: Session | None, receipts: bool
) -> CallbackSession:
    address: Json = {"provider": provider.name, "instance": provider.instance_id}
    same = bool(
        recorded is not None and recorded.harness == HARNESS and provider.instance_id and recorded.address == address
    )
    relay = connection.service.relay
    command = StartSession(
        agent_id=connection.agent.id,
        harness=HARNESS,
        address=address,
        state=State.READY,
        evidence="socket",
        same_program=same,
    )
    started: Session = await relay.execute(command, Caller(connection.agent.id, Source.HARNESS))
    return CallbackSession(
        connection.agent,
        started.generation,
        send=connection.send_delivery,
        hang_up=connection.hang_up,
        clock=relay.clock,
        receipts=receipts,
    )


def _answer(connection: NodeConnection, asked: NodeRegister, provider: Provider, deliveries: str) -> Json:
    agent = connection.agent
    return {
        "id": node_id(agent.id),
        "name": agent.name,
        "kind": "ws",
        "role": "direct",
        "status": "online",
        "live": True,
        "handlers_live": True,
        "capabilities": [],
        "tags": [],
        "created_at": iso(agent.created_at),
        "provider": {"name": provider.name, "instance_id": provider.instance_id},
        "accepted_capabilities": [_accepted(one, deliveries) for one in asked.capabilities],
        # Ours: `socket`, messages come here; `host`, the program's own harness hands them over; `none`, not wanted.
        "deliveries": deliveries,
    }


def _accepted(asked: Capability, deliveries: str) -> Json:
    answer: Json = {"name": asked.name, "kind": asked.kind if asked.kind in ("action", "capacity") else "capacity"}
    if asked.name == NO_DELIVERIES or (asked.name == RECEIPTS and deliveries == "socket"):
        return {**answer, "accepted": True}
    if asked.name == RECEIPTS:
        return {**answer, "accepted": False, "reason": "messages to this agent do not go over this socket"}
    return {**answer, "accepted": False, "reason": "not offered by this relay"}
