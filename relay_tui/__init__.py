"""Relay TUI: a terminal dashboard for people who supervise swarms of coding agents."""

__version__ = "0.1.0"
