"""What the operator writes, before it is a message: what goes along, what can be chosen, what completes a word."""
