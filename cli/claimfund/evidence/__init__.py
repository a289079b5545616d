"""What an auditor takes away: the exported log, and the one file that checks it."""
