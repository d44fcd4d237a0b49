"""Agents in tmux panes: the server and its panes, safe typing, and what a screen shows."""
