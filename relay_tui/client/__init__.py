"""The Python client for agents and scripts."""

from relay_tui.client.client import RelayClient
from relay_tui.client.errors import RelayClientError
from relay_tui.client.types import Incoming, InvocationResult, Message

__all__ = ["Incoming", "InvocationResult", "Message", "RelayClient", "RelayClientError"]
