"""Reading what agent programs write down themselves, as one stream of entries."""
