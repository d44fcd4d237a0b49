"""A `Source` over a relay: what the operator does, as commands of his own, and what he left for the next start."""
