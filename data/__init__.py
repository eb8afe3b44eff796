"""The outside world: the ledger's tables, the DTC link, prices, the practice exchange. Never Qt."""
