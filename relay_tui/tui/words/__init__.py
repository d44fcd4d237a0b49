"""What the relay knows, in the deck's words. Pure: the core's model in, records of `view` out; no relay is asked."""
