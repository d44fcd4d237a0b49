"""The web application over one relay."""

from __future__ import annotations

from collections.abc import Collection

from starlette.applications import Starlette
from starlette.middleware import Middleware
from starlette.routing import WebSocketRoute

from relay_tui.core.model import Caller
from relay_tui.core.relay import Relay
from relay_tui.server.auth import Authenticator
from relay_tui.server.envelope import EXCEPTION_HANDLERS
from relay_tui.server.guard import LOOPBACK_NAMES, Guard
from relay_tui.server.node_socket import node_socket
from relay_tui.server.presence import PresenceBoard
from relay_tui.server.routes import (
    actions,
    agents,
    approvals,
    channels,
    deliveries,
    dm,
    files,
    inbox,
    marks,
    messages,
    postbox,
    rules,
    schedule,
    search,
    status,
    waiting,
    workspace,
    x_agents,
)
from relay_tui.server.service import Service
from relay_tui.server.sockets import Sockets


def build_service(relay: Relay, operator: Caller | None = None) -> Service:
    """What the routes share. `operator`: in whose name the workspace key acts; None: the system's."""
    acting = operator or relay.system
    return Service(relay, acting, Authenticator(relay, acting), PresenceBoard(relay.clock), Sockets(relay))


def build_app(
    relay: Relay,
    operator: Caller | None = None,
    *,
    allowed_names: Collection[str] = LOOPBACK_NAMES,
    service: Service | None = None,
) -> Starlette:
    """`allowed_names`: what `Host` and `Origin` may name."""
    app = Starlette(
        routes=[
            # In order of how much they are used: they are tried one after the other.
            *messages.routes,
            *dm.routes,
            WebSocketRoute("/v1/node/ws", node_socket),
            *workspace.routes,
            *agents.routes,
            *channels.routes,
            *marks.routes,
            *schedule.routes,
            *files.routes,
            *search.routes,
            *inbox.routes,
            *actions.routes,
            *approvals.routes,
            *deliveries.routes,
            *postbox.routes,
            *waiting.routes,
            *x_agents.routes,
            *rules.routes,
            *status.routes,
        ],
        middleware=[Middleware(Guard, allowed_names=allowed_names)],
        exception_handlers=EXCEPTION_HANDLERS,
    )
    app.router.redirect_slashes = False
    app.state.service = service or build_service(relay, operator)
    return app
