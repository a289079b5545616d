"""Long-running checks of what the ledger promises when it is disturbed."""
