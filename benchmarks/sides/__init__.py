"""What is measured, one module a side: each function sets up and gives the work that is then timed."""
