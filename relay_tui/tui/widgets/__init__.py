"""What screens are made of. A widget draws records of `view`, says in a message what was done to it; asks nobody."""
