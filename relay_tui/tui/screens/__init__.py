"""What fills the terminal, or lies over it and is answered once; and what the verbs do there."""
