"""Figures that both sides of a comparison must know."""

DEDUCTIBLE = 2_000_000
