"""What screens ask of the world behind them, as protocols; the store answers from a relay, tests from a sample."""
