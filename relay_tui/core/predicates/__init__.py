"""What can be waited for: predicates as data, and what they mean over entries of the log and signals."""
