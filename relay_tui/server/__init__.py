"""HTTP and WebSocket over one relay, in the shapes of the Agent Relay v1 wire. `routes` answer, sockets tell."""
