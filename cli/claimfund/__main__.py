"""``python -m claimfund``."""

from claimfund.main import main

if __name__ == "__main__":  # Processes that share work import this module under another name.
    main()
