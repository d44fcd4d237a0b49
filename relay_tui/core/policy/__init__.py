"""What may happen without a person: rules as data, the exact request that is decided on, a changed policy tried."""
