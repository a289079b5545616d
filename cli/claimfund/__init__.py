"""The command line of the claims fund ledger."""
