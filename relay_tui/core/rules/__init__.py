"""The operator's stored rules: when a predicate, then send, invoke or notify."""
