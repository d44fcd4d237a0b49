"""Running agents: programs in tmux panes, how each kind is handed messages, and what its transcript proves."""
