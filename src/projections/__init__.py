"""What the ledger says: pure functions of recorded events."""
