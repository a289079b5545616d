"""``python -m claimfund``."""

from claimfund.main import main

main()
