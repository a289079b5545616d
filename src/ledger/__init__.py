"""What is decided about a plan's claims money, and how it is kept."""
